"""One pub/sub connection to Valkey for a whole web process, which comes back by itself."""

import asyncio
import logging
import os
import random
from collections.abc import Callable, Iterable

import redis.asyncio as aioredis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 1.0
OPERATION_TIMEOUT_S = 2.0
# Full jitter: the wait before attempt n is uniform in [0, min(CAP, BASE * 2**n)].
BACKOFF_BASE_S = 0.2
BACKOFF_CAP_S = 3.0
# A connection that answers no ping for two rounds is dead, whatever TCP believes.
PING_EVERY_S = 5.0


def client_name() -> str:
    """What this process calls its connection to Valkey."""
    return f"vaffel-hub-{os.getpid()}"


class Listener:
    """Hears the channels it was told to, reconnects, and says when it did.

    ``on_message(channel, data)`` and ``on_change(is_connected)`` are called on the event loop.
    After a reconnect all channels are confirmed again before ``on_change(True)``; what was rung
    in between is lost, so that is the moment to look at the database.
    """

    def __init__(
        self,
        url: str,
        *,
        on_message: Callable[[str, bytes], None],
        on_change: Callable[[bool], None],
    ) -> None:
        self._client = aioredis.Redis.from_url(
            url,
            # By it `CLIENT LIST` tells whose connection one is.
            client_name=client_name(),
            socket_connect_timeout=CONNECT_TIMEOUT_S,
            socket_timeout=OPERATION_TIMEOUT_S,
            # Never reconnect inside redis-py: it would resubscribe without telling us.
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._on_message = on_message
        self._on_change = on_change
        self._wanted: set[str] = set()
        self._heard: set[str] = set()
        self._waiters: dict[str, asyncio.Future[None]] = {}
        self._pubsub: PubSub | None = None
        self._has_warned = False

    @property
    def is_connected(self) -> bool:
        return self._pubsub is not None

    async def hear(self, channels: Iterable[str], *, wait_s: float) -> bool:
        """Subscribe, and wait for Valkey's word that it happened, at most ``wait_s``.

        False when it did not come: the channels stay wanted and are heard as soon as possible.
        """
        missing = [channel for channel in channels if channel not in self._heard]
        if not missing:
            return True
        loop = asyncio.get_running_loop()
        new = [channel for channel in missing if channel not in self._wanted]
        self._wanted.update(new)
        if self._pubsub is None:
            return False
        waiters = [self._waiters.setdefault(channel, loop.create_future()) for channel in missing]
        try:
            async with asyncio.timeout(wait_s):
                if new:
                    await self._pubsub.subscribe(*new)
                await asyncio.gather(*map(asyncio.shield, waiters))
        except (TimeoutError, RedisError, OSError):
            return False
        return self._heard.issuperset(missing)

    async def forget(self, channels: Iterable[str]) -> None:
        """Stop hearing these."""
        known = [channel for channel in channels if channel in self._wanted]
        self._wanted.difference_update(known)
        self._heard.difference_update(known)
        if known and self._pubsub is not None:
            try:
                async with asyncio.timeout(OPERATION_TIMEOUT_S):
                    await self._pubsub.unsubscribe(*known)
            except (TimeoutError, RedisError, OSError):
                return  # the reader notices by itself

    async def publish(self, channel: str, message: bytes) -> None:
        """A hint to the other processes; lost when Valkey is away."""
        try:
            async with asyncio.timeout(OPERATION_TIMEOUT_S):
                await self._client.publish(channel, message)
        except (TimeoutError, RedisError, OSError):
            return

    async def run(self) -> None:
        """Listen until cancelled."""
        failures = 0
        try:
            while True:
                try:
                    await self._listen()
                except (RedisError, OSError, TimeoutError) as error:
                    failures = 0 if self.is_connected else failures + 1
                    self._warn(error)
                except Exception:
                    failures += 1
                    logger.exception("The listener failed; it starts again")
                self._lost()
                longest = min(BACKOFF_CAP_S, BACKOFF_BASE_S * 2 ** min(failures, 10))
                await asyncio.sleep(random.uniform(0, longest))  # noqa: S311
        finally:
            self._lost()
            await self._client.aclose()

    async def _listen(self) -> None:
        async with self._client.pubsub() as pubsub:
            asked = sorted(self._wanted)
            await pubsub.subscribe(*asked)
            unanswered = 0
            while True:
                _stay_cancelled()
                message = await pubsub.get_message(timeout=PING_EVERY_S)
                if message is None:
                    if unanswered >= 2:
                        raise TimeoutError("no answer to a ping")
                    unanswered += 1
                    await pubsub.ping()
                    continue
                unanswered = 0
                kind = message["type"]
                if kind == "message":
                    self._on_message(message["channel"].decode(), message["data"])
                elif kind == "subscribe":
                    self._confirmed(message["channel"].decode())
                    if self._pubsub is None and self._heard.issuperset(asked):
                        await self._regained(pubsub, asked)

    async def _regained(self, pubsub: PubSub, asked: list[str]) -> None:
        self._pubsub = pubsub
        meanwhile = self._wanted.difference(asked)
        if meanwhile:
            await pubsub.subscribe(*meanwhile)
        if self._has_warned:
            logger.info("Valkey is back")
            self._has_warned = False
        self._on_change(True)

    def _confirmed(self, channel: str) -> None:
        if channel in self._wanted:
            self._heard.add(channel)
        waiter = self._waiters.pop(channel, None)
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _lost(self) -> None:
        was_connected = self.is_connected
        self._pubsub = None
        self._heard.clear()
        for waiter in self._waiters.values():
            if not waiter.done():
                waiter.set_result(None)
        self._waiters.clear()
        if was_connected:
            self._on_change(False)

    def _warn(self, error: Exception) -> None:
        if not self._has_warned:
            self._has_warned = True
            logger.warning("Valkey is away; walls follow the database until it is back: %s", error)


def _stay_cancelled() -> None:
    # redis-py loses a cancellation that comes while it connects; a server would never stop.
    task = asyncio.current_task()
    if task is not None and task.cancelling():
        raise asyncio.CancelledError
