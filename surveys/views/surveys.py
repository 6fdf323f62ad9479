"""What everybody sees of surveys: which are open for me, what they promise, what became of them."""

import math

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from engagement import times
from engagement.http.csp import csp_override
from engagement.people.access import can_issue_activation_codes
from engagement.people.requests import PersonRequest
from surveys import access
from surveys.models import Survey
from surveys.participation import participation
from surveys.protocol.manifest import manifest_hash, words
from surveys.qr import qr_drawing
from surveys.queries import planned_reminders, sections_of
from surveys.queries.duties import duties_of
from surveys.queries.mine import entry_of, surveys_of
from surveys.queries.planning import history_of, is_stuck
from surveys.samples import Theme, answered_of, sample_rows

# The size of the team on the sample when nobody's own team is known.
SAMPLE_TEAM = 9


@never_cache
@require_GET
def index(request: PersonRequest) -> HttpResponse:
    """Open ones for me first, then what is coming and what was."""
    context = {
        "mine": surveys_of(request.user, at=times.now()),
        "duties": duties_of(request.user, day=times.today()),
        "can_edit": access.can_edit_surveys(request.user),
        "can_read": access.can_view_all_surveys(request.user),
    }
    return render(request, "surveys/index.html", context)


# Browsers hold a redirect after a form to the same rule as the form itself.
@csp_override(settings.SECURE_CSP | {"form-action": ["'self'", settings.BALLOT_URL]})
@never_cache
@require_GET
def detail(request: PersonRequest, key: str) -> HttpResponse:
    """What is asked, why, who sees what; and the way to the ballot."""
    survey = access.get_survey_to_view(request.user, key)
    if survey.launched_at is None and survey.cancelled_at is None:
        return _before_launch(request, survey)
    entry = entry_of(request.user, survey)
    context = facts_of(survey) | {
        "entry": entry,
        "is_open": survey.is_open(times.now()),
        "minutes": math.ceil(entry.cell.minutes) if entry else None,
        "can_edit": access.can_edit_survey(request.user, survey),
        "can_review": access.can_review(request.user, survey),
        "can_count": access.can_count(request.user, survey),
        "gives_codes": can_issue_activation_codes(request.user),
    }
    if context["can_edit"] or context["can_review"]:
        context |= {
            "is_stuck": is_stuck(survey, at=times.now()),
            "history": history_of(survey),
            "participation": participation(survey) if survey.opened_at else [],
        }
    return render(request, "surveys/detail.html", context)


def _before_launch(request: PersonRequest, survey: Survey) -> HttpResponse:
    """HR goes to its launch list, a representative to the plan."""
    if access.can_edit_survey(request.user, survey):
        return redirect("surveys:checklist", key=survey.key)
    return redirect("surveys:review", key=survey.key)


def facts_of(survey: Survey) -> dict[str, object]:
    """What is fixed and public: dates, witnesses, and the sign to compare."""
    return {
        "survey": survey,
        "sign": sign_of(survey),
        "witnesses": [
            one.person.name
            for one in survey.reviews.filter(is_witness=True).select_related("person")
        ],
        "reminders": planned_reminders(survey),
    }


def sign_of(survey: Survey) -> dict[str, object] | None:
    """The twelve words, and a picture of the manifest's hash to compare with a phone."""
    if survey.manifest is None:
        return None
    digest = manifest_hash(bytes(survey.manifest))
    return {"words": words(digest), "hash": digest.hex(), "qr": qr_drawing(digest.hex())}


@require_GET
def receipts(request: HttpRequest, key: str) -> HttpResponse:
    """The whole public list of counted receipts; looking one up happens in the browser."""
    survey = get_object_or_404(
        Survey.objects.select_related("count").defer("manifest"),
        key=key,
        counted_at__isnull=False,
        count__isnull=False,
    )
    listed = survey.count.receipts.values_list("receipt", flat=True)
    context = {"survey": survey, "count": survey.count, "receipts": list(listed)}
    return render(request, "surveys/receipts.html", context)


@require_GET
def limits(request: HttpRequest) -> HttpResponse:
    """What the two levels protect from, and from what they do not."""
    return render(request, "surveys/limits.html")


@require_GET
def sample(request: PersonRequest, key: str) -> HttpResponse:
    """See what your leader will see: the report of a group as large as mine, numbers invented."""
    survey = access.get_survey_to_view(request.user, key)
    entry = entry_of(request.user, survey)
    invited = entry.cell.invited_count if entry else SAMPLE_TEAM
    context = {
        "survey": survey,
        "invited": invited,
        "answered": answered_of(invited),
        "rows": sample_rows(_themes(survey), invited=invited),
    }
    return render(request, "surveys/sample.html", context)


def _themes(survey: Survey) -> list[Theme]:
    """The drivers that the survey asks about, in its order."""
    language = "en" if get_language() == "en" else "nb"
    found: dict[str, Theme] = {}
    for section in sections_of(survey):
        content = section.version.content
        for item in section.items:
            if item["kind"] == "scale" and item["driver"]:
                points = content["scales"][item["scale"]]["points"]
                name = content["drivers"][item["driver"]][language]
                found.setdefault(item["driver"], Theme(name, points[0], points[-1]))
    return list(found.values())
