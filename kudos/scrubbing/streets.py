"""Where somebody lives: streets with their house, post boxes, places with their postal code."""

import re
from collections.abc import Iterator

from kudos.scrubbing.spans import ADDRESS, Span

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
HOUSE = re.compile(
    r"[ \u00a0]{1,2}(?:nr\.? ?)?\d{1,4}(?:[ \u00a0]?[A-Za-z](?!\w))?(?!\w)(?: [HKUL]\d{4}(?!\w))?"
)
WORD_BEFORE_HOUSE = re.compile(r"(?<!\w)[^\W\d_]{3,40}(?=[ \u00a0]{1,2}(?:nr\.? ?)?\d)")
CAPITAL_BEFORE = re.compile(r"(?:(?<!\w)[^\W\d_a-zæøå][\w.'-]{0,30}[ \u00a0]){1,3}\Z")
NUMBER_STREET = re.compile(
    r"(?<!\w)(?:(?:Flat|Apt\.?|Apartment|Unit) \w{1,5},? )?\d{1,4}[A-Za-z]?,? (?:[A-Z][\w'-]{0,30} ){1,3}(?:"
    + ENGLISH_STREETS
    + r")(?!\w)(?:, [A-Z][a-z][\w-]{0,30})?(?:,? [A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w))?"
)
POSTAL = re.compile(r"(?<![\w.,:+-])(?:N-|NO-)?(\d{4}) [A-ZÆØÅ][\w-]{1,30}(?: [A-ZÆØÅ](?!\w))?")
UK_POSTAL = re.compile(r"(?<!\w)[A-Z]{1,2}\d[A-Z\d]? \d[A-Z]{2}(?!\w)")
LT_POSTAL = re.compile(r"(?<!\w)LT-?\d{5}(?!\w)(?: [A-ZČĖŠŪŽ][\w-]{1,30})?")
POST_BOX = re.compile(
    r"(?<!\w)(?:postboks|p\.? ?b\.?|p\.? ?o\.? ?box) ?\d{1,5}(?!\w)(?:,? \d{4} [A-ZÆØÅ][\w-]{1,30})?",
    re.IGNORECASE,
)
# A farm or a house with a name, known by the postal code that follows.
NAMED_HOUSE = re.compile(
    r"(?<!\w)[A-ZÆØÅ][\w-]{1,30}(?: [A-ZÆØÅ]?[\w-]{1,30})? \d{1,4}[A-Za-z]?,? \d{4} [A-ZÆØÅ][\w-]{1,30}"
)
# In Lithuania: "Gedimino pr. 9-14, Vilnius".
LT_STREET = re.compile(
    r"(?<!\w)[A-ZČĘĖĮŠŲŪŽ][\w.]{2,30} (?:g|pr|al|pl)\. ?\d{1,3}[A-Z]?(?:-\d{1,3})?(?!\w)"
    r"(?:, [A-ZČĘĖĮŠŲŪŽ]\w{1,30})?"
)
# Written small, and no word of the roads: "storgata 5b", but not "riksvei 4".
SMALL_ENDS = ("gata", "gaten", "gate", "veien", "vegen", "veg", "vei")
ROADS = (
    "omvei",
    "motorvei",
    "riksvei",
    "fylkesvei",
    "europavei",
    "hovedvei",
    "hovedveien",
    "halvveien",
)
SMALL_BEFORE = re.compile(
    r"(?<!\w)(?:øvre|nedre|store|lille|gamle|nye|nordre|søndre|vestre|østre|indre|ytre)[ \u00a0]\Z",
    re.IGNORECASE,
)
AFTER_STREET = re.compile(r"[,\s]{0,3}\Z")


def street_addresses(text: str) -> Iterator[Span]:
    found = [*_streets(text)]
    for pattern in (NUMBER_STREET, UK_POSTAL, LT_POSTAL, LT_STREET, POST_BOX, NAMED_HOUSE):
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
            if before and lowered in STREET_ENDS:
                start -= len(before[0])
            elif not _is_small_street(lowered):
                continue
            elif part := SMALL_BEFORE.search(text[max(0, start - 12) : start]):
                start -= len(part[0])
        elif lowered in STREET_ENDS and before:
            start -= len(before[0])
        house = HOUSE.match(text, word.end())
        if house:
            yield Span(start, house.end(), ADDRESS)


def _is_small_street(lowered: str) -> bool:
    ending = next((one for one in SMALL_ENDS if lowered.endswith(one)), "")
    return len(lowered) >= len(ending) + 3 > 3 and lowered not in ROADS
