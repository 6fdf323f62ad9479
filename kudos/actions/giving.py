"""Giving a kudos: now, or on a day to come."""

import datetime as dt
from collections.abc import Sequence
from functools import partial

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import prefetch_related_objects
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.notices import actions as notices
from engagement.people.models import Person, Unit
from engagement.people.queries import place_of, placed_people
from engagement.people.receivers import Receiver, is_here
from engagement.people.shifts import Shift, members_of
from engagement.text import clean_line
from engagement.themes.calendar import looks_open_to
from kudos.actions.reach import celebrate, keeps_private, places_of, store_reach, store_receivers
from kudos.looks import LOOKS, PLAIN
from kudos.mentions import find_mentions
from kudos.models import MESSAGE_LENGTH, Kudos, KudosReceiver, Mention, Value
from kudos.notices import GROUP_THANKED, KUDOS_MENTIONED, KUDOS_NOT_SENT, KUDOS_RECEIVED

MOST_RECEIVERS = 20
MOST_MENTIONS = 10
# A longer list than this is a department: its people read it in their feed and on the wall.
GROUP_TOLD_MOST = 60
PLANNED_AT_MOST = dt.timedelta(days=366)
# So long a box may stand open over midnight, and still give the card that it offered.
BOX_OPEN = dt.timedelta(hours=1)


@transaction.atomic
def give_kudos(
    *,
    by: Person,
    to: Sequence[Receiver],
    message: str,
    value: Value | None,
    audience: str,
    wants_wall: bool,
    at: dt.datetime,
    look: str = PLAIN,
    from_unit: Unit | None = None,
    is_from_customer: bool = False,
    mentioned: Sequence[Person] = (),
    release_at: dt.datetime | None = None,
    once: str | None = None,
    hold: dt.timedelta | None = None,
) -> Kudos:
    """Thanks ``to``. Others are told when the hold (``SHOUTOUT_HOLD_SECONDS``) is over, or at
    ``release_at``.

    ``from_unit`` speaks for the unit that ``by`` belongs to. ``mentioned`` are told when the
    message names them with @. The same giver and ``once`` again is the same kudos, not a second
    one. A new one has its ``named`` loaded. Raises ValidationError that names the field and what
    to do.
    """
    if once and (earlier := Kudos.objects.filter(giver=by, once=once).first()):
        return earlier
    if hold is None:
        hold = dt.timedelta(seconds=settings.SHOUTOUT_HOLD_SECONDS)
    kudos = Kudos(
        giver=by,
        message=clean_line(message),
        value=value,
        audience=audience,
        wants_wall=wants_wall and audience != Kudos.Audience.PRIVATE,
        look=look,
        from_unit=from_unit,
        is_from_customer=is_from_customer,
        created_at=at,
        show_from=release_at or at + hold,
        released_at=None if release_at else at,
        once=once or None,
    )
    _check(kudos, to, at=at)
    try:
        # What else could go wrong ends all of it; twice at once alone is answered.
        with transaction.atomic(savepoint=bool(once)):
            kudos.save()
    except IntegrityError:
        # The same request at the same moment: the other one has it.
        if once and (earlier := Kudos.objects.filter(giver=by, once=once).first()):
            return earlier
        raise
    kudos.named = store_receivers([(kudos, to)])
    spans = find_mentions(kudos.message, list(mentioned)[:MOST_MENTIONS])
    if spans:
        Mention.objects.bulk_create(
            Mention(kudos=kudos, person=span.person, starts_at=span.starts_at, ends_at=span.ends_at)
            for span in spans
        )
    if "@" in kudos.message:
        prefetch_related_objects([kudos], "mentions__person")
    if not kudos.is_planned:
        _send_out(kudos, to, at=at)
    return kudos


def _check(kudos: Kudos, to: Sequence[Receiver], *, at: dt.datetime) -> None:
    day = times.local_date(at)
    problems: dict[str, str] = {}
    if not kudos.giver.is_active:
        problems["to"] = _("Your account is closed.")
    elif not to:
        problems["to"] = _("Choose at least one person or team to thank.")
    elif len(to) > MOST_RECEIVERS:
        problems["to"] = _("Thank at most %(count)d at once, or choose their team.") % {
            "count": MOST_RECEIVERS
        }
    elif kudos.giver in to:
        problems["to"] = _("You cannot thank yourself.")
    elif gone := [one.name for one in to if not is_here(one, day)]:
        problems["to"] = _("No longer here: %(names)s.") % {"names": ", ".join(gone)}
    elif early := [one.name for one in to if _starts_after(one, times.local_date(kudos.show_from))]:
        problems["release_at"] = _("Not here yet on that day: %(names)s.") % {
            "names": ", ".join(early)
        }
    elif apart := [one.name for one in to if not _takes_thanks_from(one, kudos.giver)]:
        problems["to"] = _(
            "Takes thanks from the own employer only: %(names)s. Thank their team instead."
        ) % {"names": ", ".join(apart)}
    if not kudos.message:
        problems["message"] = _("Write a line about what you saw.")
    elif len(kudos.message) > MESSAGE_LENGTH:
        problems["message"] = _(
            "The message has %(length)d characters; at most %(limit)d fit. Shorten it a little."
        ) % {"length": len(kudos.message), "limit": MESSAGE_LENGTH}
    if kudos.value and kudos.value.retired_at:
        problems["value"] = _("This value is no longer in use. Choose another, or none.")
    if kudos.audience not in Kudos.Audience.values:
        problems["audience"] = _("Choose who may see it.")
    if kudos.look not in LOOKS and not _is_look_of_the_day(kudos, at):
        problems["look"] = _("This card is for its own day only. Choose another.")
    if kudos.from_unit and not _speaks_for(kudos.giver, kudos.from_unit, day):
        problems["from_unit"] = _("You can thank from your own team only.")
    elif kudos.from_unit in to:
        problems["to"] = _("A team cannot thank itself.")
    if kudos.is_planned and not at < kudos.show_from <= at + PLANNED_AT_MOST:
        problems["release_at"] = _("Choose a time to come, within a year.")
    if problems:
        raise ValidationError(problems)


