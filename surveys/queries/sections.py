"""Which instruments a survey can ask, and which of their items it does."""

from dataclasses import dataclass, field
from typing import Any

from surveys.models import InstrumentVersion, Survey
from surveys.queries.asking import minutes_of_items, sections_of


@dataclass
class Picked:
    """A version in its place, with the items that are asked."""

    version: InstrumentVersion
    items: list[dict[str, Any]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [item["key"] for item in self.items]

    @property
    def is_whole(self) -> bool:
        return len(self.items) == len(self.version.content["items"])

    @property
    def minutes(self) -> int:
        return minutes_of_items(self.items)

    @property
    def rows(self) -> list[tuple[dict[str, Any], bool]]:
        """Every item of the version, and whether it is asked."""
        keys = set(self.keys)
        return [(item, item["key"] in keys) for item in self.version.content["items"]]


def picked_of(survey: Survey) -> list[Picked]:
    """The sections of ``survey`` in their order. One query."""
    return [Picked(one.version, one.items) for one in sections_of(survey)]


def item_keys_of(survey: Survey) -> list[str]:
    """The items that ``survey`` names. One query, none when its sections are prefetched."""
    return [key for section in survey.sections.all() for key in section.item_keys]


def newest_versions() -> list[InstrumentVersion]:
    """The newest version of each instrument in use, shipped ones first. One query."""
    versions = (
        InstrumentVersion.objects.filter(instrument__retired_at__isnull=True)
        .select_related("instrument")
        .order_by("-instrument__is_shipped", "instrument__key", "-number")
    )
    newest: dict[int, InstrumentVersion] = {}
    for version in versions:
        newest.setdefault(version.instrument_id, version)
    return list(newest.values())
