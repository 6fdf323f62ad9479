"""/api/v1/…: each room brings its resources; they are gathered here."""

from django.urls import include, path

from engagement.api.docs import DocsView, SchemaView
from engagement.api.routers import Router
from engagement.notices.api import register as register_notices
from engagement.people.api import register as register_people
from engagement.themes.api import register as register_themes
from engagement.wallboards.api import register as register_wallboards
from events.api import register as register_events
from kudos.api import register as register_kudos
from surveys.api import register as register_surveys

router = Router()
for register in (
    register_people,
    register_kudos,
    register_surveys,
    register_events,
    register_themes,
    register_wallboards,
    register_notices,
):
    register(router)

app_name = "api"
urlpatterns = [
    path("v1/", include(router.urls)),
    path("schema/", SchemaView.as_view(), name="schema"),
    path("docs/", DocsView.as_view(), name="docs"),
]
