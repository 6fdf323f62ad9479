"""Entering, correcting, taking back; stepping out and in; the judge's page."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from engagement import times
from engagement.http.templatetags.vaffel import UNDO
from engagement.people.access import is_key
from engagement.people.requests import PersonRequest
from events import actions
from events.access import competing as access
from events.competition_numbers import number_words
from events.entry_forms import CorrectForm, EntryForm, JudgeForm
from events.models import Competition, Entry, Group, TieRule
from events.queries import competing
from events.views.competitions import competition_page


@require_POST
def enter(request: PersonRequest, key: str) -> HttpResponse:
    """One's own contribution."""
    found = access.get_competition_to_view(request.user, key)
    form = EntryForm(request.POST)
    if form.is_valid():
        try:
            entry = form.perform(competition=found, by=request.user, at=times.now())
            return _entered(request, entry)
        except actions.NotConcerned as error:
            raise Http404 from error
        except ValidationError as error:
            _add(form, error)
    return competition_page(request, found, form=form)


def _entered(request: PersonRequest, entry: Entry) -> HttpResponse:
    competition = entry.competition
    text = _("%(value)s %(unit)s is in. Thank you.") % {
        "value": number_words(entry.value),
        "unit": competition.unit_word,
    }
    undo = reverse("events:withdraw-entry", args=[entry.key])
    messages.success(request, text, extra_tags=f"{UNDO}{undo}")
    return redirect("events:competition", key=competition.key)


@require_http_methods(["GET", "POST"])
def correct_entry(request: PersonRequest, key: str) -> HttpResponse:
    """Another number."""
    entry = access.get_entry_to_change(request.user, key)
    form = CorrectForm(
        request.POST if request.method == "POST" else None, initial={"value": entry.value}
    )
    if request.method == "POST" and form.is_valid():
        try:
            form.perform(entry=entry, by=request.user, at=times.now())
            messages.success(request, _("Corrected."))
            return _back(entry)
        except ValidationError as error:
            _add(form, error)
    context = {"entry": entry, "competition": entry.competition, "form": form}
    status = 422 if form.errors else 200
    return render(request, "events/competitions/correct.html", context, status=status)


@require_POST
def withdraw_entry(request: PersonRequest, key: str) -> HttpResponse:
    """Takes it back, with a way to undo that."""
    entry = access.get_entry_to_change(request.user, key)
    try:
        actions.withdraw_entry(entry=entry, by=request.user, at=times.now())
        undo = UNDO + reverse("events:restore-entry", args=[entry.key])
        tags = undo if entry.round.is_running(times.now()) else ""
        messages.success(request, _("Taken back."), extra_tags=tags)
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return _back(entry)


@require_POST
def restore_entry(request: PersonRequest, key: str) -> HttpResponse:
    """Undoes that."""
    entry = access.get_entry_to_change(request.user, key)
    try:
        actions.restore_entry(entry=entry, by=request.user, at=times.now())
        messages.success(request, _("It counts again."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return _back(entry)


def _back(entry: Entry) -> HttpResponse:
    name = "events:competition" if entry.way == Entry.Way.PEOPLE else "events:judge"
    return redirect(name, key=entry.competition.key)


@require_http_methods(["GET", "POST"])
def judge(request: PersonRequest, key: str) -> HttpResponse:
    """For several groups at once, and a tie to decide."""
    found = access.get_competition_to_judge(request.user, key)
    sent = request.POST if request.method == "POST" else None
    form = JudgeForm(sent, competition=found, seen=competing.judged_version(found))
    if sent is not None and form.is_valid():
        try:
            count = form.perform(by=request.user, at=times.now())
            text = ngettext("%(count)d group has got it.", "%(count)d groups have got it.", count)
            messages.success(request, text % {"count": count})
            return redirect("events:judge", key=key)
        except ValidationError as error:
            _add(form, error)
    return _judge_page(request, found, form)


def _judge_page(request: PersonRequest, found: Competition, form: JudgeForm) -> HttpResponse:
    at = times.now()
    running = competing.round_at(found, at)
    is_tied = found.tie_rule == TieRule.JUDGE and found.closed_at and found.told_at is None
    context = {
        "competition": found,
        "form": form,
        "can_enter": found.by_judge and running and not found.is_over(at),
        "running_round": running,
        "entries": competing.judged_entries(found),
        "small": competing.small_groups(found),
        "tied": found.results.filter(place=1).select_related("group") if is_tied else [],
    }
    status = 422 if form.errors else 200
    return render(request, "events/competitions/judge.html", context, status=status)


@require_POST
def decide_tie(request: PersonRequest, key: str) -> HttpResponse:
    """A judge names the winner."""
    found = access.get_competition_to_judge(request.user, key)
    chosen = request.POST.get("winner", "")
    winner = found.groups.filter(key=chosen).first() if is_key(chosen) else None
    if winner is None:
        messages.error(request, _("Choose one of those who share the first place."))
        return redirect("events:judge", key=key)
    try:
        actions.decide_tie(competition=found, winner=winner, by=request.user, at=times.now())
        messages.success(request, _("Decided. Everybody concerned is told."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return redirect("events:judge", key=key)
    return redirect("events:competition", key=key)


@require_POST
def take_part(request: PersonRequest, key: str) -> HttpResponse:
    """Out, or back in. Nobody else hears of it."""
    found = access.get_competition_to_view(request.user, key)
    is_in = request.POST.get("part") == "in"
    try:
        act = actions.opt_in if is_in else actions.opt_out
        act(competition=found, by=request.user, at=times.now())
        messages.success(
            request,
            _("You take part again.") if is_in else _("You take no part. Nobody is told."),
        )
    except actions.NotConcerned as error:
        raise Http404 from error
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:competition", key=key)


@require_POST
def join_group(request: PersonRequest, key: str) -> HttpResponse:
    """Chooses a mixed group."""
    found = Group.objects.select_related("competition").filter(key=key) if is_key(key) else None
    group = found.first() if found is not None else None
    if group is None:
        raise Http404
    competition = access.get_competition_to_view(request.user, group.competition.key)
    try:
        actions.join_group(group=group, by=request.user, at=times.now())
        messages.success(request, _("You are in %(group)s.") % {"group": group.name})
    except actions.NotConcerned as error:
        raise Http404 from error
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:competition", key=competition.key)


def _add(form: EntryForm | CorrectForm | JudgeForm, error: ValidationError) -> None:
    """What an action refused, at the fields it concerns."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)
