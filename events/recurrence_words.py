"""A rule as people say it: "every Friday", "the first Friday of the month"."""

import datetime as dt

from babel import Locale
from babel.dates import format_date, get_day_names
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from engagement.http.templatetags.vaffel import in_a_row
from events.recurrence import Rule, parse

WORKING_DAYS = (0, 1, 2, 3, 4)
DAYS_ALONE = ("months", "month_days", "year_days", "weeks", "positions")


def in_words(text: str, starts_on: dt.date) -> str:
    """The rule ``text`` (empty: once) counted from ``starts_on``, in the active language."""
    if not text:
        return pgettext("of an event", "once")
    rule = parse(text)
    words = _how_often(rule, starts_on)
    if rule.count is not None:
        times = ngettext("%(count)d time", "%(count)d times", rule.count) % {"count": rule.count}
        return f"{words}, {times}"
    if rule.until is not None:
        day = _date(rule.until, "d MMMM y")
        return _("%(rule)s until %(day)s") % {"rule": words, "day": day}
    return words


def _how_often(rule: Rule, starts_on: dt.date) -> str:
    own = _("on days of its own")
    if any(getattr(rule, field) for field in DAYS_ALONE):
        return own
    if rule.frequency == "WEEKLY":
        return _weekly(rule.plain_days or (starts_on.weekday(),), rule.interval)
    if rule.frequency == "MONTHLY" and rule.interval == 1:
        return _monthly(rule, starts_on) or own
    if rule.days or rule.interval > 1:
        return own
    if rule.frequency == "DAILY":
        return _("every day")
    return _("every year on %(day)s") % {"day": _date(starts_on, "d MMMM")}


def _weekly(days: tuple[int, ...], interval: int) -> str:
    if interval == 1 and days == WORKING_DAYS:
        return _("every weekday")
    named = in_a_row(map(_weekday, days))
    if interval == 1:
        return _("every %(days)s") % {"days": named}
    if interval == 2:
        return _("every other %(days)s") % {"days": named}
    return _("every %(count)d weeks on %(days)s") % {"count": interval, "days": named}


def _monthly(rule: Rule, starts_on: dt.date) -> str:
    if not rule.days:
        return _("on day %(day)d of the month") % {"day": starts_on.day}
    if len(rule.days) > 1:
        return ""
    [(number, weekday)] = rule.days
    words = {
        1: _("the first %(day)s of the month"),
        2: _("the second %(day)s of the month"),
        3: _("the third %(day)s of the month"),
        4: _("the fourth %(day)s of the month"),
        -1: _("the last %(day)s of the month"),
    }
    return words[number] % {"day": _weekday(weekday)} if number in words else ""


def _locale() -> Locale:
    return Locale.parse((get_language() or "nb").split("-")[0])


def _weekday(number: int) -> str:
    return str(get_day_names("wide", "format", _locale())[number])


def _date(day: dt.date, pattern: str) -> str:
    locale = _locale()
    if locale.language != "en":
        pattern = pattern.replace("d ", "d. ", 1)
    return str(format_date(day, pattern, locale))
