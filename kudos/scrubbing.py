"""Finding what looks like personal data in a text, for somebody to look at before it goes on.

It helps a reader and replaces none: names can hide in any word. Every search walks the text once
and looks a bounded way around what it finds, so that no text takes long, whoever wrote it.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kudos.name_words import COMMON, HONOURS, SIGNING, SIGNING_FILLERS, SIGNING_PAIRS

EMAIL, PHONE, ID_NUMBER, ACCOUNT = "email", "phone", "id_number", "account"
ADDRESS, URL, NAME, COLLEAGUE = "address", "url", "name", "colleague"
KINDS: dict[str, str | Promise] = {
    EMAIL: _("an e-mail address"),
    PHONE: _("a phone number"),
    ID_NUMBER: _("a national identity number"),
    ACCOUNT: _("an account or card number"),
    ADDRESS: _("an address"),
    URL: _("a web address"),
    NAME: _("a name"),
    COLLEAGUE: _("a colleague"),
}
NAMES_FILE = Path(__file__).with_name("data") / "given_names.txt"


class Span(NamedTuple):
    """``text[start:end]`` looks like ``kind``, one of `KINDS`."""

    start: int
    end: int
    kind: str


def find_personal_data(text: str, *, colleagues: Collection[str] = ()) -> list[Span]:
    """What in ``text`` looks like personal data, in order and without overlaps.

    ``colleagues`` are names, as written, of people who work there: they are found as
    ``colleague``, which is nothing to take out.
    """
    known = {one.casefold() for one in colleagues}
    searches = (
        _emails(text),
        _web_addresses(text),
        _numbers(text),
        _street_addresses(text),
        _names(text, known),
    )
    # Where two overlap the earlier search is the surer one, and of one search the longer span.
    found = [
        (span.start, rank, -span.end, span.kind)
        for rank, spans in enumerate(searches)
        for span in spans
    ]
    kept: list[tuple[int, int, int, str]] = []
    for one in sorted(found):
        if kept and one[0] < -kept[-1][2]:
            if one[1] >= kept[-1][1]:
                continue
            kept.pop()
        kept.append(one)
    return [Span(start, -end, kind) for start, _rank, end, kind in kept]


# --- e-mail and web addresses ---------------------------------------------------------------------

LOCAL_MOST, DOMAIN_MOST = 64, 253
# Both read backwards from where they end.
LOCAL = re.compile(r"[\w.+%'-]*")
HOST = re.compile(r"[\w.-]*")
AT = re.compile(r"(?<=[\w+%'-])@(?=[\w-]{1,63}\.\w)")
DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)+")
SCHEME = re.compile(r"(?:https?://|www\.)[^\s<>\"]{1,2000}", re.IGNORECASE)
# A bare "nettside.no/side": looked for from its ending, which is rare.
ENDING = re.compile(
    r"(?<=[\w-])\.(?:no|com|net|org|eu|se|dk|fi|lt|lv|uk|de|pl|io|info)\b(?!\.\w)", re.IGNORECASE
)
PATH = re.compile(r"(?:[/?#][^\s<>\"]{0,500})?")
NOT_AT_THE_END = ".,;:!?)'»”"


def _emails(text: str) -> Iterator[Span]:
    last = 0
    for at in AT.finditer(text):
        place = at.start()
        local = _backwards(LOCAL, text, max(last, place - LOCAL_MOST), place).lstrip(".'-")
        domain = DOMAIN.match(text, place + 1, place + 1 + DOMAIN_MOST)
        if local and domain:
            last = domain.end()
            yield Span(place - len(local), last, EMAIL)


def _web_addresses(text: str) -> Iterator[Span]:
    for whole in SCHEME.finditer(text):
        yield _trimmed(text, whole.start(), whole.end())
    for ending in ENDING.finditer(text):
        host = _backwards(HOST, text, max(0, ending.start() - LOCAL_MOST), ending.start())
        host = host.lstrip(".-")
        start = ending.start() - len(host)
        path = PATH.match(text, ending.end())
        if host and text[start - 1 : start] != "@":
            yield _trimmed(text, start, path.end() if path else ending.end())


def _backwards(pattern: re.Pattern[str], text: str, first: int, end: int) -> str:
    """The longest part of ``text`` right before ``end``, from ``first`` on, that ``pattern`` takes."""
    found = pattern.match(text[first:end][::-1])
    return found[0][::-1] if found else ""


def _trimmed(text: str, start: int, end: int) -> Span:
    return Span(start, start + len(text[start:end].rstrip(NOT_AT_THE_END)), URL)


# --- numbers --------------------------------------------------------------------------------------

# Digits with what people write between them, and the groups inside.
RUN = re.compile(r"(?<!\w)[+(]{0,2}\d[\d \u00a0\u2009().+/-]*")
GROUP = re.compile(r"\d+")
GROUPS_MOST, DIGITS_LEAST, DIGITS_MOST = 6, 8, 19
# A longer row of numbers than this is a table, and nobody's telephone.
ROW_MOST = 40
PHONE_GROUPS = {(8,), (2, 2, 2, 2), (3, 2, 3), (4, 4), (2, 3, 3), (3, 3, 2), (2, 6), (3, 5), (5, 3)}
Place = tuple[int, int]


def _numbers(text: str) -> Iterator[Span]:
    for run in RUN.finditer(text):
        if run.end() - run.start() < DIGITS_LEAST:
            continue
        groups = [match.span() for match in GROUP.finditer(text, *run.span())]
        if text[groups[-1][1] : groups[-1][1] + 1].isalpha():
            # "30GB", "221B": a measure or a house number.
            groups.pop()
        if len(groups) > ROW_MOST:
            yield Span(groups[0][0], groups[-1][1], ACCOUNT)
        else:
            yield from _numbers_of(text, groups)


def _numbers_of(text: str, groups: Sequence[Place]) -> Iterator[Span]:
    place = 0
    while place < len(groups):
        used = 0
        for window in _windows(groups, place):
            if span := _number(text, window):
                yield span
                used = len(window)
                break
        place += used or 1


def _windows(groups: Sequence[Place], place: int) -> Sequence[Sequence[Place]]:
    """What may be one number beginning with the group at ``place``, the longest first."""
    found = []
    size = 0
    for end in range(place, min(place + GROUPS_MOST, len(groups))):
        size += groups[end][1] - groups[end][0]
        if size > DIGITS_MOST:
            break
        if size >= DIGITS_LEAST:
            found.append(groups[place : end + 1])
    return found[::-1]


def _number(text: str, window: Sequence[Place]) -> Span | None:
    start, end = window[0][0], window[-1][1]
    parts = ["".join(str(int(one)) for one in text[a:b]) for a, b in window]
    prefix = _prefix(text, start)
    kind = _kind_of_number(parts, prefix, text[start:end])
    return Span(start - len(prefix) if kind == PHONE else start, end, kind) if kind else None


def _prefix(text: str, start: int) -> str:
    before = text[max(0, start - 2) : start]
    return before[len(before.rstrip("+(")) :]


def _kind_of_number(parts: Sequence[str], prefix: str, written: str) -> str | None:
    digits = "".join(parts)
    if len(digits) == 11 and is_identity_number(digits):
        return ID_NUMBER
    if len(digits) == 11 and is_account_number(digits):
        return ACCOUNT
    if 13 <= len(digits) <= 19 and len(parts) <= 5 and is_card_number(digits):
        return ACCOUNT
    return PHONE if _is_phone(parts, digits, prefix, written) else None


def _is_phone(parts: Sequence[str], digits: str, prefix: str, written: str) -> bool:
    if "+" in prefix or digits.startswith("00"):
        return 8 <= len(digits.removeprefix("00")) <= 15
    if _is_date(parts, written):
        return False
    if len(digits) == 8:
        return digits[0] in "23456789" and tuple(map(len, parts)) in PHONE_GROUPS
    if len(digits) in (10, 11) and digits[0] == "0":
        return True
    if len(digits) == 9:
        return digits.startswith("86") or (digits[0] == "0" and len(parts) > 1)
    if len(digits) == 10 and digits.startswith("47"):
        return True
    return len(digits) == 10 and tuple(map(len, parts)) == (3, 3, 4)


def _is_date(parts: Sequence[str], written: str) -> bool:
    sizes = tuple(map(len, parts))
    if sizes in ((2, 2, 4), (4, 2, 2)) and any(mark in written for mark in ".-/"):
        return True
    if sizes == (8,):
        year, month, day = int(written[:4]), int(written[4:6]), int(written[6:])
        return 1900 <= year <= 2099 and 1 <= month <= 12 and 1 <= day <= 31
    return False


def is_identity_number(digits: str) -> bool:
    """Whether eleven digits are a Norwegian national identity number, or a D- or made-up one."""
    numbers = [int(one) for one in digits]
    day, month = int(digits[:2]) % 40, int(digits[2:4]) % 40
    if not (1 <= day <= 31 and (1 <= month <= 12 or 1 <= int(digits[2:4]) - 65 <= 12)):
        return False
    first = -sum(a * b for a, b in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), numbers, strict=False)) % 11
    second = -sum(a * b for a, b in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), numbers, strict=False)) % 11
    return numbers[9:] == [first, second]


def is_account_number(digits: str) -> bool:
    """Whether eleven digits are a Norwegian bank account (modulus 11)."""
    weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    total = sum(a * int(b) for a, b in zip(weights, digits, strict=False))
    return -total % 11 == int(digits[10])


def is_card_number(digits: str) -> bool:
    """Whether the digits pass Luhn's check, as every payment card does."""
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits)))
    return sum(one - 9 * (one > 9) for one in doubled) % 10 == 0 and set(digits) != {"0"}


