"""A standing and a result as the cards that walls show, once for each language
(docs/wall-protocol.md). Groups alone, never a person."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import gettext, ngettext, override

from engagement import times
from engagement.http.templatetags.vaffel import in_a_row
from engagement.live.actions import LANGUAGES
from events.competition_numbers import until_words
from events.models import Competition
from events.queries.competing import Row
from events.standings import COUNTED

MOST_BARS = 6
Cards = dict[str, dict[str, Any]]


def render_standing(
    competition: Competition,
    rows: Sequence[Row],
    *,
    show_from: dt.datetime,
    show_until: dt.datetime,
) -> Cards:
    """Where the groups stand now."""

    def words() -> dict[str, str]:
        return {
            "label": gettext("Competition"),
            "title": competition.title,
            "facts": gettext("Until %(moment)s") % {"moment": until_words(competition.ends_at)},
        }

    return _cards(competition, rows, words, show_from=show_from, show_until=show_until)


def render_result(
    competition: Competition,
    rows: Sequence[Row],
    *,
    show_from: dt.datetime,
    show_until: dt.datetime,
) -> Cards:
    """How it ended."""

    def words() -> dict[str, str]:
        return {
            "label": competition.title,
            "title": winner_words([row.group.name for row in rows if row.line.place == 1]),
            "facts": gettext("Thanks to everybody who took part"),
        }

    return _cards(competition, rows, words, show_from=show_from, show_until=show_until)


def winner_words(winners: Sequence[str]) -> str:
    """Who won, in the active language."""
    if not winners:
        return gettext("It is over")
    return ngettext("%(groups)s won", "%(groups)s share the first place", len(winners)) % {
        "groups": in_a_row(winners)
    }


def _cards(
    competition: Competition,
    rows: Sequence[Row],
    words: Callable[[], dict[str, str]],
    *,
    show_from: dt.datetime,
    show_until: dt.datetime,
) -> Cards:
    shown = [row for row in rows if row.line.state == COUNTED][:MOST_BARS]
    more = len(rows) - len(shown)
    cards: Cards = {}
    for language in LANGUAGES:
        with override(language):
            cards[language] = {
                "show_from": times.milliseconds(show_from),
                "show_until": times.milliseconds(show_until),
                "at": times.milliseconds(show_from),
                "thread": competition.key,
                **words(),
                "unit": gettext("%(unit)s a person") % {"unit": competition.unit_word},
                "rows": [_bar(row) for row in shown],
                "more": (
                    ngettext("and %(count)d more", "and %(count)d more", more) % {"count": more}
                    if more
                    else ""
                ),
            }
    return cards


def _bar(row: Row) -> dict[str, Any]:
    return {
        "place": row.line.place,
        "name": row.group.name,
        "letter": row.sign.letter,
        "colour": row.sign.colour,
        "pattern": row.sign.pattern,
        "value": row.number,
        "share": row.share,
    }
