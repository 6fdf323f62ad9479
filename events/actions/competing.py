"""Making, changing and cancelling a competition."""

import datetime as dt
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from engagement import times
from engagement.people import actions as people
from engagement.people.models import Person
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from engagement.text import clean_line, clean_lines
from events.access.competing import can_create_competitions
from events.access.planning import reach_of
from events.actions.competition_walls import take_down
from events.actions.planning import too_long
from events.competition_facts import CompetitionFacts, GroupFacts, Span
from events.facts import Audience
from events.lots import new_seed
from events.models import (
    DESCRIPTION_LENGTH,
    GROUP_NAME_LENGTH,
    MOST_VALUE,
    REASON_LENGTH,
    TITLE_LENGTH,
    UNIT_WORD_LENGTH,
    Competition,
    CompetitionEmblem,
    Group,
    GroupKind,
    GroupMember,
    Judge,
    Round,
    TieRule,
)
from events.palette import MOST_GROUPS
from events.queries.competing import members_of
from events.queries.competing_choices import version_of
from events.standings import FEWEST

MOST_ROUNDS = 12
MOST_JUDGES = 20
LONGEST = dt.timedelta(days=366)
FURTHEST_AHEAD = dt.timedelta(days=2 * 366)
# A competition may begin on the day on which it is made.
EARLIEST = dt.timedelta(days=1)
Problems = Iterator[tuple[str, str]]


@transaction.atomic
def create_competition(*, facts: CompetitionFacts, by: Person, at: dt.datetime) -> Competition:
    """A competition with its groups and rounds; the clock starts it.

    Raises ValidationError that names each part that is wrong and what to do: ``title``,
    ``description``, ``emblem``, ``unit_word``, ``ways``, ``judges``, ``groups``, ``rounds``,
    ``tie_rule``, ``limits``.
    """
    facts = cleaned(facts)
    refuse_wrong(facts, by=by, at=at)
    competition = Competition(organiser=by, created_at=at, tie_seed=new_seed())
    _write(competition, facts)
    people.record(
        verb="competition-created", by=by, at=at, subject=competition, title=competition.title
    )
    return competition


@transaction.atomic
def change_competition(
    *,
    competition: Competition,
    facts: CompetitionFacts,
    by: Person,
    at: dt.datetime,
    version: str | None = None,
) -> Competition:
    """Before it starts all of it; from then on only its words and a later end.

    ``version`` is what a planner's page had seen; None: whatever it was. Raises ValidationError as
    `create_competition` does, for what cannot change any more, and when somebody else has changed it.
    """
    held = lock(competition)
    _refuse_over(held, at=at)
    if version is not None and version != version_of(held):
        raise ValidationError(
            _(
                "Somebody else changed this meanwhile. What you wrote is still here: look at the "
                "competition as it is now, then save again."
            ),
            code="stale",
        )
    facts = cleaned(facts)
    if held.starts_at > at:
        refuse_wrong(facts, by=by, at=at, was_for_everybody=held.is_for_everybody)
        _write(held, facts)
    else:
        _change_running(held, facts)
    people.record(verb="competition-changed", by=by, at=at, subject=held, title=held.title)
    return held


def _change_running(held: Competition, facts: CompetitionFacts) -> None:
    problems = dict(_wrong_words(facts))
    last = held.rounds.order_by("-number").first()
    ends_at = max((until for _start, until in facts.rounds), default=held.ends_at)
    if ends_at < held.ends_at:
        problems["rounds"] = _("It runs already. It can end later, not earlier.")
    elif ends_at > held.starts_at + LONGEST:
        problems["rounds"] = _("A competition lasts at most a year.")
    if problems:
        raise ValidationError(problems)
    assert last is not None
    held.title, held.description, held.emblem = facts.title, facts.description, facts.emblem
    held.ends_at = last.ends_at = ends_at
    held.save(update_fields=["title", "description", "emblem", "ends_at"])
    last.save(update_fields=["ends_at"])


