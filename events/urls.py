from django.urls import URLPattern, URLResolver, path

from events.views import calendar, checkin, coverage, feed, series, shifts

app_name = "events"
urlpatterns: list[URLPattern | URLResolver] = [
    path("coverage/", coverage.coverage, name="coverage"),
    path("coverage/<str:key>/", coverage.coverage_unit, name="coverage-unit"),
    path("coverage/<str:key>/rule/", coverage.coverage_rule, name="coverage-rule"),
    path(
        "coverage/<str:key>/rule/remove/",
        coverage.coverage_rule_remove,
        name="coverage-rule-remove",
    ),
    path("coverage/<str:key>/lift/<str:sitting>/", coverage.coverage_lift, name="coverage-lift"),
    path(
        "coverage/<str:key>/lift/<str:sitting>/end/",
        coverage.coverage_lift_end,
        name="coverage-lift-end",
    ),
    path("shifts/", shifts.shifts, name="shifts"),
    path("shifts/mine/", shifts.my_shifts, name="my-shifts"),
    path("shifts/sample/<slug:kind>/", shifts.shifts_sample, name="shifts-sample"),
    path("shifts/<str:key>/", shifts.shift_file, name="shift-file"),
    path("shifts/<str:key>/apply/", shifts.shift_file_apply, name="shift-file-apply"),
    path("shifts/<str:key>/abandon/", shifts.shift_file_abandon, name="shift-file-abandon"),
    path("calendar/", calendar.calendar, name="calendar"),
    path("calendar/links/", calendar.calendar_links, name="calendar-links"),
    path("calendar/links/revoke/", calendar.revoke_calendar_link, name="revoke-calendar-link"),
    path("calendar/links/alarm/", calendar.choose_alarm, name="choose-alarm"),
    path("sittings/<slug:key>.ics", feed.sitting_file, name="sitting-file"),
    path("sittings/<slug:key>/check-in/", checkin.sign, name="check-in-sign"),
    path("here/<str:token>/", checkin.here, name="here"),
    path("", series.index, name="index"),
    path("new/", series.create, name="create"),
    path("new/sittings/", series.suggest, name="suggest"),
    path("<slug:key>/", series.detail, name="detail"),
    path("<slug:key>/edit/", series.edit, name="edit"),
    path("<slug:key>/cancel/", series.cancel, name="cancel"),
]
