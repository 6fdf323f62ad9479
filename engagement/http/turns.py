"""How many requests a web process works on at once; the others stand in line.

Python does one thing at a time in a process. Sixteen requests at once, each with a dozen changes
between the database and Python, held one another up so long that half as many were answered as by
six, and that rows they all wait for stayed locked meanwhile (docs/decisions/0077).
"""

import asyncio
from collections.abc import Awaitable, Callable
from weakref import WeakKeyDictionary

from asgiref.sync import markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils import translation

from engagement.http.csp import CSP, build_policy
from engagement.http.errors import DATABASE_BACK_IN, unavailable

AT_ONCE = 6
# Proxies and people wait about twice as long for an answer, in seconds. Late is better than lost.
PATIENCE = 30.0
# Who has waited longer asks no database of which the last before them had no answer. In seconds.
HOPEFUL = 1.0
# What asks no database opens whatever else is away, and however much the process has to do.
OUT_OF_TURN = {"/healthz", "/offline/", "/screen/"}


class TurnsMiddleware:
    """First come, first served. Stands behind the static files and before all that needs a thread.

    A request is in line only when it is here as a whole, and gives its place to the next before its
    answer is sent: slow clients hold up nobody.
    """

    async_capable = True
    sync_capable = False

    def __init__(self, get_response: Callable[[HttpRequest], Awaitable[HttpResponseBase]]) -> None:
        self.get_response = get_response
        # A server has one loop; each call of Django's test client has one of its own.
        self.lines: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = (
            WeakKeyDictionary()
        )
        self.is_away = False
        markcoroutinefunction(self)

    async def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if request.path in OUT_OF_TURN:
            return await self.get_response(request)
        loop = asyncio.get_running_loop()
        line = self.lines.setdefault(loop, asyncio.Semaphore(AT_ONCE))
        came_at = loop.time()
        try:
            async with asyncio.timeout(PATIENCE):
                await line.acquire()
        except TimeoutError:
            return turned_away(request)
        try:
            if self.is_away and loop.time() - came_at > HOPEFUL:
                return turned_away(request)
            response = await self.get_response(request)
            self.is_away = response.status_code == 503
            return response
        finally:
            line.release()


def turned_away(request: HttpRequest) -> HttpResponseBase:
    """A 503 in the reader's language, made without a thread and without the database."""
    with translation.override(translation.get_language_from_request(request)):
        response = unavailable(request, retry_after=DATABASE_BACK_IN)
    response.headers[str(CSP.HEADER_ENFORCE)] = build_policy(settings.SECURE_CSP)
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