@transaction.atomic
def cancel_competition(
    *, competition: Competition, reason: str, by: Person, at: dt.datetime
) -> Competition:
    """Ends it without a winner. Raises ValidationError without a reason, or when it is over."""
    held = lock(competition)
    if held.cancelled_at is not None:
        return held
    _refuse_over(held, at=at)
    said = clean_line(reason)
    problems = dict(too_long("reason", said, REASON_LENGTH))
    if not said:
        problems["reason"] = _("Say why: those who take part read it.")
    if problems:
        raise ValidationError(problems)
    call_off(held, reason=said, at=at)
    people.record(verb="competition-cancelled", by=by, at=at, subject=held, reason=said)
    return held


def call_off(held: Competition, *, reason: str, at: dt.datetime) -> None:
    """Call it with ``held`` locked."""
    held.cancelled_at, held.cancel_reason = at, reason
    held.save(update_fields=["cancelled_at", "cancel_reason"])
    take_down(held, at=at)


def lock(competition: Competition) -> Competition:
    """Its row, as it is now; entries wait until the transaction is over."""
    rows = Competition.objects.select_for_update(of=("self",))
    return rows.select_related("for_site", "for_unit", "organiser").get(pk=competition.pk)


def _refuse_over(held: Competition, *, at: dt.datetime) -> None:
    if held.cancelled_at is not None:
        raise ValidationError(_("It is cancelled. Make a new one."), code="cancelled")
    if held.is_over(at):
        raise ValidationError(_("It is over. Make a new one."), code="over")


# --- writing --------------------------------------------------------------------------------------


def _write(competition: Competition, facts: CompetitionFacts) -> None:
    for name in (
        "title", "description", "emblem", "unit_word", "kind", "by_people", "by_judge", "by_api",
        "tie_rule", "most_per_entry", "most_per_day", "is_joined_freely", "for_site", "for_unit",
        "is_for_everybody", "shows_on_walls",
    ):  # fmt: skip
        setattr(competition, name, getattr(facts, name))
    competition.starts_at, competition.ends_at = facts.rounds[0][0], facts.rounds[-1][1]
    competition.full_clean(exclude=["organiser", "for_site", "for_unit"])
    competition.save()
    if _same_groups(competition, facts.groups):
        _write_members(competition, facts.groups)
    else:
        competition.groups.all().delete()
        Group.objects.bulk_create(
            Group(
                competition=competition, number=number, name=one.called, unit=one.unit,
                site=one.site,
            )
            for number, one in enumerate(facts.groups)
        )  # fmt: skip
        _write_members(competition, facts.groups)
    competition.rounds.all().delete()
    Round.objects.bulk_create(
        Round(competition=competition, number=number, starts_at=starts_at, ends_at=ends_at)
        for number, (starts_at, ends_at) in enumerate(facts.rounds, 1)
    )
    competition.judges.all().delete()
    Judge.objects.bulk_create(
        Judge(competition=competition, person=person) for person in facts.judges
    )


def _same_groups(competition: Competition, groups: Sequence[GroupFacts]) -> bool:
    """Whether they are those that are there: then whoever has joined one stays in it."""
    there = list(competition.groups.order_by("number").values_list("name", "unit", "site"))
    return there == [
        (one.called, one.unit.pk if one.unit else None, one.site.pk if one.site else None)
        for one in groups
    ]


def _write_members(competition: Competition, groups: Sequence[GroupFacts]) -> None:
    if competition.kind != GroupKind.MIXED or competition.is_joined_freely:
        return
    competition.members.all().delete()
    there = competition.groups.order_by("number")
    GroupMember.objects.bulk_create(
        GroupMember(competition=competition, group=group, person=person)
        for group, one in zip(there, groups, strict=True)
        for person in one.members
    )


# --- what is wrong, and in which part -------------------------------------------------------------


def cleaned(facts: CompetitionFacts) -> CompetitionFacts:
    """``facts`` with its texts made safe and nothing said twice. Lengths stay to be judged."""
    return replace(
        facts,
        title=clean_line(facts.title),
        description=clean_lines(facts.description),
        unit_word=clean_line(facts.unit_word),
        groups=[replace(one, name=clean_line(one.name)) for one in facts.groups],
        rounds=sorted(facts.rounds),
        judges=list(dict.fromkeys(facts.judges)),
    )


