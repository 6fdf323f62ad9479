"""What every request gets: an id in the logs and in the answer, and its true client address."""

import ipaddress
import re
import secrets
from collections.abc import Awaitable, Callable

import structlog
from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

SAFE_ID = re.compile(r"^[A-Za-z0-9-]{8,64}$")


def client_address(request: HttpRequest) -> str:
    """The address the request came from, seen past the proxies named in ``TRUSTED_PROXIES``."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    forwarded = [p.strip() for p in request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")]
    while forwarded and _is_trusted(address):
        address = forwarded.pop() or address
    return address


def _is_trusted(address: str) -> bool:
    try:
        client = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(client in ipaddress.ip_network(p, strict=False) for p in settings.TRUSTED_PROXIES)


class RequestMiddleware:
    """Binds ``request_id`` to the logs and answers with it in ``X-Request-Id``."""

    async_capable = True
    sync_capable = True

    def __init__(
        self, get_response: Callable[[HttpRequest], HttpResponseBase | Awaitable[HttpResponseBase]]
    ) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = offered if SAFE_ID.match(offered) else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        if iscoroutinefunction(self):
            return self._answer(request, request_id)
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        assert isinstance(response, HttpResponse | HttpResponseBase)
        response.headers["X-Request-Id"] = request_id
        return response

    async def _answer(self, request: HttpRequest, request_id: str) -> HttpResponseBase:
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            answer = self.get_response(request)
            assert isinstance(answer, Awaitable)
            response = await answer
        response.headers["X-Request-Id"] = request_id
        return response
