"""How many have taken part, told in bands and for large groups only (R7)."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Count, Q

from surveys.models import Cell, Survey

# Lower edge in per cent → the band that begins there.
BANDS = ((85, "85–100"), (70, "70–84"), (50, "50–69"), (0, "0–49"))
# Of five people, "85–100" would say that each of them has answered. No band is told of fewer than
# this, and none from which the band of fewer follows.
FEWEST = 20


@dataclass(frozen=True)
class Participation:
    """One group's band, such as ``70–84`` (per cent)."""

    name: str
    band: str
    invited: int


def band_of(collected: int, invited: int) -> str:
    share = 100 * collected // invited if invited else 0
    return next(band for edge, band in BANDS if share >= edge)


def participation(survey: Survey) -> list[Participation]:
    """What is told of ``survey``; see `bands_told`."""
    rows = survey.cells.annotate(
        found=Count("roll", filter=Q(roll__is_collected=True))
    ).values_list("site_name", "invited_count", "collected_count", "found")
    return bands_told(
        (site, invited, found if kept is None else kept) for site, invited, kept, found in rows
    )


def bands_told(cells: Iterable[tuple[str, int, int]]) -> list[Participation]:
    """Of cells (site or "", invited, collected): the whole first, then large sites by name. Nothing
    smaller, and no exact numbers.

    Empty when fewer than `FEWEST` were asked in all.
    """
    whole = [0, 0]
    sites: dict[str, list[int]] = {}
    for site, invited, collected in cells:
        for sums in (whole, sites.setdefault(site, [0, 0]) if site else [0, 0]):
            sums[0] += collected
            sums[1] += invited
    if whole[1] < FEWEST:
        return []
    told = _large_sites({name: sums[1] for name, sums in sites.items()}, whole[1])
    # One site alone is the whole: naming it twice would tell nothing, or a difference.
    parts = [Participation(name, band_of(*sites[name]), sites[name][1]) for name in told]
    return [Participation("", band_of(*whole), whole[1]), *(parts if len(parts) > 1 else [])]


def _large_sites(invited: dict[str, int], whole: int) -> list[str]:
    """The sites that may be told, by name: what is left beside them is nobody, or large as well."""
    told = sorted(
        (name for name, count in invited.items() if count >= FEWEST),
        key=lambda name: (invited[name], name),
    )
    while told and 0 < whole - sum(invited[name] for name in told) < FEWEST:
        del told[0]
    return sorted(told)


def cells_with_enough(survey: Survey, k: int) -> dict[str, bool]:
    """After closing: which cells have at least ``k`` ballots collected."""
    return {
        cell.key: (cell.collected_count or 0) >= k for cell in Cell.objects.filter(survey=survey)
    }
