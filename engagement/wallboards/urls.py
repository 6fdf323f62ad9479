"""/walls/ and /pair/ for keepers, /screen/ for screens, /ws/screen/ for their sockets."""

from django.urls import path

from engagement.wallboards import devices, views
from engagement.wallboards.consumers import ScreenConsumer
from engagement.wallboards.worker import screen_worker

app_name = "wallboards"
urlpatterns = [
    path("walls/", views.fleet, name="fleet"),
    path("walls/boards/new/", views.create_board, name="create-board"),
    path("walls/boards/<str:key>/", views.change_board, name="change-board"),
    path("walls/screens/<str:key>/", views.change_screen, name="change-screen"),
    path("walls/screens/<str:key>/direct/", views.direct_screen, name="direct-screen"),
    path("walls/screens/<str:key>/revoke/", views.revoke_screen, name="revoke-screen"),
    path("walls/theme-days/<str:key>/", views.theme_still, name="theme-still"),
    path("pair/", views.pair, name="pair"),
    path("pair/symbol/", views.pair_symbol, name="pair-symbol"),
    path("screen/", devices.screen, name="screen"),
    path("screen/sw.js", screen_worker, name="screen-worker"),
    path("screen/feed", devices.feed, name="screen-feed"),
    path("screen/photos/<str:key>/", devices.photo, name="screen-photo"),
    path("screen/report/", devices.report, name="screen-report"),
    path("screen/pairing/", devices.start_pairing, name="start-pairing"),
    path("screen/pairing/poll/", devices.poll_pairing, name="poll-pairing"),
]

socket_urlpatterns = [path("ws/screen/", ScreenConsumer.as_asgi())]
