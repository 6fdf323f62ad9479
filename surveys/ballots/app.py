"""The ballot box as an ASGI application.

It takes sealed ballots without knowing from whom, gives them out when the survey is over, and keeps
no record of requests: no address, no time, no cookie.
"""

import asyncio
import datetime as dt
import hmac
import logging
import os
import re
import sys
from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, TypedDict

import psycopg
from psycopg_pool import PoolTimeout, TooManyRequests

from surveys.ballots import store
from surveys.ballots.http import (
    Answer,
    Problem,
    Receive,
    Scope,
    Send,
    header,
    json_answer,
    read_body,
    send_answer,
)
from surveys.ballots.page import Page, build_page, page_of
from surveys.protocol.ballot import RECEIPT_DIGITS, ballot_hash, receipt_of
from surveys.protocol.blind import KEY_BYTES, PREFIX_BYTES, verify
from surveys.protocol.capability import check_capability
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from surveys.protocol.manifest import BadManifest, Manifest, parse
from surveys.protocol.sealing import SEALED_BYTES

MOST_BALLOT_BYTES = 32 * 1024
# Less than lies between the last ballot and the bundle (`store.BUNDLE_AFTER`).
CAST_SECONDS = 8
MOST_CONTROL_BYTES = 8 * 1024 * 1024
_SIZES = {"prefix": PREFIX_BYTES, "sig": KEY_BYTES, "sealed": SEALED_BYTES}
_KEY = r"(?P<key>[a-z0-9]{1,32})"
_AWAY = "The ballot box cannot reach its database. Nothing was taken; try again in a moment."

log = logging.getLogger("ballots")

Handler = Callable[["BallotBox", "Request"], Awaitable[Answer | None]]
Route = tuple[str, re.Pattern[str], Handler]
Clock = Callable[[], dt.datetime]


def wall_clock() -> dt.datetime:
    """The present moment, in UTC."""
    return dt.datetime.now(dt.UTC)


