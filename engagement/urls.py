"""All doors of the house. Which of them open without sign-in: `engagement.http.doors`."""

from django.conf import settings
from django.urls import include, path

from engagement import health, views
from engagement.demo import guide
from events.views import feed

urlpatterns = [
    path("", views.today, name="today"),
    path("kudos/", include("kudos.urls")),
    path("surveys/", include("surveys.urls")),
    path("events/", include("events.urls")),
    # Short, and outside the rooms that ask for a sign-in.
    path("calendar/<str:secret>.ics", feed.calendar_feed, name="calendar-feed"),
    path("people/administration/tokens/", include("engagement.api.urls")),
    # Above the rooms whose data it gathers.
    path("people/me/export/", views.export, name="my-data"),
    path("people/", include("engagement.people.urls")),
    path("notices/", include("engagement.notices.urls")),
    path("theme-days/", include("engagement.themes.urls")),
    path("", include("engagement.wallboards.urls")),
    path("accounts/", include("engagement.account_urls")),
    path("api/", include("engagement.api_urls")),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("offline/", views.offline, name="offline"),
]
if settings.DEMO:
    urlpatterns += [
        path("demo/", include("engagement.demo.urls")),
        path("styleguide/", guide.style_guide, name="style-guide"),
        path("styleguide/looks/", guide.looks, name="style-guide-looks"),
    ]

handler400 = "engagement.http.errors.bad_request"
handler403 = "engagement.http.errors.permission_denied"
handler404 = "engagement.http.errors.page_not_found"
handler429 = "engagement.http.errors.rate_limited"
handler500 = "engagement.http.errors.server_error"
