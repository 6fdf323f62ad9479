"""Rings through Valkey: "there is a new card", "look again". A ring is a hint and may be lost.

The database is the truth; whoever misses a ring finds the gap at the next heartbeat. So nothing
here raises, nothing here waits long, and a dead Valkey is left in peace for a moment.
"""

import hashlib
import json
import logging
import time
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from typing import Any, Literal

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

logger = logging.getLogger(__name__)

CONNECT_TIMEOUT_S = 0.3
OPERATION_TIMEOUT_S = 1.0
# How long a Valkey that failed is not asked again. Meanwhile the hub reads the database (hub.py).
BREAK_S = 2.0

What = Literal[
    "identify", "reload", "blank", "unblank", "revoked", "changed", "streams", "plan", "here"
]


class _Breaker:
    closed_until = 0.0  # monotonic seconds


def publish(frames: Sequence[tuple[int, Mapping[str, bytes]]]) -> None:
    """Ring the card frames of one commit: (stream id, {language: frame as JSON text}).

    Call after the commit. Takes at most about a second, and no time at all while Valkey is
    known to be away. Never raises.
    """
    _ring([(stream_channel(stream), pack(by_language)) for stream, by_language in frames])


def command(*, what: What, screens: Iterable[str] = (), boards: Iterable[str] = ()) -> None:
    """Ring the sockets of these screens and boards (their keys), in every web process.

    ``revoked`` closes them, ``changed`` makes the hub look at the database again for them,
    ``streams`` for all (a stream was made), ``plan`` too, after the process has forgotten the plan
    of theme days that it kept; the other words go to the screen as they are. Never raises.
    """
    _ring([(commands_channel(), pack_command(what=what, screens=screens, boards=boards))])


def stream_channel(stream: int) -> str:
    """The channel of one stream."""
    return f"{_prefix()}stream:{stream}"


def commands_channel() -> str:
    """The channel for what concerns screens, not cards."""
    return f"{_prefix()}screens"


def pack(by_language: Mapping[str, bytes]) -> bytes:
    """One message from the texts of all languages: a line of lengths, then the texts as they are."""
    head = " ".join(f"{language}={len(text)}" for language, text in by_language.items())
    return b"\n".join([head.encode(), b"".join(by_language.values())])


def unpack(message: bytes) -> dict[str, bytes]:
    """The reverse of :func:`pack`. Raises ValueError for anything else."""
    head, found, body = message.partition(b"\n")
    if not found:
        raise ValueError("a ring without a head")
    texts, start = {}, 0
    for word in head.decode("ascii").split(" "):
        language, _, length = word.partition("=")
        end = start + int(length)
        texts[language] = body[start:end]
        start = end
    if start != len(body):
        raise ValueError("a ring of the wrong length")
    return texts


def pack_command(
    *, what: What, screens: Iterable[str] = (), boards: Iterable[str] = (), **more: Any
) -> bytes:
    """What :func:`command` rings."""
    return json.dumps(
        {"what": what, "screens": [*screens], "boards": [*boards], **more},
        separators=(",", ":"),
    ).encode()


@cache
def _prefix() -> str:
    # Channels ignore the database number of a Valkey that several installations share.
    digest = hashlib.sha256(b"live channels" + settings.SECRET_KEY.encode()).hexdigest()
    return f"vaffel:{digest[:12]}:"


@cache
def _client() -> redis.Redis:
    # One pool for the process (redis-py makes a new one after a fork). A connection that Valkey
    # closed in a restart is replaced at once, hence the one retry.
    return redis.Redis.from_url(
        settings.REDIS_URL,
        socket_connect_timeout=CONNECT_TIMEOUT_S,
        socket_timeout=OPERATION_TIMEOUT_S,
        retry=Retry(NoBackoff(), 1),
        protocol=2,
    )


def _ring(messages: Sequence[tuple[str, bytes]]) -> None:
    if not messages or time.monotonic() < _Breaker.closed_until:
        return
    try:
        pipeline = _client().pipeline(transaction=False)
        for channel, message in messages:
            pipeline.publish(channel, message)
        pipeline.execute()
    except (redis.RedisError, OSError) as error:
        _Breaker.closed_until = time.monotonic() + BREAK_S
        logger.warning("Valkey did not take a ring; walls find it in the database: %s", error)
