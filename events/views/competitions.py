"""Competitions: what there is, one of them, and the pages of those who make them."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from engagement import keys, times
from engagement.people.access import require
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from events.access import competing as access
from events.competition_cards import winner_words
from events.competition_forms import CompetitionForm
from events.competition_numbers import number_words
from events.competition_word_forms import CancelCompetitionForm, WordsForm
from events.entry_forms import EntryForm
from events.models import Competition, Group, GroupKind
from events.queries import competing

# One for each page that is drawn: a second press of its button is the same entry.
ONCE = keys.KeyMaker("o")


@require_GET
def competitions(request: PersonRequest) -> HttpResponse:
    """Running, coming, finished."""
    context = {
        "shelf": competing.shelf(request.user, at=times.now()),
        "can_create": access.can_create_competitions(request.user),
    }
    return render(request, "events/competitions/list.html", context)


@require_GET
def competition(request: PersonRequest, key: str) -> HttpResponse:
    """One competition: one's own entry, where the groups stand, the rules."""
    found = access.get_competition_to_view(request.user, key)
    return competition_page(request, found)


def competition_page(
    request: PersonRequest, found: Competition, *, form: EntryForm | None = None
) -> HttpResponse:
    """The page, with what was refused when ``form`` was sent."""
    context = _page_facts(request, found)
    context["form"] = form or EntryForm(initial={"once": ONCE()})
    status = 422 if form is not None and form.errors else 200
    return render(request, "events/competitions/detail.html", context, status=status)


def _page_facts(request: PersonRequest, found: Competition) -> dict[str, Any]:
    at, me = times.now(), request.user
    loaded = competing.with_standing(Competition.objects.filter(pk=found.pk)).get()
    mine = competing.group_of(me, found, at=at)
    rows = competing.rows_of(loaded, mine=mine)
    is_running = found.cancelled_at is None and found.starts_at <= at and not found.is_over(at)
    return {
        "competition": loaded,
        "rows": rows,
        "is_running": is_running,
        "is_over": found.is_over(at),
        "is_coming": at < found.starts_at and found.cancelled_at is None,
        "running_round": competing.round_at(found, at) if is_running else None,
        "winner_words": winner_words([row.group.name for row in rows if row.line.place == 1]),
        **_own_facts(me, found, mine, is_running=is_running),
        **_own_entries(request, found, mine),
        **_rules(found),
    }


def _own_facts(
    me: Person, found: Competition, mine: Group | None, *, is_running: bool
) -> dict[str, Any]:
    """What the page shows its reader alone."""
    is_out = mine is not None and competing.is_out(me, found)
    can_amend = (found.by_judge or found.by_api) and access.can_amend_entries(me, found)
    return {
        "mine": mine,
        "is_out": is_out,
        "can_enter": is_running and mine is not None and not is_out and found.by_people,
        "is_judge": access.can_judge(me, found),
        "can_amend": can_amend,
        "can_change": can_amend or access.can_change_competition(me, found),
    }


def _own_entries(request: PersonRequest, found: Competition, mine: Group | None) -> dict[str, Any]:
    """The latest of one's own entries, or all of them when one asks."""
    if mine is None:
        return {"entries": [], "has_more_entries": False}
    most = None if request.GET.get("entries") == "all" else competing.OWN_SHOWN + 1
    entries = competing.own_entries(request.user, found, most=most)
    has_more = most is not None and len(entries) == most
    return {"entries": entries[:-1] if has_more else entries, "has_more_entries": has_more}


def _rules(found: Competition) -> dict[str, Any]:
    commitment, seed = competing.lot_words(found)
    return {
        "judges": found.judges.select_related("person").order_by("person__sort_name"),
        "most_per_entry": number_words(found.most_per_entry),
        "most_per_day": number_words(found.most_per_day),
        "commitment": commitment,
        "seed": seed,
    }


@require_http_methods(["GET", "POST"])
def create_competition(request: PersonRequest) -> HttpResponse:
    """Choose between whom it is, then one page."""
    require(access.can_create_competitions(request.user))
    kind = request.GET.get("kind", "")
    if kind not in GroupKind.values:
        return render(request, "events/competitions/choose.html")
    form = CompetitionForm(_sent(request), viewer=request.user, kind=kind)
    made = _performed(request, form)
    if made is not None:
        messages.success(request, _("It is made. Those in its groups see it."))
        return redirect("events:competition", key=made.key)
    return _form_page(request, form, None)


@require_http_methods(["GET", "POST"])
def edit_competition(request: PersonRequest, key: str) -> HttpResponse:
    """All of it before it starts; then its words and a later end."""
    found = access.get_competition_to_change(request.user, key)
    has_started = found.starts_at <= times.now()
    form: WordsForm = (
        WordsForm(_sent(request), viewer=request.user, competition=found)
        if has_started
        else CompetitionForm(
            _sent(request), viewer=request.user, competition=found, kind=found.kind
        )
    )
    if _performed(request, form) is not None:
        messages.success(request, _("Saved."))
        return redirect("events:competition", key=key)
    return _form_page(request, form, found)


@require_http_methods(["GET", "POST"])
def cancel_competition(request: PersonRequest, key: str) -> HttpResponse:
    """With the reason, which its members are told and which stands on its page."""
    found = access.get_competition_to_change(request.user, key)
    form = CancelCompetitionForm(_sent(request))
    if request.method == "POST" and form.is_valid():
        try:
            form.perform(competition=found, by=request.user, at=times.now())
            messages.success(request, _("Cancelled. Those who are in it are told why."))
            return redirect("events:competition", key=key)
        except ValidationError as error:
            form.add_error(None, error.messages)
    context = {"competition": found, "form": form}
    status = 422 if form.errors else 200
    return render(request, "events/competitions/cancel.html", context, status=status)


def _performed(request: PersonRequest, form: WordsForm) -> Competition | None:
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return form.perform(by=request.user, at=times.now())
    except ValidationError as error:
        form.add_refusal(error)
        return None


def _form_page(request: PersonRequest, form: WordsForm, found: Competition | None) -> HttpResponse:
    context = {
        "form": form,
        "competition": found,
        "is_whole": isinstance(form, CompetitionForm),
    }
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "events/competitions/form.html", context, status=status)


def _sent(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
