from django.urls import path

from engagement.notices import views

app_name = "notices"
urlpatterns = [
    path("", views.list_notices, name="list"),
    path("choices/", views.choices, name="choices"),
    path("read/", views.read_all, name="read-all"),
    path("status/", views.status, name="status"),
    path("stop/<str:token>/", views.stop, name="stop"),
    path("status/retry/", views.retry_all, name="retry-all"),
    path("status/<str:key>/retry/", views.retry, name="retry"),
    path("<str:key>/", views.open_notice, name="open"),
]
