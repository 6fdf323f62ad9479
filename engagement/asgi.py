"""The web process: pages over HTTP and screens over sockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()  # loads the apps; what is imported below needs them

from django.conf import settings  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils.translation import gettext, override  # noqa: E402

from engagement.http.bodies import LimitedBodies  # noqa: E402
from engagement.wallboards.consumers import hearing  # noqa: E402
from engagement.wallboards.urls import socket_urlpatterns  # noqa: E402

application = ProtocolTypeRouter(
    {"http": hearing(LimitedBodies(http)), "websocket": URLRouter(socket_urlpatterns)}
)

# Addresses, with all that stands behind them, and texts are read now, not while the first wait.
for language, _name in settings.LANGUAGES:
    with override(language):
        reverse("today")
        gettext("Today")
