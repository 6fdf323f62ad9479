"""What makes a competition one that can be held, and what is said of one that cannot."""

import datetime as dt
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Person
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from engagement.text import clean_line, clean_lines
from events.access.competing import can_create_competitions
from events.access.planning import reach_of
from events.actions.planning import too_long
from events.competition_facts import CompetitionFacts, GroupFacts, Span
from events.facts import Audience
from events.models import (
    DESCRIPTION_LENGTH,
    GROUP_NAME_LENGTH,
    MOST_VALUE,
    TITLE_LENGTH,
    UNIT_WORD_LENGTH,
    CompetitionEmblem,
    Group,
    GroupKind,
    TieRule,
)
from events.palette import MOST_GROUPS
from events.queries.competing import members_of
from events.standings import FEWEST

MOST_ROUNDS = 12
MOST_JUDGES = 20
LONGEST = dt.timedelta(days=366)
FURTHEST_AHEAD = dt.timedelta(days=2 * 366)
# A competition may begin on the day on which it is made.
EARLIEST = dt.timedelta(days=1)
Problems = Iterator[tuple[str, str]]


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
    facts: CompetitionFacts,
    *,
    by: Person,
    at: dt.datetime,
    was_for_everybody: bool = False,
    were_in: Collection[int] = (),
) -> None:
    """Raises ValidationError with everything that is wrong with ``facts``. That everybody may look at
    it is left alone where it was so: whoever said it could. So are those in mixed groups who
    ``were_in`` (row numbers), wherever they have moved since."""
    opens = facts.is_for_everybody and not was_for_everybody
    problems = dict(
        [
            *wrong_words(facts),
            *_wrong_ways(facts),
            *_wrong_limits(facts),
            *_wrong_rounds(facts.rounds, at=at),
            *_wrong_groups(facts, by=by, at=at, opens=opens, were_in=were_in),
        ]
    )
    if problems:
        raise ValidationError(problems)


def wrong_words(facts: CompetitionFacts) -> Problems:
    """What is wrong with what can be changed at any time, each as the part and why."""
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


def _wrong_groups(
    facts: CompetitionFacts, *, by: Person, at: dt.datetime, opens: bool, were_in: Collection[int]
) -> Problems:
    """At most one problem: a page shows it above its list of groups."""
    problem = (
        _wrong_kind(facts)
        or _wrong_names(facts.groups)
        or _wrong_reach(facts, by=by, at=at, opens=opens, were_in=were_in)
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


def _wrong_reach(
    facts: CompetitionFacts, *, by: Person, at: dt.datetime, opens: bool, were_in: Collection[int]
) -> str:
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
        members = {person.pk for one in facts.groups for person in one.members} - set(were_in)
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
