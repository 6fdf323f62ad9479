"""Numbers of competitions as people read them."""

import datetime as dt
from decimal import Decimal, InvalidOperation

from babel.numbers import format_decimal
from django.utils.translation import get_language

from engagement import times
from engagement.http.templatetags.vaffel import long_date

# Longer than any number that is meant.
LONGEST_NUMBER = 30


def number_words(value: Decimal, *, decimals: int = 2) -> str:
    """``1 234,5`` or ``1,234.5``, in the active language."""
    pattern = "#,##0." + "#" * decimals
    return format_decimal(value, pattern, locale=(get_language() or "nb").split("-")[0])


def read_number(text: str) -> Decimal:
    """What people type: ``3,5``, ``3.5``, ``1 200``. Raises ValueError for all else."""
    plain = "".join(text.split()).replace("\u2212", "-").replace(",", ".")
    if not plain or len(plain) > LONGEST_NUMBER:
        raise ValueError(text[:LONGEST_NUMBER])
    if not all(letter in "0123456789.-+" for letter in plain) or not plain.isascii():
        raise ValueError(text)
    try:
        return Decimal(plain)
    except InvalidOperation as error:
        raise ValueError(text) from error


def until_words(moment: dt.datetime) -> str:
    """``fredag 27. november 15:00`` by the organisation's clock, in the active language."""
    return f"{long_date(moment)} {times.wall_clock(moment)}"
