"""The columns of a roster, and the many names they go by."""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.files import shortened
from engagement.people.models import folded
from engagement.people.roster.reasons import Problem

LABELS: dict[str, Promise] = {
    "number": _("employee number"),
    "name": _("name"),
    "given": _("first name"),
    "family": _("last name"),
    "email": _("e-mail"),
    "phone": _("phone"),
    "employer": _("employer"),
    "site": _("site"),
    "unit": _("unit"),
    "title": _("title"),
    "manager": _("manager"),
    "role": _("role"),
    "shift": _("shift pattern"),
    "start": _("start"),
    "end": _("end"),
    "language": _("language"),
}

# As people and payroll systems write them; case, accents, spaces and punctuation do not matter.
SYNONYMS: dict[str, str] = {
    "number": "employee number|employee no|employee nr|employee id|employeeid|emp no|emp id|"
    "staff number|personnel number|number|ansattnummer|ansattnr|ansatt nr|ansatt id|ansattid|"
    "medarbeidernummer|medarbeidernr|personalnummer|arbeidstakernummer|lønnsnummer|nummer|nr",
    "name": "name|full name|display name|employee name|navn|fullt navn|ansattnavn|visningsnavn",
    "given": "given name|first name|firstname|givenname|forename|fornavn",
    "family": "family name|last name|lastname|surname|etternavn",
    "email": "email|e-mail|e-mail address|email address|mail|work email|work e-mail|epost|e-post|"
    "epostadresse|e-postadresse|jobbepost|jobb e-post",
    "phone": "phone|phone number|telephone|mobile|mobile phone|cell|tel|telefon|telefonnummer|"
    "mobil|mobilnummer|mobiltelefon|tlf",
    "employer": "employer|company|legal entity|legal employer|arbeidsgiver|selskap|firma|bedrift",
    "site": "site|location|office|work site|place|sted|lokasjon|arbeidssted|kontor|kontorsted",
    "unit": "unit|unit path|org unit|organisation unit|organization unit|organisational unit|"
    "department|team|enhet|enhetssti|organisasjonsenhet|org enhet|avdeling|avdelingssti",
    "title": "title|job title|position|stilling|stillingstittel|tittel|stillingsbetegnelse",
    "manager": "manager|manager number|manager employee number|manager id|managers number|"
    "supervisor|reports to|leder|nærmeste leder|leder nr|leder ansattnummer|leder ansattnr|"
    "leders ansattnummer|lederens ansattnummer|ledernummer|lederid",
    "role": "role|roles|rolle|roller",
    "shift": "shift|shift pattern|usual shift|pattern|skift|skiftmønster|turnus|vakt|vaktmønster",
    "start": "start|start date|started|started on|first day|hire date|from|startdato|begynte|"
    "ansatt dato|ansatt fra|tiltredelse|tiltredelsesdato|fra|fra dato|første dag",
    "end": "end|end date|ended|last day|leave date|termination date|to|slutt|sluttdato|sluttet|"
    "fratredelse|fratredelsesdato|til|til dato|siste dag|siste arbeidsdag",
    "language": "language|lang|locale|språk|sprak|målform",
}


def _plain(heading: str) -> str:
    return re.sub(r"[^a-z0-9]", "", folded(heading))


COLUMN_OF = {
    _plain(name): column for column, names in SYNONYMS.items() for name in names.split("|")
}


@dataclass(slots=True)
class Heading:
    """Where each known column stands, counted from 0, and what was not understood."""

    place: dict[str, int]
    ignored: list[str]
    titles: list[str]

    def column_at(self, index: int) -> str:
        """The key of the column at ``index``; for an unknown one its own title."""
        for column, place in self.place.items():
            if place == index:
                return column
        return self.titles[index] if index < len(self.titles) else ""


def read_heading(titles: list[str], *, row: int = 1) -> tuple[Heading, list[Problem]]:
    """Finds the columns. A column named twice or a needed one missing is a problem."""
    heading = Heading({}, [], titles)
    problems: list[Problem] = []
    for index, title in enumerate(titles):
        column = COLUMN_OF.get(_plain(title))
        if column is None:
            if title:
                heading.ignored.append(shortened(title))
        elif column in heading.place:
            first = titles[heading.place[column]]
            problems.append(
                Problem(row, column, shortened(title), "heading_twice", {"first": shortened(first)})
            )
        else:
            heading.place[column] = index
    if "number" not in heading.place:
        problems.append(Problem(row, "number", "", "column_missing"))
    if "name" not in heading.place and "given" not in heading.place:
        problems.append(Problem(row, "name", "", "column_missing"))
    if "name" in heading.place and "given" in heading.place:
        # Both: the two halves say more than the whole.
        heading.place.pop("name")
    if "unit" not in heading.place:
        problems.append(Problem(row, "unit", "", "column_missing"))
    return heading, problems
