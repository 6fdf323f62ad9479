"""Lists of people as somebody pastes them: numbers, addresses, ids or names, one person a line."""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext as _

from engagement.keys import KeyMaker
from engagement.people.access import can_see_contact, is_key
from engagement.people.models import Person, PersonQuerySet, folded

MOST_LISTED = 5000
# As `Person.key` is made.
PERSON_KEYS = KeyMaker("p")
SHOWN = 60
NAMED = re.compile(r"<([^<>\s@]+@[^<>\s@]+)>")
# "(HR)", but not "(4711)".
ASIDE = re.compile(r"\([^()\d@]*\)")
EDGES = "<>\"'(),.:"


class Wrong(NamedTuple):
    """What nobody was found by: the line it stands on, counted from 1, and why."""

    line: int
    text: str
    why: str

    def __str__(self) -> str:
        return _("Line %(line)d, “%(text)s”: %(why)s") % {
            "line": self.line, "text": self.text, "why": self.why
        }  # fmt: skip


@dataclass(frozen=True)
class Listed:
    """What a list came to. ``left`` are the lines with something wrong on them, as they were written."""

    people: Sequence[Person] = ()
    wrong: Sequence[Wrong] = ()
    left: str = ""


@dataclass(frozen=True)
class Part:
    """What says who one person is: numbers, addresses and ids, and the words beside them."""

    line: int
    ids: tuple[str, ...] = ()
    words: str = ""
    # Columns of a sheet: one person, with dates and other numbers beside.
    is_row: bool = False
    # A name in a mail address says what it likes.
    has_address: bool = False
    # Of a row: each with something in it.
    columns: tuple[str, ...] = ()


@dataclass
class _Found:
    people: dict[int, None] = field(default_factory=dict)
    wrong: list[Wrong] = field(default_factory=list)


def read_list(text: str, *, among: PersonQuerySet, viewer: Person) -> Listed:
    """Those of ``among`` whom ``text`` names, each once, in its order. Three queries at most.

    A line names one person, or several with semicolons between; numbers, addresses and ids may also
    stand beside one another. A row of a sheet is one person, by the address in it before the numbers.
    Names are whole: first and last. Numbers and addresses are found within the employer of ``viewer``
    alone, ids and names beyond it too, so that no list of numbers tells who has them. What is nobody's
    and what is somebody's beyond ``among`` is wrong alike, so that a list tells nobody who works here.
    """
    lines = re.split(r"\r\n|\r|\n", text)
    parts, beyond = _parts(lines)
    if beyond:
        why = _("At most %(most)d people on a list.") % {"most": MOST_LISTED}
        return Listed(wrong=[Wrong(beyond.line, _shown(beyond), why)], left=text)
    by_id = _people_by_id({one for part in parts for one in part.ids}, among=among, viewer=viewer)
    is_named = any(not part.ids for part in parts)
    names = _Names(among.values_list("pk", "given_name", "family_name") if is_named else ())
    found = _Found()
    for part in parts:
        if part.is_row and part.ids:
            _find_row(part, by_id, found)
        elif part.ids:
            _find_by_id(part, by_id, found)
        else:
            _find_by_name(part, names, found)
    rows = {one.pk: one for one in among.filter(pk__in=found.people)} if found.people else {}
    left = {one.line for one in found.wrong}
    return Listed(
        [rows[pk] for pk in found.people if pk in rows],
        found.wrong,
        "\n".join(line for number, line in enumerate(lines, 1) if number in left),
    )


def find_listed(
    words: Sequence[str], *, among: PersonQuerySet, viewer: Person
) -> tuple[list[Person], list[str]]:
    """The same for programs, which say one number, address or id in each of ``words``: those of
    ``among``, and the words that nobody or several are found by. One query."""
    by_id = _people_by_id(set(words), among=among, viewer=viewer)
    found: dict[int, Person] = {}
    unknown = []
    for word in words:
        people = _called(word, by_id)
        if len(people) == 1:
            found[people[0].pk] = people[0]
        else:
            unknown.append(word)
    return list(found.values()), unknown


def written_list(people: Iterable[Person], *, viewer: Person) -> str:
    """A list that ``viewer`` reads as ``people``, one a line: an address where there is one, else the
    number; of people at another employer the id, as their addresses and numbers stay there."""
    return "\n".join(
        (one.email or one.employee_number) if can_see_contact(viewer, one) else one.key
        for one in people
    )


def parts_of(number: int, line: str) -> Iterator[Part]:
    """What the line ``number`` holds."""
    seen = "".join(
        c for c in line if c == "\t" or unicodedata.category(c) not in ("Cf", "Cc", "Cs")
    )
    is_row = "\t" in seen.strip()
    for piece in [seen] if is_row else seen.split(";"):
        has_address = NAMED.search(piece) is not None
        words = ASIDE.sub(" ", NAMED.sub(r" \1 ", piece))
        ids, beside = [], []
        for word in re.split(r"[\s,]+", words):
            bare = word.strip(EDGES)
            if _says_who(bare):
                ids.append(bare)
            elif bare:
                beside.append(bare)
        if ids or beside:
            written = " ".join(beside) if ids else " ".join(words.split())
            columns = [column for one in piece.split("\t") if (column := one.strip())]
            yield Part(
                number, tuple(dict.fromkeys(ids)), written, is_row, has_address,
                tuple(columns) if is_row else (),
            )  # fmt: skip


