"""Channels as its tutorial has it: a consumer in a group, and ``group_send``."""

import os
from typing import Any

import django
from django.conf import settings


def layer_options(redis_url: str) -> dict[str, Any]:
    """RedisChannelLayer as it works best here."""
    return {
        # It waits five seconds for a message; redis-py's own limit of five cuts it off.
        "hosts": [{"address": redis_url, "socket_timeout": None}],
        # The default of 100 loses messages when they come in a burst.
        "capacity": 10_000,
        "group_expiry": 3600,
    }


if not settings.configured:
    layer = {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": layer_options(os.environ.get("REDIS_URL", "")),
    }
    settings.configure(CHANNEL_LAYERS={"default": layer}, INSTALLED_APPS=[], SECRET_KEY="benchmark")
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
