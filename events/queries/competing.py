"""Reading competitions: who belongs to a group, where groups stand, what somebody entered."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count as CountOf
from django.db.models import Exists, F, Max, OuterRef, Prefetch, Q, Sum

from engagement import times
from engagement.people.lines import line_of
from engagement.people.models import Person
from engagement.people.queries import placed_people
from engagement.people.tree import Tree
from events import standings
from events.access.competing import concerned
from events.competition_numbers import number_words
from events.lots import commitment
from events.models import (
    Competition,
    CompetitionQuerySet,
    Entry,
    EntryChange,
    Group,
    GroupKind,
    GroupMember,
    GroupSum,
    OptOut,
    Result,
    Round,
    TieRule,
)
from events.palette import Sign, sign_of

# What people entered moves a group's number when so many have since it moved last.
FEWEST_CHANGERS = 3


@dataclass(frozen=True)
class Row:
    """A group as it is shown. ``share`` is its length beside the first, in thousandths."""

    group: Group
    sign: Sign
    line: standings.Line
    share: int = 0
    is_mine: bool = False

    @property
    def number(self) -> str:
        """Its number as people read it, in the active language."""
        return number_words(self.line.per_head) if self.line.per_head is not None else ""

    @property
    def width(self) -> str:
        """The length of its bar as SVG wants it, whatever the language."""
        return f"{self.share / 10:.1f}%"


# --- who belongs where ----------------------------------------------------------------------------


def members_of(groups: Sequence[Group], *, tree: Tree) -> dict[int, set[int]]:
    """The row numbers of everybody in each group on the tree's day. At most two queries."""
    found: dict[int, set[int]] = {group.pk: set() for group in groups}
    owner: dict[int, int] = {}
    for group in groups:
        units = tree.descendant_ids(group.unit_id) if group.unit_id else set()
        units |= tree.unit_ids_at(group.site_id) if group.site_id else set()
        owner |= dict.fromkeys(units, group.pk)
    if owner:
        placed = placed_people(tree.day).filter(unit_id__in=owner)  # type: ignore[misc] # annotated
        for person, unit in placed.values_list("pk", "unit_id"):  # type: ignore[misc] # annotated
            found[owner[unit]].add(person)
    if any(not (group.unit_id or group.site_id) for group in groups):
        there = Person.objects.employed_on(tree.day)
        rows = GroupMember.objects.filter(group__in=groups, person__in=there)
        for group_id, person in rows.values_list("group", "person"):
            found[group_id].add(person)
    return found


def group_of(person: Person, competition: Competition, *, at: dt.datetime) -> Group | None:
    """The group that ``person`` belongs to at ``at``; at most two queries."""
    groups = competition.groups.all()
    if competition.kind == GroupKind.MIXED:
        return groups.filter(members__person=person).first()
    line = line_of(person, day=times.local_date(at))
    if competition.kind == GroupKind.SITES:
        return groups.filter(site=line.site).first() if line.site else None
    return groups.filter(unit__in=line.units).first() if line.units else None


def is_out(person: Person, competition: Competition) -> bool:
    """Whether ``person`` takes no part. For that person alone."""
    return OptOut.objects.filter(competition=competition, person=person, back_at=None).exists()


def heads_of(groups: Sequence[Group], *, tree: Tree) -> dict[int, int]:
    """How many people are in each group on the tree's day, whether they take part or not: a count
    from which those who stepped out were missing would tell of each of them. At most two queries."""
    return {group: len(people) for group, people in members_of(groups, tree=tree).items()}


# --- where they stand -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """All that was entered for a group in one round and not withdrawn."""

    people: Decimal = Decimal(0)
    judged: Decimal = Decimal(0)


def sums_of(competition: Competition) -> dict[tuple[int, int], Sums]:
    """By group and round. One query."""
    own = Q(way=Entry.Way.PEOPLE)
    rows = (
        Entry.objects.counted()
        .filter(competition=competition)
        .values_list("group", "round")
        .annotate(people=Sum("value", filter=own), judged=Sum("value", filter=~own))
    )
    return {
        (group, round_): Sums(people or Decimal(0), judged or Decimal(0))
        for group, round_, people, judged in rows
    }


def contributors_of(competition: Competition, groups: Sequence[int]) -> dict[int, int]:
    """How many people of each of ``groups`` have an entry of their own that stands. One query, and
    none for no group."""
    rows = Entry.objects.counted().filter(
        competition=competition, way=Entry.Way.PEOPLE, group__in=groups
    )
    counted = rows.values_list("group").annotate(people=CountOf("by", distinct=True))
    return dict(counted)


