"""What every request gets: an id in the logs and in the answer, and its true client address."""

import ipaddress
import re
import secrets
from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme

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


def next_path(request: HttpRequest) -> str:
    """The path in ``next`` when it is one of ours, else nothing."""
    asked = (request.POST if request.method == "POST" else request.GET).get("next", "")
    is_ours = asked.startswith("/") and url_has_allowed_host_and_scheme(
        asked, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return asked if is_ours else ""


class RequestMiddleware:
    """Binds ``request_id`` to the logs and answers with it in ``X-Request-Id``.

    Synchronous on purpose: it stands right behind the line (`engagement.http.turns`), so that
    everything from here on, the other middleware included, runs in one thread instead of changing
    over a dozen times.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        offered = request.META.get("HTTP_X_REQUEST_ID", "")
        request_id = offered if SAFE_ID.match(offered) else secrets.token_hex(8)
        request.request_id = request_id  # type: ignore[attr-defined]
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response


def static_headers(headers: dict[str, str], path: str, url: str) -> None:
    """What static files are sent with; they pass none of the other middleware."""
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
