"""Milestones and goals as the cards that walls show, once for each language (docs/wall-protocol.md).

A first name and how many years: never a birthday, never a figure of a person or a team.
"""

import datetime as dt
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext, ngettext, override

from engagement import times
from engagement.live.actions import LANGUAGES
from kudos.models import Goal, Milestone

Cards = dict[str, dict[str, Any]]


def render_milestone(
    milestone: Milestone,
    *,
    place: str,
    day: dt.date,
    show_from: dt.datetime,
    show_until: dt.datetime,
) -> Cards:
    """The cards of ``milestone`` as of ``day``. ``place`` is the person's unit, may be empty."""
    return {
        language: _card(milestone, place, day, language)
        | _times(show_from, show_until)
        | {"thread": milestone.key}
        for language in LANGUAGES
    }


def _times(show_from: dt.datetime, show_until: dt.datetime) -> dict[str, int]:
    return {
        "show_from": times.milliseconds(show_from),
        "show_until": times.milliseconds(show_until),
        "at": times.milliseconds(show_from),
    }


def _card(milestone: Milestone, place: str, day: dt.date, language: str) -> dict[str, Any]:
    person, years = milestone.person, milestone.years
    name = person.get_short_name()
    with override(language):
        if milestone.kind == Milestone.Kind.YEARS:
            return {
                "label": gettext("Worth a waffle"),
                "number": str(years),
                "unit": ngettext("year", "years", years),
                "title": ngettext(
                    "%(name)s has been here for a year",
                    "%(name)s has been here for %(years)d years",
                    years,
                )
                % {"name": name, "years": years},
                "facts": place,
                "face": None,
            }
        is_today = milestone.on == day
        words = gettext("First day today: %(name)s") if is_today else gettext("New here: %(name)s")
        return {
            "label": gettext("Welcome"),
            "number": "",
            "unit": "",
            "title": words % {"name": name},
            "facts": place,
            "face": {"name": name, "initials": person.initials, "hue": person.hue},
        }


def render_goal(goal: Goal, *, show_from: dt.datetime, show_until: dt.datetime) -> Cards:
    """The cards of ``goal``: its number, its words, and what was counted."""
    cards: Cards = {}
    for language in LANGUAGES:
        with override(language):
            cards[language] = {
                "label": gettext("We made it"),
                "number": number_format(goal.target, force_grouping=True),
                "unit": "",
                "title": goal.words_in(language),
                "facts": str(goal.counter),
                "face": None,
                "thread": goal.key,
                **_times(show_from, show_until),
            }
    return cards
