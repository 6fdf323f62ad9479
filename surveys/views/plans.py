"""Pulse plans: the list, a new one, one in full, and what people decide about it."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from surveys import access, actions
from surveys.forms import add_refusal
from surveys.models import PulsePlan
from surveys.plan_forms import BurdenForm, EndForm, OwnerForm, PauseForm, PlanForm
from surveys.queries import burden_limit, plans
from surveys.queries.burden import burden_changes
from surveys.views.acts import perform


@require_GET
def plan_list(request: PersonRequest) -> HttpResponse:
    """Every plan, where it stands and what comes next."""
    require(access.can_view_plans(request.user))
    context = {
        "rows": plans.listed_plans(at=times.now()),
        "can_edit": access.can_edit_surveys(request.user),
    }
    return render(request, "surveys/plans/list.html", context)


@require_http_methods(["GET", "POST"])
def create(request: PersonRequest) -> HttpResponse:
    """A plan on one page. It does not run before a representative has read it."""
    require(access.can_edit_surveys(request.user))
    form = PlanForm(_sent(request), viewer=request.user)
    if request.method == "POST" and form.is_valid():
        plan = form.perform(by=request.user, at=times.now())
        if plan is not None:
            messages.success(request, _("The plan is made. The representatives can read it now."))
            return redirect("surveys:plan", key=plan.key)
    context = {"form": form, "planned": form.planned}
    status = 422 if form.errors else 200
    return render(request, "surveys/plans/create.html", context, status=status)


@require_POST
def panels(request: PersonRequest) -> HttpResponse:
    """What the page of a new plan would mean for people; nothing is saved."""
    require(access.can_edit_surveys(request.user))
    form = PlanForm(request.POST, viewer=request.user)
    return render(request, "surveys/plans/planned.html", {"planned": form.planned})


@require_GET
def plan(request: PersonRequest, key: str) -> HttpResponse:
    """All that was decided and all that will happen by itself, for whoever steers or reads it."""
    found = access.get_plan_to_view(request.user, key)
    context = _whole(found, at=times.now()) | {
        "plan": found,
        "owner": plans.owner_of(found),
        "places": plans.places_of_plan(found),
        "history": plans.history_of_plan(found),
        "can_edit": access.can_edit_plan(request.user, found),
        "can_confirm": access.can_confirm_plan(request.user, found),
    }
    return render(request, "surveys/plans/detail.html", context)


def _whole(found: PulsePlan, *, at: dt.datetime) -> dict[str, object]:
    """What it asks of people, and its rounds, panels and themes."""
    day = times.local_date(at)
    versions = plans.pool_of(found)
    coming = plans.coming_rounds(found, at=at)
    return {
        "state": plans.state_of(found, day),
        "load": plans.load_of(
            plans.items_of(versions),
            panel_count=found.panel_count,
            weeks_between=found.weeks_between,
            items_a_round=found.items_a_round,
        ),
        "limit": burden_limit(),
        "versions": versions,
        "coming": coming,
        "past": plans.past_rounds(found, at=at),
        "panels": plans.panels_of(found, coming, day=day),
        "covered": plans.drivers_covered(found, versions, day=day),
    }


@require_POST
def confirm(request: PersonRequest, key: str) -> HttpResponse:
    """A representative has read it."""
    found = access.get_plan_to_confirm(request.user, key)
    return perform(
        request,
        lambda: actions.confirm_plan(plan=found, by=request.user, at=times.now()),
        done=_("Confirmed. HR sees it."),
        back="surveys:plan",
        key=found.key,
    )


@require_POST
def resume(request: PersonRequest, key: str) -> HttpResponse:
    found = access.get_plan_to_edit(request.user, key)
    return perform(
        request,
        lambda: actions.resume_plan(plan=found, by=request.user, at=times.now()),
        done=_("It goes on with the next round."),
        back="surveys:plan",
        key=found.key,
    )


@require_http_methods(["GET", "POST"])
def pause(request: PersonRequest, key: str) -> HttpResponse:
    """No further rounds until somebody resumes it; with the reason."""
    found = access.get_plan_to_edit(request.user, key)
    form = PauseForm(_sent(request))
    return _form_page(request, found, form, "surveys/plans/pause.html", _("Paused"))


@require_http_methods(["GET", "POST"])
def end(request: PersonRequest, key: str) -> HttpResponse:
    """The last day. It says first what happens to rounds that are under way."""
    found = access.get_plan_to_edit(request.user, key)
    form = EndForm(_sent(request), initial={"ends_on": found.ends_on or times.today()})
    return _form_page(request, found, form, "surveys/plans/end.html", _("The last day is set."))


@require_http_methods(["GET", "POST"])
def owner(request: PersonRequest, key: str) -> HttpResponse:
    """Somebody else tells people the results."""
    found = access.get_plan_to_edit(request.user, key)
    form = OwnerForm(_sent(request), viewer=request.user)
    return _form_page(request, found, form, "surveys/plans/owner.html", _("Saved"))


def _form_page(
    request: PersonRequest,
    found: PulsePlan,
    form: PauseForm | EndForm | OwnerForm,
    template: str,
    done: str,
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            form.perform(plan=found, by=request.user, at=times.now())
            messages.success(request, done)
            return redirect("surveys:plan", key=found.key)
        except ValidationError as error:
            add_refusal(form, error)
    context = {
        "plan": found,
        "form": form,
        "under_way": plans.rounds_under_way(found),
        "waiting": plans.rounds_waiting(found),
    }
    return render(request, template, context, status=_status(form))


@require_http_methods(["GET", "POST"])
def burden(request: PersonRequest) -> HttpResponse:
    """How much a person may be asked in a quarter, why there is a limit, and who changed it."""
    require(access.can_view_burden_limit(request.user))
    can_set = access.can_set_burden_limit(request.user)
    limit = burden_limit()
    form = BurdenForm(_sent(request), initial={"minutes": limit})
    if request.method == "POST":
        require(can_set)
        if form.is_valid():
            form.perform(by=request.user, at=times.now())
            messages.success(request, _("Saved. It holds for every survey from now on."))
            return redirect("surveys:burden-limit")
    context = {"limit": limit, "form": form, "can_set": can_set, "changes": burden_changes()}
    return render(request, "surveys/burden_limit.html", context, status=_status(form))


def _sent(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None


def _status(form: Form) -> int:
    return 422 if form.errors else 200
