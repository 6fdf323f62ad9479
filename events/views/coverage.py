"""The load of teams for those who plan, the rule of each, and its lifting."""

import datetime as dt
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.models import Unit
from engagement.people.requests import PersonRequest
from engagement.people.tree import Tree
from events.access import guarding as access
from events.actions import guarding as actions
from events.guard_forms import LiftForm, RuleForm
from events.queries import load
from events.queries.breaches import over_ahead
from events.queries.rosters import known_of

# What has been is nobody's business: from today on, as far as people sign up.
FARTHEST = dt.timedelta(days=60)


@never_cache
@require_GET
def coverage(request: PersonRequest) -> HttpResponse:
    """The teams one plans for on a day, and where more are away than the rule allows."""
    require(access.can_plan_shifts(request.user))
    tree, at = Tree.on(times.today()), times.now()
    planned = access.planned_unit_ids(request.user, tree)
    units, days = load.teams_of(planned, tree), _days(request)
    context = {
        **days,
        "teams": load.team_days(units, tree, days["day"]),
        "larger": load.larger_units_of(planned, tree),
        "over": over_ahead(units, tree, at),
        "known": known_of(planned, today=tree.day),
    }
    return render(request, "events/guard/coverage.html", context)


def _days(request: PersonRequest) -> dict[str, Any]:
    """The day of the query, between today and two months ahead, and those beside it."""
    today = times.today()
    try:
        day = dt.date.fromisoformat(request.GET.get("day", "")[:10])
    except ValueError:
        day = today
    day = min(max(day, today), today + FARTHEST)
    one = dt.timedelta(days=1)
    return {
        "day": day,
        "today": today,
        "farthest": today + FARTHEST,
        "before": day - one if day > today else None,
        "after": day + one if day < today + FARTHEST else None,
    }


@never_cache
@require_GET
def coverage_unit(request: PersonRequest, key: str) -> HttpResponse:
    """One unit on a day: a team slot by slot, a larger unit team by team."""
    tree = Tree.on(times.today())
    unit, days = access.get_unit_to_plan(request.user, key, tree=tree), _days(request)
    units = load.teams_of(tree.descendant_ids(unit.pk), tree)
    teams = load.team_days(units, tree, days["day"])
    context = {**days, "unit": unit, "teams": teams, **_rule_of(unit, tree)}
    if tree.is_leaf(unit.pk) and teams:
        context |= {"team": teams[0], "chart": load.chart_of(teams[0])}
    context["sittings"] = load.sittings_to_lift(unit, tree, day=days["day"], at=times.now())
    return render(request, "events/guard/unit.html", context)


def _rule_of(unit: Unit, tree: Tree) -> dict[str, Any]:
    site = tree.site_of(unit.pk)
    held = load.held_rules(tree, [unit]).get(unit.pk)
    return {"held": held, "zone": site.timezone if site else None}


@never_cache
@require_http_methods(["GET", "POST"])
def coverage_rule(request: PersonRequest, key: str) -> HttpResponse:
    """The unit's rule: its own, or what holds until it has one."""
    tree = Tree.on(times.today())
    unit = access.get_unit_to_plan(request.user, key, tree=tree)
    held = load.held_rules(tree, [unit]).get(unit.pk)
    form = RuleForm(
        request.POST or None, unit=unit, held=held.rule if held else None,
        others=_others(request, unit, tree),
    )  # fmt: skip
    if request.method == "POST" and form.is_valid() and form.act(by=request.user, at=times.now()):
        messages.success(request, _("Saved. It holds from now on; who has a place keeps it."))
        return redirect("events:coverage-unit", key=unit.key)
    context = {"form": form, "unit": unit, "held": held, "back": _address(unit)}
    status = 422 if form.errors else 200
    return render(request, "events/guard/rule.html", context, status=status)


def _others(request: PersonRequest, unit: Unit, tree: Tree) -> list[Unit]:
    """The other teams at the same site that one plans for."""
    site = tree.site_of(unit.pk)
    if site is None or not tree.is_leaf(unit.pk):
        return []
    here = access.planned_unit_ids(request.user, tree) & tree.unit_ids_at(site.pk)
    return [one for one in load.teams_of(here, tree) if one.pk != unit.pk]


def _address(unit: Unit, day: dt.date | None = None) -> str:
    address = reverse("events:coverage-unit", args=[unit.key])
    return f"{address}?day={day}" if day else address


@require_POST
def coverage_rule_remove(request: PersonRequest, key: str) -> HttpResponse:
    """What holds above holds here again."""
    unit = access.get_unit_to_plan(request.user, key, tree=Tree.on(times.today()))
    actions.remove_rule(unit=unit, by=request.user, at=times.now())
    messages.success(request, _("Removed. What holds above holds here again."))
    return redirect("events:coverage-unit", key=unit.key)


@never_cache
@require_http_methods(["GET", "POST"])
def coverage_lift(request: PersonRequest, key: str, sitting: str) -> HttpResponse:
    """Lets everybody of the unit go to one sitting, with a reason."""
    unit = access.get_unit_to_plan(request.user, key, tree=Tree.on(times.today()))
    at = times.now()
    one = access.get_sitting_to_lift(sitting, at=at)
    form = LiftForm(request.POST or None, unit=unit, sitting=one)
    back = _address(unit, times.local_date(one.starts_at, one.zone))
    if request.method == "POST" and form.is_valid() and form.act(by=request.user, at=at):
        messages.success(request, _("Lifted for this sitting."))
        return redirect(back)
    context = {"form": form, "unit": unit, "sitting": one, "back": back}
    status = 422 if form.errors else 200
    return render(request, "events/guard/lift.html", context, status=status)


@require_POST
def coverage_lift_end(request: PersonRequest, key: str, sitting: str) -> HttpResponse:
    """Lets the rule hold again for one sitting."""
    unit = access.get_unit_to_plan(request.user, key, tree=Tree.on(times.today()))
    lift = access.get_lift_to_end(unit, sitting)
    actions.end_lift(lift=lift, by=request.user, at=times.now())
    messages.success(request, _("The rule holds again. Who has a place keeps it."))
    return redirect(_address(unit, times.local_date(lift.sitting.starts_at, lift.sitting.zone)))
