"""Numbers that are somebody's: telephones, identities, accounts and cards."""

import re
from collections.abc import Iterator, Sequence

from kudos.scrubbing.spans import ACCOUNT, ID_NUMBER, PHONE, Span

# Digits with what people write between them, and the groups inside.
RUN = re.compile(r"(?<!\w)[+(]{0,2}\d[\d \u00a0\u2009().+/-]*")
GROUP = re.compile(r"\d+")
GROUPS_MOST, DIGITS_LEAST, DIGITS_MOST = 8, 8, 19
# A longer row of numbers than this is a table, and nobody's telephone.
ROW_MOST = 40
PHONE_GROUPS = {
    (8,),
    (1,) * 8,
    (2, 2, 2, 2),
    (3, 2, 3),
    (4, 4),
    (2, 3, 3),
    (3, 3, 2),
    (2, 6),
    (3, 5),
    (5, 3),
}
Place = tuple[int, int]


def numbers(text: str) -> Iterator[Span]:
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
    each = [int(one) for one in digits]
    day, month = int(digits[:2]) % 40, int(digits[2:4]) % 40
    if not (1 <= day <= 31 and (1 <= month <= 12 or 1 <= int(digits[2:4]) - 65 <= 12)):
        return False
    first = -sum(a * b for a, b in zip((3, 7, 6, 1, 8, 9, 4, 5, 2), each, strict=False)) % 11
    second = -sum(a * b for a, b in zip((5, 4, 3, 2, 7, 6, 5, 4, 3, 2), each, strict=False)) % 11
    return each[9:] == [first, second]


def is_account_number(digits: str) -> bool:
    """Whether eleven digits are a Norwegian bank account (modulus 11)."""
    weights = (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)
    total = sum(a * int(b) for a, b in zip(weights, digits, strict=False))
    return -total % 11 == int(digits[10])


def is_card_number(digits: str) -> bool:
    """Whether the digits pass Luhn's check, as every payment card does."""
    doubled = (int(one) * (1 + place % 2) for place, one in enumerate(reversed(digits)))
    return sum(one - 9 * (one > 9) for one in doubled) % 10 == 0 and set(digits) != {"0"}


IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?!\w)")


def ibans(text: str) -> Iterator[Span]:
    for found in IBAN.finditer(text):
        if is_iban(found[0].replace(" ", "")):
            yield Span(found.start(), found.end(), ACCOUNT)


def is_iban(written: str) -> bool:
    """Whether an account in the international form has the right check digits."""
    return int("".join(str(int(one, 36)) for one in written[4:] + written[:4])) % 97 == 1
