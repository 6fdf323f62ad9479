"""Proposing, voting, and what becomes of an idea.

What is settled forgets at once who wanted to stay unnamed, and who has voted; how many did stays.
"""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement.api.throttling import Rate, take
from engagement.clock.actions import sweep
from engagement.notices.actions import notify
from engagement.notices.kinds import Kind
from engagement.people.models import Person, Site
from engagement.text import clean_line, clean_lines
from events.actions.planning import create_series, too_long
from events.actions.reporting_ideas import close_reports
from events.facts import SeriesFacts
from events.idea_notices import IDEA_DECLINED, IDEA_PICKED
from events.models import (
    REASON_LENGTH,
    TITLE_LENGTH,
    WHAT_LENGTH,
    Idea,
    IdeaReport,
    IdeaVote,
    Series,
)

OPEN_FOR = dt.timedelta(days=120)
KEPT = dt.timedelta(days=365)
MOST_A_DAY = 5
IDEAS = Rate(per_minute=MOST_A_DAY / (24 * 60), burst=MOST_A_DAY)
PURGE_BATCH = 500
State = Idea.State


@transaction.atomic
def propose_idea(
    *, title: str, what: str, site: Site | None, is_named: bool, by: Person, at: dt.datetime
) -> Idea:
    """A new idea, with ``by``'s own vote. The caller has seen that ``site`` is ``by``'s own.

    Raises ValidationError by field (``title``, ``what``), and after five within a day.
    """
    title, what = clean_line(title), clean_lines(what)
    problems = dict([*too_long("title", title, TITLE_LENGTH), *too_long("what", what, WHAT_LENGTH)])
    if not title:
        problems["title"] = _("Say in a few words what you would like to do.")
    if problems:
        raise ValidationError(problems)
    if not take(name=f"idea:{by.key}", rate=IDEAS, at=at).is_allowed:
        raise ValidationError(
            _("You have proposed five ideas within a day. Come back tomorrow with the next.")
        )
    idea = Idea(
        title=title, what=what, site=site, proposer=by, is_named=is_named, created_at=at,
        vote_count=1,
    )  # fmt: skip
    idea.full_clean()
    idea.save()
    IdeaVote.objects.create(idea=idea, person=by)
    return idea


@transaction.atomic
def vote_for_idea(*, idea: Idea, by: Person, at: dt.datetime) -> Idea:
    """``by`` wants it; twice is once. The caller has seen that they may read it.

    Raises ValidationError when it is settled.
    """
    idea = _held(idea)
    IdeaVote.objects.get_or_create(idea=idea, person=by)
    return _counted(idea)


@transaction.atomic
def take_back_vote(*, idea: Idea, by: Person, at: dt.datetime) -> Idea:
    """``by`` does not want it any more; twice is once. Raises ValidationError when it is settled."""
    idea = _held(idea)
    IdeaVote.objects.filter(idea=idea, person=by).delete()
    return _counted(idea)


@transaction.atomic
def pick_idea(*, idea: Idea, series: Series, by: Person, at: dt.datetime) -> Idea:
    """It happens, as ``series``. The caller has seen that ``by`` decides about it and plans that.

    Those who wanted it are told. Raises ValidationError when it is settled already.
    """
    return settle_idea(_held(idea), State.PICKED, by=by, at=at, tells=IDEA_PICKED, series=series)


@transaction.atomic
def plan_idea(*, idea: Idea, facts: SeriesFacts, by: Person, at: dt.datetime) -> Series:
    """A new series of ``facts``, and ``idea`` picked for it: both or neither."""
    _held(idea)
    series = create_series(facts=facts, by=by, at=at)
    pick_idea(idea=idea, series=series, by=by, at=at)
    return series


@transaction.atomic
def decline_idea(*, idea: Idea, reason: str, by: Person, at: dt.datetime) -> Idea:
    """Not this time, and why. Those who wanted it are told. Raises ValidationError without a reason."""
    idea, reason = _held(idea), reason_given(reason)
    return settle_idea(idea, State.DECLINED, by=by, at=at, tells=IDEA_DECLINED, reason=reason)


@transaction.atomic
def withdraw_idea(*, idea: Idea, by: Person, at: dt.datetime) -> Idea:
    """Its proposer takes it back: gone for everybody. Those who reported it are told."""
    idea = settle_idea(_held(idea), State.WITHDRAWN, by=None, at=at)
    close_reports(idea, outcome=IdeaReport.Outcome.TAKEN_BACK, at=at)
    return idea


def lapse_ideas(*, at: dt.datetime) -> int:
    """Closes what nobody has decided about within 120 days; returns how many."""

    def lapse(idea: Idea) -> None:
        settle_idea(idea, State.LAPSED, by=None, at=at)

    return sweep(Idea.objects.too_old(at - OPEN_FOR).order_by("pk"), lapse)


def purge_ideas(*, at: dt.datetime) -> int:
    """Deletes ideas a year after they were settled; returns how many."""
    old = Idea.objects.filter(settled_at__lte=at - KEPT)
    purged = 0
    while batch := list(old.order_by("pk").values_list("pk", flat=True)[:PURGE_BATCH]):
        Idea.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    return purged


def _held(idea: Idea) -> Idea:
    """``idea`` fresh and held, still open."""
    held = Idea.objects.select_for_update(of=("self",)).select_related("site", "proposer")
    idea = held.get(pk=idea.pk)
    if not idea.is_open:
        raise ValidationError(_("It has been decided about already. Load the page again."))
    return idea


def _counted(idea: Idea) -> Idea:
    idea.vote_count = IdeaVote.objects.filter(idea=idea).count()
    idea.save(update_fields=["vote_count"])
    return idea


def settle_idea(
    idea: Idea,
    state: str,
    *,
    by: Person | None,
    at: dt.datetime,
    tells: Kind | None = None,
    reason: str = "",
    series: Series | None = None,
) -> Idea:
    """Whoever wanted or proposed it is told the same, in no order that says which of both."""
    wanted = Person.objects.filter(pk__in=IdeaVote.objects.filter(idea=idea).values("person"))
    people = {one.pk: one for one in wanted}
    if idea.proposer is not None:
        people[idea.proposer.pk] = idea.proposer
    idea.state, idea.settled_at, idea.settled_by = state, at, by
    idea.reason, idea.series = reason, series
    if not idea.is_named:
        idea.proposer = None
    idea.full_clean()
    idea.save()
    if tells is not None:
        told = [people[pk] for pk in sorted(people) if by is None or pk != by.pk]
        tell_of_idea(idea, tells, told, at=at)
    IdeaVote.objects.filter(idea=idea).delete()
    return idea


def tell_of_idea(
    idea: Idea, kind: Kind, people: list[Person], *, source: str = "", at: dt.datetime
) -> None:
    """Each of ``people`` once of ``source``, which is the idea unless given."""
    notify(
        people=people,
        kind=kind,
        source=source or f"idea:{idea.key}",
        link=reverse("events:idea", args=[idea.key]),
        context={"idea": idea.key},
        at=at,
    )


def reason_given(raw: str) -> str:
    """``raw`` made safe. Raises ValidationError (``reason``) when it is empty or too long."""
    reason = clean_line(raw)
    if not reason:
        raise ValidationError({"reason": _("Say why: those who wanted it read it.")})
    if problems := dict(too_long("reason", reason, REASON_LENGTH)):
        raise ValidationError(problems)
    return reason