# --- street addresses -----------------------------------------------------------------------------

STREET_ENDS = (
    "gata", "gaten", "gate", "veien", "vegen", "veg", "vei", "plass", "plassen", "allé", "alléen",
    "alle", "alleen", "stien", "sti", "svingen", "bakken", "tunet", "torget", "torg", "terrasse",
    "brygge", "haugen", "lia", "åsen", "stredet", "smauet", "kroken", "ringen", "moen", "jordet",
    "grenda", "stranda", "gatve",
)  # fmt: skip
ENGLISH_STREETS = (
    "Street|St|Road|Rd|Avenue|Ave|Lane|Drive|Close|Way|Court|Square|Crescent|Terrace|Gardens"
)
# A capital, or a lower-case "gate" after one; then a number, perhaps with a letter.
HOUSE = re.compile(r"[ \u00a0]{1,2}(?:nr\.? ?)?\d{1,4}(?:[ \u00a0]?[A-Za-z](?!\w))?(?!\w)")
WORD_BEFORE_HOUSE = re.compile(r"(?<!\w)[^\W\d_]{3,40}(?=[ \u00a0]{1,2}(?:nr\.? ?)?\d)")
CAPITAL_BEFORE = re.compile(r"(?:(?<!\w)[^\W\d_a-zæøå][\w.'-]{0,30}[ \u00a0]){1,3}\Z")
NUMBER_STREET = re.compile(
    r"(?<!\w)\d{1,4}[A-Za-z]?,? (?:[A-Z][\w'-]{0,30} ){1,3}(?:" + ENGLISH_STREETS + r")(?!\w)"
)
POSTAL = re.compile(r"(?<![\w.,:+-])(?:N-|NO-)?(\d{4}) [A-ZÆØÅ][\w-]{1,30}(?: [A-ZÆØÅ](?!\w))?")
UK_POSTAL = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
LT_POSTAL = re.compile(r"(?<!\w)LT-?\d{5}(?!\w)(?: [A-ZČĖŠŪŽ][\w-]{1,30})?")
AFTER_STREET = re.compile(r"[,\s]{0,3}\Z")