def _is_look_of_the_day(kudos: Kudos, at: dt.datetime) -> bool:
    """Whether a theme day gives its look: now, a moment ago when the box was opened, or on the day
    that the card waits for."""
    return kudos.look in looks_open_to(kudos.giver, (at, at - BOX_OPEN, kudos.show_from))


def _starts_after(one: Receiver, day: dt.date) -> bool:
    return isinstance(one, Person) and one.started_on > day


def _takes_thanks_from(one: Receiver, giver: Person) -> bool:
    return (
        not isinstance(one, Person)
        or one.is_thanked_by_partners
        or one.employer_id == giver.employer_id
    )


def _speaks_for(person: Person, unit: Unit, day: dt.date) -> bool:
    return place_of(person, day).unit == unit


def _send_out(kudos: Kudos, to: Sequence[Receiver], *, at: dt.datetime) -> None:
    """Tells those thanked and mentioned, and puts it into feeds and on walls."""
    places = places_of([kudos.giver, *to], day=times.local_date(at))
    public = [one for one in to if not keeps_private(one)]
    store_reach([(kudos, public)], places)
    told = _tell(kudos, to, at=at)
    tell_mentioned(kudos, passed_over=told, at=at)
    # Last: from here on other celebrations of the same audience wait for this commit.
    celebrate(kudos, public, places, at=at)


def _tell(kudos: Kudos, to: Sequence[Receiver], *, at: dt.datetime) -> set[int]:
    """Tells those thanked, by name or with their team or shift; returns who was."""
    people = [one for one in to if isinstance(one, Person)]
    told = {person.pk for person in people} | {kudos.giver_id}
    notify = partial(
        notices.notify,
        source=kudos.key,
        link=reverse("kudos:detail", args=[kudos.key]),
        show_from=kudos.show_from,
        at=at,
    )
    notify(people=people, kind=KUDOS_RECEIVED, context={"kudos": kudos.key})
    for group in to:
        if isinstance(group, Person):
            continue
        members = [one for one in _members(group, at) if one.pk not in told]
        if len(members) <= GROUP_TOLD_MOST:
            context = {"kudos": kudos.key, "group": group.key}
            notify(people=members, kind=GROUP_THANKED, context=context)
            told |= {one.pk for one in members}
    return told


def _members(group: Unit | Shift, at: dt.datetime) -> list[Person]:
    day = times.local_date(at)
    if isinstance(group, Shift):
        return members_of(group, tree=places_of([], day=day).tree)
    people = placed_people(day).filter(unit_id=group.pk)  # type: ignore[misc] # annotated
    return list(people[: GROUP_TOLD_MOST + 2])


def tell_mentioned(kudos: Kudos, *, passed_over: set[int], at: dt.datetime) -> None:
    """Tells those whom the message names with @, but for those who are told of it anyway."""
    named = [piece.person for piece in kudos.pieces if piece.person]
    notices.notify(
        people=[person for person in named if person.pk not in passed_over],
        kind=KUDOS_MENTIONED,
        source=kudos.key,
        context={"kudos": kudos.key},
        link=reverse("kudos:detail", args=[kudos.key]),
        show_from=kudos.show_from,
        at=at,
    )


def release_planned_kudos(*, at: dt.datetime) -> int:
    """Sends out the kudos whose day has come. Returns how many.

    Those who have left meanwhile are no longer thanked; a kudos that thanks nobody any more is
    taken back and its giver told.
    """

    def release(kudos: Kudos) -> None:
        day = times.local_date(at)
        rows = list(
            kudos.receivers.select_related("person", "unit", "site", "shift_pattern").order_by("pk")
        )
        gone = [row.pk for row in rows if not is_here(row.one, day)]
        KudosReceiver.objects.filter(pk__in=gone).delete()
        to = [row.one for row in rows if row.pk not in gone]
        if not to or not kudos.giver.is_active:
            kudos.withdrawn_at = at
            kudos.save(update_fields=["withdrawn_at"])
            notices.notify(
                people=[kudos.giver],
                kind=KUDOS_NOT_SENT,
                source=kudos.key,
                context={"names": ", ".join(row.one.name for row in rows)},
                link=reverse("kudos:give"),
                at=at,
            )
            return
        kudos.released_at = at
        kudos.save(update_fields=["released_at"])
        _send_out(kudos, to, at=at)

    return sweep(Kudos.objects.due(at).select_related("giver", "value", "from_unit"), release)
