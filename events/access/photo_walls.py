"""On whose walls photos of an event may hang, and who may hang them there."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.models import Employer, Person, Site, Unit
from engagement.people.tree import Tree
from events.access.after import get_photo_to_view
from events.access.planning import can_edit_series, reach_of
from events.models import Event, Photo


@dataclass(frozen=True)
class WallPlaces:
    """Whose walls: of sites, of units with those below them, of the teams of employers. Without any,
    and not everywhere: no wall."""

    is_everywhere: bool = False
    sites: tuple[Site, ...] = ()
    units: tuple[Unit, ...] = ()
    employers: tuple[Employer, ...] = ()

    def __bool__(self) -> bool:
        return self.is_everywhere or bool(self.names)

    @property
    def names(self) -> list[str]:
        """In the order of letters; none when it is everywhere."""
        whose: list[Site | Unit | Employer] = [*self.sites, *self.units, *self.employers]
        return sorted(one.name for one in whose)


def wall_places(event: Event) -> WallPlaces:
    """The sites where ``event`` was held. What was held everywhere at once: the walls of those it
    invites, which is everywhere when it invites everybody. Nowhere for what was called off. Two
    queries at most."""
    held = [one.site for one in event.sittings.standing().select_related("site")]
    sites = [site for site in held if site]
    if len(sites) == len(held):
        return _places(sites)
    rows = event.series.invitations.select_related("unit", "site", "employer")
    invited = [one for row in rows if (one := row.unit or row.site or row.employer)]
    return _places([*sites, *invited]) if invited else WallPlaces(is_everywhere=True)


def asked_places(photo: Photo) -> WallPlaces:
    """Where those on ``photo`` were asked whether it may hang. One query."""
    asked = list(photo.wall_streams.select_related("unit", "site", "employer"))
    whose = [one.unit or one.site or one.employer for one in asked]
    return WallPlaces(is_everywhere=True) if None in whose else _places(whose)


def _places(all_of: Iterable[Site | Unit | Employer | None]) -> WallPlaces:
    unique = list(dict.fromkeys(all_of))
    return WallPlaces(
        sites=tuple(one for one in unique if isinstance(one, Site)),
        units=tuple(one for one in unique if isinstance(one, Unit)),
        employers=tuple(one for one in unique if isinstance(one, Employer)),
    )


def can_hang_photos(
    person: Person | AnonymousUser, event: Event, *, places: WallPlaces | None = None
) -> bool:
    """Those who plan ``event`` and whose roles reach today all of ``places`` (else: `wall_places`).
    Having made it is not enough: roles end."""
    if not can_edit_series(person, event.series):
        return False
    places = wall_places(event) if places is None else places
    reach = reach_of(person, tree=Tree.on(times.today()))
    return reach.is_everywhere or (
        not places.is_everywhere
        and reach.held_at.issuperset(one.pk for one in places.sites)
        and reach.units.issuperset(one.pk for one in places.units)
        and reach.employers.issuperset(one.pk for one in places.employers)
    )


def get_photo_to_hang(person: Person | AnonymousUser, key: str) -> Photo:
    """404 unless one sees it, 403 for those who plan nothing on these walls."""
    photo = get_photo_to_view(person, key)
    if not can_hang_photos(person, photo.event):
        raise PermissionDenied(
            _("Whoever organises it, and plans for these places today, decides what hangs there.")
        )
    return photo


def get_photo_to_take_off(person: Person | AnonymousUser, key: str) -> Photo:
    """404 unless one sees it, 403 for those who do not organise it; whose role has ended still may."""
    photo = get_photo_to_view(person, key)
    if not can_edit_series(person, photo.event.series):
        raise PermissionDenied(_("Whoever organises it decides what hangs on the wall."))
    return photo
