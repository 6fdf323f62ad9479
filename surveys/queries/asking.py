"""What a survey asks, section by section, and how long that takes."""

from collections.abc import Iterable
from typing import Any, NamedTuple

from surveys.instruments.minutes import minutes_of_items
from surveys.models import InstrumentVersion, Survey


class Section(NamedTuple):
    """A version with those of its items that the survey asks, as its document has them."""

    version: InstrumentVersion
    items: list[dict[str, Any]]

    @property
    def scales(self) -> dict[str, Any]:
        """The scales that the asked items need."""
        wanted = {item["scale"] for item in self.items if item["scale"] is not None}
        scales: dict[str, Any] = self.version.content["scales"]
        return {key: scale for key, scale in scales.items() if key in wanted}


def sections_of(survey: Survey) -> list[Section]:
    """In their order. One query."""
    rows = survey.sections.select_related("version__instrument").order_by("position")
    return [Section(row.version, chosen(row.version, row.item_keys)) for row in rows]


def chosen(version: InstrumentVersion, item_keys: Iterable[str]) -> list[dict[str, Any]]:
    """The items named, in the instrument's order; all of them when none is named."""
    wanted = set(item_keys)
    items: list[dict[str, Any]] = version.content["items"]
    return [item for item in items if not wanted or item["key"] in wanted]


def clashing_scale(versions: Iterable[InstrumentVersion]) -> str:
    """The key that two of ``versions`` give to different scales; empty when all fit together."""
    scales: dict[str, Any] = {}
    for version in versions:
        for key, scale in version.content["scales"].items():
            if scales.setdefault(key, scale) != scale:
                return str(key)
    return ""


def minutes_of(survey: Survey) -> int:
    """What answering the survey takes a person, rounded up to whole minutes."""
    return minutes_of_items(item for section in sections_of(survey) for item in section.items)


def item_count(survey: Survey) -> int:
    return sum(len(section.items) for section in sections_of(survey))
