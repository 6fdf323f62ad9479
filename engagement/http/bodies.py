"""What is sent to us has a limit before anybody reads it, signed in or not."""

import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

Scope = dict[str, Any]
Message = Mapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

# The largest file that anything takes is a photo of 12 MB; around it come the other fields.
MOST_BYTES = 16 * 1024 * 1024
WORDS = (
    "Det du sendte er større enn 16 MB. Velg en mindre fil og send på nytt.\n"
    "What you sent is larger than 16 MB. Choose a smaller file and send it again.\n"
)
PROBLEM = {
    "type": "about:blank",
    "title": "Content Too Large",
    "status": 413,
    "detail": "The body is larger than 16 MB.",
}


class LimitedBodies:
    """An ASGI application in front of another: a body of more than ``most`` bytes is answered with 413.

    By what the request says about its length, and by what comes. Django reads a whole body into
    memory and onto the disk before any middleware is asked.
    """

    def __init__(self, app: App, most: int = MOST_BYTES) -> None:
        self.app = app
        self.most = most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if _said_length(scope) > self.most:
            await _refuse(scope, send)
            return
        count, is_too_much, has_begun = 0, False, False

        async def counted() -> Message:
            nonlocal count, is_too_much
            message = await receive()
            count += len(message.get("body", b""))
            if count > self.most:
                is_too_much = True
                return {"type": "http.disconnect"}
            return message

        async def noticed(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        await self.app(scope, counted, noticed)
        if is_too_much and not has_begun:
            await _refuse(scope, send)


def _said_length(scope: Scope) -> int:
    """What the request says; 0 when it says nothing that is a number."""
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["path"].startswith("/api/"):
        kind, body = b"application/problem+json", json.dumps(PROBLEM).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", WORDS.encode()
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        # What is still on its way is not read.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": 413, "headers": headers})
    await send({"type": "http.response.body", "body": body})
