"""Praise of customers as lists: bounded walks over one index, however much there is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.db import connection
from django.utils.functional import cached_property

from engagement import times
from engagement.people.models import Membership, Person
from engagement.people.tree import Tree
from kudos.models import Praise, PraiseRule
from kudos.models.praise import ASIDE, HANDLED, WAITING
from kudos.praise_circle import PraiseCircle, praise_circle_of, those_to_tell
from kudos.praise_rules import Asked, count_kept
from kudos.praise_text import without_personal
from kudos.queries.feed import read_cursor, write_cursor

Tray = Literal["waiting", "aside", "handled"]
TRAYS: tuple[Tray, ...] = (WAITING, ASIDE, HANDLED)
PRAISE_PAGE = 20
# Counting stops here; the page shows "99+".
COUNT_MOST = 100
TRIED_MOST = 1000

# The newest of each agent from an index of that order, then the newest of those.
OF_AGENTS = """
SELECT newest.id, newest.received_at
FROM unnest(%(agents)s::bigint[]) AS agent (id)
CROSS JOIN LATERAL (
    SELECT praise.id, praise.received_at
    FROM kudos_praise AS praise
    WHERE praise.agent_id = agent.id AND praise.tray = %(tray)s
      AND (praise.received_at, praise.id) < (%(at)s::timestamptz, %(id)s)
    ORDER BY praise.received_at DESC, praise.id DESC
    LIMIT %(limit)s
) AS newest
ORDER BY newest.received_at DESC, newest.id DESC
LIMIT %(limit)s
"""
OF_EVERYBODY = """
SELECT praise.id, praise.received_at
FROM kudos_praise AS praise
WHERE praise.tray = %(tray)s AND praise.agent_id IS DISTINCT FROM %(me)s
  AND (praise.received_at, praise.id) < (%(at)s::timestamptz, %(id)s)
