"""The identity side of the ballot protocol (docs/ballots.md): manifest, ticket, blind signature."""

import gzip
from functools import lru_cache
from http import HTTPStatus
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.requests import PersonRequest
from surveys.actions import rolls
from surveys.models import RollEntry, Survey
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from surveys.protocol.manifest import manifest_hash
from surveys.tickets import BadTicket, draft_key, issue_ticket, read_ticket

MOST_BYTES = 4096


@require_GET
def manifest(request: HttpRequest, key: str) -> HttpResponse:
    """The manifest, byte for byte; anybody may compare it."""
    survey = Survey.objects.filter(key=key, prepared_at__isnull=False).first()
    if survey is None or survey.manifest is None:
        raise Http404
    data = bytes(survey.manifest)
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(_packed(data) if is_packed else data, content_type="application/json")
    if is_packed:
        response["Content-Encoding"] = "gzip"
    response["ETag"] = f'"{manifest_hash(data).hex()}"'
    response["Cache-Control"] = "no-cache"
    response["Vary"] = "Accept-Encoding"
    return _shared(response)


# Large, the same for everybody, and read on every visit of the ballot page.
@lru_cache(maxsize=16)
def _packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


@never_cache
@require_POST
def start(request: PersonRequest, key: str) -> HttpResponse:
    """Gives the signed-in person a ticket and leads to the ballot page, in the URL's fragment.

    On a shared computer they are signed out here: the ticket is all that the ballot page needs.
    """
    entry = _entry_or_404(request, key)
    at = times.now()
    if not entry.survey.is_open(at):
        return redirect("surveys:detail", key=key)
    said = {
        "t": issue_ticket(entry, at=at),
        "c": entry.cell.key,
        "d": draft_key(entry),
        "l": request.user.language,
    }
    if request.POST.get("shared"):
        said["shared"] = "1"
        logout(request)
    return redirect(f"{settings.BALLOT_URL}/surveys/{key}/#{urlencode(said)}")


def _entry_or_404(request: PersonRequest, key: str) -> RollEntry:
    entry = (
        RollEntry.objects.filter(survey__key=key, person=request.user)
        .select_related("survey", "cell")
        .first()
    )
    if entry is None:
        raise Http404
    return entry


@csrf_exempt
@never_cache
@require_http_methods(["POST", "OPTIONS"])
def issue(request: HttpRequest, key: str) -> HttpResponse:
    """One blind signature for a ticket. No cookie is read; the ballot page sends none."""
    if request.method == "OPTIONS":
        answer = HttpResponse(status=204)
        answer["Access-Control-Allow-Methods"] = "POST"
        answer["Access-Control-Allow-Headers"] = "content-type"
        answer["Access-Control-Max-Age"] = "600"
        return _shared(answer)
    return _shared(_issue(request, key))


def _issue(request: HttpRequest, key: str) -> HttpResponse:
    try:
        said = strict_json(request.read(MOST_BYTES + 1))
        text, blinded = said["ticket"], unb64(said["blinded"])
        if len(said) != 2 or not isinstance(text, str):
            raise ValueError
    except (ValueError, KeyError, TypeError):
        return _problem(400, "Send a ticket and a blinded message.")
    at = times.now()
    try:
        ticket = read_ticket(text, at=at)
    except BadTicket:
        return _problem(401, "This ticket is not valid any more.")
    if not Survey.objects.filter(pk=ticket.survey_id, key=key).exists():
        return _problem(403, "This ticket is for another survey.")
    try:
        signature = rolls.collect_ballot(ticket=ticket, blinded=blinded, at=at)
    except rolls.Refused as refused:
        return _problem(400, f"This message cannot be signed: {refused}.")
    except rolls.NotOpen:
        return _problem(410, "This survey gives out no ballots now.")
    except rolls.Collected:
        return _problem(409, "A ballot was collected already.")
    except rolls.NotOnRoll:
        return _problem(403, "This person is not asked.")
    return HttpResponse(canonical({"signature": b64(signature)}), content_type="application/json")


def _problem(status: int, detail: str) -> HttpResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return HttpResponse(canonical(document), content_type="application/problem+json", status=status)


def _shared(response: HttpResponse) -> HttpResponse:
    """Lets the ballot page read it, without credentials."""
    response["Access-Control-Allow-Origin"] = settings.BALLOT_URL
    patch_vary_headers(response, ["Origin"])
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@never_cache
@require_GET
def me(request: PersonRequest, key: str) -> HttpResponse:
    """All that is stored about the signed-in person for this survey."""
    survey = Survey.objects.filter(key=key, launched_at__isnull=False).first()
    if survey is None:
        raise Http404
    entry = (
        RollEntry.objects.filter(survey=survey, person=request.user).select_related("cell").first()
    )
    digest = bytes(entry.blinded_digest).hex() if entry and entry.blinded_digest else ""
    context = {"survey": survey, "entry": entry, "digest": digest}
    return render(request, "surveys/me.html", context)
