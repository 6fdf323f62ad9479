"""An import in words: the summary sentence, the sections of a preview, the list of errors."""

import csv
import datetime as dt
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from engagement.people.models import RoleAssignment
from engagement.people.roster.columns import LABELS
from engagement.people.roster.reasons import sentence

TITLES: dict[str, Promise] = {
    "places": gettext_lazy("New places"),
    "leaving": gettext_lazy("Leaving"),
    "new": gettext_lazy("New"),
    "returning": gettext_lazy("Coming back"),
    "moved": gettext_lazy("Moving"),
    "changed": gettext_lazy("Changed"),
    "roles": gettext_lazy("Roles"),
}


def summary_sentence(summary: Mapping[str, int]) -> str:
    """ "12 new, 3 moved, 1 leaving": only what there is; "Nothing to do" for nothing."""
    count = {**dict.fromkeys(("new", "returning", "moved", "changed", "leaving", "roles"), 0)}
    count |= summary
    words = [
        ngettext("%d new", "%d new", count["new"]) % count["new"],
        ngettext("%d coming back", "%d coming back", count["returning"]) % count["returning"],
        ngettext("%d moved", "%d moved", count["moved"]) % count["moved"],
        ngettext("%d changed", "%d changed", count["changed"]) % count["changed"],
        ngettext("%d leaving", "%d leaving", count["leaving"]) % count["leaving"],
        ngettext("%d role change", "%d role changes", count["roles"]) % count["roles"],
    ]
    kinds = ("new", "returning", "moved", "changed", "leaving", "roles")
    said = [word for kind, word in zip(kinds, words, strict=True) if count[kind]]
    places = sum(summary.get(kind, 0) for kind in ("employers", "sites", "units"))
    if places:
        said.append(ngettext("%d new place", "%d new places", places) % places)
    return ", ".join(said) or _("Nothing to do")


def unchanged_sentence(summary: Mapping[str, int]) -> str:
    """How many rows say what is known already."""
    count = summary.get("unchanged", 0)
    return ngettext("%d unchanged", "%d unchanged", count) % count


@dataclass(slots=True)
class Entry:
    """One line of a section: who, a quiet line below, and what happens."""

    name: str
    detail: str = ""
    facts: list[tuple[str, str, str]] | None = None
    text: str = ""


@dataclass(slots=True)
class Section:
    key: str
    title: str
    count: int
    entries: list[Entry]

    @property
    def more(self) -> int:
        return self.count - len(self.entries)


def sections(
    differences: Mapping[str, Any], *, most: int, only: str = "", start: int = 0
) -> list[Section]:
    """The sections that hold something, each with ``most`` entries from ``start`` on."""
    found = []
    for key, title in TITLES.items():
        rows = _places(differences) if key == "places" else differences.get(key, [])
        if rows and (not only or only == key):
            entries = [_entry(key, row) for row in rows[start : start + most]]
            found.append(Section(key, str(title), len(rows), entries))
    return found


def _places(differences: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for kind in ("employers", "sites", "units", "units_with_site"):
        rows += [{"kind": kind, **row} for row in differences.get(kind, [])]
    return rows


def _entry(key: str, row: Mapping[str, Any]) -> Entry:
    if key == "places":
        return _place_entry(row)
    detail = " · ".join(part for part in (row["number"], row["employer"]) if part)
    entry = Entry(row["name"], detail)
    if key == "new":
        entry.text = row["unit"]
        first_day = _("from %(day)s") % {"day": shown_value("start", row["start"])}
        entry.detail = " · ".join(part for part in (detail, row["title"], first_day) if part)
    elif key == "moved":
        entry.facts = [("", row["before"], row["after"])]
    elif key == "changed":
        entry.facts = [
            (
                str(LABELS[one["column"]]),
                shown_value(one["column"], one["old"]),
                shown_value(one["column"], one["new"]),
            )
            for one in row["fields"]
        ]
    elif key == "leaving":
        why = _("not in the file") if row["absent"] else _("last day has passed")
        entry.detail = " · ".join(part for part in (detail, row["unit"]) if part)
        entry.text = why
    elif key == "returning":
        entry.text = row["unit"]
    elif key == "roles":
        entry.facts = [
            (role_name(role), "", scope or _("the whole organisation"))
            for role, scope in row["given"]
        ]
        entry.facts += [(role_name(role), _("held until now"), "") for role in row["ended"]]
    return entry


def _place_entry(row: Mapping[str, Any]) -> Entry:
    if row["kind"] == "employers":
        partner = _("employer, partner") if row["is_partner"] else _("employer")
        return Entry(row["name"], partner)
    if row["kind"] == "sites":
        return Entry(row["name"], _("site"))
    where = " · ".join(part for part in (row["employer"], row["site"]) if part)
    if row["kind"] == "units_with_site":
        return Entry(row["path"], where, text=_("gets its site"))
    return Entry(row["path"], _("unit") + (f" · {where}" if where else ""))


def role_name(role: str) -> str:
    return str(RoleAssignment.Role(role).label)


def shown_value(column: str, value: str) -> str:
    """A value as its reader writes it: dates by language."""
    if column in {"start", "end"} and value:
        try:
            return date_format(dt.date.fromisoformat(value), "DATE_FORMAT")
        except ValueError:
            return value
    return value


@dataclass(slots=True)
class ShownProblem:
    row: int | None
    column: str
    value: str
    text: str


def problems(rows: Iterable[Mapping[str, Any]]) -> list[ShownProblem]:
    """Errors or warnings in the language of the moment."""
    return [
        ShownProblem(
            one["row"],
            str(LABELS.get(one["column"], one["column"])),
            shown_value(one["column"], one["value"]),
            sentence(
                one["reason"],
                {
                    name: shown_value("start", fact) if name in {"day", "start"} else fact
                    for name, fact in one["facts"].items()
                },
            ),
        )
        for one in rows
    ]


def problems_csv(shown: Iterable[ShownProblem]) -> bytes:
    """The errors for a spreadsheet: nothing in it is read as a formula."""
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=";")
    writer.writerow([_("Row"), _("Column"), _("Value"), _("What is wrong")])
    for one in shown:
        writer.writerow(
            [one.row or "", *(_plain_cell(c) for c in (one.column, one.value, one.text))]
        )
    return target.getvalue().encode("utf-8-sig")


def _plain_cell(text: str) -> str:
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
