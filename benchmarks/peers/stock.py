"""Channels as its tutorial has it: a consumer in a group, and ``group_send``."""

import os

import django
from django.conf import settings

CAPACITY = 10_000

LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            "hosts": [os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")],
            "capacity": CAPACITY,
            "group_expiry": 3600,
        },
    }
}

if not settings.configured:
    settings.configure(CHANNEL_LAYERS=LAYERS, INSTALLED_APPS=[], SECRET_KEY="benchmark")
    django.setup()

from channels.generic.websocket import AsyncJsonWebsocketConsumer  # noqa: E402

GROUP = "screens"


class Screen(AsyncJsonWebsocketConsumer):
    """Says when it is in the group, then passes on what comes."""

    async def connect(self) -> None:
        await self.channel_layer.group_add(GROUP, self.channel_name)
        await self.accept()
        await self.send_json({"t": "beat"})

    async def disconnect(self, code: int) -> None:
        await self.channel_layer.group_discard(GROUP, self.channel_name)

    async def card(self, event: dict[str, str]) -> None:
        await self.send(text_data=event["text"])


application = Screen.as_asgi()
