from django.urls import path

from engagement.demo import views

app_name = "demo"
urlpatterns = [
    path("sign-in/<slug:persona>/", views.sign_in, name="sign-in"),
    path("keys/<str:survey>/", views.key_file, name="key-file"),
]
