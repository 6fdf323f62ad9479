"""Token pages; mounted under People's administration."""

from django.urls import path

from engagement.api import views

app_name = "api_tokens"
urlpatterns = [
    path("", views.token_list, name="list"),
    path("<slug:key>/revoke/", views.revoke_token, name="revoke"),
]
