"""HR plans surveys: the list, a new one from a template, the draft on one page, its preview."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from surveys import access, actions
from surveys.forms import NewSurveyForm, SurveyForm
from surveys.instruments import templates
from surveys.models import Survey
from surveys.planned import plan_of
from surveys.queries import minutes_of, sections_of
from surveys.queries.planning import managed_surveys

PAGE_LENGTH = 30
LANGUAGES = ("nb", "en")
# A longer scale, or one without words for each point, stands in a row.
MOST_IN_A_LIST = 7


@require_GET
def manage(request: PersonRequest) -> HttpResponse:
    """All surveys with their states, newest first; what is being planned on top."""
    require(access.can_edit_surveys(request.user))
    before = request.GET.get("before", "")
    surveys = managed_surveys()
    if before:
        surveys = surveys.filter(pk__lt=_number_or_400(before))
    rows = list(surveys[: PAGE_LENGTH + 1])
    context = {
        "rows": rows[:PAGE_LENGTH],
        "next": rows[PAGE_LENGTH - 1].pk if len(rows) > PAGE_LENGTH else None,
    }
    return render(request, "surveys/manage.html", context)


def _number_or_400(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and len(text) < 12):
        raise BadRequest("no such page")
    return int(text)


@require_http_methods(["GET", "POST"])
def create(request: PersonRequest) -> HttpResponse:
    """Choose a template; one click makes the draft."""
    require(access.can_edit_surveys(request.user))
    form = NewSurveyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        survey = form.perform(by=request.user, at=times.now())
        return redirect("surveys:edit", key=survey.key)
    status = 422 if form.errors else 200
    context = {"form": form, "templates": templates().values()}
    return render(request, "surveys/create.html", context, status=status)


@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, key: str) -> HttpResponse:
    """The draft on one page. A button that moves a section changes the page only; Save saves."""
    survey = access.get_survey_to_edit(request.user, key)
    if survey.frozen_at or survey.cancelled_at:
        return redirect("surveys:checklist", key=key)
    if request.method != "POST":
        return _edit_page(request, SurveyForm(survey=survey, viewer=request.user))
    form = SurveyForm(request.POST, survey=survey, viewer=request.user)
    if order := request.POST.get("order"):
        form.move(order)
        return _edit_page(request, form, is_unsaved=True)
    if not form.is_valid() or not form.perform(by=request.user, at=times.now()):
        return _edit_page(request, form, status=422)
    messages.success(request, _("Saved"))
    return redirect(
        "surveys:preview" if "preview" in request.POST else "surveys:checklist", key=key
    )


def _edit_page(
    request: PersonRequest, form: SurveyForm, *, status: int = 200, is_unsaved: bool = False
) -> HttpResponse:
    context = _plan_context(form) | {
        "form": form,
        "survey": form.survey,
        "is_unsaved": is_unsaved,
    }
    return render(request, "surveys/edit.html", context, status=status)


def _plan_context(form: SurveyForm) -> dict[str, object]:
    at = times.now()
    day = times.local_date(form.opening or at)
    return {"plan": plan_of(form.chosen_places, day=day, minutes=form.minutes, at=at)}


@require_POST
def groups(request: PersonRequest, key: str) -> HttpResponse:
    """The groups that the places chosen on the page would make; nothing is saved."""
    survey = access.get_survey_to_edit(request.user, key)
    form = SurveyForm(request.POST, survey=survey, viewer=request.user)
    return render(request, "surveys/groups.html", _plan_context(form))


@require_GET
def preview(request: PersonRequest, key: str) -> HttpResponse:
    """The questions as they will stand on a phone, in either language."""
    survey = access.get_survey_to_view(request.user, key)
    require(access.can_edit_survey(request.user, survey) or access.can_review(request.user, survey))
    language = request.GET.get("language", request.user.language)
    if language not in LANGUAGES:
        raise BadRequest("no such language")
    context = {
        "survey": survey,
        "language": language,
        "sections": preview_sections(survey, language),
        "minutes": minutes_of(survey),
        "can_edit": access.can_edit_survey(request.user, survey),
    }
    with override(language):
        context |= {"title": survey.title, "purpose": survey.purpose}
    return render(request, "surveys/preview.html", context)


def preview_sections(survey: Survey, language: str) -> list[dict[str, object]]:
    """Titles, questions and scales of ``survey`` in one language."""
    return [
        {
            "title": section.version.content["title"][language],
            "intro": section.version.content["intro"][language],
            "rights": section.version.content["rights"][language],
            "source": section.version.content["source"],
            "version": section.version,
            "items": [
                _preview_item(item, section.scales.get(item["scale"]), language)
                for item in section.items
            ],
        }
        for section in sections_of(survey)
    ]


def _preview_item(
    item: dict[str, Any], scale: dict[str, object] | None, language: str
) -> dict[str, object]:
    steps = _steps(scale, language)
    return {
        "text": item["text"][language],
        "other": item["text"]["nb" if language == "en" else "en"],
        "item": item,
        "steps": steps,
        # As on the ballot page.
        "is_list": 0 < len(steps) <= MOST_IN_A_LIST and all(anchor for _point, anchor in steps),
    }


def _steps(scale: dict[str, object] | None, language: str) -> list[tuple[int, str]]:
    """Each point with its anchor; none for an open question."""
    if scale is None:
        return []
    return list(zip(scale["points"], scale["anchors"][language], strict=True))  # type: ignore[call-overload,index]


@require_POST
def copy(request: PersonRequest, key: str) -> HttpResponse:
    survey = access.get_survey_to_edit(request.user, key)
    made = actions.copy_survey(survey=survey, by=request.user, at=times.now())
    messages.success(request, _("Copied. The dates are new; look them over."))
    return redirect("surveys:edit", key=made.key)


@require_POST
def delete(request: PersonRequest, key: str) -> HttpResponse:
    survey = access.get_survey_to_edit(request.user, key)
    try:
        actions.delete_draft(survey=survey, by=request.user, at=times.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("surveys:detail", key=key)
    messages.success(request, _("Deleted"))
    return redirect("surveys:manage")
