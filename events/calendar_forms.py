"""What is asked of a calendar and its addresses."""

import datetime as dt
import re

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from events.models import ALARMS, CalendarLink

FIRST_YEAR, LAST_YEAR = 2000, 2100


def read_month(text: str) -> dt.date:
    """The first day of ``2026-11``. Raises ValueError for all else, also for other centuries."""
    found = re.fullmatch(r"([0-9]{4})-([0-9]{2})", text)
    if found is None:
        raise ValueError(text)
    return _in_range(dt.date(int(found[1]), int(found[2]), 1))


def read_week(text: str) -> dt.date:
    """The Monday of ``2026-W48``. Raises ValueError for all else."""
    found = re.fullmatch(r"([0-9]{4})-W([0-9]{2})", text)
    if found is None:
        raise ValueError(text)
    return _in_range(dt.date.fromisocalendar(int(found[1]), int(found[2]), 1))


def _in_range(day: dt.date) -> dt.date:
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise ValueError(day)
    return day


class ProgramForm(forms.Form):
    """Which calendar program an address is for."""

    program = forms.ChoiceField(choices=CalendarLink.Program.choices)


class AlarmForm(ProgramForm):
    """How long before a sitting that program rings."""

    minutes = forms.TypedChoiceField(
        label=_("Rings"),
        required=False,
        coerce=int,
        empty_value=None,
        choices=[
            ("", _("never")),
            *(
                (
                    minutes,
                    ngettext_lazy("%(count)d minute before", "%(count)d minutes before", minutes)
                    % {"count": minutes},
                )
                for minutes in ALARMS
            ),
        ],
    )
