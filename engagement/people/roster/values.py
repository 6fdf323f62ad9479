"""From the text of one cell to what it means. Each raises `Unclear` with the key of a reason."""

import datetime as dt
import re

from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator

from engagement.people.models import Person, RoleAssignment, folded

Role = RoleAssignment.Role
MEMBER = "member"

NAME_LIMIT = 80
NUMBER_LIMIT = 40
PHONE_LIMIT = 40
TITLE_LIMIT = 120
PLACE_LIMIT = 120
EMAIL_LIMIT = 254
DEEPEST_PATH = 10

EXCEL_DAY_ZERO = dt.date(1899, 12, 30)


class Unclear(Exception):
    """The cell's text does not say what its column asks for."""

    def __init__(self, reason: str, **facts: object) -> None:
        super().__init__(reason)
        self.reason = reason
        self.facts = facts


def one_line(text: str, most: int) -> str:
    """``text`` with its white space tidied, at most ``most`` characters."""
    tidy = " ".join(text.split())
    if len(tidy) > most:
        raise Unclear("value_too_long", most=most)
    return tidy


def number(text: str) -> str:
    """An employee number. Leading zeros stay; "1042.0", as spreadsheets write it, is "1042"."""
    tidy = re.sub(r"^(\d+)\.0$", r"\1", text.strip())
    if len(tidy) > NUMBER_LIMIT or not re.fullmatch(r"[\w.\-/]+", tidy):
        raise Unclear("not_a_number")
    return tidy


def name(text: str) -> str:
    """A name, or half of one."""
    tidy = one_line(text, NAME_LIMIT)
    if tidy and not any(c.isalpha() for c in tidy):
        raise Unclear("not_a_name")
    return tidy


_PARTICLES = {
    "af", "al", "av", "bin", "da", "de", "del", "della", "den", "der", "di", "dos", "du", "el",
    "ibn", "la", "le", "ten", "ter", "van", "von", "zu",
}  # fmt: skip


def whole_name(text: str) -> tuple[str, str]:
    """Given and family name from "Kari Hansen" or "Hansen, Kari"."""
    tidy = one_line(text, 2 * NAME_LIMIT)
    if tidy.count(",") == 1 and not tidy.endswith(","):
        family, given = (part.strip() for part in tidy.split(","))
        if given and family:
            return name(given), name(family)
    words = tidy.strip(" ,").split()
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    if len(words) < 2:
        return name(" ".join(words)), ""
    return name(" ".join(words[:cut])), name(" ".join(words[cut:]))


_valid_email = EmailValidator()


def email(text: str) -> str:
    """An address in lower case, or nothing."""
    tidy = text.strip().removeprefix("mailto:").lower()
    if not tidy:
        return ""
    if len(tidy) > EMAIL_LIMIT:
        raise Unclear("value_too_long", most=EMAIL_LIMIT)
    try:
        _valid_email(tidy)
    except ValidationError:
        raise Unclear("not_an_email") from None
    return tidy


def phone(text: str) -> str:
    """Digits as people group them, or nothing."""
    tidy = re.sub(r"^(\d+)\.0$", r"\1", one_line(text, PHONE_LIMIT))
    if tidy and not (re.fullmatch(r"\+?[0-9 ()./\-]+", tidy) and sum(map(str.isdigit, tidy)) >= 3):
        raise Unclear("not_a_phone")
    return tidy


def date(text: str) -> dt.date | None:
    """ISO, dd.mm.yyyy, dd/mm/yyyy or the day number of a spreadsheet; nothing for nothing."""
    tidy = re.sub(r"[T ]\d\d:\d\d(:\d\d(\.\d+)?)?Z?$", "", text.strip())
    if not tidy:
        return None
    if re.fullmatch(r"\d{5}(\.0+)?", tidy):
        return _sane(EXCEL_DAY_ZERO + dt.timedelta(days=int(float(tidy))))
    found = re.fullmatch(r"(\d{4})-(\d{1,2})-(\d{1,2})", tidy)
    parts = found.groups() if found else None
    if parts is None and (found := re.fullmatch(r"(\d{1,2})[./](\d{1,2})[./](\d{4})", tidy)):
        parts = found.groups()[::-1]
    if parts is None and (found := re.fullmatch(r"(\d{4})(\d\d)(\d\d)", tidy)):
        parts = found.groups()
    if parts is None:
        raise Unclear("not_a_date")
    try:
        return _sane(dt.date(*(int(part) for part in parts)))
    except ValueError:
        raise Unclear("not_a_date") from None


def _sane(day: dt.date) -> dt.date:
    if not 1940 <= day.year <= 2100:
        raise Unclear("date_out_of_range")
    return day


_LANGUAGES = {
    Person.Language.NORWEGIAN: "nb no nor nob nn nno norsk norwegian bokmal nynorsk nbno nnno nono",
    Person.Language.ENGLISH: "en eng english engelsk engb enus",
}
LANGUAGE_OF = {word: code.value for code, words in _LANGUAGES.items() for word in words.split()}


def language(text: str) -> str:
    """``nb`` or ``en``; nothing for nothing."""
    word = re.sub(r"[^a-z]", "", folded(text))
    if not word:
        return ""
    known = LANGUAGE_OF.get(word)
    if known is None:
        raise Unclear("not_a_language")
    return known


_ROLES = {
    MEMBER: "member|employee|agent|medlem|ansatt|medarbeider|agent",
    Role.LEAD: "lead|leader|team lead|team leader|teamleder|leder|lagleder|gruppeleder",
    Role.SITE_MANAGER: "site manager|stedsleder|lokasjonsleder|driftsleder|senterleder",
    Role.HR: "hr|human resources|personal|personalansvarlig",
    Role.SAFETY_DELEGATE: "safety delegate|safety representative|verneombud",
    Role.UNION_REPRESENTATIVE: "union representative|union rep|tillitsvalgt",
    Role.SCREEN_KEEPER: "screen keeper|skjermansvarlig|skjermvert",
    Role.ADMINISTRATOR: "administrator|admin",
}
ROLE_OF = {
    re.sub(r"[^a-z]", "", folded(name)): str(role)
    for role, names in _ROLES.items()
    for name in [*names.split("|"), str(role)]
}


def roles(text: str) -> frozenset[str] | None:
    """The roles named, separated by comma, semicolon or plus; None when the cell says nothing."""
    found: set[str] = set()
    for part in re.split(r"[,;+]|\s&\s", text):
        word = re.sub(r"[^a-z]", "", folded(part))
        if not word and not part.strip():
            continue
        role = ROLE_OF.get(word)
        if role is None:
            raise Unclear("not_a_role", known=", ".join([MEMBER, *Role.values]))
        found.add(role)
    return frozenset(found - {MEMBER}) if found else None


def path(text: str) -> tuple[str, ...]:
    """The names from the root down to the unit. ``/``, ``>``, ``»``, ``→`` and ``\\`` separate."""
    cut = r"[>»→]" if re.search(r"[>»→]", text) else r"[/\\]"
    names = tuple(one_line(part, PLACE_LIMIT) for part in re.split(cut, text) if part.strip())
    if len(names) > DEEPEST_PATH:
        raise Unclear("path_too_deep", most=DEEPEST_PATH)
    return names
