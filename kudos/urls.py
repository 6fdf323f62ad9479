from django.urls import path

from kudos.views import giving, praise, praise_rules, reading, receiving, talking

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
    path("praise/", praise.queue, name="praise"),
    path("praise/dismiss/", praise.dismiss, name="praise-dismiss"),
    path("praise/reopen/", praise.reopen, name="praise-reopen"),
    path("praise/rules/", praise_rules.rules, name="praise-rules"),
    path("praise/rules/add/", praise_rules.add_rule, name="praise-rule-add"),
    path("praise/rules/<str:key>/", praise_rules.change_rule, name="praise-rule-change"),
    path("praise/rules/<str:key>/move/", praise_rules.move_rule, name="praise-rule-move"),
    path("praise/rules/<str:key>/delete/", praise_rules.delete_rule, name="praise-rule-delete"),
    path("praise/<str:key>/", praise.check, name="praise-check"),
    path("<str:key>/", reading.detail, name="detail"),
    path("<str:key>/withdraw/", receiving.withdraw, name="withdraw"),
    path("<str:key>/off-walls/", receiving.take_off_walls, name="take-off-walls"),
    path("<str:key>/private/", receiving.keep_private, name="keep-private"),
    path("<str:key>/react/", talking.react, name="react"),
    path("<str:key>/comment/", talking.comment, name="comment"),
]