class Request:
    """One request on its way through the box."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope, self.receive, self.send = scope, receive, send
        self.key = ""

    @property
    def method(self) -> str:
        return "GET" if self.scope["method"] == "HEAD" else str(self.scope["method"])

    def header(self, name: str) -> str:
        return header(self.scope, name)

    async def body(self, most: int) -> bytes:
        return await read_body(self.scope, self.receive, most=most)

    async def document(self, most: int) -> Any:
        """:raises Problem: when the body is no JSON object as we accept it."""
        kind = self.header("content-type").partition(";")[0].strip().lower()
        if kind != "application/json":
            raise Problem(415, "Send application/json.")
        try:
            document = strict_json(await self.body(most))
        except ValueError as error:
            raise Problem(400, f"The body is {error}.") from error
        if not isinstance(document, dict):
            raise Problem(400, "The body is not a JSON object.")
        return document


class BallotBox:
    """The application. ``base_url`` is the identity origin, ``token`` opens the control channel.

    ``clock`` says what time it is: when ballots are taken, and when they may be fetched.
    """

    def __init__(
        self, *, database_url: str, base_url: str, token: str, clock: Clock = wall_clock
    ) -> None:
        self.pool = store.open_pool(database_url)
        self.base_url = base_url
        self.token = token
        self.clock = clock
        self._is_set_up = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "http":
            await self._serve(Request(scope, receive, send))
        else:
            await send({"type": "websocket.close", "code": 1003})

    async def _live(self, receive: Receive, send: Send) -> None:
        while (message := await receive())["type"] == "lifespan.startup":
            await self.pool.open()
            await send({"type": "lifespan.startup.complete"})
        assert message["type"] == "lifespan.shutdown"
        await self.pool.close()
        await send({"type": "lifespan.shutdown.complete"})

    async def _serve(self, request: Request) -> None:
        is_head = request.scope["method"] == "HEAD"
        try:
            answer = await self._answer(request)
        except Problem as problem:
            answer = problem.answer()
        except (psycopg.OperationalError, PoolTimeout, TooManyRequests):
            log.warning("database_away")
            answer = Problem(503, _AWAY, {"retry-after": "2"}).answer()
        except Exception as error:
            # The kind of error and the place, never what was sent or by whom.
            at = error.__traceback__
            while at and at.tb_next:
                at = at.tb_next
            place = f"{at.tb_frame.f_code.co_name}:{at.tb_lineno}" if at else ""
            log.error("failed %s %s", type(error).__name__, place)
            answer = Problem(500, "Something is wrong in the ballot box.").answer()
        if answer is not None:
            await send_answer(request.send, answer, is_head=is_head)

    async def _answer(self, request: Request) -> Answer | None:
        path = request.scope["path"]
        fitting = [
            (method, handler, found)
            for method, pattern, handler in self.routes()
            if (found := pattern.fullmatch(path))
        ]
        if not fitting:
            raise Problem(404, "There is nothing here.")
        methods = [method for method, _, _ in fitting]
        if request.scope["method"] == "OPTIONS":
            return self._preflight(request, methods)
        for method, handler, found in fitting:
            if method == request.method:
                request.key = found.groupdict().get("key", "")
                await self._set_up()
                return await handler(self, request)
        allowed = ", ".join([*methods, "OPTIONS"])
        raise Problem(405, f"Here you can: {allowed}.", {"allow": allowed})

    async def _set_up(self) -> None:
        if not self._is_set_up:
            await store.set_up(self.pool)
            self._is_set_up = True

    def routes(self) -> list[Route]:
        """Method, path and handler of everything that can be asked."""
        return ROUTES

    def _preflight(self, request: Request, methods: list[str]) -> Answer:
        return Answer(
            204,
            headers={
                **self.shared(request),
                "allow": ", ".join([*methods, "OPTIONS"]),
                "access-control-allow-methods": ", ".join(methods),
                "access-control-allow-headers": "authorization",
                "access-control-max-age": "600",
            },
        )

    def shared(self, request: Request) -> dict[str, str]:
        """Lets pages of the identity origin read an answer, without credentials."""
        if request.header("origin") != self.base_url:
            return {"vary": "Origin"}
        return {"access-control-allow-origin": self.base_url, "vary": "Origin"}

    # --- for everybody ---------------------------------------------------------------------------

    async def healthz(self, request: Request) -> Answer:
        await store.is_well(self.pool)
        return json_answer({"status": "ok"})

    async def page(self, request: Request) -> Answer:
        """The ballot page as it was when the survey was launched."""
        found = await self._survey(request)
        return self._page_answer(request, _kept_page(found.page))

    async def current_page(self, request: Request) -> Answer:
        """The page without a survey: to hand in a saved ballot."""
        return self._page_answer(request, build_page())

    def _page_answer(self, request: Request, page: Page) -> Answer:
        policy = (
            f"default-src 'none'; script-src '{page.script_hash}'; style-src '{page.style_hash}'; "
            f"img-src data:; font-src data:; connect-src 'self' {self.base_url}; "
            f"form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
        )
        headers = {"content-security-policy": policy, "vary": "accept-encoding"}
        if "gzip" not in request.header("accept-encoding"):
            return Answer(200, page.data, "text/html; charset=utf-8", headers)
        headers["content-encoding"] = "gzip"
        return Answer(200, page.packed, "text/html; charset=utf-8", headers)

    async def manifest(self, request: Request) -> Answer:
        found = await self._survey(request)
        return Answer(200, found.manifest, "application/json", self.shared(request))

    async def cast(self, request: Request) -> Answer:
        """Takes one ballot. Refuses everything that could tell from whom it is."""
        for name in ("cookie", "authorization"):
            if request.header(name):
                raise Problem(400, f"A ballot comes without {name}: nobody is to be known here.")
        document = await request.document(MOST_BALLOT_BYTES)
        found = await self._survey(request)
        ballot = _checked(document, _parsed(found.manifest))
        try:
            # Nothing may come in once the bundle is out, however long the database takes.
            async with asyncio.timeout(CAST_SECONDS):
                done = await store.cast(self.pool, request.key, ballot, at=self.clock())
        except TimeoutError as error:
            raise Problem(503, _AWAY, {"retry-after": "2"}) from error
        if done is store.Cast.TAKEN:
            return Answer(204)
        if done is store.Cast.NOT_OPEN:
            raise Problem(410, "This survey takes no ballots now.")
        if done is store.Cast.OTHER_BALLOT:
            raise Problem(409, "Another ballot has this receipt. Seal your answers anew.")
        raise Problem(404, "There is no such survey here.")

    async def receipts(self, request: Request) -> Answer:
        found = await self._survey(request)
        if found.receipts is None:
            raise Problem(404, "The receipts are published after the count.", self.shared(request))
        return json_answer(
            {
                "survey": request.key,
                "count": len(found.receipts),
                "root": found.root,
                "receipts": found.receipts,
            },
            headers=self.shared(request),
        )

    async def bundle(self, request: Request) -> None:
        """All sealed ballots, for whoever counts; only when no more can come."""
        shared = self.shared(request)
        _, _, capability = request.header("authorization").partition("Bearer ")
        if not check_capability(
            self.token,
            capability,
            survey=request.key,
            purpose="bundle",
            now=self.clock().timestamp(),
        ):
            raise Problem(401, "Only whoever counts may fetch the ballots.", shared)
        found = await self._survey(request)
        if found.is_cancelled or found.is_destroyed:
            raise Problem(410, "The ballots were destroyed.", shared)
        if not found.is_over(self.clock()):
            raise Problem(409, "Ballots can still come: wait until the survey is closed.", shared)
        await self._stream_bundle(request, found)

    async def _stream_bundle(self, request: Request, found: store.Survey) -> None:
        head = {
            "survey": request.key,
            "manifest_sha256": _parsed(found.manifest).hash.hex(),
        }
        async with store.ballots(self.pool, request.key) as ballots:
            answer = Answer(200, b"", "application/json", self.shared(request))
            count = await store.count_ballots(self.pool, request.key)
            headers = [*answer.raw_headers(), (b"x-ballot-count", str(count).encode()),
                       (b"access-control-expose-headers", b"x-ballot-count")]  # fmt: skip
            await request.send({"type": "http.response.start", "status": 200, "headers": headers})
            await _send_part(request, canonical(head)[:-1] + b',"ballots":[')
            is_first = True
            async for ballot in ballots:
                part = canonical(
                    {
                        "cell": ballot.cell,
                        "prefix": b64(ballot.prefix),
                        "sig": b64(ballot.sig),
                        "sealed": b64(ballot.sealed),
                    }
                )
                await _send_part(request, part if is_first else b"," + part)
                is_first = False
            await request.send({"type": "http.response.body", "body": b"]}"})

    # --- for the identity origin -----------------------------------------------------------------

    async def control_page(self, request: Request) -> Answer:
        self.check_control(request)
        return json_answer({"sha256": build_page().sha256})

    async def put_survey(self, request: Request) -> Answer:
        self.check_control(request)
        data = await request.body(MOST_CONTROL_BYTES)
        try:
            manifest = parse(data)
        except BadManifest as error:
            raise Problem(422, f"This manifest is not valid: {error}.") from error
        page = build_page()
        if manifest.survey != request.key:
            raise Problem(422, "This manifest is of another survey.")
        found = await store.find(self.pool, request.key)
        if found is None and manifest.document["page_sha256"] != page.sha256:
            raise Problem(422, "This manifest names another ballot page than the one served here.")
        kept = await store.add_survey(
            self.pool,
            key=request.key,
            manifest=data,
            page=page.data,
            opens=manifest.opens_at,
            closes=manifest.closes_at,
        )
        if kept != data:
            raise Problem(409, "Another manifest of this survey is kept here.")
        return Answer(204 if found else 201)

    async def get_survey(self, request: Request) -> Answer:
        self.check_control(request)
        found = await self._survey(request)
        is_over = found.is_over(self.clock())
        ballots = await store.count_ballots(self.pool, request.key) if is_over else None
        return json_answer({"state": _state(found, self.clock()), "ballots": ballots})

    async def extend(self, request: Request) -> Answer:
        self.check_control(request)
        document = await request.document(MOST_CONTROL_BYTES)
        try:
            closes_at = dt.datetime.fromisoformat(document["closes_at"])
        except (KeyError, TypeError, ValueError) as error:
            raise Problem(400, "closes_at is not a time.") from error
        if closes_at.tzinfo is None:
            raise Problem(400, "closes_at has no zone.")
        await self._survey(request)
        if not await store.extend(self.pool, request.key, closes_at, at=self.clock()):
            raise Problem(409, "A survey is extended while it is open, and to a later time.")
        return Answer(204)

    async def cancel(self, request: Request) -> Answer:
        self.check_control(request)
        await self._survey(request)
        destroyed = await store.cancel(self.pool, request.key)
        if destroyed is None:
            raise Problem(409, "This survey is counted and can no longer be cancelled.")
        return json_answer({"destroyed": destroyed})

    async def counted(self, request: Request) -> Answer:
        self.check_control(request)
        document = await request.document(MOST_CONTROL_BYTES)
        receipts, root = document.get("receipts"), document.get("root")
        if not isinstance(receipts, list) or not isinstance(root, str):
            raise Problem(400, "receipts and root are needed.")
        form = re.compile(rf"[0-9a-f]{{{RECEIPT_DIGITS}}}")
        if not all(isinstance(one, str) and form.fullmatch(one) for one in receipts):
            raise Problem(400, "A receipt has 20 hexadecimal digits.")
        found = await self._survey(request)
        if not found.is_over(self.clock()):
            raise Problem(409, "Ballots can still come.")
        if not await store.set_counted(self.pool, request.key, receipts, root):
            raise Problem(409, "Another count is kept here, or the survey was cancelled.")
        return Answer(204)

    async def destroy(self, request: Request) -> Answer:
        self.check_control(request)
        await self._survey(request)
        destroyed = await store.destroy(self.pool, request.key)
        if destroyed is None:
            raise Problem(409, "Ballots are destroyed after the count.")
        return json_answer({"destroyed": destroyed})

    def check_control(self, request: Request) -> None:
        _, _, token = request.header("authorization").partition("Bearer ")
        if not self.token or not hmac.compare_digest(token.encode(), self.token.encode()):
            raise Problem(401, "This is for the identity origin only.")

    async def _survey(self, request: Request) -> store.Survey:
        found = await store.find(self.pool, request.key)
        if found is None:
            raise Problem(404, "There is no such survey here.")
        return found


async def _send_part(request: Request, part: bytes) -> None:
    await request.send({"type": "http.response.body", "body": part, "more_body": True})


def _checked(document: Mapping[str, Any], manifest: Manifest) -> store.Ballot:
    """The ballot in ``document``, with its signature verified."""
    if set(document) != {"cell", *_SIZES}:
        raise Problem(400, "A ballot has exactly cell, prefix, sig and sealed.")
    parts: dict[str, bytes] = {}
    for name, size in _SIZES.items():
        try:
            parts[name] = unb64(document[name])
        except (TypeError, ValueError) as error:
            raise Problem(400, f"{name} is not base64url.") from error
        if len(parts[name]) != size:
            raise Problem(400, f"{name} is not of {size} bytes.")
    cell = manifest.cells.get(document["cell"]) if isinstance(document["cell"], str) else None
    if cell is None:
        raise Problem(404, "There is no such cell in this survey.")
    digest = ballot_hash(manifest.hash, cell.key, parts["sealed"])
    if not verify(cell.modulus, digest, parts["prefix"], parts["sig"]):
        raise Problem(403, "The signature does not fit this ballot.")
    return store.Ballot(cell=cell.key, receipt=receipt_of(digest), **parts)


def _state(found: store.Survey, at: dt.datetime) -> str:
    if found.is_cancelled:
        return "cancelled"
    if found.receipts is not None:
        return "counted"
    if found.is_over(at):
        return "closed"
    return "open" if found.opens_at <= at else "waiting"


@lru_cache(maxsize=32)
def _parsed(manifest: bytes) -> Manifest:
    return parse(manifest)


@lru_cache(maxsize=32)
def _kept_page(data: bytes) -> Page:
    return page_of(data)


def route(method: str, path: str, handler: Any) -> Route:
    return method, re.compile(path.replace("<key>", _KEY)), handler


ROUTES: list[Route] = [
    route("GET", "/healthz", BallotBox.healthz),
    route("GET", "/surveys/cast/", BallotBox.current_page),
    route("GET", "/surveys/<key>/", BallotBox.page),
    route("GET", "/surveys/<key>/manifest.json", BallotBox.manifest),
    route("POST", "/surveys/<key>/cast", BallotBox.cast),
    route("GET", "/surveys/<key>/bundle", BallotBox.bundle),
    route("GET", "/surveys/<key>/receipts.json", BallotBox.receipts),
    route("GET", "/control/page", BallotBox.control_page),
    route("GET", "/control/surveys/<key>", BallotBox.get_survey),
    route("PUT", "/control/surveys/<key>", BallotBox.put_survey),
    route("POST", "/control/surveys/<key>/extend", BallotBox.extend),
    route("POST", "/control/surveys/<key>/cancel", BallotBox.cancel),
    route("POST", "/control/surveys/<key>/counted", BallotBox.counted),
    route("POST", "/control/surveys/<key>/destroy", BallotBox.destroy),
]


class BoxSettings(TypedDict):
    """What a box is made from."""

    database_url: str
    base_url: str
    token: str


def settings_of_environment() -> BoxSettings:
    """Ends the process with a sentence when something is not set."""
    values = {}
    for name in ("BALLOT_DATABASE_URL", "BASE_URL", "BALLOT_CONTROL_TOKEN"):
        if not os.environ.get(name):
            sys.exit(f"The ballot box needs {name}.")
        values[name] = os.environ[name]
    return {
        "database_url": values["BALLOT_DATABASE_URL"],
        "base_url": values["BASE_URL"].rstrip("/"),
        "token": values["BALLOT_CONTROL_TOKEN"],
    }
