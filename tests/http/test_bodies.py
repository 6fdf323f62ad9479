import asyncio
import json
from typing import Any

import pytest

from engagement.http.bodies import LimitedBodies

Messages = list[dict[str, Any]]


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Reads a whole body as Django does: who hangs up is answered nothing."""
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        size += len(message["body"])
        if not message["more_body"]:
            break
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": str(size).encode()})


def ask(parts: list[bytes], *, says: bytes | None = None, path: str = "/") -> Messages:
    headers = [] if says is None else [(b"content-length", says)]
    coming = [
        {"type": "http.request", "body": part, "more_body": number + 1 < len(parts)}
        for number, part in enumerate(parts)
    ]
    sent: Messages = []

    async def receive() -> dict[str, Any]:
        return coming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "path": path, "headers": headers}
    asyncio.run(LimitedBodies(echo, most=10)(scope, receive, send))
    return sent


def test_body_within_the_limit_passes_whole() -> None:
    answer = ask([b"12345", b"67890"], says=b"10")
    assert (answer[0]["status"], answer[1]["body"]) == (200, b"10")


@pytest.mark.parametrize(
    ("parts", "says"),
    [([b""], b"11"), ([b""], b"9" * 400), ([b"12345", b"678901"], None), ([b"x" * 11], b"5")],
)
def test_more_is_413_in_both_languages(parts: list[bytes], says: bytes | None) -> None:
    answer = ask(parts, says=says)
    assert [one["type"] for one in answer] == ["http.response.start", "http.response.body"]
    assert answer[0]["status"] == 413
    assert [line[:5] for line in answer[1]["body"].decode().splitlines()] == ["Det d", "What "]


def test_programs_are_told_in_their_way() -> None:
    answer = ask([b"x" * 11], path="/api/v1/kudos")
    assert dict(answer[0]["headers"])[b"content-type"] == b"application/problem+json"
    assert json.loads(answer[1]["body"])["status"] == 413


def test_a_length_that_is_no_number_is_counted() -> None:
    assert ask([b"12345"], says=b"-5")[0]["status"] == 200
    assert ask([b"x" * 11], says=b"-5")[0]["status"] == 413