def changers_of(competition: Competition) -> dict[int, int]:
    """How many people of each group have entered, corrected or taken back something that is not told
    yet. Two queries."""
    is_new = Q(group__told_until__isnull=True) | Q(changed_at__gt=F("group__told_until"))
    rows = Entry.objects.filter(is_new, competition=competition, way=Entry.Way.PEOPLE)
    told = competition.groups.order_by("pk").values_list("told_until", flat=True)
    moments = [until for until in told if until is not None]
    if moments and len(moments) == len(told):
        # Says the same once more so that only what is new is read.
        rows = rows.filter(changed_at__gt=min(moments))
    return dict(rows.values_list("group").annotate(people=CountOf("by", distinct=True)))


def groups_since(competition: Competition, since: dt.datetime) -> set[int]:
    """The groups in which somebody has entered, corrected or taken back something of their own from
    ``since`` on. One query."""
    rows = Entry.objects.filter(
        competition=competition, way=Entry.Way.PEOPLE, changed_at__gte=since
    )
    return set(rows.values_list("group", flat=True))


def reached_at(competition: Competition) -> dict[int, dt.datetime]:
    """When the sum of each group changed last. One query."""
    rows = Entry.objects.filter(competition=competition)
    return dict(rows.values_list("group").annotate(last=Max("changed_at")))


def counts_of(
    competition: Competition,
    groups: Sequence[Group],
    totals: Iterable[GroupSum],
    *,
    reached: Mapping[int, dt.datetime] | None = None,
) -> list[standings.Count]:
    """What is told of each group, as arithmetic wants it."""
    parts: dict[int, list[standings.Part]] = {group.pk: [] for group in groups}
    judged = dict.fromkeys(parts, Decimal(0))
    for one in totals:
        total = one.people_sum + one.judged_sum
        parts[one.group_id].append(standings.Part(total, one.head_count))
        judged[one.group_id] += one.judged_sum
    is_judged = competition.by_judge or competition.by_api
    return [
        standings.Count(
            key=group.key,
            parts=parts[group.pk],
            has_told=group.told_at is not None or is_judged,
            reached_at=(reached or {}).get(group.pk),
        )
        for group in groups
    ]


def lines_of(competition: Competition, groups: Sequence[Group]) -> list[standings.Line]:
    """The frozen standing when it is closed, else what is told now. Ties are shared until the end.

    Reads ``groups`` with their ``sums`` and ``result`` as they were loaded.
    """
    if competition.closed_at is not None:
        results = [(group, _result(group)) for group in groups]
        lines = [
            standings.Line(group.key, one.state, one.total, one.per_head, one.place)
            for group, one in results
            if one
        ]
        return sorted(lines, key=lambda line: (line.place is None, line.place or 0, line.key))
    totals = [one for group in groups for one in group.sums.all()]
    return standings.standing(counts_of(competition, groups, totals))


def _result(group: Group) -> Result | None:
    try:
        return group.result
    except Result.DoesNotExist:
        return None


def rows_of(competition: Competition, *, mine: Group | None = None) -> list[Row]:
    """The groups as they are shown, best first. ``competition`` comes from `with_standing`."""
    groups = list(competition.groups.all())
    by_key = {group.key: group for group in groups}
    lines = lines_of(competition, groups)
    best = max((line.per_head or Decimal(0) for line in lines), default=Decimal(0))
    return [
        Row(
            by_key[line.key],
            sign_of(by_key[line.key].number),
            line,
            int((line.per_head or 0) * 1000 / best) if best else 0,
            mine is not None and line.key == mine.key,
        )
        for line in lines
    ]


def with_standing(competitions: CompetitionQuerySet) -> CompetitionQuerySet:
    """Loads groups, what is told of them and their results, in three further queries."""
    groups = Group.objects.select_related("result").order_by("number")
    return competitions.select_related("organiser", "for_site", "for_unit").prefetch_related(
        Prefetch("groups", groups),
        "groups__sums",
        Prefetch("rounds", Round.objects.order_by("number")),
    )


# --- pages ----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Shelf:
    """The list of competitions: ``running``, ``coming``, ``finished`` with their rows."""

    running: list[tuple[Competition, list[Row]]]
    coming: list[Competition]
    finished: list[tuple[Competition, list[Row]]]


MOST_FINISHED = 20


def shelf(person: Person, *, at: dt.datetime) -> Shelf:
    """What concerns ``person``. Six queries, however many there are."""
    seen = Competition.objects.filter(concerned(person))
    lasting = Q(closed_at__isnull=True) | Q(closed_at__gt=at - dt.timedelta(days=366))
    found = with_standing(seen.standing().filter(lasting)).order_by("-ends_at", "-pk")
    shown = list(found[:200])
    over = [one for one in shown if one.is_over(at)]
    return Shelf(
        running=[
            (one, rows_of(one))
            for one in sorted(shown, key=lambda one: one.ends_at)
            if one.starts_at <= at and not one.is_over(at)
        ],
        coming=sorted((one for one in shown if one.starts_at > at), key=lambda one: one.starts_at),
        finished=[(one, rows_of(one)) for one in over[:MOST_FINISHED]],
    )


