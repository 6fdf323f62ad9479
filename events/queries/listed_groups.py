"""Whom the lines of pasted lists name, one list for each mixed group, and why a line names nobody."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

from engagement.people.lists import EDGES, NAMED
from engagement.people.models import Membership, Person, folded
from engagement.people.queries import placed_people
from engagement.text import clean_line
from events.access.planning import Reach

# How long ago somebody may have left for a list to say so.
LEFT_LATELY = dt.timedelta(days=366)
COLUMNS = re.compile(r"[,;\t]")


class Wrong(Enum):
    """Why a line puts nobody into its group."""

    UNKNOWN = "unknown"
    SEVERAL = "several"
    OUTSIDE = "outside"
    LEFT = "left"
    TWICE = "twice"
    ELSEWHERE = "elsewhere"


@dataclass(frozen=True)
class Line:
    """``number`` from 1 as one counts them in the field, empty ones too. ``other`` is the line or, for
    somebody in two groups, the list (from 0) where the same person stood first."""

    number: int
    text: str
    person: Person | None = None
    wrong: Wrong | None = None
    other: int = 0


@dataclass(frozen=True)
class _Known:
    pk: int
    unit: int | None


def read_lists(lists: Sequence[str], *, reach: Reach, day: dt.date) -> list[list[Line]]:
    """One `Line` for each line of each list that is not empty, in their order.

    A line names one person of ``reach`` employed on ``day``: by number, e-mail (also beside a name),
    id or whole name, alone or as a column among others. Whoever stands a second time is left out with
    the reason. At most four queries.
    """
    texts = [_lines_of(text) for text in lists]
    book = _book(placed_people(day).values_list(*FACTS, "unit_id"))
    leavers = _Leavers(reach=reach, day=day)
    found = [
        [_found(number, text, book, leavers, reach=reach) for number, text in lines]
        for lines in texts
    ]
    people = Person.objects.in_bulk(
        [line for lines in found for _n, _t, line in lines if isinstance(line, int)]
    )
    seen: dict[int, tuple[int, int]] = {}
    return [
        [_line(which, number, text, what, people, seen) for number, text, what in lines]
        for which, lines in enumerate(found)
    ]


FACTS = ("pk", "employee_number", "email", "key", "given_name", "family_name")
Book = dict[str, list[_Known]]


def _lines_of(text: str) -> list[tuple[int, str]]:
    """As they were typed: what is cleaned has no columns any more."""
    lines = re.split(r"\r\n|\r|\n", text)
    return [(number, line) for number, line in enumerate(lines, 1) if clean_line(line)]


def _book(rows: Iterable[tuple[int, str, str, str, str, str, int | None]]) -> Book:
    """Everybody by each name that a line may give; a name may be of several."""
    book: Book = defaultdict(list)
    for pk, number, email, key, given, family, unit in rows:
        names = {number, email.lower(), key, folded(f"{given} {family}".strip())}
        if family:
            names.add(folded(f"{family}, {given}"))
        for name in names - {""}:
            book[name].append(_Known(pk, unit))
    return book


def _words(text: str) -> Iterator[str]:
    """What may be somebody's name in a line, the surest first."""
    yield from (address.lower() for address in NAMED.findall(text))
    columns = [clean_line(part).strip(EDGES) for part in COLUMNS.split(text)]
    yield from (word.lower() for part in columns for word in part.split() if "@" in word)
    yield from columns
    yield folded(clean_line(text))
    yield from (folded(part) for part in columns)


def _found(
    number: int, text: str, book: Book, leavers: "_Leavers", *, reach: Reach
) -> tuple[int, str, int | Wrong]:
    told = clean_line(text)
    for word in filter(None, _words(text)):
        if named := book.get(word):
            near = [one for one in named if reach.is_everywhere or one.unit in reach.units]
            if len(near) == 1:
                return number, told, near[0].pk
            return number, told, Wrong.SEVERAL if near else Wrong.OUTSIDE
    return number, told, Wrong.LEFT if leavers.has(filter(None, _words(text))) else Wrong.UNKNOWN


class _Leavers:
    """Those who have left ``reach`` within a year; read only once a line names nobody. Of others who
    have left a list tells nothing."""

    def __init__(self, *, reach: Reach, day: dt.date) -> None:
        self.reach, self.day = reach, day
        self.book: Book | None = None

    def has(self, words: Iterable[str]) -> bool:
        if self.book is None:
            self.book = self._read()
        named = next((found for word in words if (found := self.book.get(word))), [])
        return any(self.reach.is_everywhere or one.unit in self.reach.units for one in named)

    def _read(self) -> Book:
        left = Person.objects.filter(left_on__lte=self.day, left_on__gt=self.day - LEFT_LATELY)
        last = Membership.objects.filter(person__in=left).order_by("from_on")
        units = dict(last.values_list("person", "unit"))
        rows = left.values_list(*FACTS)
        return _book((*row, units.get(row[0])) for row in rows)


def _line(
    which: int, number: int, text: str, what: int | Wrong, people: dict[int, Person],
    seen: dict[int, tuple[int, int]],
) -> Line:  # fmt: skip
    if isinstance(what, Wrong):
        return Line(number, text, wrong=what)
    person = people[what]
    if what not in seen:
        seen[what] = (which, number)
        return Line(number, text, person)
    where, first = seen[what]
    if where == which:
        return Line(number, text, person, Wrong.TWICE, first)
    return Line(number, text, person, Wrong.ELSEWHERE, where)
