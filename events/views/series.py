"""What is coming, one event, and the pages of those who plan."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from events import actions
from events.access import planning as access
from events.access.guarding import can_plan_shifts
from events.access.ideas import get_idea_to_settle
from events.blueprints import BLUEPRINTS, Blueprint
from events.day_forms import CancelForm, DayForm, PlanForm, SiteDayForm
from events.models import Event, Idea
from events.queries import coming
from events.queries.after import after_event, has_begun
from events.recurrence_words import in_words
from events.series_forms import SeriesForm, invited_names
from events.views.answers import sittings_context, undo_tag

FURTHEST = dt.timedelta(days=740)


@require_GET
def index(request: PersonRequest) -> HttpResponse:
    """What I may come to, day by day; for planners also what they plan."""
    can_create = access.can_create_events(request.user)
    is_planned = can_create and request.GET.get("show") == "planned"
    first = _first_day(request)
    find = coming.planned if is_planned else coming.agenda
    context = {
        "days": find(request.user, first=first),
        "first": first,
        "last": first + dt.timedelta(days=coming.DAYS_SHOWN - 1),
        "earlier": max(times.today(), first - dt.timedelta(days=coming.DAYS_SHOWN)),
        "later": first + dt.timedelta(days=coming.DAYS_SHOWN),
        "is_first_page": first <= times.today(),
        "can_create": can_create,
        "can_plan_shifts": can_plan_shifts(request.user),
        "is_planned": is_planned,
    }
    return render(request, "events/series/index.html", context)


def _first_day(request: PersonRequest) -> dt.date:
    """The day the list begins with: today, or ``from`` of the query within two years."""
    today = times.today()
    try:
        day = dt.date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return today
    return day if today <= day <= today + FURTHEST else today


@require_GET
def detail(request: PersonRequest, key: str) -> HttpResponse:
    """One event: what, when, where, and one's own place."""
    event = access.get_event_to_view(request.user, key)
    series = event.series
    at, can_edit = times.now(), access.can_edit_series(request.user, event.series)
    shown = sittings_context(request, event, at=at)
    is_on = has_begun((one.sitting for one in shown["places"]), at=at)
    context = {
        **shown,
        "after": after_event(event, request.user, at=at) if is_on else None,
        "series": series,
        "recurrence": in_words(series.rule, series.starts_on) if series.rule else "",
        "next": coming.next_after(event),
        "invited": invited_names(event),
        "can_edit": can_edit,
        "can_edit_sittings": can_edit or access.can_edit_sittings(request.user, event),
        "is_past": event.day < times.today(),
    }
    return render(request, "events/series/detail.html", context)


@require_http_methods(["GET", "POST"])
def create(request: PersonRequest) -> HttpResponse:
    """Choose what it starts from, then one page."""
    require(access.can_create_events(request.user))
    blueprint = BLUEPRINTS.get(request.GET.get("template", ""))
    idea = _idea_to_plan(request)
    if blueprint is None:
        context = {"blueprints": BLUEPRINTS.values(), "idea": idea}
        return render(request, "events/series/choose.html", context)
    form = SeriesForm(_sent(request), viewer=request.user, blueprint=blueprint, idea=idea)
    if request.method == "POST" and "suggest" in request.POST:
        form.suggest()
        return _plan_page(request, form, blueprint=blueprint, is_bound=False)
    event = _performed(request, form)
    if event is not None:
        messages.success(request, _("It is planned. Those invited see it."))
        return redirect("events:detail", key=event.key)
    return _plan_page(request, form, blueprint=blueprint)


def _idea_to_plan(request: PersonRequest) -> Idea | None:
    """The idea that becomes an event by this page; None for an event of one's own making."""
    key = request.GET.get("idea", "")
    return get_idea_to_settle(request.user, key) if key else None


@require_POST
def suggest(request: PersonRequest) -> HttpResponse:
    """The sittings of the sites that are chosen on the page; nothing is saved."""
    require(access.can_create_events(request.user))
    blueprint = BLUEPRINTS.get(request.GET.get("template", ""))
    form = SeriesForm(request.POST, viewer=request.user, blueprint=blueprint)
    form.suggest()
    return render(request, "events/series/sitting_rows.html", {"form": form})


@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, key: str) -> HttpResponse:
    """This day, this and the following, or all: three pages of one kind. In a series of somebody else's
    the sittings of this day at one's own site."""
    event = access.get_event_to_edit_sittings(request.user, key)
    scope = _scope(request, event)
    form = _edit_form(request, event, scope)
    if request.method == "POST" and "suggest" in request.POST and isinstance(form, SeriesForm):
        form.suggest()
        return _plan_page(request, form, event=event, scope=scope, is_bound=False)
    changed = _performed(request, form)
    if changed is not None:
        messages.success(request, _("Saved. Those signed up hear of another time or place."))
        return redirect("events:detail", key=changed.key)
    return _plan_page(request, form, event=event, scope=scope)


def _scope(request: PersonRequest, event: Event) -> str:
    if not access.can_edit_series(request.user, event.series):
        return "own"
    return request.GET.get("scope", "this") if event.series.rule else "all"


def _edit_form(request: PersonRequest, event: Event, scope: str) -> PlanForm:
    if scope == "own":
        return SiteDayForm(_sent(request), viewer=request.user, event=event)
    if scope not in ("following", "all"):
        return DayForm(_sent(request), viewer=request.user, event=event)
    return SeriesForm(
        _sent(request), viewer=request.user, event=event, is_following=scope == "following"
    )


@require_http_methods(["GET", "POST"])
def cancel(request: PersonRequest, key: str) -> HttpResponse:
    """With the reason, which reaches those signed up."""
    event = access.get_event_to_edit(request.user, key)
    form = CancelForm(_sent(request), event=event)
    if request.method == "POST" and form.is_valid():
        try:
            form.perform(event=event, by=request.user, at=times.now())
            undo = reverse("events:restore", args=[event.key]) if form.can_be_undone else ""
            messages.success(request, _("Cancelled. Those signed up are told."), undo_tag(undo))
            return redirect("events:detail", key=event.key)
        except ValidationError as error:
            for text in error.messages:
                form.add_error(None, text)
    context = {"event": event, "form": form, "signed_up": coming.signed_up_count(event)}
    status = 422 if form.errors else 200
    return render(request, "events/series/cancel.html", context, status=status)


@require_POST
def restore(request: PersonRequest, key: str) -> HttpResponse:
    """Undoes that one day was cancelled, before those signed up are told."""
    event = access.get_event_to_edit(request.user, key)
    try:
        actions.restore_event(event=event, by=request.user, at=times.now())
        messages.success(request, _("It is held. Nobody was told."))
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("events:detail", key=event.key)


def _performed(request: PersonRequest, form: SeriesForm | PlanForm) -> Event | None:
    """The event that a sent form made or changed; None when it was not sent or was refused."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        event: Event = form.perform(by=request.user, at=times.now())  # type: ignore[union-attr]
        return event
    except ValidationError as error:
        form.add_refusal(error)
        return None


def _plan_page(
    request: PersonRequest,
    form: PlanForm,
    *,
    event: Event | None = None,
    blueprint: Blueprint | None = None,
    scope: str = "",
    is_bound: bool = True,
) -> HttpResponse:
    context = {
        "form": form,
        "event": event,
        "blueprint": blueprint,
        "scope": scope if scope in ("following", "all", "own") else "this",
        "is_series": isinstance(form, SeriesForm),
        "shows_errors": is_bound,
    }
    status = 422 if is_bound and form.errors else 200
    return render(request, "events/series/plan.html", context, status=status)


def _sent(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
