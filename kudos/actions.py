"""Every write about kudos."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.clock.actions import sweep
from engagement.live import actions as live
from engagement.live.models import Celebration, Stream
from engagement.notices import actions as notices
from engagement.people import actions as people
from engagement.people.models import Membership, Person, Site, Unit
from engagement.people.tree import Tree
from kudos.cards import CARD_LIFE, render_cards
from kudos.models import MESSAGE_LENGTH, Kudos, KudosReach, KudosReceiver, Value
from kudos.notices import KUDOS_RECEIVED
from kudos.text import clean_line

MOST_RECEIVERS = 20
SHOUT_OUT = "shoutout"
KEPT_MONTHS = 24
WITHDRAWN_KEPT = dt.timedelta(days=30)
PURGE_BATCH = 1000


@transaction.atomic
def give_kudos(
    *,
    by: Person,
    to: Sequence[Person | Unit],
    message: str,
    value: Value | None,
    audience: str,
    wants_wall: bool,
    at: dt.datetime,
    once: str | None = None,
    hold: dt.timedelta | None = None,
) -> Kudos:
    """Thanks ``to``. Others are told when the hold (``SHOUTOUT_HOLD_SECONDS``) is over.

    The same giver and ``once`` again is the same kudos, not a second one. Raises ValidationError
    that names the field and what to do.
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
        created_at=at,
        show_from=at + hold,
        once=once or None,
    )
    _check(kudos, to, day=times.local_date(at))
    try:
        with transaction.atomic():
            kudos.save()
    except IntegrityError:
        # The same request at the same moment: the other one has it.
        if once and (earlier := Kudos.objects.filter(giver=by, once=once).first()):
            return earlier
        raise
    places = _places([by, *to], day=times.local_date(at))
    _store_receivers([(kudos, to)], places)
    people_thanked = [receiver for receiver in to if isinstance(receiver, Person)]
    notices.notify(
        people=people_thanked,
        kind=KUDOS_RECEIVED,
        source=kudos.key,
        context={"kudos": kudos.key},
        link=reverse("kudos:detail", args=[kudos.key]),
        show_from=kudos.show_from,
        at=at,
    )
    # Last: from here on other celebrations of the same audience wait for this commit.
    _celebrate(kudos, to, places, at=at)
    return kudos


def _check(kudos: Kudos, to: Sequence[Person | Unit], *, day: dt.date) -> None:
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
    elif gone := [one.name for one in to if not _is_here(one, day)]:
        problems["to"] = _("No longer here: %(names)s.") % {"names": ", ".join(gone)}
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
    if problems:
        raise ValidationError(problems)


def _is_here(receiver: Person | Unit, day: dt.date) -> bool:
    if isinstance(receiver, Unit):
        return receiver.closed_on is None or receiver.closed_on > day
    return receiver.left_on is None or receiver.left_on > day


@dataclass(frozen=True)
class Places:
    """Where people and units stand on a day; two queries however many they are."""

    tree: Tree
    units: dict[int, Unit]

    def unit_of(self, one: Person | Unit) -> Unit | None:
        return one if isinstance(one, Unit) else self.units.get(one.pk)

    def site_of(self, one: Person | Unit) -> Site | None:
        unit = self.unit_of(one)
        return self.tree.site_of(unit.pk) if unit else None


def _places(ones: Iterable[Person | Unit], *, day: dt.date) -> Places:
    persons = [one.pk for one in ones if isinstance(one, Person)]
    memberships = Membership.objects.on(day).filter(person__in=persons).select_related("unit")
    return Places(
        tree=Tree.on(day),
        units={membership.person_id: membership.unit for membership in memberships},
    )


def _audiences(
    kudos: Kudos, to: Iterable[Person | Unit], places: Places
) -> tuple[list[Unit], list[Site], bool]:
    """The units, the sites, and whether everybody: who may read ``kudos`` because of ``to``."""
    if kudos.audience == Kudos.Audience.COMPANY:
        return [], [], True
    if kudos.audience == Kudos.Audience.SITE:
        sites = {site.pk: site for one in to if (site := places.site_of(one))}
        # A unit without a site of its own, such as a department: its people read it by the unit.
        without = [one for one in to if isinstance(one, Unit) and not places.site_of(one)]
        return without, list(sites.values()), False
    if kudos.audience == Kudos.Audience.TEAM:
        units = {unit.pk: unit for one in to if (unit := places.unit_of(one))}
        return list(units.values()), [], False
    return [], [], False


