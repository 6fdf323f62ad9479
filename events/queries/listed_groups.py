"""Whom the lines of pasted lists name, one list for each mixed group, and why a line names nobody."""

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import Enum

from engagement.people.lists import Part, parts_of, words_of
from engagement.people.models import Membership, Person, folded
from engagement.people.queries import placed_people
from engagement.text import clean_line
from events.access.planning import Reach

# How long ago somebody may have left for a list to say so.
LEFT_LATELY = dt.timedelta(days=366)
# A number, a name and the longest address; nobody's name is longer.
LONGEST_LINE = 800
LINES = re.compile(r"\r\n|\r|\n")


class Wrong(Enum):
    """Why a line puts nobody into its group."""

    UNKNOWN = "unknown"
    SEVERAL = "several"
    TOGETHER = "together"
    MISNAMED = "misnamed"
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


def read_lists(
    lists: Sequence[str], *, reach: Reach, viewer: Person, day: dt.date
) -> list[list[Line]]:
    """One `Line` for each line of each list that is not empty, in their order.

    A line names one person of ``reach`` employed on ``day``: by number, e-mail (also beside a name),
    id or whole name, alone or as a column among others; all of it must be the same person's. Numbers
    and addresses are found within the employer of ``viewer`` alone, and beyond ``reach`` only names.
    Whoever stands a second time is left out with the reason. At most four queries.
    """
    texts = [_lines_of(text) for text in lists]
    book = _Book(reach=reach, employer=viewer.employer_id)
    if any(texts):
        book.add(placed_people(day).values_list(*FACTS, "unit_id"))
    leavers = _Leavers(reach=reach, employer=viewer.employer_id, day=day)
    found = [[_found(number, text, book, leavers) for number, text in lines] for lines in texts]
    people = Person.objects.in_bulk(
        [what for lines in found for _n, _t, what in lines if isinstance(what, int)]
    )
    seen: dict[int, tuple[int, int]] = {}
    return [
        [_line(which, number, text, what, people, seen) for number, text, what in lines]
        for which, lines in enumerate(found)
    ]


FACTS = ("pk", "employee_number", "email", "key", "given_name", "family_name", "employer_id")
Row = tuple[int, str, str, str, str, str, int, int | None]


def count_lines(text: str) -> int:
    """How many lines of ``text`` are not empty, before any is read."""
    return sum(1 for line in LINES.split(text) if line.strip())


def _lines_of(text: str) -> list[tuple[int, str]]:
    """As they were typed: what is cleaned has no columns any more."""
    return [(number, line) for number, line in enumerate(LINES.split(text), 1) if clean_line(line)]


@dataclass
class _Book:
    """Who is found by what: ids of those within ``reach``, numbers and addresses of those of them at
    ``employer``, and the names of everybody, which may be of several."""

    reach: Reach
    employer: int
    ids: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    names: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    words: dict[int, set[str]] = field(default_factory=dict)

    def add(self, rows: Iterable[Row]) -> None:
        for pk, number, email, key, given, family, employer, unit in rows:
            self.names[folded(f"{given} {family}".strip())].add(pk)
            if family:
                self.names[folded(f"{family}, {given}")].add(pk)
            if self.reach.is_everywhere or unit in self.reach.units:
                self.words[pk] = set(words_of(f"{given} {family}"))
                own = {number, email.lower()} if employer == self.employer else set()
                for one in ({key} | own) - {""}:
                    self.ids[one].add(pk)

    def by_id(self, word: str) -> set[int]:
        return self.ids.get(word) or self.ids.get(word.lower()) or set()

    def by_name(self, name: str) -> set[int]:
        return self.names.get(folded(name.strip(" ,")), set())

    def read(self, text: str) -> int | Wrong:
        """The one person whom a line names, or why it names none."""
        if named := self.by_name(clean_line(text)):
            return self._one(named)
        found = [self._read_part(part) for part in parts_of(1, text)]
        people = {one for one in found if isinstance(one, int)}
        wrong = next((one for one in found if isinstance(one, Wrong)), None)
        if len(people) > 1:
            return Wrong.TOGETHER
        return wrong or (people.pop() if people else Wrong.UNKNOWN)

    def _read_part(self, part: Part) -> int | Wrong:
        if not part.ids:
            return self._read_names(part)
        each = [self.by_id(word) for word in part.ids]
        people = set[int]().union(*each)
        if part.is_row:
            # Dates and other numbers stand beside, but an address is meant.
            of_address = [self.by_id(word) for word in part.ids if "@" in word]
            people = set[int]().union(*of_address) or people
        elif not all(each):
            return Wrong.UNKNOWN
        if len(people) != 1:
            return Wrong.TOGETHER if people else Wrong.UNKNOWN
        [pk] = people
        if not part.has_address and not self._may_stand_beside(part, pk):
            return Wrong.MISNAMED
        return pk

    def _may_stand_beside(self, part: Part, pk: int) -> bool:
        """Whether what stands beside a number is its owner's name; in a row of a sheet: nobody else's."""
        if not part.is_row:
            return set(words_of(part.words)) <= self.words[pk]
        whole = [column for column in part.columns if len(words_of(column)) > 1]
        named = set[int]().union(*map(self.by_name, whole))
        return not named or pk in named

    def _read_names(self, part: Part) -> int | Wrong:
        if named := self.by_name(part.words):
            return self._one(named)
        pieces = part.columns if part.is_row else part.words.split(",")
        found = [self.by_name(piece) for piece in pieces if piece.strip()]
        named = set[int]().union(*found)
        if not named or not (part.is_row or all(found)):
            return Wrong.UNKNOWN
        return self._one(named) if sum(map(bool, found)) == 1 else Wrong.TOGETHER

    def _one(self, named: set[int]) -> int | Wrong:
        near = [pk for pk in named if pk in self.words]
        if len(near) == 1:
            return near[0]
        return Wrong.SEVERAL if near else Wrong.OUTSIDE


def _found(
    number: int, text: str, book: _Book, leavers: "_Leavers"
) -> tuple[int, str, int | Wrong]:
    told = clean_line(text)
    if len(text) > LONGEST_LINE:
        return number, told, Wrong.UNKNOWN
    what = book.read(text)
    if what == Wrong.UNKNOWN and leavers.has(text):
        what = Wrong.LEFT
    return number, told, what


class _Leavers:
    """Those who have left ``reach`` within a year; read only once a line names nobody. Of others who
    have left a list tells nothing."""

    def __init__(self, *, reach: Reach, employer: int, day: dt.date) -> None:
        self.reach, self.employer, self.day = reach, employer, day
        self.book: _Book | None = None

    def has(self, text: str) -> bool:
        if self.book is None:
            self.book = self._read()
        what = self.book.read(text)
        return isinstance(what, int) or what == Wrong.SEVERAL

    def _read(self) -> _Book:
        left = Person.objects.filter(left_on__lte=self.day, left_on__gt=self.day - LEFT_LATELY)
        last = Membership.objects.filter(person__in=left).order_by("from_on")
        units = dict(last.values_list("person", "unit"))
        book = _Book(reach=self.reach, employer=self.employer)
        book.add((*row, units.get(row[0])) for row in left.values_list(*FACTS))
        return book


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
