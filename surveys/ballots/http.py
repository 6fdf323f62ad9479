"""Just enough HTTP for the ballot box: bounded bodies, plain answers, problem details (RFC 9457)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from surveys.protocol.encoding import canonical

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BODY_SECONDS = 20
ALWAYS = {
    "cache-control": "no-store",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "cross-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}


@dataclass(frozen=True)
class Answer:
    """A whole answer."""

    status: int = 200
    body: bytes = b""
    content_type: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def raw_headers(self) -> list[tuple[bytes, bytes]]:
        # A header set to "" is one that must not be sent.
        named = {**ALWAYS, **self.headers}
        if self.content_type:
            named["content-type"] = self.content_type
        return [(name.encode(), value.encode()) for name, value in named.items() if value]


class Problem(Exception):
    """Ends a request with a problem document."""

    def __init__(self, status: int, detail: str, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.headers = status, detail, dict(headers or {})

    def answer(self) -> Answer:
        document = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        return Answer(self.status, canonical(document), "application/problem+json", self.headers)


def json_answer(
    document: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> Answer:
    return Answer(status, canonical(document), "application/json", dict(headers or {}))


def header(scope: Scope, name: str) -> str:
    """The header's value; several are joined, none is empty."""
    wanted = name.encode()
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return ", ".join(value.decode("latin-1") for key, value in headers if key == wanted)


async def read_body(scope: Scope, receive: Receive, *, most: int) -> bytes:
    """The body.

    :raises Problem: when it is longer than ``most`` bytes, comes too slowly, or breaks off.
    """
    declared = header(scope, "content-length")
    if declared.isdigit() and int(declared) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    raise Problem(400, "The request broke off.")
                part = message.get("body", b"")
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
                if not message.get("more_body"):
                    return b"".join(parts)
    except TimeoutError as error:
        raise Problem(408, "The request came too slowly.") from error


def _too_large(most: int) -> Problem:
    return Problem(413, f"At most {most} bytes are taken here.", {"connection": "close"})


async def send_answer(send: Send, answer: Answer, *, is_head: bool = False) -> None:
    headers = [*answer.raw_headers(), (b"content-length", str(len(answer.body)).encode())]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if is_head else answer.body})