def _street_addresses(text: str) -> Iterator[Span]:
    found = [*_streets(text)]
    for pattern in (NUMBER_STREET, UK_POSTAL, LT_POSTAL):
        found += [Span(m.start(), m.end(), ADDRESS) for m in pattern.finditer(text)]
    ends = {span.end for span in found}
    for postal in POSTAL.finditer(text):
        follows = any(
            postal.start() - gap in ends
            and AFTER_STREET.match(text, postal.start() - gap, postal.start())
            for gap in range(4)
        )
        # 1900 to 2099 is a year, unless a street stands before it.
        if follows or not 1900 <= int(postal[1]) <= 2099:
            found.append(Span(postal.start(), postal.end(), ADDRESS))
    yield from found


def _streets(text: str) -> Iterator[Span]:
    for word in WORD_BEFORE_HOUSE.finditer(text):
        lowered = word[0].lower()
        if not lowered.endswith(STREET_ENDS):
            continue
        start = word.start()
        before = CAPITAL_BEFORE.search(text[max(0, start - 60) : start])
        if word[0][0].islower():
            # "Karl Johans gate 12", but not "en gate 2".
            if not before or lowered not in STREET_ENDS:
                continue
            start -= len(before[0])
        elif lowered in STREET_ENDS and before:
            start -= len(before[0])
        house = HOUSE.match(text, word.end())
        if house:
            yield Span(start, house.end(), ADDRESS)