def refuse_wrong(
    facts: CompetitionFacts, *, by: Person, at: dt.datetime, was_for_everybody: bool = False
) -> None:
    """Raises ValidationError with everything that is wrong with ``facts``. That everybody may look at
    it is left alone where it was so: whoever said it could."""
    opens = facts.is_for_everybody and not was_for_everybody
    problems = dict(
        [
            *_wrong_words(facts),
            *_wrong_ways(facts),
            *_wrong_limits(facts),
            *_wrong_rounds(facts.rounds, at=at),
            *_wrong_groups(facts, by=by, at=at, opens=opens),
        ]
    )
    if problems:
        raise ValidationError(problems)


def _wrong_words(facts: CompetitionFacts) -> Problems:
    if not facts.title:
        yield "title", _("Give it a name, such as “Walk to the North Cape”.")
    yield from too_long("title", facts.title, TITLE_LENGTH)
    yield from too_long("description", facts.description, DESCRIPTION_LENGTH)
    if facts.emblem not in CompetitionEmblem.values:
        yield "emblem", _("Choose one of the drawings.")
    if not facts.unit_word:
        yield "unit_word", _("Say what is counted, such as “km” or “points”.")
    yield from too_long("unit_word", facts.unit_word, UNIT_WORD_LENGTH)


def _wrong_ways(facts: CompetitionFacts) -> Problems:
    if not (facts.by_people or facts.by_judge or facts.by_api):
        yield "ways", _("Choose who enters what is counted.")
    if facts.tie_rule not in TieRule.values:
        yield "tie_rule", _("Choose how a tie is decided.")
    if not facts.judges and (facts.by_judge or facts.tie_rule == TieRule.JUDGE):
        yield "judges", _("Name at least one judge.")
    elif len(facts.judges) > MOST_JUDGES:
        yield "judges", _("At most %(most)d judges.") % {"most": MOST_JUDGES}
    elif any(not one.is_active for one in facts.judges):
        yield "judges", _("A judge works here. Somebody named has left.")


def _wrong_limits(facts: CompetitionFacts) -> Problems:
    limits = (facts.most_per_entry, facts.most_per_day)
    if not all(one.is_finite() and 0 < one <= MOST_VALUE * 100 for one in limits):
        yield "limits", _("The limits are numbers above nothing.")
    elif facts.most_per_entry > MOST_VALUE:
        yield "limits", _("One entry is at most %(most)d.") % {"most": MOST_VALUE}
    elif facts.most_per_day < facts.most_per_entry:
        yield "limits", _("What is allowed a day is at least what is allowed at once.")


def _wrong_rounds(rounds: Sequence[Span], *, at: dt.datetime) -> Problems:
    """At most one problem."""
    if not rounds:
        yield "rounds", _("Say from when to when it runs.")
    elif len(rounds) > MOST_ROUNDS:
        yield "rounds", _("At most %(most)d rounds.") % {"most": MOST_ROUNDS}
    elif any(ends_at <= starts_at for starts_at, ends_at in rounds):
        yield "rounds", _("It ends before it starts. Change one of the two.")
    elif any(one[1] > other[0] for one, other in itertools.pairwise(rounds)):
        yield "rounds", _("Two rounds are at the same time. End one before the next begins.")
    elif rounds[0][0] < at - EARLIEST:
        yield "rounds", _("It starts on a day that has been. Choose today or a day to come.")
    elif rounds[-1][1] <= at:
        yield "rounds", _("It would be over already. Choose a later end.")
    elif rounds[0][0] > at + FURTHEST_AHEAD:
        yield "rounds", _("Choose a day within two years.")
    elif rounds[-1][1] - rounds[0][0] > LONGEST:
        yield "rounds", _("A competition lasts at most a year.")


