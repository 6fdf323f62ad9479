"""A kudos as the card that walls show, once for each language (docs/wall-protocol.md)."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext, override

from engagement import times
from engagement.live.actions import LANGUAGES
from engagement.people.models import Person
from engagement.people.receivers import Receiver
from kudos.mentions import Piece
from kudos.models import Kudos

# How long a thank-you stays in a wall's rotation, unless `queries.rings` says less.
CARD_LIFE = dt.timedelta(hours=24)


def render_cards(
    kudos: Kudos, *, named: Sequence[Receiver], giver_place: str, show_until: dt.datetime
) -> dict[str, dict[str, Any]]:
    """The card in every language, naming only ``named``. People appear by first name."""
    return {
        language: _card(kudos, named, giver_place, show_until, language) for language in LANGUAGES
    }


def _card(
    kudos: Kudos,
    named: Sequence[Receiver],
    giver_place: str,
    show_until: dt.datetime,
    language: str,
) -> dict[str, Any]:
    names = [first_name(receiver) for receiver in named]
    with override(language):
        source = _source(kudos, giver_place)
        from_label = gettext("from %(name)s") % {"name": source}
        to_label = join_names(names)
        to = [_face(receiver) for receiver in named]
        text = "".join(_on_walls(piece) for piece in kudos.pieces)
        sender = {"name": source, **_drawn(kudos.sender_face)}
    value = kudos.value
    return {
        "show_from": times.milliseconds(kudos.show_from),
        "show_until": times.milliseconds(show_until),
        "at": times.milliseconds(kudos.created_at),
        # Cards of one kudos on differently addressed walls: a wall shows one of them.
        "thread": kudos.key,
        "to": to,
        "to_label": to_label,
        "from": sender,
        "from_label": from_label,
        "text": text,
        "look": kudos.look,
        "value": value
        and {"name": value.name_in(language), "hue": value.hue, "emblem": value.emblem},
    }


def _source(kudos: Kudos, giver_place: str) -> str:
    if kudos.is_from_customer:
        return gettext("a customer")
    if kudos.from_unit:
        return kudos.from_unit.name
    return ", ".join(part for part in (kudos.giver.get_short_name(), giver_place) if part)


def _on_walls(piece: Piece) -> str:
    """Names after an @ as their owners allow: by first name, or not at all."""
    if piece.person is None:
        return piece.text
    if piece.person.wall_choice == Person.WallChoice.ANY:
        return piece.person.get_short_name()
    return gettext("a colleague")


def first_name(receiver: Receiver) -> str:
    return receiver.get_short_name() if isinstance(receiver, Person) else receiver.name


def join_names(names: Sequence[str]) -> str:
    """``Amina``, ``Amina and Jonas``, ``Amina, Jonas and Līga`` in the active language."""
    if len(names) < 2:
        return "".join(names)
    return gettext("%(most)s and %(last)s") % {"most": ", ".join(names[:-1]), "last": names[-1]}


def _face(subject: Receiver) -> dict[str, Any]:
    return {"name": first_name(subject), **_drawn(subject)}


def _drawn(subject: Receiver | Mapping[str, Any]) -> dict[str, Any]:
    if isinstance(subject, Mapping):
        return {"initials": subject["initials"], "hue": subject["hue"]}
    return {"initials": subject.initials, "hue": subject.hue}
