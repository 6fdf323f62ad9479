"""A photo as the card that walls show for a day, once for each language (docs/wall-protocol.md).

The picture itself is not in it: each screen fetches it by the key of the card, for as long as it hangs.
"""

import datetime as dt
from typing import Any

from django.utils.translation import gettext, override

from engagement import times
from engagement.http.templatetags.vaffel import long_date
from engagement.live.actions import LANGUAGES
from events.models import Photo


def render_photo(
    photo: Photo, *, show_from: dt.datetime, show_until: dt.datetime
) -> dict[str, dict[str, Any]]:
    """The cards of ``photo``, its event loaded. Never who is on it, nor who added it."""
    cards = {}
    for language in LANGUAGES:
        with override(language):
            cards[language] = {
                "show_from": times.milliseconds(show_from),
                "show_until": times.milliseconds(show_until),
                "at": times.milliseconds(show_from),
                "thread": photo.key,
                "label": gettext("From the event"),
                "title": photo.event.title,
                "facts": long_date(photo.event.day),
                "alt": photo.alt,
                "width": photo.width,
                "height": photo.height,
            }
    return cards