def _streams(kudos: Kudos, to: Iterable[Person | Unit], places: Places) -> list[Stream]:
    units, sites, everybody = _audiences(kudos, to, places)
    return live.ensure_streams(units=units, sites=sites, everybody=everybody)


def _store_receivers(
    given: Sequence[tuple[Kudos, Sequence[Person | Unit]]], places: Places
) -> None:
    KudosReceiver.objects.bulk_create(
        [
            KudosReceiver(
                kudos=kudos,
                giver_id=kudos.giver_id,
                person=receiver if isinstance(receiver, Person) else None,
                unit=receiver if isinstance(receiver, Unit) else None,
                show_from=kudos.show_from,
            )
            for kudos, to in given
            for receiver in to
        ]
    )
    streams: dict[tuple[str, frozenset[int]], list[Stream]] = {}
    reaches = []
    for kudos, to in given:
        # Many kudos have the same audience: each is looked up once.
        units, sites, everybody = _audiences(kudos, to, places)
        key = (kudos.audience, frozenset(one.pk for one in [*units, *sites]))
        if key not in streams:
            streams[key] = live.ensure_streams(units=units, sites=sites, everybody=everybody)
        reaches += [
            KudosReach(kudos=kudos, stream=stream, show_from=kudos.show_from)
            for stream in streams[key]
        ]
    KudosReach.objects.bulk_create(reaches)


def _celebrate(
    kudos: Kudos, to: Sequence[Person | Unit], places: Places, *, at: dt.datetime
) -> None:
    """Puts the shout-out on the walls its receivers agreed to.

    Those who said "any wall" are named wherever the audience reaches, those who said "my own
    team's wall" there only, the others nowhere.
    """
    if not kudos.wants_wall or kudos.show_from + CARD_LIFE <= at:
        return
    anywhere = [
        one for one in to if isinstance(one, Unit) or one.wall_choice == Person.WallChoice.ANY
    ]
    at_home = [
        one for one in to if isinstance(one, Person) and one.wall_choice == Person.WallChoice.TEAM
    ]
    shows: list[tuple[list[Person | Unit], list[Stream]]] = []
    for unit in dict.fromkeys(unit for one in at_home if (unit := places.unit_of(one))):
        named = [*anywhere, *(one for one in at_home if places.unit_of(one) == unit)]
        shows.append((named, live.ensure_streams(units=[unit])))
    if anywhere:
        shows.append((anywhere, _streams(kudos, anywhere, places)))
    giver_unit = places.unit_of(kudos.giver)
    for named, streams in shows:
        live.celebrate(
            kind=SHOUT_OUT,
            source=kudos.key,
            cards=render_cards(
                kudos, named=named, giver_place=giver_unit.name if giver_unit else ""
            ),
            streams=streams,
            show_from=kudos.show_from,
            show_until=kudos.show_from + CARD_LIFE,
        )


@transaction.atomic
def withdraw_kudos(*, kudos: Kudos, by: Person, at: dt.datetime) -> None:
    """Takes a kudos back: from feeds, from walls, and from the outbox while it is on hold."""
    if kudos.giver_id != by.pk:
        raise ValidationError(_("Only the giver can withdraw a thank-you."))
    if not Kudos.objects.filter(pk=kudos.pk, withdrawn_at=None).update(withdrawn_at=at):
        return
    KudosReach.objects.filter(kudos=kudos).delete()
    notices.withdraw_notices(source=kudos.key, at=at)
    live.withdraw_celebrations(sources=[kudos.key], at=at)


@transaction.atomic
def take_off_walls(*, kudos: Kudos, by: Person, at: dt.datetime) -> None:
    """Takes the shout-out off every wall; the kudos stays in the feed."""
    receivers = KudosReceiver.objects.filter(kudos=kudos)
    if kudos.giver_id != by.pk and not receivers.filter(person=by).exists():
        raise ValidationError(_("Only those thanked, and the giver, can take it off the walls."))
    receivers.filter(off_wall_at=None).update(off_wall_at=at)
    live.withdraw_celebrations(sources=[kudos.key], at=at)