def round_at(competition: Competition, at: dt.datetime) -> Round | None:
    """The round that runs at ``at``. One query."""
    return competition.rounds.filter(starts_at__lte=at, ends_at__gt=at).first()


# Two weeks of one a day.
OWN_SHOWN = 14


def own_entries(
    person: Person, competition: Competition, *, most: int | None = None
) -> list[Entry]:
    """What ``person`` entered for their own group, the latest first; all of it, or at most ``most``.
    Two queries."""
    rows = Entry.objects.own_of(person).filter(competition=competition)
    changes = Prefetch("changes", EntryChange.objects.order_by("until"))
    return list(rows.prefetch_related(changes).order_by("-entered_at", "-pk")[:most])


ENTRIES_A_PAGE = 50


def judged_entries(competition: Competition, *, before: str = "") -> list[Entry]:
    """At most 50 of what was entered for groups, the latest first, from the one after the key
    ``before`` on; with who did and what each was before. For judges and those who amend. Three queries."""
    rows = Entry.objects.for_groups().filter(competition=competition)
    last = rows.filter(key=before).first() if before else None
    if last is not None:
        rows = rows.filter(
            Q(entered_at__lt=last.entered_at) | Q(entered_at=last.entered_at, pk__lt=last.pk)
        )
    changes = Prefetch("changes", EntryChange.objects.select_related("by").order_by("until", "pk"))
    rows = rows.select_related("group", "by").prefetch_related(changes)
    return list(rows.order_by("-entered_at", "-pk")[:ENTRIES_A_PAGE])


def small_groups(competition: Competition) -> set[int]:
    """The row numbers of groups that have had a round with fewer than five heads: what was entered
    for those may be one person's. One query."""
    small = GroupSum.objects.filter(round__competition=competition, head_count__lt=standings.FEWEST)
    return set(small.values_list("group", flat=True))


def judged_version(competition: Competition) -> str:
    """Changes with whatever a judge or a program enters, corrects or withdraws. One query."""
    rows = competition.entries.exclude(way=Entry.Way.PEOPLE)
    told = rows.aggregate(count=CountOf("pk"), last=Max("changed_at"))
    last = told["last"]
    return f"{told['count']}.{times.microseconds(last) if last else 0}"


def entered_on(person: Person, competition: Competition, *, day: dt.date) -> Decimal:
    """How much ``person`` has entered on ``day``, by the organisation's clock. One query."""
    first = times.moment_of(day, dt.time.min)
    last = times.moment_of(day + dt.timedelta(days=1), dt.time.min)
    rows = Entry.objects.own_of(person).counted().filter(competition=competition)
    total = rows.filter(entered_at__gte=first, entered_at__lt=last).aggregate(sum=Sum("value"))
    return total["sum"] or Decimal(0)


def people_concerned(competition: Competition, *, at: dt.datetime) -> list[Person]:
    """The members of its groups who have not stepped out. Four queries."""
    tree = Tree.on(times.local_date(at))
    members = members_of(list(competition.groups.all()), tree=tree)
    out = OptOut.objects.filter(competition=competition, back_at=None).values("person")
    everybody = {pk for people in members.values() for pk in people}
    return list(Person.objects.filter(pk__in=everybody).exclude(pk__in=out))


def lot_words(competition: Competition) -> tuple[str, str]:
    """What is public of the lot: the SHA-256 of the seed from the start, the seed once it is over."""
    if competition.tie_rule != TieRule.LOT:
        return "", ""
    seed = competition.tie_seed if competition.closed_at else ""
    return commitment(competition.tie_seed), seed


def due_to_refresh(
    at: dt.datetime, *, pause: dt.timedelta, morning: dt.time
) -> CompetitionQuerySet:
    """Those that run, were not brought up to date within ``pause``, and either for which something
    was entered since (or in the minute before, by somebody whose commit came late), or whose
    ``morning`` has come, whether anybody entered something or not."""
    late = OuterRef("refreshed_at")
    changed = Entry.objects.filter(
        competition=OuterRef("pk"), changed_at__gt=late - dt.timedelta(minutes=1)
    )
    moves = Q(Exists(changed))
    if times.local_clock(at) >= morning:
        moves |= Q(flushed_on__lt=times.local_date(at))
    return (
        Competition.objects.running(at)
        .filter(ends_at__gt=at)
        .filter(
            Q(refreshed_at__isnull=True)
            | (Q(refreshed_at__lte=at - pause) & moves)
            | Q(refreshed_at__lt=at - dt.timedelta(hours=12))
        )
    )
