"""A shift as something one can speak of: those who usually work one pattern at one site."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from engagement.people.models import Person, ShiftPattern, Site, folded, hue_of, sortable
from engagement.people.queries import placed_people
from engagement.people.tree import Tree


@dataclass(frozen=True)
class Shift:
    """One pattern at one site. Who belongs to it changes with rosters; it has no rows of its own."""

    site: Site
    pattern: ShiftPattern

    @property
    def key(self) -> str:
        """A public id like those of people and units, with a dot in the middle."""
        return f"{self.site.key}.{self.pattern.key}"

    @property
    def name(self) -> str:
        """``Evening, Trondheim`` in the active language."""
        return _("%(shift)s, %(site)s") % {"shift": self.pattern, "site": self.site.name}

    @property
    def initials(self) -> str:
        return self.site.name[:2].upper()

    @property
    def hue(self) -> int:
        return hue_of(self.key)


def find_shifts(words: Sequence[str], *, tree: Tree) -> list[Shift]:
    """Shifts that somebody works on the tree's day, whose names have words beginning with ``words``.

    ``words`` are folded (`folded`). By site, then by when they start. At most two queries.
    """
    patterns = ShiftPattern.objects.order_by("starts_at", "pk")
    found = [
        Shift(site, pattern)
        for pattern in patterns
        for site in sorted(tree.sites.values(), key=lambda site: sortable(site.name))
        if words and _fits(words, pattern, site)
    ]
    if not found:
        return []
    rows = placed_people(tree.day).filter(shift_pattern__in={one.pattern.pk for one in found})
    pairs = rows.values_list("unit_id", "shift_pattern_id").distinct()  # type: ignore[misc] # annotated
    worked = {(tree.site_of(unit_id), pattern_id) for unit_id, pattern_id in pairs}
    return [one for one in found if (one.site, one.pattern.pk) in worked]


def _fits(words: Sequence[str], pattern: ShiftPattern, site: Site) -> bool:
    # One word at least is the shift's own: a town alone means its teams and people.
    names = f" {folded(pattern.name_nb)} {folded(pattern.name_en)}"
    whole = f"{names} {folded(site.name)}"
    return any(f" {word}" in names for word in words) and all(f" {word}" in whole for word in words)


def shifts_by_key(keys: Iterable[str]) -> dict[str, Shift]:
    """The shifts behind public ids, also those of sites that have closed. At most two queries."""
    wanted = {key: key.partition(".")[::2] for key in keys if key.count(".") == 1 and key.isascii()}
    if not wanted:
        return {}
    sites = Site.objects.filter(key__in={site for site, _pattern in wanted.values()})
    by_key = {site.key: site for site in sites}
    patterns = {
        pattern.key: pattern
        for pattern in ShiftPattern.objects.filter(key__in={key for _site, key in wanted.values()})
    }
    return {
        key: Shift(by_key[site], patterns[pattern])
        for key, (site, pattern) in wanted.items()
        if site in by_key and pattern in patterns
    }


def members_of(shift: Shift, *, tree: Tree) -> list[Person]:
    """Those who usually work ``shift`` on the tree's day. One query."""
    here = tree.unit_ids_at(shift.site.pk)
    people = placed_people(tree.day).filter(shift_pattern=shift.pattern)
    return list(people.filter(unit_id__in=here).order_by("sort_name", "pk"))  # type: ignore[misc] # annotated
