"""The rows of a planner's page: sittings and jobs, as many as there are."""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from engagement.people.models import ShiftPattern, Site
from events.facts import JobFacts, SittingFacts

MOST_ROWS = 80
# At all sites at once, on the organisation's own clock.
EVERYWHERE = "all"


@dataclass
class SittingRow:
    """A sitting as it stands on the page: what was typed, right or wrong."""

    number: int
    site: str = ""
    site_name: str = ""
    shift: str = ""
    shift_name: str = ""
    starts: str = ""
    ends: str = ""
    place: str = ""
    capacity: str = ""
    known: str = ""
    people: int = 0
    is_used: bool = True
    error: str = ""

    @property
    def name(self) -> str:
        """The prefix of its fields."""
        return f"sitting-{self.number}"

    @property
    def is_blank(self) -> bool:
        return not (self.starts or self.ends)


@dataclass
class JobRow:
    number: int
    job: str = ""
    hands: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        return f"job-{self.number}"


def read_sittings(sent: QueryDict, sites: Mapping[str, Site]) -> list[SittingRow]:
    """The rows that the page sent, in their order."""
    patterns = {one.key: one for one in ShiftPattern.objects.all()}
    rows: list[SittingRow] = []
    for number in _numbers(sent, "sitting"):
        prefix = f"sitting-{number}"
        site, shift = sent.get(f"{prefix}-site", ""), sent.get(f"{prefix}-shift", "")
        rows.append(
            SittingRow(
                number=len(rows),
                site=site if site in sites or site == EVERYWHERE else "",
                site_name=sites[site].name if site in sites else "",
                shift=shift if shift in patterns else "",
                shift_name=str(patterns[shift]) if shift in patterns else "",
                starts=sent.get(f"{prefix}-starts", "")[:8],
                ends=sent.get(f"{prefix}-ends", "")[:8],
                place=sent.get(f"{prefix}-place", "")[:400],
                capacity=sent.get(f"{prefix}-capacity", "").strip()[:12],
                known=sent.get(f"{prefix}-known", "")[:12],
                people=_whole(sent.get(f"{prefix}-people", "")) or 0,
                is_used=bool(sent.get(f"{prefix}-use")),
            )
        )
    return rows


def read_jobs(sent: QueryDict) -> list[JobRow]:
    return [
        JobRow(
            number=place,
            job=sent.get(f"job-{number}-name", "")[:400],
            hands=sent.get(f"job-{number}-hands", "").strip()[:6],
        )
        for place, number in enumerate(_numbers(sent, "job"))
    ]


def _numbers(sent: QueryDict, kind: str) -> list[int]:
    """Which rows of ``kind`` were sent."""
    found = {
        int(middle)
        for name in sent
        if name.startswith(f"{kind}-")
        and (middle := name.split("-")[1]).isascii()
        and middle.isdecimal()
        and len(middle) < 4
    }
    return sorted(found)[:MOST_ROWS]


def sitting_facts(rows: Iterable[SittingRow], sites: Mapping[str, Site]) -> list[SittingFacts]:
    """What the used rows say; a row that says nothing right gets its ``error``."""
    patterns = {one.key: one for one in ShiftPattern.objects.all()}
    return list(_read_rows(rows, sites, patterns))


def _read_rows(
    rows: Iterable[SittingRow],
    sites: Mapping[str, Site],
    patterns: Mapping[str, ShiftPattern],
) -> Iterator[SittingFacts]:
    for row in rows:
        if not row.is_used:
            continue
        starts_at, ends_at = _clock(row.starts), _clock(row.ends)
        capacity = _whole(row.capacity) if row.capacity else None
        if not row.site:
            row.error = _("Choose where.")
        elif starts_at is None or ends_at is None:
            row.error = _("Write from when to when, as 12:00.")
        elif row.capacity and not capacity:
            row.error = _("Places are a whole number. Leave it empty when all may come.")
        else:
            yield SittingFacts(
                site=sites.get(row.site),
                starts_at=starts_at,
                ends_at=ends_at,
                place=row.place,
                capacity=capacity,
                shift_pattern=patterns.get(row.shift),
                known=_whole(row.known),
            )


def job_facts(rows: Iterable[JobRow]) -> list[JobFacts]:
    """What the rows with a name say; a row without a number of hands gets its ``error``."""
    found = []
    for row in rows:
        if not row.job.strip():
            continue
        hands = _whole(row.hands or "1")
        if hands:
            found.append(JobFacts(row.job, hands))
        else:
            row.error = _("Hands are a whole number.")
    return found


def _clock(text: str) -> dt.time | None:
    try:
        clock = dt.time.fromisoformat(text)
    except ValueError:
        return None
    return clock.replace(second=0, microsecond=0) if clock.tzinfo is None else None


def _whole(text: str) -> int | None:
    is_number = text.isascii() and text.isdecimal() and len(text) < 10
    return int(text) if is_number else None


def row_of_facts(number: int, facts: SittingFacts) -> SittingRow:
    """A known sitting as a row."""
    return SittingRow(
        number=number,
        site=facts.site.key if facts.site else EVERYWHERE,
        site_name=facts.site.name if facts.site else "",
        shift=facts.shift_pattern.key if facts.shift_pattern else "",
        shift_name=str(facts.shift_pattern) if facts.shift_pattern else "",
        starts=f"{facts.starts_at:%H:%M}",
        ends=f"{facts.ends_at:%H:%M}",
        place=facts.place,
        capacity=str(facts.capacity or ""),
        known=str(facts.known or ""),
    )
