"""An open survey as the card that walls show, once for each language (docs/wall-protocol.md).

It tells what is asked of everybody and nothing of what anybody did: it changes by the clock alone.
"""

import math
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.template.defaultfilters import date as formatted
from django.urls import reverse
from django.utils.timezone import localtime
from django.utils.translation import gettext, override

from engagement import times
from engagement.http.qr import qr_for_wall
from engagement.http.templatetags.vaffel import in_a_row
from engagement.live.actions import LANGUAGES
from surveys.models import Survey
from surveys.protocol.manifest import manifest_hash, words


def render_cards(survey: Survey, *, asked: Sequence[str], minutes: float) -> dict[str, Any]:
    """The card in every language. ``asked`` names the places whose people are asked; may be empty."""
    return {language: _card(survey, asked, math.ceil(minutes), language) for language in LANGUAGES}


def _card(survey: Survey, asked: Sequence[str], minutes: int, language: str) -> dict[str, Any]:
    assert survey.opened_at is not None
    assert survey.closes_at is not None
    assert survey.manifest is not None
    address = f"{settings.BASE_URL}{reverse('surveys:detail', args=[survey.key])}"
    with override(language):
        until = formatted(localtime(survey.closes_at), gettext("l j F H:i"))
        return {
            "show_from": times.milliseconds(survey.opened_at),
            "show_until": times.milliseconds(survey.closes_at),
            "at": times.milliseconds(survey.opened_at),
            "thread": survey.key,
            "label": _label(asked),
            "title": survey.title,
            "facts": gettext("About %(minutes)d min. Open until %(until)s.")
            % {"minutes": minutes, "until": until},
            "scan": gettext("Scan and answer"),
            "qr": qr_for_wall(address),
            "sign_label": gettext("The same twelve words stand on your phone"),
            "sign": words(manifest_hash(bytes(survey.manifest))),
        }


def _label(asked: Sequence[str]) -> str:
    if not asked:
        return gettext("Survey")
    return gettext("Survey for %(places)s") % {"places": in_a_row(asked)}
