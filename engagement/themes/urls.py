from django.urls import path

from engagement.themes import views

app_name = "themes"
urlpatterns = [
    path("", views.index, name="index"),
    path("new/", views.create, name="create"),
    path("leave/", views.leave, name="leave"),
    path("<str:key>/", views.show, name="show"),
    path("<str:key>/edit/", views.change, name="change"),
    path("<str:key>/switch/", views.switch, name="switch"),
    path("<str:key>/remove/", views.remove, name="remove"),
    path("<str:key>/wear/", views.wear, name="wear"),
]