ORDER BY praise.received_at DESC, praise.id DESC
LIMIT %(limit)s
"""
COUNT_OF_AGENTS = """
SELECT count(*) FROM (
    SELECT 1 FROM kudos_praise WHERE agent_id = ANY(%(agents)s::bigint[]) AND tray = 'waiting'
    LIMIT %(limit)s
) AS waiting
"""
COUNT_OF_EVERYBODY = """
SELECT count(*) FROM (
    SELECT 1 FROM kudos_praise WHERE tray = 'waiting' AND agent_id IS DISTINCT FROM %(me)s
    LIMIT %(limit)s
) AS waiting
"""
END_OF_TIME = dt.datetime(9999, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True)
class PraisePage:
    items: list[Praise]
    # Opaque; None on the last page.
    next: str | None


def praise_page(
    person: Person,
    *,
    tray: Tray = WAITING,
    after: str | None = None,
    limit: int = PRAISE_PAGE,
    at: dt.datetime,
) -> PraisePage:
    """The praise that ``person`` may check, the newest arrival first, after the cursor ``after``.

    Five queries. Raises ValueError for a forged cursor.
    """
    before = read_cursor(after) if after else (END_OF_TIME, 0)
    circle = praise_circle_of(person, day=times.local_date(at))
    sql, facts = _of(circle, OF_EVERYBODY, OF_AGENTS)
    with connection.cursor() as cursor:
        place = {"at": before[0], "id": before[1], "tray": tray, "limit": limit + 1}
        cursor.execute(sql, facts | place)
        found = cursor.fetchall()
    shown = [pk for pk, _at in found[:limit]]
    rows = Praise.objects.select_related("agent__employer", "kudos", "approved_by", "dismissed_by")
    by_id = rows.in_bulk(shown)
    last = found[limit - 1] if len(found) > limit else None
    return PraisePage(
        items=[by_id[pk] for pk in shown if pk in by_id],
        next=write_cursor(last[1], last[0]) if last else None,
    )


def waiting_praise_count(person: Person, *, at: dt.datetime) -> int:
    """How many wait for ``person``, at most 100. At most four queries, answered by an index."""
    circle = praise_circle_of(person, day=times.local_date(at))
    sql, facts = _of(circle, COUNT_OF_EVERYBODY, COUNT_OF_AGENTS)
    with connection.cursor() as cursor:
        cursor.execute(sql, facts | {"limit": COUNT_MOST})
        return int(cursor.fetchone()[0])


def _of(circle: PraiseCircle, everybody: str, agents: str) -> tuple[str, dict[str, Any]]:
    if circle.is_everybody:
        return everybody, {"me": circle.person.pk}
    return agents, {"agents": circle.agent_ids()}


def leads_with_waiting_praise(*, at: dt.datetime) -> list[Person]:
    """The leads of those about whom praise waits, or whoever stands in for them. Four queries."""
    day = times.local_date(at)
    agents = Praise.objects.waiting().filter(agent__isnull=False).values("agent").distinct()
    praised = Membership.objects.on(day).filter(person__in=agents)
    pairs = list(praised.values_list("person_id", "unit_id"))
    return those_to_tell(pairs, at=at, tree=Tree.on(day)) if pairs else []


class AtHand:
    """What judging praise has to know, read once for all that arrives at the same moment.

    For ``agents``: whose names are colleagues', in three queries and one a site; and the rules, in one.
    """

    def __init__(self, agents: Iterable[Person | None], *, day: dt.date) -> None:
        self.day = day
        self.agents = {agent.pk for agent in agents if agent}
        self._names: dict[int, frozenset[str]] = {}

    @cached_property
    def rules(self) -> list[PraiseRule]:
        return praise_rules()

    def colleagues_of(self, agent: Person | None) -> frozenset[str]:
        """The names of ``agent`` and the first names of those at the same site."""
        if agent is None:
            return frozenset()
        site = self._tree.site_of(self._units.get(agent.pk))
        there = self._names_at(site.pk) if site else frozenset()
        return (there | {agent.given_name, agent.family_name}) - {""}

    @cached_property
    def _units(self) -> dict[int, int]:
        places = Membership.objects.on(self.day).filter(person__in=self.agents)
        return dict(places.values_list("person", "unit"))

    @cached_property
    def _tree(self) -> Tree:
        return Tree.on(self.day)

    def _names_at(self, site: int) -> frozenset[str]:
        if site not in self._names:
            there = Membership.objects.on(self.day).filter(unit__in=self._tree.unit_ids_at(site))
            names = there.values_list("person__given_name", flat=True).distinct()
            self._names[site] = frozenset(names)
        return self._names[site]


def colleagues_of(agent: Person | None, *, day: dt.date) -> frozenset[str]:
    """The names of ``agent`` and the first names of those at the same site. Three queries at most."""
    return AtHand([agent], day=day).colleagues_of(agent)


def praise_rules() -> list[PraiseRule]:
    """The rules in the order they are asked."""
    return list(PraiseRule.objects.order_by("position", "pk"))


def try_praise_rules(rules: Sequence[PraiseRule]) -> tuple[int, int]:
    """How many of the newest praise ``rules`` would let through, and of how many: at most 1 000."""
    newest = Praise.objects.order_by("-received_at", "-pk")
    rows = newest.values_list("received_at", "source", "text", "score", "agent")[:TRIED_MOST]
    past = [
        (at, Asked(source, text, score, agent)) for at, source, text, score, agent in reversed(rows)
    ]
    return count_kept(rules, past), len(past)


def own_praise(person: Person) -> dict[str, object]:
    """What customers said about ``person`` and nobody has passed on, without what looks personal to
    the customer; and what ``person`` decided about that of others.
    """
    mine = Praise.objects.filter(agent=person, approved_at__isnull=True).order_by("pk")
    handled = Praise.objects.filter(approved_by=person) | Praise.objects.filter(dismissed_by=person)
    return {
        "customer_praise": [
            {
                "id": one.key,
                "source": one.source,
                "at": one.received_at.isoformat(),
                "text": without_personal(one),
                "state": one.state,
            }
            for one in mine
        ],
        "customer_praise_handled": [
            {"id": one.key, "state": one.state, "at": at.isoformat() if at else None}
            for one in handled.order_by("pk")
            for at in [one.approved_at or one.dismissed_at]
        ],
    }
