"""Who may read a kudos, and on which walls its card is."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from engagement import times
from engagement.live import actions as live
from engagement.live.models import Stream
from engagement.people.models import Membership, Person, Site, Unit
from engagement.people.receivers import Receiver
from engagement.people.shifts import Shift
from engagement.people.tree import Tree
from kudos.cards import CARD_LIFE, render_cards
from kudos.models import Kudos, KudosReach, KudosReceiver, Report
from kudos.queries.rings import card_life, ring_strengths

SHOUT_OUT = "shoutout"


# The nearest site at or above each unit; the whole tree would cost a fifth of giving thanks.
SITES = """
WITH RECURSIVE line (below_id, parent_id, site_id, height) AS (
    SELECT unit_id, parent_id, site_id, 0 FROM people_unitplacement
    WHERE unit_id = ANY (%(units)s)
      AND from_on <= %(day)s AND (to_on IS NULL OR to_on > %(day)s)
  UNION ALL
    SELECT line.below_id, above.parent_id, above.site_id, line.height + 1
    FROM line JOIN people_unitplacement AS above ON above.unit_id = line.parent_id
    WHERE line.site_id IS NULL AND line.height < 100
      AND above.from_on <= %(day)s AND (above.to_on IS NULL OR above.to_on > %(day)s)
)
SELECT site.*, line.below_id FROM line JOIN people_site AS site ON site.id = line.site_id
"""


@dataclass(frozen=True)
class Places:
    """Where people, units and shifts stand on a day; two queries however many they are."""

    day: dt.date
    units: dict[int, Unit]
    # By the unit's row number.
    sites: dict[int, Site]

    @cached_property
    def tree(self) -> Tree:
        """The whole organisation of the day; one query more."""
        return Tree.on(self.day)

    def unit_of(self, one: Receiver) -> Unit | None:
        if isinstance(one, Shift):
            return None
        return one if isinstance(one, Unit) else self.units.get(one.pk)

    def site_of(self, one: Receiver) -> Site | None:
        if isinstance(one, Shift):
            return one.site
        unit = self.unit_of(one)
        return self.sites.get(unit.pk) if unit else None


def places_of(ones: Iterable[Receiver], *, day: dt.date) -> Places:
    ones = list(ones)
    persons = [one.pk for one in ones if isinstance(one, Person)]
    memberships = Membership.objects.on(day).filter(person__in=persons).select_related("unit")
    units = {membership.person_id: membership.unit for membership in memberships}
    wanted = {one.pk for one in [*units.values(), *(one for one in ones if isinstance(one, Unit))]}
    found = Site.objects.raw(SITES, {"units": sorted(wanted), "day": day})
    return Places(day, units, {site.below_id: site for site in found})  # type: ignore[attr-defined] # read along


def _audiences(
    kudos: Kudos, to: Iterable[Receiver], places: Places
) -> tuple[list[Unit], list[Site], bool]:
    """The units, the sites, and whether everybody: who may read ``kudos`` because of ``to``.

    A shift has no stream of its own: its people find what is theirs by their shift
    (`kudos.circles`), so that "the team" reaches nobody else.
    """
    if kudos.audience == Kudos.Audience.COMPANY and to:
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


def streams_of(kudos: Kudos, to: Sequence[Receiver], places: Places) -> list[Stream]:
    units, sites, everybody = _audiences(kudos, to, places)
    return live.ensure_streams(units=units, sites=sites, everybody=everybody)


def keeps_private(one: Receiver) -> bool:
    """Whether new thanks to ``one`` are for their own eyes, as they have chosen."""
    return isinstance(one, Person) and one.keeps_thanks_private


def store_receivers(
    given: Sequence[tuple[Kudos, Sequence[Receiver]]],
) -> list[KudosReceiver]:
    """Writes down who is thanked. Those who keep their thanks private do so from the start."""
    return KudosReceiver.objects.bulk_create(
        KudosReceiver(
            kudos=kudos,
            giver_id=kudos.giver_id,
            person=one if isinstance(one, Person) else None,
            unit=one if isinstance(one, Unit) else None,
            site=one.site if isinstance(one, Shift) else None,
            shift_pattern=one.pattern if isinstance(one, Shift) else None,
            show_from=kudos.show_from,
            is_private=keeps_private(one),
        )
        for kudos, to in given
        for one in to
    )


def public_receivers(kudos: Kudos) -> list[KudosReceiver]:
    """The receivers who do not keep it private, in the order they were named. One query."""
    rows = kudos.receivers.select_related("person", "unit", "site", "shift_pattern")
    return list(rows.filter(is_private=False).order_by("pk"))


def store_reach(given: Sequence[tuple[Kudos, Sequence[Receiver]]], places: Places) -> None:
    """Writes down in which audiences' feeds each kudos is, because of those named with it."""
    streams: dict[tuple[str, frozenset[int]], list[Stream]] = {}
    reaches = []
    for kudos, named in given:
        # Many kudos have the same audience: each is looked up once.
        units, sites, everybody = _audiences(kudos, named, places)
        key = (f"{kudos.audience} {everybody}", frozenset(one.pk for one in [*units, *sites]))
        if key not in streams:
            streams[key] = live.ensure_streams(units=units, sites=sites, everybody=everybody)
        reaches += [
            KudosReach(
                kudos=kudos, stream=stream, show_from=kudos.show_from, value_id=kudos.value_id
            )
            for stream in streams[key]
        ]
    KudosReach.objects.bulk_create(reaches)


