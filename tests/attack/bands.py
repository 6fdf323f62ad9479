"""P6: what follows from bands of participation, after each answer of the whole history.

The reader knows how many were asked at each site, and whether one colleague there has answered (their
own case). **Required**: at no moment do the bands that are told together mean that all the others at a
site have answered, or none of them.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence

from surveys.participation import BANDS, Participation, bands_told
from tests.attack.history import Round
from tests.attack.report import Report

Cells = Iterable[tuple[str, int, int]]
Told = Callable[[Cells], list[Participation]]


def limits(band: str, invited: int) -> tuple[int, int]:
    """The fewest and the most who can have answered, of so many."""
    upper = 100
    for edge, name in BANDS:
        if name == band:
            break
        upper = edge - 1
    lower = edge
    fitting = [n for n in range(invited + 1) if lower <= 100 * n // invited <= upper]
    return fitting[0], fitting[-1]


def pinned(told: Sequence[Participation], invited: Mapping[str, int]) -> list[str]:
    """The sites (and "" for those who are at none) of which all or none must have answered, but for
    one."""
    if not told:
        return []
    whole, *sites = told
    least, most = limits(whole.band, whole.invited)
    ranges = {name: (0, count) for name, count in invited.items()}
    ranges |= {one.name: limits(one.band, one.invited) for one in sites}
    found = []
    for name, count in invited.items():
        others = [span for other, span in ranges.items() if other != name]
        fewest = max(ranges[name][0], least - sum(high for _low, high in others))
        highest = min(ranges[name][1], most - sum(low for low, _high in others))
        if fewest >= count - 1 or highest <= 1:
            found.append(name)
    return found


def pinned_in(made: Round, told: Told) -> tuple[int, list[str]]:
    """Over the answers of a round in the order they came: how many moments, and what was pinned."""
    site_of = {cell.key: cell.site_name for cell in made.survey.cells.all()}
    asked: dict[str, int] = {}
    for cell in made.survey.cells.all():
        asked[cell.site_name] = asked.get(cell.site_name, 0) + cell.invited_count
    return pinned_while(asked, [site_of[one.cell] for one in made.ballots], told)


def pinned_while(
    asked: Mapping[str, int], answers: Sequence[str], told: Told
) -> tuple[int, list[str]]:
    collected = dict.fromkeys(asked, 0)
    found: list[str] = []
    for site in answers:
        collected[site] += 1
        bands = told((name, asked[name], collected[name]) for name in asked)
        found += pinned(bands, asked)
    return len(answers), found


def told_of_all(cells: Cells) -> list[Participation]:
    """The whole and every site, however small: the rule that is easily written."""
    rows = list(cells)
    return [
        Participation("", *_band(sum(row[2] for row in rows), sum(row[1] for row in rows))),
        *(
            Participation(name, *_band(collected, invited))
            for name, invited, collected in rows
            if name
        ),
    ]


def _band(collected: int, invited: int) -> tuple[str, int]:
    share = 100 * collected // invited
    return next(name for edge, name in BANDS if share >= edge), invited


def attack_bands(rounds: Sequence[Round]) -> Report:
    report = Report("P6")
    moments, found = 0, []
    for made in rounds:
        count, names = pinned_in(made, bands_told)
        moments += count
        found += names
    report.holds(
        f"bands told after each of {moments} answers, by one who knows of one colleague",
        f"{len(found)} moments at which a site is pinned",
        "0",
        not found,
    )
    asked = {"Fornebu": 40, "Bergen": 25, "Tromsø": 6}
    answers = [site for site, count in asked.items() for _ in range(count)]
    seen = len(pinned_while(asked, answers, told_of_all)[1])
    ours = len(pinned_while(asked, answers, bands_told)[1])
    report.caught(
        "bands of every site, one of them of six people",
        f"{seen} moments; with the product's rule {ours}",
        "> 0; 0",
        seen > 0 and not ours,
    )
    return report