def _wrong_groups(facts: CompetitionFacts, *, by: Person, at: dt.datetime, opens: bool) -> Problems:
    """At most one problem: a page shows it above its list of groups."""
    problem = (
        _wrong_kind(facts)
        or _wrong_names(facts.groups)
        or _wrong_reach(facts, by=by, at=at, opens=opens)
        or _wrong_heads(facts, at=at)
    )
    if problem:
        yield "groups", problem


def _wrong_kind(facts: CompetitionFacts) -> str:
    if facts.kind not in GroupKind.values:
        return _("Choose between whom it is.")
    if len(facts.groups) < 2:
        return _("Choose at least two groups.")
    if len(facts.groups) > MOST_GROUPS:
        return _("At most %(most)d groups.") % {"most": MOST_GROUPS}
    wanted = {GroupKind.UNITS: "unit", GroupKind.SITES: "site"}.get(GroupKind(facts.kind))
    for one in facts.groups:
        has = {name for name in ("unit", "site") if getattr(one, name)}
        if has != ({wanted} if wanted else set()):
            return _("Compare teams with teams, sites with sites, or make mixed groups.")
    if facts.is_joined_freely and wanted:
        return _("Only mixed groups can be joined.")
    return ""


def _wrong_names(groups: Sequence[GroupFacts]) -> str:
    names = [one.called.casefold() for one in groups]
    if not all(names):
        return _("Give each group a name.")
    if any(len(one.name) > GROUP_NAME_LENGTH for one in groups):
        return _("Name a group in at most %(most)d characters.") % {"most": GROUP_NAME_LENGTH}
    if len(set(names)) < len(names):
        return _("Two groups have the same name.")
    return ""


def _wrong_reach(facts: CompetitionFacts, *, by: Person, at: dt.datetime, opens: bool) -> str:
    if not can_create_competitions(by):
        return _("Competitions are made by leads, site managers and HR.")
    tree = Tree.on(times.local_date(at))
    reach = reach_of(by, tree=tree)
    places: list[Audience] = [place for one in facts.groups if (place := one.unit or one.site)]
    places += [place for place in (facts.for_site, facts.for_unit) if place]
    if any(not reach.invites(place) for place in places):
        return _("This is beyond what you plan for. Choose among your own teams and sites.")
    if (opens or not places) and not reach.is_everywhere:
        return _("Only HR makes competitions for everybody. Choose a site or a team.")
    if any(one.site and one.site.closed_on for one in facts.groups):
        return _("A site that is closed cannot compete.")
    if facts.kind == GroupKind.MIXED and not reach.is_everywhere:
        members = {person.pk for one in facts.groups for person in one.members}
        there = placed_people(tree.day).filter(pk__in=members, unit_id__in=reach.units)  # type: ignore[misc]
        if there.count() < len(members):
            return _("Somebody in a group is not one of those you plan for.")
    return ""


def _wrong_heads(facts: CompetitionFacts, *, at: dt.datetime) -> str:
    if facts.kind == GroupKind.MIXED:
        members = [person.pk for one in facts.groups for person in one.members]
        if len(set(members)) < len(members):
            return _("Somebody is in two groups.")
        if facts.is_joined_freely:
            return ""
        small = [one.called for one in facts.groups if len(one.members) < FEWEST]
    else:
        tree = Tree.on(times.local_date(at))
        if _overlap(facts.groups, tree):
            return _("Somebody would be in two groups: one of the teams is part of another.")
        # Not saved: their numbers stand in for the row numbers they do not have yet.
        groups = [
            Group(pk=number, name=one.called, unit=one.unit, site=one.site)
            for number, one in enumerate(facts.groups)
        ]
        heads = members_of(groups, tree=tree)
        small = [group.name for group in groups if len(heads[group.pk]) < FEWEST]
    if small:
        return _("%(group)s has fewer than five people. Put it together with another.") % {
            "group": small[0]
        }
    return ""


def _overlap(groups: Sequence[GroupFacts], tree: Tree) -> bool:
    units = [one.unit.pk for one in groups if one.unit]
    below = [pk for unit in units for pk in tree.descendant_ids(unit)]
    sites = [one.site.pk for one in groups if one.site]
    return len(set(below)) < len(below) or len(set(sites)) < len(sites)
