"""The socket of a screen: let in, heard never, told everything by the hub."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from typing import Any
from urllib.parse import urlsplit
from weakref import WeakKeyDictionary

from channels.consumer import AsyncConsumer
from channels.db import database_sync_to_async
from channels.exceptions import StopConsumer
from django.conf import settings
from django.http.cookie import parse_cookie
from django.http.request import split_domain_port, validate_host

from engagement.live.hub import READ_WAIT_S, REVOKED, Hub, HubFull, NoStanding, Seat, Standing
from engagement.live.queries import latest_seqs
from engagement.live.server import EXTENSION
from engagement.themes.calendar import forget_plan
from engagement.times import now
from engagement.wallboards.access import get_screen_by_key
from engagement.wallboards.devices import SCREEN_COOKIE
from engagement.wallboards.queries import standing_of_screens

logger = logging.getLogger(__name__)

BAD_ORIGIN, TOO_MANY, TRY_AGAIN_LATER = 4403, 4429, 1013
# A screen has nothing to say on its socket; more frames than this in a minute is abuse or a fault.
FRAMES_PER_MINUTE = 20

ASGIApplication = Callable[[Any, Any, Any], Awaitable[None]]

_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running event loop."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(
            url=settings.REDIS_URL,
            check=check_screens,
            latest=read_seqs,
            build=settings.BUILD,
            limit=getattr(settings, "LIVE_MAX_SOCKETS", 5000),
            forget_plan=forget_plan,
        )
    return _hubs[loop]


def hearing(app: ASGIApplication) -> ASGIApplication:
    """``app``, in a process that hears rings from its first request on, also without a screen:
    what it keeps in memory is forgotten when another process changes it."""

    async def answer(scope: Any, receive: Any, send: Any) -> None:
        hub().start()
        await app(scope, receive, send)

    return answer


async def check_screens(keys: Collection[str]) -> Mapping[str, Standing]:
    """Who of these may still listen, and to what. Stamps them as seen."""
    return await _in_thread(_check_screens, keys)


async def read_seqs(streams: Collection[int]) -> Mapping[int, int]:
    """How far these streams are."""
    return await _in_thread(latest_seqs, streams)


class ScreenConsumer(AsyncConsumer):
    """``/ws/screen/``. Always accepts first: a browser sees no reason in a refused handshake."""

    # No channel layer: the hub has its own subscription, and one task per socket is enough.
    channel_layer_alias = "none"

    seat: Seat | None = None
    is_closing = False
    frame_count = 0
    minute = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            # However it ended, by a server that went away in mid-sentence too.
            if self.seat is not None:
                hub().detach(self.seat)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        await self.send({"type": "websocket.accept"})
        if not is_own_origin(self.scope):
            await self.close(BAD_ORIGIN)
            return
        try:
            key = await self.screen_key()
            if key is None:
                await self.close(REVOKED)
                return
            self.seat = await hub().attach(
                key,
                line=self.scope.get("extensions", {}).get(EXTENSION),
                send=self.send_text,
                close=self.close,
            )
        except NoStanding:
            await self.close(REVOKED)
        except HubFull:
            await self.close(TOO_MANY)
        except Exception as error:
            # The database is away, or the socket is: the screen tries again with its own patience.
            logger.warning("A screen was not let in: %r", error)
            await self.close(TRY_AGAIN_LATER)

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """Count and drop."""
        minute = int(asyncio.get_running_loop().time() // 60)
        if minute != self.minute:
            self.minute, self.frame_count = minute, 0
        self.frame_count += 1
        if self.frame_count > FRAMES_PER_MINUTE:
            await self.close(TOO_MANY)

    async def websocket_disconnect(self, message: dict[str, Any]) -> None:
        self.is_closing = True
        raise StopConsumer

    async def screen_key(self) -> str | None:
        """The key of the screen whose cookie this is."""
        raw_key = cookies(self.scope).get(SCREEN_COOKIE, "")
        if not raw_key:
            return None
        # Threads are few: a screen that would wait long for one had better come back later.
        async with asyncio.timeout(READ_WAIT_S):
            screen = await _in_thread(get_screen_by_key, raw_key)
        return screen.key if screen is not None else None

    async def send_text(self, text: str) -> None:
        await self.send({"type": "websocket.send", "text": text})

    async def close(self, code: int) -> None:
        if self.is_closing:
            return
        self.is_closing = True
        if self.seat is not None:
            hub().detach(self.seat)
        await self.send({"type": "websocket.close", "code": code})


def is_own_origin(scope: Mapping[str, Any]) -> bool:
    """Whether the page that opened this socket is ours: at BASE_URL, or at the host it asks for."""
    origin = header(scope, b"origin")
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return False
    if origin == settings.BASE_URL:
        return True
    domain, _ = split_domain_port(parts.netloc)
    return (
        parts.netloc == header(scope, b"host")
        and bool(domain)
        and validate_host(domain, settings.ALLOWED_HOSTS)
    )


def cookies(scope: Mapping[str, Any]) -> dict[str, str]:
    """The cookies of a handshake."""
    return parse_cookie(header(scope, b"cookie"))


def header(scope: Mapping[str, Any], name: bytes) -> str:
    """One header of a handshake, empty when it is missing."""
    for key, value in scope.get("headers", ()):
        if key.lower() == name:
            return value.decode("latin-1")
    return ""


def _check_screens(keys: Collection[str]) -> Mapping[str, Standing]:
    return standing_of_screens(keys, at=now())


async def _in_thread(read: Any, *args: Any) -> Any:
    # Any thread: one slow query must not hold up the pages that share Django's own thread. The
    # database connection goes back as soon as the answer is there.
    return await database_sync_to_async(read, thread_sensitive=False)(*args)
