"""Reading a roster file: who works when, or how many of a team do. Nothing here writes.

A row is a shift: employee number, day, from, to. Or a count: team, day, from, to, how many. Times
are those of the wall clock at the person's or team's site.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.files import FileRefused, Table, read_table, shortened
from engagement.people.models import folded
from engagement.people.roster import values
from engagement.people.roster.reasons import REASONS as ROSTER_REASONS
from engagement.people.roster.reasons import Problem
from engagement.people.roster.values import Unclear

MOST_HEADS = 5000

LABELS: dict[str, Promise] = {
    "number": _("employee number"),
    "employer": _("employer"),
    "unit": _("unit"),
    "day": _("day"),
    "starts": _("from"),
    "ends": _("to"),
    "heads": _("how many"),
}
# Case, accents, spaces and punctuation do not matter.
SYNONYMS = {
    "number": "employee number|employee no|employee nr|employee id|employeeid|emp no|emp id|"
    "staff number|personnel number|number|person|agent id|ansattnummer|ansattnr|ansatt nr|"
    "ansatt id|ansattid|medarbeidernummer|personalnummer|lønnsnummer|nummer|nr",
    "employer": "employer|company|arbeidsgiver|selskap|firma|bedrift",
    "unit": "unit|team|department|group|enhet|avdeling|lag|gruppe",
    "day": "day|date|shift date|dag|dato|vaktdato",
    "starts": "from|start|starts|start time|starts at|begins|fra|starter|starttid|fra kl|klokken fra",
    "ends": "to|end|ends|end time|ends at|until|til|slutt|slutter|sluttid|til kl|klokken til",
    "heads": "count|heads|head count|headcount|people|agents|how many|antall|hoder|personer|agenter|"
    "bemanning",
}
REASONS: dict[str, Promise] = ROSTER_REASONS | {
    "needs_number_or_count": _(
        "The file needs a column with employee numbers, or one with teams and one with how many."
    ),
    "needed": _("It is empty."),
    "not_a_time": _("Not a time that we understand. Write it as 08:00, or as 2026-11-27 08:00."),
    "not_a_count": _("Not a whole number from 0 to 5000."),
    "half_a_shift": _("A shift has a start and an end; a day off has neither."),
    "day_and_moment": _("The day stands here too, and it is another one."),
    "number_of_several": _("Several employers have this number. Add a column with the employer."),
    "unit_of_several": _("Several units have this name. Write it with those above: A > B."),
    "not_a_team": _("Only teams are counted: this unit has units below it."),
    "outside_period": _("It starts on a day outside the period that is sent."),
    "shift_ends_first": _("It ends before it starts."),
    "shift_too_long": _(
        "%(hours)s hours is more than a shift lasts (14). Have start and end changed places?"
    ),
    "shifts_overlap": _("It overlaps with the shift in row %(other)s."),
    "shift_overlaps_known": _("It overlaps with a shift that is known, of the day before or after."),
    "too_many_days": _(
        "The file reaches from %(first)s to %(last)s. At most %(most)s days fit; is a year mistyped?"
    ),
    "off_and_on": _("A day off and a shift on the same day: see row %(other)s."),
    "slot_uneven": _("Slots begin and end at :00, :15, :30 or :45."),
    "slot_too_long": _("A slot lasts at most 24 hours."),
    "slots_overlap": _("It overlaps with the slot in row %(other)s."),
}  # fmt: skip


def sentence(reason: str, facts: Mapping[str, Any] | None = None) -> str:
    """The sentence for ``reason`` in the language of the moment."""
    words = str(REASONS[reason])
    return words % dict(facts) if facts else words


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded(heading))


COLUMN_OF = {
    _plain(name): column for column, names in SYNONYMS.items() for name in names.split("|")
}


@dataclass(slots=True)
class Row:
    """One row as the file says; times are still without a time zone. A day off has none."""

    row: int
    number: str = ""
    employer: str = ""
    unit: tuple[str, ...] = ()
    day: dt.date | None = None
    starts: dt.datetime | dt.time | None = None
    ends: dt.datetime | dt.time | None = None
    heads: int | None = None


@dataclass(slots=True)
class Sheet:
    """A whole file, read."""

    is_counts: bool = False
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    @property
    def sound_rows(self) -> list[Row]:
        """The rows that nothing is wrong with."""
        wrong = {one.row for one in self.problems}
        return [one for one in self.rows if one.row not in wrong]


def clock(text: str) -> dt.datetime | dt.time:
    """``08:00``, ``8.00``, ``0800``, ``8``, the part of a day that spreadsheets keep, ``24:00``; or
    all of a moment, ``2026-11-27 08:00`` and ``27.11.2026 08:00``, with an offset where it has one."""
    tidy = text.strip()
    if found := re.fullmatch(r"(\d{4}-\d\d-\d\d|\d{1,2}[./]\d{1,2}[./]\d{4})[T ]+(\S+)", tidy):
        return _moment(*found.groups())
    if re.fullmatch(r"0?\.\d+", tidy):
        minutes = round(float(tidy) * 24 * 60)
        return dt.time(minutes // 60 % 24, minutes % 60)
    if found := re.fullmatch(r"(\d{1,2})(?:[:.](\d\d))?(?:[:.]\d\d)?|(\d\d)(\d\d)", tidy):
        hour, minute, plain_hour, plain_minute = found.groups()
        return _time(int(hour or plain_hour), int(minute or plain_minute or 0))
    raise Unclear("not_a_time")


def _time(hour: int, minute: int) -> dt.time:
    if (hour, minute) == (24, 0):
        return dt.time()
    if hour > 23 or minute > 59:
        raise Unclear("not_a_time")
    return dt.time(hour, minute)


def _moment(day: str, rest: str) -> dt.datetime:
    date = values.date(day)
    found = re.fullmatch(r"([\d:.]+?)(Z|[+-]\d\d:?\d\d)?", rest)
    time = clock(found[1]) if found else None
    if date is None or not found or not isinstance(time, dt.time):
        raise Unclear("not_a_time")
    offset = found[2]
    moment = dt.datetime.combine(date, time)
    if not offset:
        return moment
    try:
        return dt.datetime.fromisoformat(moment.isoformat() + offset)
    except ValueError:
        raise Unclear("not_a_time") from None


def _heads(text: str) -> int:
    tidy = re.sub(r"\.0+$", "", text.strip())
    if not (tidy.isascii() and tidy.isdecimal() and len(tidy) <= 4 and int(tidy) <= MOST_HEADS):
        raise Unclear("not_a_count")
    return int(tidy)


READERS: dict[str, Callable[[str], Any]] = {
    "number": values.number,
    "employer": lambda text: values.one_line(text, values.PLACE_LIMIT),
    "unit": values.path,
    "day": values.date,
    "starts": clock,
    "ends": clock,
    "heads": _heads,
}


def read_sheet(content: bytes) -> Sheet:
    """Every row of a CSV or XLSX and what is wrong with it; a file that cannot be read has one
    problem without a column."""
    try:
        table = read_table(content)
    except FileRefused as refused:
        problem = Problem(refused.row, "", "", refused.reason, dict(refused.facts))
        return Sheet(problems=[problem])
    sheet = Sheet()
    places = _places(table, sheet)
    if sheet.problems:
        return sheet
    for cell in table.problems:
        column = next((name for name, place in places.items() if place == cell.column), "")
        if column or cell.reason == "beyond_heading":
            sheet.problems.append(Problem(cell.row, column, cell.value, cell.reason))
    spoiled = {(one.row, one.column) for one in sheet.problems}
    for number, cells in table.rows:
        texts = {
            column: cells[place]
            for column, place in places.items()
            if (number, column) not in spoiled
        }
        sheet.rows.append(_read(number, texts, sheet))
    return sheet


def _places(table: Table, sheet: Sheet) -> dict[str, int]:
    """In which column stands what."""
    places: dict[str, int] = {}
    for index, title in enumerate(table.heading):
        column = COLUMN_OF.get(_plain(title))
        if column is None:
            sheet.ignored += [shortened(title)] if title else []
        elif column in places:
            first = shortened(table.heading[places[column]])
            sheet.problems.append(
                Problem(1, column, shortened(title), "heading_twice", {"first": first})
            )
        else:
            places[column] = index
    sheet.is_counts = "heads" in places and "number" not in places
    if not sheet.is_counts and "number" not in places:
        sheet.problems.append(Problem(None, "", "", "needs_number_or_count"))
    needed = ("unit", "starts", "ends") if sheet.is_counts else ("starts", "ends")
    sheet.problems += [
        Problem(1, column, "", "column_missing") for column in needed if column not in places
    ]
    return places


def _read(number: int, texts: Mapping[str, str], sheet: Sheet) -> Row:
    row, spoiled = Row(number), set()
    for column, text in texts.items():
        if not text.strip():
            continue
        try:
            setattr(row, column, READERS[column](text))
        except Unclear as unclear:
            spoiled.add(column)
            sheet.problems.append(
                Problem(number, column, shortened(text), unclear.reason, dict(unclear.facts))
            )
    if not spoiled:
        sheet.problems += _gaps(row, sheet.is_counts)
    return row


def _gaps(row: Row, is_counts: bool) -> list[Problem]:
    """What a row lacks, or says twice."""
    needed = {"unit": row.unit, "heads": row.heads} if is_counts else {"number": row.number}
    found = [
        Problem(row.row, name, "", "needed")
        for name, value in needed.items()
        if value in (None, "", ())
    ]
    if (row.starts is None) != (row.ends is None) or (is_counts and row.starts is None):
        name = "starts" if row.starts is None else "ends"
        found.append(Problem(row.row, name, "", "needed" if is_counts else "half_a_shift"))
    elif row.day is None and not isinstance(row.starts, dt.datetime):
        found.append(Problem(row.row, "day", "", "needed"))
    elif row.day and isinstance(row.starts, dt.datetime) and row.starts.date() != row.day:
        found.append(Problem(row.row, "starts", f"{row.starts:%Y-%m-%d}", "day_and_moment"))
    return found
