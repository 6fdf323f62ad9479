"""The web process: pages over HTTP and screens over sockets."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")

from channels.routing import ProtocolTypeRouter, URLRouter
from django.core.asgi import get_asgi_application

http = get_asgi_application()  # loads the apps; what is imported below needs them

from engagement.http.bodies import LimitedBodies  # noqa: E402
from engagement.wallboards.consumers import hearing  # noqa: E402
from engagement.wallboards.urls import socket_urlpatterns  # noqa: E402
from engagement.warming import warm  # noqa: E402

application = ProtocolTypeRouter(
    {"http": hearing(LimitedBodies(http)), "websocket": URLRouter(socket_urlpatterns)}
)

# Now, not while the first wait; requests that come meanwhile wait in the socket's line.
warm()
