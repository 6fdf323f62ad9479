"""Norwegian public holidays. 24 and 31 December are none, though many are off."""

import datetime as dt
from functools import cache

import holidays
from django.utils.translation import get_language

from engagement.http.templatetags.vaffel import in_a_row

# The library knows no "nb"; asked for it, it would silently give names in another language.
LANGUAGES = {"nb": "no", "en": "en_US"}


@cache
def _norway(language: str) -> holidays.HolidayBase:
    return holidays.country_holidays("NO", language=language)


def holiday(day: dt.date) -> str:
    """The name of the public holiday on ``day`` in the reader's language; empty when there is none."""
    language = (get_language() or "nb").split("-")[0]
    names = str(_norway(LANGUAGES.get(language, "no")).get(day, ""))
    # 17 May can be a Whit Monday as well.
    return in_a_row(names.split("; ")) if names else ""


def is_holiday(day: dt.date) -> bool:
    return day in _norway("no")
