from django.urls import URLPattern, URLResolver, path

from events.views import places, signing

app_name = "events"
urlpatterns: list[URLPattern | URLResolver] = [
    path("mine/", places.mine, name="mine"),
    path("place/<str:token>/", places.place, name="place"),
    path("sittings/<str:key>/sign-up/", signing.sign_up, name="sign-up"),
    path("sittings/<str:key>/move/", signing.move, name="move"),
    path("jobs/<str:key>/sign-up/", signing.take_job, name="take-job"),
    path("signups/<str:key>/accept/", signing.accept, name="accept"),
    path("signups/<str:key>/decline/", signing.decline, name="decline"),
    path("signups/<str:key>/leave/", signing.leave, name="leave"),
    path("signups/<str:key>/wishes/", signing.set_wishes, name="wishes"),
    path("<str:key>/lots/", places.lots, name="lots"),
    path("<str:key>/", places.detail, name="detail"),
]