def _says_who(word: str) -> bool:
    return "@" in word or any(c.isdecimal() for c in word) or PERSON_KEYS.could_make(word)


def _people_by_id(
    ids: set[str], *, among: PersonQuerySet, viewer: Person
) -> dict[str, list[Person]]:
    if not ids:
        return {}
    lowered = {word.lower() for word in ids}
    keys = {word for word in ids if is_key(word)}
    people = among.annotate(address=Lower("email")).filter(
        Q(key__in=keys)
        | Q(employer=viewer.employer_id) & (Q(employee_number__in=ids) | Q(address__in=lowered))
    )
    found: dict[str, list[Person]] = defaultdict(list)
    for person in people:
        names = {person.key}
        if can_see_contact(viewer, person):
            names |= {person.employee_number, person.email.lower()}
        for name in names - {""}:
            found[name].append(person)
    return found


def _called(word: str, by_id: dict[str, list[Person]]) -> list[Person]:
    return by_id.get(word) or by_id.get(word.lower()) or []


def _parts(lines: Sequence[str]) -> tuple[list[Part], Part | None]:
    """The parts of all ``lines``, up to the first that is one too many, and that one."""
    parts: list[Part] = []
    count = 0
    for number, line in enumerate(lines, 1):
        for part in parts_of(number, line):
            # One comma may stand within a name.
            count += len(part.ids) or max(part.words.count(","), 1)
            if count > MOST_LISTED:
                return parts, part
            parts.append(part)
    return parts, None


def _shown(part: Part) -> str:
    return " ".join(filter(None, (*part.ids, part.words)))[:SHOWN]


def _find_row(part: Part, by_id: dict[str, list[Person]], found: _Found) -> None:
    meant = {one.pk for word in part.ids if "@" in word for one in _called(word, by_id)}
    meant = meant or {one.pk for word in part.ids for one in _called(word, by_id)}
    if len(meant) == 1:
        found.people.setdefault(meant.pop())
        return
    why = _("Nobody you can choose has this number or address.")
    if meant:
        why = _("Several people fit this row. Paste the column with the e-mail addresses alone.")
    found.wrong.append(Wrong(part.line, _shown(part), why))


def _find_by_id(part: Part, by_id: dict[str, list[Person]], found: _Found) -> None:
    """Those it gives, unless the words beside them are somebody else's name."""
    meant = {word: _called(word, by_id) for word in part.ids}
    alone = [people[0] for people in meant.values() if len(people) == 1]
    if alone and not part.has_address:
        names = {word for one in alone for word in words_of(one.name)}
        if not set(words_of(part.words)) <= names:
            why = _("The name does not belong to what stands beside it. One person a line.")
            found.wrong.append(Wrong(part.line, part.words[:SHOWN], why))
            return
    for word, people in meant.items():
        if len(people) == 1:
            found.people.setdefault(people[0].pk)
        elif people:
            why = _("Several people have it. Write the e-mail address.")
            found.wrong.append(Wrong(part.line, word[:SHOWN], why))
        else:
            why = _("Nobody you can choose has this number or address.")
            found.wrong.append(Wrong(part.line, word[:SHOWN], why))


class _Names:
    """Who is called what, by each word of their names."""

    def __init__(self, rows: Iterable[tuple[int, str, str]]) -> None:
        self.words: dict[int, set[str]] = {}
        self.people: dict[str, set[int]] = defaultdict(set)
        for pk, given, family in rows:
            self.words[pk] = set(words_of(f"{given} {family}"))
            for word in self.words[pk]:
                self.people[word].add(pk)

    def find(self, name: str) -> set[int]:
        """Those with all words of ``name``; with no others, if there is one such."""
        wanted = set(words_of(name))
        if not wanted:
            return set()
        fewest = sorted((self.people.get(word, set()) for word in wanted), key=len)
        found = set.intersection(*fewest)
        exact = {pk for pk in found if self.words[pk] == wanted}
        return exact if len(exact) == 1 else found


def _find_by_name(part: Part, names: _Names, found: _Found) -> None:
    # "Dahl, Ola" is one; "Ola Dahl, Kari Moe" are two.
    pieces = [part.words]
    if "," in part.words and not names.find(part.words):
        pieces = [piece for piece in part.words.split(",") if piece.strip()]
    for piece in pieces:
        people = names.find(piece)
        if len(set(words_of(piece))) < 2:
            why = _("Write first and last name, or the number.")
        elif len(people) == 1:
            found.people.setdefault(people.pop())
            continue
        elif people:
            why = _("Several people have this name. Write the number or the e-mail address.")
        else:
            why = _("Nobody you can choose has this name.")
        found.wrong.append(Wrong(part.line, piece.strip()[:SHOWN], why))


def words_of(name: str) -> list[str]:
    return re.split(r"[\s,]+", folded(name).strip(" ,")) if name.strip(" ,") else []
