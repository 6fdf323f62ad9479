"""Instruments as those who read and write them meet them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from surveys.instruments import Words, parse, shipped_documents
from surveys.instruments.parse import FACTORS, LONGEST_KEY, Content, Item
from surveys.models import Instrument, InstrumentVersion, SurveyInstrument

# The Working Environment Act, § 4-3, as it stands from 1 January 2026.
FACTOR_NAMES = {
    "unclear_demands": _("Unclear or conflicting demands"),
    "emotional_demands": _("Emotional demands in work with people"),
    "workload": _("Workload and time pressure"),
    "support": _("Support and help"),
}


class Listed(NamedTuple):
    """An instrument with its newest version."""

    instrument: Instrument
    version: InstrumentVersion

    @property
    def was_asked(self) -> bool:
        return self.version.first_asked_at is not None


def listed_instruments() -> list[Listed]:
    """Those in use first, the product's own before the organisation's; then the retired. One query."""
    versions = InstrumentVersion.objects.select_related("instrument").order_by("-number")
    newest: dict[int, InstrumentVersion] = {}
    for version in versions:
        newest.setdefault(version.instrument_id, version)
    rows = [Listed(one.instrument, one) for one in newest.values()]
    return sorted(
        rows,
        key=lambda row: (
            row.instrument.retired_at is not None,
            not row.instrument.is_shipped,
            row.version.title.casefold(),
        ),
    )


def versions_of(instrument: Instrument) -> list[InstrumentVersion]:
    """Newest first, each saying whether a survey, planned or launched, uses it. One query."""
    uses = SurveyInstrument.objects.filter(version=OuterRef("pk"))
    return list(instrument.versions.annotate(is_used=Exists(uses)).order_by("-number"))


@dataclass
class Theme:
    """A driver with its items; ``words`` is None for those without one."""

    words: Words | None
    items: list[Item] = field(default_factory=list)

    @property
    def name(self) -> str:
        """In the language of the page."""
        return self.words.in_language(get_language()) if self.words else ""


class Factor(NamedTuple):
    """One of the four factors of § 4-3, and how many items ask about it."""

    key: str
    name: str
    item_count: int


def factors_of(content: Content) -> list[Factor]:
    """All four, also those that nothing asks about."""
    return [
        Factor(key, str(FACTOR_NAMES[key]), sum(item.factor == key for item in content.items))
        for key in FACTORS
    ]


def themes_of(content: Content) -> list[Theme]:
    """In the order in which the items come."""
    found: dict[str, Theme] = {}
    for item in content.items:
        words = content.drivers.get(item.driver)
        found.setdefault(item.driver, Theme(words)).items.append(item)
    return list(found.values())


def scale_steps(content: Content) -> list[tuple[str, list[tuple[int, str, str]]]]:
    """Each scale with its points and their anchors in both languages."""
    return [
        (scale.key, list(zip(scale.points, scale.anchors_nb, scale.anchors_en, strict=True)))
        for scale in content.scales.values()
    ]


def read_content(version: InstrumentVersion) -> Content:
    return parse(version.content)


# --- what a new one is made from ------------------------------------------------------------------


def known_scales(base: Mapping[str, Any]) -> dict[str, Any]:
    """The scales of ``base``, and those of the shipped instruments that do not clash with them."""
    return _pool("scales", base)


def known_drivers(base: Mapping[str, Any]) -> dict[str, Any]:
    """As `known_scales`, of drivers."""
    return _pool("drivers", base)


def _pool(part: str, base: Mapping[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = dict(base.get(part, {}))
    for document in shipped_documents():
        for key, value in document[part].items():
            if value not in found.values():
                found.setdefault(key, value)
    return found


def free_key(wanted: str) -> str:
    """``wanted`` as a key that no instrument has: in a to z, 0 to 9 and _, with a number if taken."""
    letters = wanted.casefold().translate(str.maketrans("æøå", "aoa"))
    stem = re.sub(r"[^a-z0-9]+", "_", letters).strip("_").lstrip("0123456789_") or "own"
    stem = stem[: LONGEST_KEY - 5].rstrip("_")
    taken = set(Instrument.objects.filter(key__startswith=stem).values_list("key", flat=True))
    if stem not in taken:
        return stem
    return next(key for n in range(2, len(taken) + 3) if (key := f"{stem}_{n}") not in taken)


def item_numbers(instrument: Instrument) -> int:
    """The highest number at the end of an item's key in any version: no key is used again."""
    contents = instrument.versions.values_list("content", flat=True)
    keys = [item["key"] for content in contents for item in content["items"]]
    found = [re.search(r"\.(\d{1,6})$", key) for key in keys]
    return max((int(one[1]) for one in found if one), default=0)
