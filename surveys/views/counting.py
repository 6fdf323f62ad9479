"""The witness page: the key is made and checked before launch, the ballots are counted after closing.

All of it happens in the witness's browser. What arrives here is the public half of a key, the word
that a copy of it opens, and the result of a count.
"""

import hmac
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from engagement import times
from engagement.http.csp import CSP, build_policy
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from surveys import access, actions, box
from surveys.actions.counts import record_count
from surveys.models import Count, Survey
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from surveys.protocol.sealing import SHEET_BYTES

# What a result holds beside comments, which stand on the sheets.
_MOST_NUMBERS = 4 * 1024 * 1024


@never_cache
@require_http_methods(["GET", "POST"])
def count(request: PersonRequest, key: str) -> HttpResponse:
    """For witnesses only: before launch the key, after closing the count, then its result."""
    survey = access.get_survey_to_view(request.user, key)
    may_witness = access.can_witness(request.user, survey)
    require(may_witness or access.can_count(request.user, survey))
    is_before_launch = survey.launched_at is None and survey.cancelled_at is None
    if request.method == "POST":
        return _taken(request, survey, is_before_launch=is_before_launch)
    if is_before_launch:
        return _key_page(request, survey)
    return _count_page(request, survey)


def _key_page(request: PersonRequest, survey: Survey) -> HttpResponse:
    mine = survey.reviews.filter(person=request.user, is_witness=True).first()
    holders = survey.reviews.filter(is_witness=True).select_related("person")
    public = bytes(survey.counting_key) if survey.counting_key else b""
    context = {
        "survey": survey,
        "mine": mine,
        "others": [one.person for one in holders if one.person_id != request.user.pk],
        "page_data": _about(survey) | {"public": b64(public)},
    }
    return render(request, "surveys/key.html", context)


def _about(survey: Survey) -> dict[str, Any]:
    return {
        "survey": survey.key,
        "title": survey.title,
        "post": reverse("surveys:count", args=[survey.key]),
    }


def _count_page(request: PersonRequest, survey: Survey) -> HttpResponse:
    """With a permission to fetch the ballots, as long as there is something to count."""
    is_waiting = survey.closed_at and not survey.counted_at and not survey.cancelled_at
    can_count = bool(is_waiting) and access.can_count(request.user, survey)
    kept = Count.objects.filter(survey=survey).select_related("by").first()
    context = {
        "survey": survey,
        "can_count": can_count,
        "count": kept,
        "refused_count": sum(kept.refused.values()) if kept else 0,
        "page_data": _to_count(survey) if can_count else None,
    }
    response = render(request, "surveys/count.html", context)
    if can_count:
        # This page alone may speak with the ballot box.
        policy = settings.SECURE_CSP | {"connect-src": [CSP.SELF, settings.BALLOT_URL]}
        response[str(CSP.HEADER_ENFORCE)] = build_policy(policy)
    return response


def _to_count(survey: Survey) -> dict[str, Any]:
    """Where the ballots are, what opens the door to them, and how many there can be."""
    ballots = f"{settings.BALLOT_URL}/surveys/{survey.key}"
    return _about(survey) | {
        "public": b64(bytes(survey.counting_key or b"")),
        "manifests": [reverse("surveys:manifest", args=[survey.key]), f"{ballots}/manifest.json"],
        "bundle": f"{ballots}/bundle",
        "capability": box.bundle_capability(survey.key),
        "collected": {
            cell: found or 0 for cell, found in survey.cells.values_list("key", "collected_count")
        },
    }


def _taken(request: PersonRequest, survey: Survey, *, is_before_launch: bool) -> HttpResponse:
    """Keeps what the page sends, or says why not."""
    said = _said(request, survey)
    if said is None:
        return _problem(400, _("This did not arrive whole. Try again."))
    try:
        if is_before_launch:
            return _key_taken(request, survey, said)
        require(access.can_count(request.user, survey))
        kept = record_count(survey=survey, result=said, by=request.user, at=times.now())
    except ValidationError as error:
        return _problem(422, " ".join(error.messages))
    return _answer({"root": kept.root})


def _said(request: PersonRequest, survey: Survey) -> dict[str, Any] | None:
    """The object that was sent; not longer than all sheets together and the numbers."""
    invited = sum(survey.cells.values_list("invited_count", flat=True))
    most = SHEET_BYTES * invited + _MOST_NUMBERS
    # Not `request.body`: the comments of a large survey are more than forms may bring.
    data = request.read(most + 1)
    try:
        said = strict_json(data) if len(data) <= most else None
    except ValueError:
        return None
    return said if isinstance(said, dict) else None


def _key_taken(request: PersonRequest, survey: Survey, said: dict[str, Any]) -> HttpResponse:
    """A key read back from its file: the one that is there, or a new one in its place.

    ``instead_of`` is the key that the page knew: two who make one at once do not undo each other.
    """
    require(access.can_witness(request.user, survey))
    if survey.frozen_at is None:
        return _problem(409, _("The plan was opened again and is being changed. Wait for HR."))
    try:
        public, known = unb64(said["public"]), unb64(said["instead_of"])
    except (KeyError, ValueError, TypeError):
        return _problem(400, _("This is not a counting key."))
    here = bytes(survey.counting_key) if survey.counting_key else b""
    if here and hmac.compare_digest(public, here):
        actions.note_key_checked(survey=survey, by=request.user, at=times.now())
    elif not hmac.compare_digest(known, here):
        return _problem(409, _("A colleague has made a key meanwhile. Load the page again."))
    else:
        actions.set_counting_key(survey=survey, by=request.user, public=public, at=times.now())
    return _answer({"public": b64(public)})


def _answer(document: dict[str, Any]) -> HttpResponse:
    return HttpResponse(canonical(document), content_type="application/json")


def _problem(status: int, detail: str) -> HttpResponse:
    document = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    return HttpResponse(canonical(document), content_type="application/problem+json", status=status)
