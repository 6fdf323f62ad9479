from django.urls import URLPattern, URLResolver, path

from events.views import calendar, checkin, feed

app_name = "events"
urlpatterns: list[URLPattern | URLResolver] = [
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/links/", calendar.calendar_links, name="calendar-links"),
    path("calendar/links/revoke/", calendar.revoke_calendar_link, name="revoke-calendar-link"),
    path("calendar/links/alarm/", calendar.choose_alarm, name="choose-alarm"),
    path("sittings/<slug:key>.ics", feed.sitting_file, name="sitting-file"),
    path("sittings/<slug:key>/check-in/", checkin.sign, name="check-in-sign"),
    path("here/<str:token>/", checkin.here, name="here"),
]
