from django.urls import path

from kudos.views import choices, giving, goals, keeping, reading, receiving, talking

app_name = "kudos"
urlpatterns = [
    path("", reading.feed, name="feed"),
    path("give/", giving.give, name="give"),
    path("planned/", giving.planned, name="planned"),
    path("options/", giving.options, name="options"),
    path("walls/", receiving.choose_wall, name="choose-wall"),
    path("choices/", choices.choices, name="choices"),
    path("first-day/", choices.answer_first_day, name="answer-first-day"),
    path("goals/", goals.goals, name="goals"),
    path("goals/new/", goals.create_counter, name="create-counter"),
    path("goals/<slug:key>/number/", goals.set_counter, name="set-counter"),
    path("goals/<slug:key>/goal/", goals.set_goal, name="set-goal"),
    path("goals/<str:key>/remove/", goals.remove_goal, name="remove-goal"),
    path("mine/", keeping.mine, name="mine"),
    path("mine/<int:year>/", keeping.year_book, name="year-book"),
    path("to/<str:key>/", reading.of_person, name="of-person"),
    path("to-unit/<str:key>/", reading.of_unit, name="of-unit"),
    path("comments/<str:key>/withdraw/", talking.withdraw_comment, name="withdraw-comment"),
    path("<str:key>/", reading.detail, name="detail"),
    path("<str:key>/print/", keeping.print_card, name="print-card"),
    path("<str:key>/withdraw/", receiving.withdraw, name="withdraw"),
    path("<str:key>/off-walls/", receiving.take_off_walls, name="take-off-walls"),
    path("<str:key>/private/", receiving.keep_private, name="keep-private"),
    path("<str:key>/react/", talking.react, name="react"),
    path("<str:key>/comment/", talking.comment, name="comment"),
]
