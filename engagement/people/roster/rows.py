"""From a table of texts to rows with meaning, and everything that is wrong with them."""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from engagement.files import Table, shortened
from engagement.people.roster import values
from engagement.people.roster.columns import Heading, read_heading
from engagement.people.roster.reasons import Problem

PROGRESS_EVERY = 250


@dataclass(slots=True)
class Row:
    """One person as the file says. ``has`` names the columns that the file holds at all.

    What a cell leaves empty is "", None or an empty path; what has no column is not in ``has``.
    """

    row: int
    has: frozenset[str]
    number: str = ""
    given: str = ""
    family: str = ""
    whole: str = ""
    email: str = ""
    phone: str = ""
    employer: str = ""
    site: str = ""
    unit: tuple[str, ...] = ()
    title: str = ""
    manager: str = ""
    roles: frozenset[str] | None = None
    shift: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    language: str = ""


Reader = Callable[[str], Any]
READERS: dict[str, Reader] = {
    "number": values.number,
    "given": values.name,
    "family": lambda text: values.one_line(text, values.NAME_LIMIT),
    "email": values.email,
    "phone": values.phone,
    "employer": lambda text: values.one_line(text, values.PLACE_LIMIT),
    "site": lambda text: values.one_line(text, values.PLACE_LIMIT),
    "unit": values.path,
    "title": lambda text: values.one_line(text, values.TITLE_LIMIT),
    "manager": values.number,
    "role": values.roles,
    "shift": lambda text: values.one_line(text, values.PLACE_LIMIT),
    "start": values.date,
    "end": values.date,
    "language": values.language,
}
REQUIRED = ("number", "name", "given")
FIELD_OF = {"role": "roles"}


@dataclass(slots=True)
class Roster:
    """A whole file, read."""

    heading: Heading
    rows: list[Row]
    problems: list[Problem]


def read_rows(table: Table, *, progress: Callable[[int], None] = lambda rows: None) -> Roster:
    """Reads every row. ``progress`` is told now and then how many are done."""
    heading, problems = read_heading(table.heading)
    for cell in table.problems:
        column = heading.column_at(cell.column)
        # What stands in a column nobody reads cannot do harm.
        if column in heading.place or cell.reason == "beyond_heading":
            problems.append(Problem(cell.row, column, cell.value, cell.reason))
    spoiled = {(problem.row, problem.column) for problem in problems}
    roster = Roster(heading, [], problems)
    has = frozenset(heading.place)
    for done, (number, cells) in enumerate(table.rows, start=1):
        texts = {column: cells[index] for column, index in heading.place.items()}
        roster.rows.append(_read(number, texts, has, spoiled, problems))
        if done % PROGRESS_EVERY == 0:
            progress(done)
    return roster


def _read(
    number: int,
    texts: Mapping[str, str],
    has: frozenset[str],
    spoiled: set[tuple[int | None, str]],
    problems: list[Problem],
) -> Row:
    row = Row(number, has)
    for column, text in texts.items():
        if (number, column) in spoiled:
            continue
        if not text.strip():
            if column in REQUIRED:
                problems.append(Problem(number, column, "", "required"))
            continue
        try:
            if column == "name":
                row.given, row.family = values.whole_name(text)
                row.whole = f"{row.given} {row.family}".strip()
            else:
                setattr(row, FIELD_OF.get(column, column), READERS[column](text))
        except values.Unclear as unclear:
            problems.append(
                Problem(number, column, shortened(text), unclear.reason, dict(unclear.facts))
            )
    if row.start and row.end and row.end < row.start:
        facts = {"start": row.start.isoformat()}
        problems.append(Problem(number, "end", row.end.isoformat(), "ends_before_start", facts))
    return row
