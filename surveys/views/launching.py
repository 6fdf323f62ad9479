"""From draft to launch: the list, the groups, the reading, the launch; later more time, or the end."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.models import Person, RoleAssignment
from engagement.people.requests import PersonRequest
from surveys import access, actions
from surveys.box import BoxProblem
from surveys.forms import CancelForm, ExtendForm, ReviewForm, add_refusal
from surveys.models import Review, Survey
from surveys.queries import (
    Check,
    burden_limit,
    burden_of,
    launch_checklist,
    minutes_of,
    opening_day,
    planned_reminders,
)
from surveys.queries.planning import history_of
from surveys.views.acts import perform
from surveys.views.editing import preview_sections

# Where each line of the list is mended: a part of the draft's page.
PARTS = {
    "questions": "asked", "purpose": "texts", "who_sees": "texts", "discussed": "promises",
    "feedback": "promises", "retention": "promises", "dates": "when", "shifts": "when",
    "audience": "who", "burden": "promises", "peace": "when",
}  # fmt: skip
# These are met by handing over, not before.
LATER = ("frozen", "reviewed", "key")


@require_GET
def checklist(request: PersonRequest, key: str) -> HttpResponse:
    """What is in order and what is not, each line with the place where it is mended."""
    survey = access.get_survey_to_edit(request.user, key)
    if survey.launched_at or survey.cancelled_at:
        return redirect("surveys:detail", key=key)
    checks = launch_checklist(survey, at=times.now())
    context = {
        "survey": survey,
        "checks": [(one, _mended_at(survey, one)) for one in checks],
        "missing": len(_unmet(checks, besides=LATER)),
        "can_launch": survey.frozen_at is not None and not _unmet(checks),
        "history": [step for step in history_of(survey) if step.is_done],
        "representatives": _representatives(survey),
    }
    return render(request, "surveys/checklist.html", context)


def _unmet(checks: list[Check], *, besides: tuple[str, ...] = ()) -> list[Check]:
    return [one for one in checks if one.is_blocking and not one.is_ok and one.key not in besides]


def _mended_at(survey: Survey, check: Check) -> str:
    if check.is_ok or check.key not in PARTS or survey.frozen_at:
        return ""
    return f"{reverse('surveys:edit', args=[survey.key])}#{PARTS[check.key]}"


def _representatives(survey: Survey) -> list[tuple[Person, Review | None]]:
    """Who may read and confirm it, each with what they did."""
    reviews = {one.person_id: one for one in survey.reviews.all()}
    held = (
        RoleAssignment.objects.held(times.now())
        .filter(role__in=access.REPRESENTATIVES)
        .select_related("person")
        .order_by("person__sort_name", "pk")
    )
    people = {one.person_id: one.person for one in held}
    return [(one, reviews.get(pk)) for pk, one in people.items() if access.can_review(one, survey)]


@require_GET
def cells(request: PersonRequest, key: str) -> HttpResponse:
    """The fixed groups, what was put together, and what the survey costs each unit."""
    survey = access.get_survey_to_view(request.user, key)
    require(access.can_edit_survey(request.user, survey) or access.can_review(request.user, survey))
    context = {"survey": survey} | _groups(survey)
    return render(request, "surveys/cells.html", context)


def _groups(survey: Survey) -> dict[str, object]:
    cells = list(survey.cells.defer("signing_key", "modulus"))
    units = {unit["key"]: unit["name"] for cell in cells for unit in cell.units}
    day = opening_day(survey, at=times.now())
    minutes = minutes_of(survey)
    burden = burden_of(sorted(units.items()), opens_on=day, minutes=minutes, besides=survey)
    return {
        "cells": cells,
        "people_count": sum(cell.invited_count for cell in cells),
        "burden": sorted(burden, key=lambda one: (-one.total, one.name)),
        "burden_limit": burden_limit(),
        "minutes": minutes,
    }


@require_POST
def freeze(request: PersonRequest, key: str) -> HttpResponse:
    """Fixes the groups and hands the plan over to the representatives."""
    survey = access.get_survey_to_edit(request.user, key)
    return perform(
        request,
        lambda: actions.freeze_survey(survey=survey, by=request.user, at=times.now()),
        done=_("The groups are fixed. The representatives can read it now."),
        back="surveys:checklist",
        key=survey.key,
    )


@require_POST
def unfreeze(request: PersonRequest, key: str) -> HttpResponse:
    survey = access.get_survey_to_edit(request.user, key)
    return perform(
        request,
        lambda: actions.unfreeze_survey(survey=survey, by=request.user, at=times.now()),
        done=_("It is a draft again. What was confirmed must be confirmed anew."),
        back="surveys:checklist",
        key=survey.key,
    )


@require_http_methods(["GET", "POST"])
def launch(request: PersonRequest, key: str) -> HttpResponse:
    """What cannot be undone, then the button."""
    survey = access.get_survey_to_edit(request.user, key)
    if survey.launched_at or survey.cancelled_at:
        return redirect("surveys:detail", key=key)
    errors: list[str] = []
    if request.method == "POST":
        try:
            actions.launch_survey(survey=survey, by=request.user, at=times.now())
            messages.success(request, _("Launched. It opens by itself."))
            return redirect("surveys:detail", key=key)
        except ValidationError as error:
            errors = error.messages
    else:
        errors = [one.mend for one in _unmet(launch_checklist(survey, at=times.now()))]
    context = {
        "survey": survey,
        "errors": errors,
        "people_count": survey.roll.count(),
        "cell_count": survey.cells.count(),
        "reminders": planned_reminders(survey),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "surveys/launch.html", context, status=status)


@require_http_methods(["GET", "POST"])
def review(request: PersonRequest, key: str) -> HttpResponse:
    """The whole plan on one page, for a representative to read and confirm."""
    survey = access.get_survey_to_view(request.user, key)
    can_review = access.can_review(request.user, survey)
    require(can_review or access.can_edit_survey(request.user, survey))
    mine = survey.reviews.filter(person=request.user).first()
    form = ReviewForm(request.POST or None, initial={"remark": mine.remark if mine else ""})
    if request.method == "POST" and form.is_valid():
        try:
            form.perform(survey=survey, by=request.user, at=times.now())
            messages.success(request, _("Confirmed. HR sees it."))
            return redirect("surveys:review", key=key)
        except ValidationError as error:
            add_refusal(form, error)
    context = _groups(survey) | {
        "survey": survey,
        "form": form,
        "mine": mine,
        "can_review": can_review,
        "sections": preview_sections(survey, request.user.language),
        "reminders": planned_reminders(survey),
        "reviews": survey.reviews.select_related("person").order_by("confirmed_at"),
    }
    return render(request, "surveys/review.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def extend(request: PersonRequest, key: str) -> HttpResponse:
    """More time for everybody."""
    survey = access.get_survey_to_edit(request.user, key)
    form = ExtendForm(request.POST or None, initial={"closes_at": survey.closes_at})
    return _end_page(request, survey, form, "surveys/extend.html", _("Everybody has more time."))


@require_http_methods(["GET", "POST"])
def cancel(request: PersonRequest, key: str) -> HttpResponse:
    """Ends it without a count. Everybody reads why."""
    survey = access.get_survey_to_edit(request.user, key)
    form = CancelForm(request.POST or None)
    done = _("Cancelled. The ballots are being destroyed unread.")
    return _end_page(request, survey, form, "surveys/cancel.html", done)


def _end_page(
    request: PersonRequest, survey: Survey, form: ExtendForm | CancelForm, template: str, done: str
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            form.perform(survey=survey, by=request.user, at=times.now())
            messages.success(request, done)
            return redirect("surveys:detail", key=survey.key)
        except ValidationError as error:
            add_refusal(form, error)
        except BoxProblem:
            form.add_error(
                None, _("The ballot box does not answer. Nothing was changed; try again.")
            )
    context = {"survey": survey, "form": form}
    return render(request, template, context, status=422 if form.errors else 200)
