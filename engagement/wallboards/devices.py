"""The doors that screens use: they carry a key of their own and no person's session."""

import json
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from engagement import times
from engagement.http.qr import qr_for_wall, qr_image
from engagement.http.requests import client_address
from engagement.live import queries as live
from engagement.wallboards import actions, queries
from engagement.wallboards.access import digest, get_screen_by_key
from engagement.wallboards.models import Pairing, Screen
from engagement.wallboards.texts import SYMBOL_NAMES, WALL_TEXTS
from kudos.looks import DRAWN

SCREEN_COOKIE = "vaffel_screen"
PAIRING_COOKIE = "vaffel_pairing"
COOKIE_LIFE = timedelta(days=3650)
REPORT_BYTES = 4096
POLL_EVERY_S = 3


@require_GET
@never_cache
def screen(request: HttpRequest) -> HttpResponse:
    """The page a TV opens: pairing or wall, the script decides."""
    context = {
        "build": settings.BUILD,
        "language": get_language(),
        "texts": WALL_TEXTS,
        "looks": list(DRAWN),
        "kudos_qr": qr_image(f"{settings.BASE_URL}/kudos/"),
    }
    return render(request, "wallboards/screen.html", context)


@require_GET
def feed(request: HttpRequest) -> HttpResponse:
    """What the screen missed since ``after``, or everything it may show now."""
    at = times.now()
    found = _screen_of(request)
    if found is None:
        return _problem(401, "This screen is not paired.")
    page = queries.page_for(found, after=request.GET.get("after", ""), at=at)
    actions.note_screen(screen=found, at=at)
    answer = JsonResponse(
        {
            "now": times.milliseconds(times.now()),
            "build": settings.BUILD,
            "cursor": live.cursor_of(page.seqs),
            "seqs": page.seqs,
            "whole": page.whole,
            "more": page.more,
            "events": page.events,
            "board": queries.board_as_dict(found, at=at),
        }
    )
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_GET
def photo(request: HttpRequest, key: str) -> HttpResponse:
    """The picture of a card that the screen may show, for as long as it may."""
    found = _screen_of(request)
    if found is None:
        return _problem(401, "This screen is not paired.")
    content = queries.picture_for(found, key, at=times.now())
    if content is None:
        return _problem(404, "There is no such photo on this board.")
    headers = {
        "Cache-Control": "private, no-store",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type="image/webp", headers=headers)


@csrf_exempt  # a screen has no form and no session; it acts only on itself
@require_POST
def start_pairing(request: HttpRequest) -> HttpResponse:
    """A new code for the screen to show."""
    if not actions.may_start_pairing(address=client_address(request), at=times.now()):
        return _problem(429, "Too many codes asked for. Wait a minute.")
    pairing, secret = actions.start_pairing(at=times.now())
    url = f"{settings.BASE_URL}{reverse('wallboards:pair')}?code={pairing.code}"
    language = get_language() or "nb"
    answer = JsonResponse(
        {
            "code": pairing.code,
            "symbol": pairing.symbol,
            "symbol_name": SYMBOL_NAMES[pairing.symbol][language],
            "url": url,
            "qr": qr_for_wall(url, border=2),
            "expires_in": int((pairing.expires_at - pairing.created_at).total_seconds()),
            "poll_every": POLL_EVERY_S,
        }
    )
    _give_cookie(answer, PAIRING_COOKIE, secret, life=timedelta(hours=1))
    return answer


@csrf_exempt  # as above
@require_POST
def poll_pairing(request: HttpRequest) -> HttpResponse:
    """Whether a keeper has confirmed the code; then the screen gets its key."""
    secret = request.COOKIES.get(PAIRING_COOKIE, "")
    pairing = Pairing.objects.filter(device_hash=digest(secret)).first() if secret else None
    if pairing is None:
        return JsonResponse({"state": "expired"})
    if pairing.confirmed_at:
        answer = JsonResponse({"state": "paired"})
        _give_cookie(answer, SCREEN_COOKIE, secret, life=COOKIE_LIFE)
        answer.delete_cookie(PAIRING_COOKIE)
        return answer
    is_over = pairing.expires_at <= times.now()
    return JsonResponse({"state": "expired" if is_over else "waiting"})


@csrf_exempt  # as above
@require_POST
def report(request: HttpRequest) -> HttpResponse:
    """What the screen says of itself."""
    found = _screen_of(request)
    if found is None:
        return _problem(401, "This screen is not paired.")
    if len(request.body) > REPORT_BYTES:
        return _problem(413, "The report is too long.")
    try:
        said = json.loads(request.body)
        actions.note_screen(
            screen=found,
            at=times.now(),
            build=str(said.get("build", "")).replace("\x00", ""),
            uptime_s=_count(said.get("uptime_s")),
            heap_mb=_count(said.get("heap_mb")),
            error=str(said.get("error") or ""),
        )
    except (ValueError, AttributeError, RecursionError):
        return _problem(400, "The report is not a JSON object.")
    return HttpResponse(status=204)


def _count(raw: Any) -> int | None:
    is_count = type(raw) in (int, float) and 0 <= raw < 2**31
    return int(raw) if is_count else None


def _screen_of(request: HttpRequest) -> Screen | None:
    return get_screen_by_key(request.COOKIES.get(SCREEN_COOKIE, ""))


def _give_cookie(answer: HttpResponse, name: str, secret: str, *, life: timedelta) -> None:
    answer.set_cookie(
        name,
        secret,
        max_age=life,
        httponly=True,
        samesite="Strict",
        secure=settings.IS_SECURE_ORIGIN,
        path="/",
    )


def _problem(status: int, title: str) -> JsonResponse:
    return JsonResponse(
        {"type": "about:blank", "title": title, "status": status},
        status=status,
        content_type="application/problem+json",
    )
