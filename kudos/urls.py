from django.urls import path

from kudos.views import giving, moderating, policy, reading, receiving, talking

app_name = "kudos"
urlpatterns = [
    path("", reading.feed, name="feed"),
    path("give/", giving.give, name="give"),
    path("planned/", giving.planned, name="planned"),
    path("options/", giving.options, name="options"),
    path("walls/", receiving.choose_wall, name="choose-wall"),
    path("to/<str:key>/", reading.of_person, name="of-person"),
    path("to-unit/<str:key>/", reading.of_unit, name="of-unit"),
    path("comments/<str:key>/withdraw/", talking.withdraw_comment, name="withdraw-comment"),
    path("policy/", policy.leavers, name="policy"),
    path("reports/", moderating.reports, name="reports"),
    path("reports/<str:key>/hide/", moderating.hide_reported, name="hide-reported"),
    path("reports/<str:key>/keep/", moderating.keep_reported, name="keep-reported"),
    path("reports/<str:key>/undo/", moderating.undo, name="undo-decision"),
    path("reports/<str:key>/restore/", moderating.restore, name="restore"),
    path("words/", policy.words, name="words"),
    path("words/<int:pk>/remove/", policy.remove_word, name="remove-word"),
    path("<str:key>/", reading.detail, name="detail"),
    path("<str:key>/withdraw/", receiving.withdraw, name="withdraw"),
    path("<str:key>/off-walls/", receiving.take_off_walls, name="take-off-walls"),
    path("<str:key>/private/", receiving.keep_private, name="keep-private"),
    path("<str:key>/react/", talking.react, name="react"),
    path("<str:key>/comment/", talking.comment, name="comment"),
    path("<str:key>/hide/", moderating.hide, name="hide"),
    path("<str:key>/report/", moderating.report, name="report"),
]
