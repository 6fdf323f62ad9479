from django.urls import path

from surveys.views import protocol, surveys

app_name = "surveys"
urlpatterns = [
    path("", surveys.index, name="index"),
    path("limits/", surveys.limits, name="limits"),
    path("<str:key>/", surveys.detail, name="detail"),
    path("<str:key>/manifest.json", protocol.manifest, name="manifest"),
    path("<str:key>/start", protocol.start, name="start"),
    path("<str:key>/issue", protocol.issue, name="issue"),
    path("<str:key>/receipts/", surveys.receipts, name="receipts"),
    path("<str:key>/me", protocol.me, name="me"),
]
