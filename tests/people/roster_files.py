"""Roster files for tests: rows in, bytes out."""

import csv
import datetime as dt
import io
import random
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import openpyxl

HEADING = {
    "number": "Employee number",
    "name": "Name",
    "email": "E-mail",
    "phone": "Phone",
    "employer": "Employer",
    "site": "Site",
    "unit": "Unit path",
    "title": "Title",
    "manager": "Manager",
    "role": "Role",
    "shift": "Shift pattern",
    "start": "Start",
    "end": "End",
    "language": "Language",
}
USUAL = {"employer": "Fjordtel", "site": "Trondheim", "unit": "Kundeservice / Team Nordlys"}

Line = Mapping[str, Any]


def line(number: str, name: str, **facts: Any) -> dict[str, Any]:
    """One row; employer, site and unit are the usual ones unless given."""
    return {"number": number, "name": name, **USUAL, **facts}


def columns_of(lines: Sequence[Line]) -> list[str]:
    return [column for column in HEADING if any(column in one for one in lines)]


def as_csv(
    lines: Sequence[Line],
    *,
    delimiter: str = ";",
    encoding: str = "utf-8",
    heading: Mapping[str, str] = HEADING,
) -> bytes:
    columns = columns_of(lines)
    target = io.StringIO(newline="")
    writer = csv.writer(target, delimiter=delimiter)
    writer.writerow([heading[column] for column in columns])
    for one in lines:
        writer.writerow([one.get(column, "") for column in columns])
    return target.getvalue().encode(encoding)


def as_xlsx(lines: Sequence[Line], *, heading: Mapping[str, str] = HEADING) -> bytes:
    columns = columns_of(lines)
    rows = [[heading[c] for c in columns], *([one.get(c) for c in columns] for one in lines)]
    return xlsx_of(rows)


def xlsx_of(rows: Sequence[Sequence[Any]]) -> bytes:
    """Any cells at all in the first sheet."""
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append(list(row))
    target = io.BytesIO()
    workbook.save(target)
    return target.getvalue()


def xlsx_with(
    parts: Mapping[str, bytes], *, rows: Sequence[Sequence[Any]] = (("a",), ("b",))
) -> bytes:
    """A workbook some of whose parts are replaced or added."""
    target = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(xlsx_of(rows))) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as made,
    ):
        for name in source.namelist():
            if name not in parts:
                made.writestr(name, source.read(name))
        for name, part in parts.items():
            made.writestr(name, part)
    return target.getvalue()


GIVEN = ("Amina", "Bjørn", "Cecilie", "Dag", "Eva", "Frode", "Guro", "Håkon", "Ingrid", "Jonas",
         "Kari", "Lars", "Maja", "Nils", "Ola", "Pernille", "Rolf", "Siri", "Tore", "Åse")  # fmt: skip
FAMILY = ("Aas", "Berg", "Dahl", "Eide", "Foss", "Gran", "Hagen", "Iversen", "Johansen", "Knutsen",
          "Lie", "Moen", "Nygård", "Olsen", "Pedersen", "Rønning", "Solberg", "Tangen")  # fmt: skip
SITES = ("Fornebu", "Trondheim", "Bergen", "Tromsø")


def organisation(count: int, *, seed: int = 1, team_size: int = 11) -> list[dict[str, Any]]:
    """``count`` people at four sites, each team led by its first, who reports to the first of all."""
    chance = random.Random(seed)
    lines = []
    for index in range(count):
        team, place = divmod(index, team_size)
        site = SITES[team % len(SITES)]
        name = f"{chance.choice(GIVEN)} {chance.choice(FAMILY)}"
        started = dt.date(2010, 1, 1) + dt.timedelta(days=chance.randrange(5000))
        manager = "" if index == 0 else "10000" if place == 0 else str(10000 + team * team_size)
        lines.append(
            line(
                str(10000 + index),
                name,
                email=f"p{10000 + index}@fjordtel.example" if chance.random() < 0.7 else "",
                phone=f"+47 {chance.randrange(40000000, 99999999)}",
                site=site,
                unit=f"Kundeservice / {site} / Team {team + 1}",
                title="Teamleder" if place == 0 else "Kunderådgiver",
                manager=manager,
                role="lead" if place == 0 else "member",
                start=started.isoformat(),
                language="nb",
            )
        )
    return lines