@transaction.atomic
def choose_wall(*, by: Person, choice: str, at: dt.datetime) -> None:
    """Sets what of ``by`` walls may show; takes effect on the walls at once.

    The thank-yous of the last day that waited for the choice appear now.
    """
    people.choose_wall(person=by, choice=choice, by=by, at=at)
    recent = Kudos.objects.standing().filter(
        receivers__person=by,
        receivers__off_wall_at=None,
        wants_wall=True,
        show_from__gt=at - CARD_LIFE,
    )
    by.refresh_from_db(fields=["wall_choice"])
    for kudos in recent.select_related("giver", "value").order_by("show_from"):
        # Drawn anew for all its receivers: the card may name one more, or one less.
        live.withdraw_celebrations(sources=[kudos.key], at=at)
        to = [
            one
            for receiver in kudos.receivers.select_related("person", "unit").order_by("pk")
            if (one := receiver.person or receiver.unit)
        ]
        _celebrate(kudos, to, _places([kudos.giver, *to], day=times.local_date(at)), at=at)


def withdraw_leavers_cards(*, at: dt.datetime) -> int:
    """Takes cards that name or come from people who have left off the walls. Returns how many."""
    day = times.local_date(at)
    gone = Person.objects.filter(left_on__lte=day, left_on__gt=day - dt.timedelta(days=3))
    sources = set(
        Kudos.objects.filter(giver__in=gone, show_from__gt=at - CARD_LIFE).values_list(
            "key", flat=True
        )
    ) | set(
        Kudos.objects.filter(receivers__person__in=gone, show_from__gt=at - CARD_LIFE).values_list(
            "key", flat=True
        )
    )
    standing = Celebration.objects.standing().filter(source__in=sources)

    def withdraw(card: Celebration) -> None:
        live.withdraw_celebrations(sources=[card.source], at=at)

    return sweep(standing, withdraw)


@dataclass(frozen=True)
class PastKudos:
    """One kudos of a history that is brought in: from another system, or made up for the demo."""

    giver: Person
    to: Sequence[Person | Unit]
    message: str
    value: Value | None
    audience: str
    at: dt.datetime
    wants_wall: bool = True


@transaction.atomic
def record_past_kudos(past: Collection[PastKudos], *, day: dt.date) -> int:
    """Stores kudos that were given before; nobody is told, no wall shows them.

    Audiences are those of ``day``, when all of ``past`` must have happened or nearly so. Returns
    how many there were. Constraints of the database hold; nothing else is checked.
    """
    kudos = Kudos.objects.bulk_create(
        Kudos(
            giver=one.giver,
            message=clean_line(one.message),
            value=one.value,
            audience=one.audience,
            wants_wall=one.wants_wall and one.audience != Kudos.Audience.PRIVATE,
            created_at=one.at,
            show_from=one.at,
        )
        for one in past
    )
    everybody: list[Person | Unit] = [receiver for one in past for receiver in one.to]
    places = _places(everybody, day=day)
    _store_receivers([(row, one.to) for row, one in zip(kudos, past, strict=True)], places)
    return len(kudos)


def purge_kudos(*, at: dt.datetime) -> int:
    """Deletes kudos given 24 months ago or earlier, and those withdrawn 30 days ago or earlier.

    Returns how many. In batches, each of which lasts: a run that is stopped has not been for nothing.
    """
    old = Kudos.objects.filter(
        Q(created_at__lte=times.months_before(at, KEPT_MONTHS))
        | Q(withdrawn_at__lte=at - WITHDRAWN_KEPT)
    )
    purged = 0
    while batch := list(old.order_by("pk").values_list("pk", flat=True)[:PURGE_BATCH]):
        Kudos.objects.filter(pk__in=batch).delete()
        purged += len(batch)
    return purged


@transaction.atomic
def save_value(*, value: Value, by: Person, at: dt.datetime) -> Value:
    """Creates or changes a company value."""
    value.full_clean()
    value.save()
    people.record(verb="value-saved", by=by, subject=value, at=at, name=value.name_nb)
    return value


@transaction.atomic
def retire_value(*, value: Value, by: Person, at: dt.datetime) -> None:
    """Takes a value out of use; kudos that named it keep it."""
    value.retired_at = at
    value.save(update_fields=["retired_at"])
    people.record(verb="value-retired", by=by, subject=value, at=at, name=value.name_nb)
