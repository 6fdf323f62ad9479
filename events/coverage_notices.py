"""What those who plan for teams are told: that more are away than a rule allows."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.http.templatetags import vaffel
from engagement.notices.kinds import Kind, Parameters, register_kind
from engagement.people.access import with_roles
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.access.guarding import can_plan_shifts, can_plan_unit
from events.models import CoverageBreach

# As many are said; the page of coverage has them all.
MOST_SAID = 4


@dataclass(frozen=True)
class SaidBreach:
    """A breach as its reader is told of it. ``zone`` is the wall clock of the team."""

    team: str
    title: str
    breach: CoverageBreach
    zone: str | None

    @property
    def when(self) -> str:
        """In the language of the moment: "fredag 27. november 12:00–12:30"."""
        day = times.local_date(self.breach.starts_at, self.zone)
        with timezone.override(self.zone):
            starts, ends = vaffel.clock(self.breach.starts_at), vaffel.clock(self.breach.ends_at)
        return f"{vaffel.long_date(day)} {starts}–{ends}"


def load_broken(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """What is broken still of what each notice told, the first first, as far as its reader plans for
    those teams; None once nothing is. Four queries."""
    keys = {key for one in parameters for key in one["breaches"]}
    standing = CoverageBreach.objects.filter(key__in=keys)
    rows = standing.select_related("unit", "sitting__event__series").order_by("starts_at", "pk")
    tree, readers = Tree.on(times.today()), _readers(parameters)
    found: dict[str, SaidBreach] = {}
    for row in rows:
        site = tree.site_of(row.unit_id)
        said = SaidBreach(
            row.unit.name, row.sitting.event.title, row, site.timezone if site else None
        )
        found[row.key] = said

    def is_told(one: Parameters, said: SaidBreach) -> bool:
        reader = readers.get(one["reader_id"])
        return reader is not None and can_plan_unit(reader, said.breach.unit, tree=tree)

    return [
        _told(
            [said for key, said in found.items() if key in one["breaches"] and is_told(one, said)]
        )
        for one in parameters
    ]


def _readers(parameters: Sequence[Parameters]) -> dict[int, Person]:
    """Those who read, by row number, with their roles of today. Two queries."""
    people = Person.objects.filter(pk__in={one["reader_id"] for one in parameters})
    return {person.pk: person for person in with_roles(people)}


def _told(breaches: Sequence[SaidBreach]) -> Parameters | None:
    if not breaches:
        return None
    return {"breaches": breaches[:MOST_SAID], "more_count": len(breaches[MOST_SAID:])}


COVERAGE_BROKEN = register_kind(
    Kind(
        key="coverage_broken",
        title=_("More are away than the rule allows"),
        about=_(
            "When a new roster or rule leaves too few on the phones while others are at events."
        ),
        icon="warning",
        is_for=can_plan_shifts,
        load=load_broken,
    )
)
