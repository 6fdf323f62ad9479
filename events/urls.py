from django.urls import URLPattern, URLResolver, path

from events.views import series

app_name = "events"
urlpatterns: list[URLPattern | URLResolver] = [
    path("", series.index, name="index"),
    path("new/", series.create, name="create"),
    path("new/sittings/", series.suggest, name="suggest"),
    path("<slug:key>/", series.detail, name="detail"),
    path("<slug:key>/edit/", series.edit, name="edit"),
    path("<slug:key>/cancel/", series.cancel, name="cancel"),
]
