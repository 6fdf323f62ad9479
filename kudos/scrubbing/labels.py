"""What a word before it tells: customer and order numbers, dates of birth, plates of cars."""

import re
from collections.abc import Iterator

from kudos.scrubbing.spans import BORN, PLATE, REFERENCE, Span

# --- numbers of customers, orders and cases -------------------------------------------------------

NUMBERED = re.compile(
    r"(?<!\w)(?:"
    r"(?:kunde|ordre|bestillings|saks?|faktura|kid|avtale|sporings|pakke|serie|medlems|polise|referanse"
    r"|kontrakts|abonnements|kvitterings)[- ]?(?:nummer(?:et)?|nr|id|kode)|kunde|ordren?|bestilling(?:en)?"
    r"|sak(?:en)?|faktura(?:en)?|kid|avtalen?|referansen?|ref|imei|iccid|sim(?:[- ]?kort(?:et)?)?"
    r"|customer|order|invoice|ticket|case|account|tracking|policy|contract|membership|serial|booking"
    r"|reference)(?!\w)",
    re.IGNORECASE,
)
# What may stand between: "nr.: ", "number is #", "mitt er".
JOIN = re.compile(
    r"(?:[\s.:,]{0,3}(?:nummer(?:et)?|number|nr|no|id|code|mitt|min|my|er|var|is|was)(?!\w)){0,3}"
    r"[\s.:]{0,3}#?",
    re.IGNORECASE,
)
VALUE = re.compile(
    r"(?:[A-ZÆØÅa-zæøå]{1,5}[-/]?)?\d[\dA-Za-z]{0,24}(?:[-/.]\d[\dA-Za-z]{0,20}| \d[\dA-Za-z]{1,20}){0,5}(?!\w)"
)
SUM_OR_TIME = re.compile(
    r"\s?(?:kr|kroner|nok|,-|,\d|:\d|%|€|£|\$|euro|mb|gb|mbit|days|dager)", re.I
)
YEAR_OR_DATE = re.compile(r"(?:19|20)\d\d|\d{1,2}[./-]\d{1,2}[./-](?:\d\d){1,2}|\d{4}-\d\d-\d\d")
VALUE_LEAST = 4
# Without a word before them, when they are long enough to be nothing else.
CODE = re.compile(
    r"#\d{5,20}(?!\w)|(?<![\w-])[A-Z]{2,5}(?:-?\d{6,20}|-\d{5,20}|-\d{2,8}(?:-\d{2,8}){1,3})(?![\w-])"
)


def references(text: str) -> Iterator[Span]:
    for word in NUMBERED.finditer(text):
        join = JOIN.match(text, word.end())
        value = VALUE.match(text, join.end() if join else word.end())
        if value and _is_reference(value[0]) and not SUM_OR_TIME.match(text, value.end()):
            start = value.start()
            yield Span(start - (text[start - 1] == "#"), value.end(), REFERENCE)
    for code in CODE.finditer(text):
        yield Span(code.start(), code.end(), REFERENCE)


def _is_reference(value: str) -> bool:
    digits = sum(one.isdigit() for one in value)
    return digits >= VALUE_LEAST and YEAR_OR_DATE.fullmatch(value) is None


# --- dates of birth -------------------------------------------------------------------------------

MONTHS = (
    "jan(?:uary?|uar)?|feb(?:ruary?|ruar)?|mars|march|mar|apr(?:il)?|mai|may|juni?|june?|juli?|july?"
    "|aug(?:ust)?|sept?(?:ember)?|o[kc]t(?:ober)?|nov(?:ember)?|de[sc](?:ember)?"
)
BORN_WORD = re.compile(
    r"(?<!\w)(?:født(?:selsdato(?:en)?|selsdag(?:en)?)?|fødselsdato(?:en)?|fødselsdag(?:en)?|fødd|f\."
    r"|born|d\.?o\.?b\.?|date of birth|birth ?da(?:y|te)|bursdag(?:en)?)(?!\w)",
    re.IGNORECASE,
)
BORN_JOIN = re.compile(
    r"[\s:,.]{0,3}(?:(?:min|mitt|my|er|is|was|var|den|on|the|i|in)\s{1,2}){0,3}", re.IGNORECASE
)
DATE = re.compile(
    r"(?:\d{4}-\d{1,2}-\d{1,2}"
    r"|\d{1,2}[./ -]{1,2}\d{1,2}[./ -]{1,2}(?:\d{4}|\d{2})"
    rf"|\d{{1,2}}(?:\.|st|nd|rd|th)?\s(?:of\s)?(?:{MONTHS})(?:[\s,]{{1,2}}\d{{4}})?"
    rf"|(?:{MONTHS})\s\d{{1,2}}(?:st|nd|rd|th)?(?:[\s,]{{1,2}}\d{{4}})?"
    rf"|(?:{MONTHS})\s\d{{4}}|\d{{6}}(?:\d{{2}})?|(?:19|20)\d{{2}})(?!\w)",
    re.IGNORECASE,
)


def birth_dates(text: str) -> Iterator[Span]:
    for word in BORN_WORD.finditer(text):
        join = BORN_JOIN.match(text, word.end())
        if date := DATE.match(text, join.end() if join else word.end()):
            yield Span(date.start(), date.end(), BORN)


# --- plates of cars -------------------------------------------------------------------------------

# As in Norway and in the United Kingdom; no price ("KR 12000") and no postal code.
PLATES = re.compile(
    r"(?<![\w-])(?:(?!KR|NR|NO|LT|ID|PC|TV)[A-Z]{2} ?\d{5}|[A-Z]{2}\d{2} ?[A-Z]{3})(?![\w-])"
)
# In any letters, also the Lithuanian three and three, where a word tells.
CAR_WORD = re.compile(
    r"(?<!\w)(?:reg\.? ?nr\.?|registreringsnummer|skilt(?:et|nummer)?|bil(?:en)?|car|plates?|van)(?!\w)",
    re.IGNORECASE,
)
CAR_JOIN = re.compile(r"[\s:,.]{0,3}(?:(?:min|vår|er|is|med|my|number|no)[\s:,.]{1,2}){0,3}", re.I)
ANY_PLATE = re.compile(r"(?:[a-z]{2}[ -]?\d{4,5}|[a-z]{3}[ -]?\d{3})(?!\w)", re.IGNORECASE)


def plates(text: str) -> Iterator[Span]:
    for plate in PLATES.finditer(text):
        yield Span(plate.start(), plate.end(), PLATE)
    for word in CAR_WORD.finditer(text):
        join = CAR_JOIN.match(text, word.end())
        if named := ANY_PLATE.match(text, join.end() if join else word.end()):
            yield Span(named.start(), named.end(), PLATE)
