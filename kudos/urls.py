from django.urls import path

from kudos.views import fairness, giving, reading, receiving, talking

app_name = "kudos"
urlpatterns = [
    path("", reading.feed, name="feed"),
    path("give/", giving.give, name="give"),
    path("planned/", giving.planned, name="planned"),
    path("coverage/", fairness.coverage, name="coverage"),
    path("nudge/leave/", fairness.leave_nudge, name="leave-nudge"),
    path("options/", giving.options, name="options"),
    path("walls/", receiving.choose_wall, name="choose-wall"),
    path("to/<str:key>/", reading.of_person, name="of-person"),
    path("to-unit/<str:key>/", reading.of_unit, name="of-unit"),
    path("comments/<str:key>/withdraw/", talking.withdraw_comment, name="withdraw-comment"),
    path("<str:key>/", reading.detail, name="detail"),
    path("<str:key>/withdraw/", receiving.withdraw, name="withdraw"),
    path("<str:key>/off-walls/", receiving.take_off_walls, name="take-off-walls"),
    path("<str:key>/private/", receiving.keep_private, name="keep-private"),
    path("<str:key>/react/", talking.react, name="react"),
    path("<str:key>/comment/", talking.comment, name="comment"),
]
