"""An event as the card that walls show on its day, once for each language (docs/wall-protocol.md)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext, ngettext, override

from engagement import times
from engagement.http.qr import qr_for_wall
from engagement.http.templatetags.vaffel import in_a_row
from engagement.live.actions import LANGUAGES
from events.models import Event, Sitting

MOST_TIMES = 4


def render_event(
    event: Event,
    sittings: Sequence[Sitting],
    *,
    show_from: dt.datetime,
    show_until: dt.datetime,
) -> dict[str, dict[str, Any]]:
    """The cards of ``event`` with its ``sittings`` at one site. Never who comes."""
    address = f"{settings.BASE_URL}{reverse('events:detail', args=[event.key])}"
    cards = {}
    for language in LANGUAGES:
        with override(language):
            cards[language] = {
                "show_from": times.milliseconds(show_from),
                "show_until": times.milliseconds(show_until),
                "at": times.milliseconds(show_from),
                "thread": event.key,
                "label": gettext("Today"),
                "title": event.title,
                "facts": _facts(sittings),
                "scan": gettext("Scan and join in"),
                "qr": qr_for_wall(address),
                "sign_label": "",
                "sign": [],
            }
    return cards


def _facts(sittings: Sequence[Sitting]) -> str:
    clocks = [f"{times.local_clock(one.starts_at, one.zone):%H:%M}" for one in sittings]
    clocks = list(dict.fromkeys(clocks))
    told = in_a_row(clocks[:MOST_TIMES])
    if len(clocks) > MOST_TIMES:
        more = len(clocks) - MOST_TIMES
        told = ngettext("%(times)s and %(count)d more", "%(times)s and %(count)d more", more) % {
            "times": in_a_row(clocks[:MOST_TIMES]),
            "count": more,
        }
    places = list(dict.fromkeys(one.place for one in sittings if one.place))
    return f"{told}. {places[0]}." if len(places) == 1 else f"{told}."
