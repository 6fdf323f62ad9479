"""What the whole centre counts, and its goals."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.goal_forms import ActForm, CounterForm, GoalForm, NumberForm


@require_GET
def goals(request: PersonRequest) -> HttpResponse:
    """The numbers of the whole centre, the way to the next goal, and what was reached."""
    context = {
        "counters": queries.counters_with_goals(),
        "can_keep": access.can_keep_counters(request.user),
    }
    return render(request, "kudos/goals.html", context)


@require_http_methods(["GET", "POST"])
def create_counter(request: PersonRequest) -> HttpResponse:
    require(access.can_keep_counters(request.user))
    return _answer(request, CounterForm(request.POST or None), _("New counter"))


@require_http_methods(["GET", "POST"])
def set_counter(request: PersonRequest, key: str) -> HttpResponse:
    counter = access.get_counter_to_keep(request.user, key)
    return _answer(request, NumberForm(request.POST or None, counter=counter), str(counter))


@require_http_methods(["GET", "POST"])
def set_goal(request: PersonRequest, key: str) -> HttpResponse:
    counter = access.get_counter_to_keep(request.user, key)
    return _answer(request, GoalForm(request.POST or None, counter=counter), _("New goal"))


@require_POST
def remove_goal(request: PersonRequest, key: str) -> HttpResponse:
    goal = access.get_goal_to_remove(request.user, key)
    actions.remove_goal(goal=goal, by=request.user, at=times.now())
    messages.info(request, _("The goal is gone, from the walls too."))
    return redirect("kudos:goals")


def _answer(request: PersonRequest, form: ActForm, title: str) -> HttpResponse:
    is_sent = request.method == "POST"
    if is_sent and form.is_valid() and form.act(by=request.user, at=times.now()):
        messages.success(request, _("Saved"))
        return redirect("kudos:goals")
    context = {"form": form, "title": title}
    return render(request, "kudos/goal_form.html", context, status=422 if is_sent else 200)
