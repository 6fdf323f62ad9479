"""Why a roster, or a cell of it, cannot be taken: kept as a key, said in the reader's language."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(slots=True)
class Problem:
    """Something about one cell. ``row`` as a spreadsheet counts; None means the file as a whole."""

    row: int | None
    column: str
    value: str
    reason: str
    facts: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "reason": self.reason,
            "facts": self.facts,
        }


REASONS: dict[str, Promise] = {
    # the file
    "file_too_large": _("The file is larger than %(most)s MB. Send it in parts, one per employer."),
    "file_empty": _("The file is empty. Export the roster again and try once more."),
    "only_heading": _("The file has a heading but no rows."),
    "file_encrypted": _("The file has a password. Save it without one and try again."),
    "file_old_excel": _(
        "This is an Excel format that we do not read. Save it as .xlsx or .csv and try again."
    ),
    "not_a_table": _("This is neither a CSV nor an XLSX file, whatever its name says."),
    "damaged_workbook": _(
        "The workbook is damaged. Open it in Excel, save it as a new .xlsx and try again."
    ),
    "unsafe_workbook": _(
        "The workbook contains declarations that no spreadsheet needs, so it was not opened. "
        "Save it again as .xlsx from Excel."
    ),
    "unpacks_too_large": _(
        "The workbook unpacks to far more than a roster can be, so it was not opened. "
        "Save it as .csv and try again."
    ),
    "too_many_rows": _(
        "There are more than %(most)s rows. Send the file in parts, one per employer."
    ),
    "too_many_columns": _(
        "There are more than %(most)s columns. Remove those that are not needed."
    ),
    "unknown_encoding": _("The text cannot be read. Save the file as “CSV UTF-8” and try again."),
    "broken_quotes": _(
        "A quotation mark is not closed, or stands where none can. Put it right from here on."
    ),
    "heading_too_long": _("The first row is not a heading: a cell in it is very long."),
    "reading_failed": _(
        "The file could not be read, and we do not know why. Nothing was changed. "
        "Try it as .csv, or ask whoever runs Vaffel to look in the log."
    ),
    "applying_failed": _(
        "The import could not be carried out, and we do not know why. Nothing was changed. "
        "Send the file again, or ask whoever runs Vaffel to look in the log."
    ),
    "uploader_gone": _("The person who sent this file may no longer import rosters."),
    # the heading
    "column_missing": _("There is no such column. Add it, or name it as in the sample file."),
    "heading_twice": _("Two columns mean the same: this one and “%(first)s”. Remove one of them."),
    "beyond_heading": _("There are more cells than headings. Often a separator too many."),
    # any cell
    "cell_too_long": _(
        "More than 500 characters. Shorten it; perhaps a quotation mark is missing."
    ),
    "value_too_long": _("More than %(most)s characters. Shorten it."),
    "control_character": _("It contains a control character. Type the text again."),
    "turning_character": _(
        "It contains a mark that turns the reading direction, which can make one name look like "
        "another. Type the text again."
    ),
    "stacked_accents": _("It contains accents stacked on one another. Type the text again."),
    "formula_without_value": _(
        "A formula without a result. Open the file in Excel, save it, and send it again."
    ),
    "required": _("It is empty. Every person needs it."),
    # kinds of values
    "not_a_date": _("Not a date that we understand. Write it as 2026-11-23 or 23.11.2026."),
    "date_out_of_range": _("A year outside 1940 to 2100."),
    "not_an_email": _("Not an e-mail address. Leave it empty for people without one."),
    "not_a_phone": _("Not a phone number. Use digits, spaces and a leading +."),
    "not_a_language": _("Not a language that Vaffel speaks. Write nb or en."),
    "not_a_role": _("Not a role. Use one of: %(known)s."),
    "not_a_shift": _("No such shift pattern. Use one of: %(known)s."),
    "not_a_name": _("A name needs at least one letter."),
    "not_a_number": _("An employee number is letters, digits and .-_/ only, at most 40."),
    "path_too_deep": _("More than %(most)s levels. Leave out some from the top or in between."),
    "ends_before_start": _("The last day is before the first, %(start)s."),
    # in the file as a whole
    "number_twice": _("The same employee number stands in row %(other)s. One row per person."),
    "email_twice": _("The same e-mail address stands in row %(other)s. It belongs to one person."),
    "unit_two_sites": _("%(unit)s is at %(site)s in row %(other)s. A unit is at one site."),
    # compared with who is here
    "email_taken": _("Somebody else has this e-mail address."),
    "email_taken_by": _("%(name)s (%(number)s) has this e-mail address."),
    "employer_not_yours": _(
        "You may import people of %(yours)s. Ask HR of the whole organisation for the rest."
    ),
    "employer_new_not_yours": _("There is no employer by that name that you may import people of."),
    "site_unknown_to_you": _(
        "There is no site by that name, and only HR of the whole organisation opens one."
    ),
    "site_closed": _("%(site)s closed on %(day)s. Write where these people work now."),
    "unit_closed": _("%(unit)s closed on %(day)s. Write which unit these people belong to now."),
    "unit_elsewhere": _(
        "%(unit)s is at %(site)s. Correct the site, or move the unit on its own page first."
    ),
    "unit_not_yours": _("%(unit)s belongs to another employer."),
    "unit_headcount": _(
        "%(unit)s is only a head count in the tree. Nobody can belong to it or stand below it."
    ),
    "move_planned": _(
        "They move to %(unit)s on %(day)s already. Write that unit or the one they are in now."
    ),
    "unit_missing": _("It is empty. Somebody new needs a unit."),
    "manager_unknown": _("Nobody has this employee number, neither here nor in the file."),
    "manager_gone": _(
        "This manager has left, or leaves with this file. Name somebody else, or add their row."
    ),
    "manager_of_several": _(
        "Several employers have somebody with this number. Write it out first."
    ),
    "manager_self": _("Nobody is their own manager."),
    "manager_circle": _("They manage one another in a circle: %(circle)s."),
    "role_not_yours_to_give": _("You may not give this role. Ask an administrator."),
    "role_needs_site": _("A site manager needs a site."),
    "own_removal": _(
        "This is you. Nobody signs their own removal: ask another administrator to import the file."
    ),
    "own_absence": _(
        "No row has your employee number, %(number)s, and nobody signs their own removal. Correct "
        "the number in the file or on your own page, %(name)s, add a row for yourself, or ask "
        "another administrator to import it."
    ),
    # warnings: nothing stops, but somebody should look
    "did_you_mean": _("It is new. Did you mean %(near)s?"),
    "zeros_lost": _("New, while %(other)s would leave. Did the spreadsheet eat leading zeros?"),
    "email_released": _("The address is taken over from %(number)s, who has left."),
    "manager_leaves": _("Their manager leaves with this import."),
    "already_left": _("Their last day has passed and they were never here, so they are left out."),
}


def sentence(reason: str, facts: Mapping[str, Any] | None = None) -> str:
    """The sentence for ``reason`` in the language of the moment."""
    words = str(REASONS[reason])
    return words % dict(facts) if facts else words
