"""What the clock does with competitions: counts heads, moves numbers, closes, tells, forgets."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.notices.actions import notify
from engagement.people import actions as people
from engagement.people.models import Person
from engagement.people.tree import Tree
from events import standings
from events.access.competing import can_judge
from events.actions.calling_off import call_off
from events.actions.competing import lock
from events.actions.competition_walls import show_result, show_standing
from events.competition_notices import COMPETITION_RESULT
from events.models import (
    Competition,
    Entry,
    Group,
    GroupMember,
    GroupSum,
    Judge,
    OptOut,
    Result,
    TieRule,
)
from events.queries import competing

# A number on a wall moves at most so often.
PAUSE = dt.timedelta(minutes=1)
# What fewer than three entered waits until the next morning.
MORNING = dt.time(4)
# A judge has so long to decide a tie; then the place is shared.
JUDGE_HAS = dt.timedelta(days=3)
ENTRIES_KEPT = dt.timedelta(days=14)
GROUPS_KEPT = dt.timedelta(days=365)


# --- rounds begin ---------------------------------------------------------------------------------


def count_rounds(*, at: dt.datetime) -> int:
    """Takes the head counts of rounds that have begun, as they were then; returns how many.

    A competition in which fewer than two groups have five people is called off.
    """
    due = Competition.objects.standing().filter(
        closed_at=None, rounds__counted_at=None, rounds__starts_at__lte=at
    )
    return sweep(Competition.objects.filter(pk__in=due.values("pk")), partial(_count_rounds, at=at))


def _count_rounds(held: Competition, *, at: dt.datetime) -> None:
    groups = list(held.groups.order_by("number"))
    for round_ in held.rounds.filter(counted_at=None, starts_at__lte=at).order_by("number"):
        heads = competing.heads_of(groups, tree=Tree.on(times.local_date(round_.starts_at)))
        if round_.number == 1 and sum(n >= standings.FEWEST for n in heads.values()) < 2:
            call_off(held, reason="", by=None, at=at)
            return
        GroupSum.objects.bulk_create(
            GroupSum(round=round_, group=group, head_count=heads[group.pk]) for group in groups
        )
        round_.counted_at = at
        round_.save(update_fields=["counted_at"])


# --- numbers move ---------------------------------------------------------------------------------


def refresh_standings(*, at: dt.datetime) -> int:
    """Brings standings up to date, each at most once a minute, and hangs those that have changed;
    returns how many were looked at."""
    due = competing.due_to_refresh(at, pause=PAUSE, morning=MORNING)
    return sweep(due, partial(_refresh_and_show, at=at))


def _refresh_and_show(held: Competition, *, at: dt.datetime) -> None:
    refresh(held, at=at)
    show_standing(held, _rows(held), at=at)


def refresh(held: Competition, *, at: dt.datetime, everything: bool = False) -> None:
    """Moves what is told of each group. Call it with ``held`` locked.

    What people entered is told once five of a group have, and moves when three have entered something
    since; less than that waits until the morning, or until it is over (``everything``). A group in
    which somebody was up before the clock waits until the next morning: nothing of today is told
    with what waited overnight.
    """
    today, is_morning = times.local_date(at), times.local_clock(at) >= MORNING
    flush = held.flushed_on is not None and held.flushed_on < today and is_morning
    totals = list(GroupSum.objects.filter(round__competition=held))
    counted = Group.objects.filter(pk__in={total.group_id for total in totals})
    changers = competing.changers_of(held)
    early = competing.groups_since(held, times.moment_of(today, MORNING)) if flush else set()
    moving = {
        group.pk: group
        for group in counted
        if everything
        or (flush and group.told_until is not None and group.pk not in early)
        or changers.get(group.pk, 0) >= _changers(group)
    }
    contributors = competing.contributors_of(held, list(moving))
    many = {pk for pk in moving if contributors.get(pk, 0) >= standings.FEWEST}
    told = Group.objects.filter(pk__in=moving)
    told.update(told_until=at)
    told.filter(pk__in=many, told_at=None).update(told_at=at)
    told.exclude(pk__in=many).update(told_at=None)
    sums, changed = competing.sums_of(held), []
    for total in totals:
        now, before = sums.get((total.group_id, total.round_id), competing.Sums()), _told_of(total)
        total.judged_sum = now.judged
        if total.group_id in moving:
            total.people_sum = now.people if total.group_id in many else Decimal(0)
        if _told_of(total) != before:
            changed.append(total)
    # Of a long competition one round in ten has changed.
    GroupSum.objects.bulk_update(changed, ["people_sum", "judged_sum"])
    held.refreshed_at = at
    if flush or held.flushed_on is None:
        held.flushed_on = today
    held.save(update_fields=["refreshed_at", "flushed_on"])


def _told_of(total: GroupSum) -> tuple[Decimal, Decimal]:
    return total.people_sum, total.judged_sum


def _changers(group: Group) -> int:
    return standings.FEWEST if group.told_until is None else competing.FEWEST_CHANGERS


def _rows(held: Competition) -> list[competing.Row]:
    loaded = competing.with_standing(Competition.objects.filter(pk=held.pk)).get()
    return competing.rows_of(loaded)


# --- it is over -----------------------------------------------------------------------------------


def close_competitions(*, at: dt.datetime) -> int:
    """Closes those whose time is over and tells how they ended; also those whose judge has let a tie
    stand for three days. Returns how many."""
    closed = sweep(Competition.objects.to_close(at), partial(_close, at=at))
    late = Competition.objects.filter(told_at=None, closed_at__lte=at - JUDGE_HAS)
    return closed + sweep(late, partial(_tell, at=at))


def _close(held: Competition, *, at: dt.datetime) -> None:
    """Computes the standing for the last time and freezes it."""
    _count_rounds(held, at=at)
    if held.cancelled_at is not None:
        return
    refresh(held, at=at, everything=True)
    lines = final_lines(held)
    groups = {group.key: group for group in held.groups.all()}
    Result.objects.bulk_create(
        Result(
            competition=held, group=groups[line.key], state=line.state, total=line.total,
            per_head=line.per_head, place=line.place,
        )
        for line in lines
    )  # fmt: skip
    held.closed_at = at
    held.save(update_fields=["closed_at"])
    if held.tie_rule != TieRule.JUDGE or not standings.shares_first(lines):
        _tell(held, at=at)


def final_lines(held: Competition, *, winner: str = "") -> list[standings.Line]:
    """The standing with ties decided."""
    groups = list(held.groups.order_by("number"))
    totals = GroupSum.objects.filter(round__competition=held)
    reached = competing.reached_at(held)
    counts = competing.counts_of(held, groups, totals, reached=reached)
    return standings.standing(counts, tie=held.tie_rule, seed=held.tie_seed, winner=winner)


@transaction.atomic
def decide_tie(
    *, competition: Competition, winner: Group, by: Person, at: dt.datetime
) -> Competition:
    """A judge names the winner among those who share the first place; then all are told.

    Raises ValidationError when there is no tie, or no more.
    """
    held = lock(competition)
    if not can_judge(by, held):
        raise ValidationError(_("Only its judges decide."), code="judge")
    if held.tie_rule != TieRule.JUDGE or held.closed_at is None or held.told_at is not None:
        raise ValidationError(_("There is nothing to decide here."), code="decided")
    tied = held.results.filter(place=1)
    if not tied.filter(group=winner).exists():
        raise ValidationError({"winner": _("Choose one of those who share the first place.")})
    tied.exclude(group=winner).update(place=2)
    people.record(verb="tie-decided", by=by, at=at, subject=held, group=winner.key)
    _tell(held, at=at)
    return held


def _tell(held: Competition, *, at: dt.datetime) -> None:
    """On the walls, and to the members of its groups."""
    held.told_at = at
    held.save(update_fields=["told_at"])
    notify(
        people=competing.people_concerned(held, at=at),
        kind=COMPETITION_RESULT,
        source=f"competition-result:{held.key}",
        link=reverse("events:competition", args=[held.key]),
        context={"competition": held.key},
        at=at,
    )
    show_result(held, _rows(held), at=at)


# --- what is forgotten ----------------------------------------------------------------------------


def erase_entries(*, at: dt.datetime) -> int:
    """Deletes entries, and who was out, two weeks after a competition; sums and places stay.
    Returns how many competitions."""
    due = _ended(at - ENTRIES_KEPT).filter(erased_at=None)

    def erase(held: Competition) -> None:
        Entry.objects.filter(competition=held).delete()
        OptOut.objects.filter(competition=held).delete()
        held.erased_at = at
        held.save(update_fields=["erased_at"])

    return sweep(due, erase)


def purge_groups(*, at: dt.datetime) -> int:
    """Deletes who was in mixed groups and who judged, a year after. Returns how many rows."""
    over = _ended(at - GROUPS_KEPT).values("pk")
    models: Iterable[type[GroupMember] | type[Judge]] = (GroupMember, Judge)
    return sum(model.objects.filter(competition__in=over).delete()[0] for model in models)


def _ended(limit: dt.datetime) -> "competing.CompetitionQuerySet":
    """Those that were over, or cancelled, by ``limit``."""
    return Competition.objects.filter(
        Q(closed_at__lte=limit) | Q(cancelled_at__lte=limit, closed_at=None)
    )
