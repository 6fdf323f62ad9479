"""What everybody sees of surveys: which are open for me, what they promise, what became of them."""

import math

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.safestring import mark_safe
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from engagement import times
from engagement.people.requests import PersonRequest
from surveys import access
from surveys.models import Review, Survey
from surveys.participation import participation
from surveys.protocol.manifest import manifest_hash, words
from surveys.queries.mine import surveys_of


@never_cache
@require_GET
def index(request: PersonRequest) -> HttpResponse:
    """Open ones for me first, then what is coming and what was."""
    mine = surveys_of(request.user, at=times.now())
    context = {
        "mine": mine,
        "can_edit": access.can_edit_surveys(request.user),
    }
    return render(request, "surveys/index.html", context)


@never_cache
@require_GET
def detail(request: PersonRequest, key: str) -> HttpResponse:
    """What is asked, why, who sees what; and the way to the ballot."""
    survey = access.get_survey_to_view(request.user, key)
    at = times.now()
    entry = survey.roll.filter(person=request.user).select_related("cell").first()
    review = Review.objects.filter(survey=survey, person=request.user).first()
    is_hr = access.can_edit_surveys(request.user)
    context = {
        "survey": survey,
        "entry": entry,
        "is_open": survey.is_open(at),
        "minutes": math.ceil(entry.cell.minutes) if entry else None,
        "sign": _sign(survey),
        "witnesses": survey.reviews.filter(is_witness=True).select_related("person"),
        "participation": participation(survey) if is_hr and survey.opened_at else [],
        "review": review,
        "can_edit": is_hr and access.can_edit_survey(request.user, survey),
        "can_review": access.can_review(request.user, survey),
        "can_count": access.can_count(request.user, survey),
    }
    return render(request, "surveys/detail.html", context)


def _sign(survey: Survey) -> dict[str, object] | None:
    """The twelve words, and a picture of the manifest's hash to compare with a phone."""
    if survey.manifest is None:
        return None
    digest = manifest_hash(bytes(survey.manifest))
    code = segno.make(f"{settings.BASE_URL}/surveys/{survey.key}/manifest.json#{digest.hex()}")
    drawn = code.svg_inline(scale=3, omitsize=True, dark="currentColor", light=None)
    return {"words": words(digest), "qr": mark_safe(drawn), "hash": digest.hex()}  # noqa: S308 - ours


@require_GET
def receipts(request: HttpRequest, key: str) -> HttpResponse:
    """The whole public list of counted receipts; looking one up happens in the browser."""
    survey = get_object_or_404(
        Survey.objects.select_related("count"), key=key, counted_at__isnull=False
    )
    listed = survey.count.receipts.values_list("receipt", flat=True)
    context = {"survey": survey, "count": survey.count, "receipts": list(listed)}
    return render(request, "surveys/receipts.html", context)


@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """What the two levels protect from, and from what they do not."""
    return render(request, "surveys/limits.html")
