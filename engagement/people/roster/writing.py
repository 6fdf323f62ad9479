"""The roster as it is now, as a file that the import reads: taken back in, it changes nothing."""

import datetime as dt
import io

import xlsxwriter
from django.utils.translation import gettext as _

from engagement.people.models import sortable
from engagement.people.roster.columns import LABELS
from engagement.people.roster.world import Known, World

# No roles: an empty cell changes none, and many are given on the person's page only.
COLUMNS = (
    "number", "given", "family", "email", "phone", "employer", "site", "unit", "title", "manager",
    "shift", "start", "end", "language",
)  # fmt: skip
SEPARATOR = " > "


def current_roster(world: World) -> bytes:
    """An XLSX workbook: a row for each person of the employers that ``world``'s importer may
    import for, those who start later too, leavers not."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet(_("Roster"))
    sheet.freeze_panes(1, 0)
    sheet.write_row(0, 0, [str(LABELS[column]) for column in COLUMNS], book.add_format({"bold": 1}))
    sheet.set_column(0, len(COLUMNS) - 1, 18)
    here = [
        one
        for one in world.people.values()
        if one.employer_id in world.allowed and not one.has_left_by(world.today)
    ]
    for row, known in enumerate(sorted(here, key=lambda one: sortable(one.name)), start=1):
        for column, text in enumerate(_cells(known, world)):
            sheet.write_string(row, column, text)
    book.close()
    return target.getvalue()


def _cells(known: Known, world: World) -> list[str]:
    place = world.place_of(known)
    unit_id = place.unit_id if place else None
    site = world.tree.site_of(unit_id)
    manager = world.people.get(known.manager_id) if known.manager_id else None
    patterns = {one.pk: one.key for one in world.patterns}
    employers = {one.pk: one.name for one in world.employers}
    return [
        known.number,
        known.given,
        known.family,
        known.email,
        known.phone,
        employers[known.employer_id],
        site.name if site else "",
        world.tree.path_name(unit_id, SEPARATOR),
        known.title,
        manager.number if manager else "",
        patterns.get(known.shift_id, "") if known.shift_id else "",
        known.started_on.isoformat(),
        (known.left_on - dt.timedelta(days=1)).isoformat() if known.left_on else "",
        known.language,
    ]
