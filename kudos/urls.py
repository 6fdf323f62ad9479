from django.urls import path

from kudos import views

app_name = "kudos"
urlpatterns = [
    path("", views.feed, name="feed"),
    path("give/", views.give, name="give"),
    path("options/", views.options, name="options"),
    path("walls/", views.choose_wall, name="choose-wall"),
    path("to/<str:key>/", views.of_person, name="of-person"),
    path("to-unit/<str:key>/", views.of_unit, name="of-unit"),
    path("<str:key>/", views.detail, name="detail"),
    path("<str:key>/withdraw/", views.withdraw, name="withdraw"),
    path("<str:key>/off-walls/", views.take_off_walls, name="take-off-walls"),
]
