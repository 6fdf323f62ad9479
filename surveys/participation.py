"""How many have taken part, told in bands and for large groups only (R7)."""

from dataclasses import dataclass

from django.db.models import Count, Q

from surveys.models import Cell, Survey

# Lower edge in per cent → the band that begins there.
BANDS = ((85, "85–100"), (70, "70–84"), (50, "50–69"), (0, "0–49"))


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
    """The whole first, then sites by name. Nothing smaller, and no exact numbers."""
    rows = survey.cells.annotate(
        found=Count("roll", filter=Q(roll__is_collected=True))
    ).values_list("site_name", "invited_count", "collected_count", "found")
    whole = [0, 0]
    sites: dict[str, list[int]] = {}
    for site, invited, kept, found in rows:
        collected = found if kept is None else kept
        for sums in (whole, sites.setdefault(site, [0, 0]) if site else [0, 0]):
            sums[0] += collected
            sums[1] += invited
    found_sites = [
        Participation(name, band_of(*sums), sums[1]) for name, sums in sorted(sites.items())
    ]
    # One site alone is the whole: naming it twice would tell nothing, or a difference.
    parts = found_sites if len(found_sites) > 1 else []
    return [Participation("", band_of(*whole), whole[1]), *parts]


def cells_with_enough(survey: Survey, k: int) -> dict[str, bool]:
    """After closing: which cells have at least ``k`` ballots collected."""
    return {
        cell.key: (cell.collected_count or 0) >= k for cell in Cell.objects.filter(survey=survey)
    }