# --- names ----------------------------------------------------------------------------------------

WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
ENDS_SENTENCE = re.compile(r"[.!?:;•*\n\"“”«»‹›()\[\]…/–—\u2190-\U0010ffff]|-\s")
NAME_WORDS_MOST = 4


@cache
def given_names() -> tuple[frozenset[str], frozenset[str]]:
    """First names in small letters: those that are nothing else, and those that are words too."""
    lines = NAMES_FILE.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    clear = frozenset(word for word in words if not word.endswith("*"))
    return clear, frozenset(word.rstrip("*") for word in words) - clear


class _Words:
    """The words of a text; what is asked of few of them is worked out when asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [match.span() for match in WORD.finditer(text)]
        self.written = [text[start:end] for start, end in self.places]
        self.lowered = [word.casefold() for word in self.written]

    def begins_sentence(self, place: int) -> bool:
        if place == 0:
            return True
        end, start = self.places[place - 1][1], self.places[place][0]
        return start - end > 1 and ENDS_SENTENCE.search(self.text, end, start) is not None

    def is_shouted(self, place: int) -> bool:
        """Written in capitals: a shout or an abbreviation, also with an ending ("TV-en")."""
        word = self.written[place].partition("-")[0]
        return len(word) > 1 and word.isupper()

    def is_signed(self, place: int) -> bool:
        """Whether it stands where whoever writes tells the own name."""
        before = place - 1
        while before >= 0 and place - before <= 2 and self.lowered[before] in SIGNING_FILLERS:
            before -= 1
        pair = tuple(self.lowered[max(0, place - 2) : place])
        return pair in SIGNING_PAIRS or (before >= 0 and self.lowered[before] in SIGNING)

    def is_odd_capital(self, place: int) -> bool:
        """A capital where none is due, that no common word explains."""
        lowered = self.lowered[place]
        return (
            len(lowered) > 1
            and lowered not in COMMON
            and _without_genitive(lowered) not in COMMON
            and not self.is_shouted(place)
            and not self.begins_sentence(place)
        )

    def goes_on(self, place: int) -> bool:
        """Whether the word after ``place`` goes on the name that this one is part of."""
        if place + 1 >= len(self.places):
            return False
        gap = self.text[self.places[place][1] : self.places[place + 1][0]]
        return (
            (gap in (" ", "\u00a0") or (gap == ". " and len(self.written[place]) == 1))
            and self.written[place + 1][0].isupper()
            and (self.is_shouted(place) or not self.is_shouted(place + 1))
            and self.lowered[place + 1] not in COMMON
        )

    def is_name(self, place: int) -> bool:
        clear, doubtful = given_names()
        lowered = self.lowered[place]
        bare = _without_genitive(lowered)
        if not self.written[place][0].isupper():
            return lowered in clear and self.is_signed(place)
        if lowered in clear or bare in clear or self.is_odd_capital(place):
            return True
        if lowered in COMMON or lowered in SIGNING_FILLERS:
            return False
        previous = self.lowered[place - 1] if place else ""
        return (
            previous in HONOURS
            or self.is_signed(place)
            or (bare in doubtful and self.goes_on(place))
        )


def _names(text: str, colleagues: Collection[str]) -> Iterator[Span]:
    words = _Words(text)
    place = 0
    while place < len(words.places):
        start, end = words.places[place]
        lowered = words.lowered[place]
        if colleagues and (lowered in colleagues or _without_genitive(lowered) in colleagues):
            yield Span(start, end, COLLEAGUE)
        elif words.is_name(place):
            last = place
            while last - place < NAME_WORDS_MOST and words.goes_on(last):
                if words.lowered[last + 1] in colleagues:
                    break
                last += 1
            yield Span(start, words.places[last][1], NAME)
            place = last
        place += 1


def _without_genitive(lowered: str) -> str:
    if lowered.endswith(("'s", "’s")):
        return lowered[:-2]
    return lowered[:-1] if len(lowered) > 3 and lowered.endswith("s") else lowered