def lock_kudos(kudos: Kudos) -> Kudos:
    """``kudos`` as it is now, held until the end of the transaction.

    Whatever changes who may read it, or what is said to it, holds it first: then nothing is shown
    because of what somebody else is about to take away.
    """
    rows = Kudos.objects.select_related("giver", "value", "from_unit")
    return rows.select_for_update(of=("self",)).get(pk=kudos.pk)


def show_again(kudos: Kudos, *, at: dt.datetime) -> None:
    """Draws anew where ``kudos`` is read and shown, after something about it changed.

    Call it last in a transaction, as `celebrate`. Its audience is that of the day it went out.
    """
    kudos = lock_kudos(kudos)
    live.withdraw_celebrations(sources=[kudos.key], at=at)
    KudosReach.objects.filter(kudos=kudos).delete()
    if kudos.is_planned or kudos.withdrawn_at or kudos.hidden_at:
        return
    rows = public_receivers(kudos)
    named = [row.one for row in rows]
    places = places_of([kudos.giver, *named], day=times.local_date(kudos.show_from))
    store_reach([(kudos, named)], places)
    _celebrate_unless_reported(kudos, rows, places, at=at)


def recast(kudos: Kudos, *, at: dt.datetime) -> None:
    """Draws the card anew, and leaves feeds alone. Call it last in a transaction, as `celebrate`."""
    live.withdraw_celebrations(sources=[kudos.key], at=at)
    rows = public_receivers(kudos)
    ones = [kudos.giver, *(row.one for row in rows)]
    places = places_of(ones, day=times.local_date(kudos.show_from))
    _celebrate_unless_reported(kudos, rows, places, at=at)


def _celebrate_unless_reported(
    kudos: Kudos, rows: Sequence[KudosReceiver], places: Places, *, at: dt.datetime
) -> None:
    """A wall is public: what somebody has reported waits for a decision."""
    if not Report.objects.open().about(kudos).exists():
        celebrate(kudos, [row.one for row in rows if row.off_wall_at is None], places, at=at)


def celebrate(kudos: Kudos, named: Sequence[Receiver], places: Places, *, at: dt.datetime) -> None:
    """Puts the shout-out on the walls its receivers agreed to.

    Those who said "any wall" are named wherever the audience reaches, those who said "my own
    team's wall" there only, the others nowhere. ``named`` holds nobody who keeps it private. Who
    has left is on no wall, neither thanked nor thanking nor in the text.
    A card between people who thank one another in a circle stays shorter (`queries.rings`).
    """
    day = times.local_date(at)
    if not kudos.wants_wall or kudos.show_from + CARD_LIFE <= at or _speaks_of_leaver(kudos, day):
        return
    named = [one for one in named if not (isinstance(one, Person) and _has_left(one, day))]
    anywhere = [
        one
        for one in named
        if not isinstance(one, Person) or one.wall_choice == Person.WallChoice.ANY
    ]
    at_home = [
        one
        for one in named
        if isinstance(one, Person) and one.wall_choice == Person.WallChoice.TEAM
    ]
    shows: list[tuple[list[Receiver], list[Stream]]] = []
    for unit in dict.fromkeys(unit for one in at_home if (unit := places.unit_of(one))):
        together = [*anywhere, *(one for one in at_home if places.unit_of(one) == unit)]
        shows.append((together, live.ensure_streams(units=[unit])))
    if anywhere:
        shows.append((anywhere, streams_of(kudos, anywhere, places)))
    giver_unit = places.unit_of(kudos.giver)
    strengths = ring_strengths(kudos, named) if shows else {}
    for together, streams in shows:
        show_until = kudos.show_from + card_life(together, strengths)
        if streams and show_until > at:
            live.celebrate(
                kind=SHOUT_OUT,
                source=kudos.key,
                cards=render_cards(
                    kudos,
                    named=together,
                    giver_place=giver_unit.name if giver_unit else "",
                    show_until=show_until,
                ),
                streams=streams,
                show_from=kudos.show_from,
                show_until=show_until,
            )


def _speaks_of_leaver(kudos: Kudos, day: dt.date) -> bool:
    """Whether the card would name, as its sender or with @ in its text, somebody who has left."""
    if kudos.is_in_own_name and _has_left(kudos.giver, day):
        return True
    return any(_has_left(piece.person, day) for piece in kudos.pieces if piece.person)


def _has_left(person: Person, day: dt.date) -> bool:
    return person.left_on is not None and person.left_on <= day
