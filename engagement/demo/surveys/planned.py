"""Which surveys the demo has, and when: all dates hang on the day the organisation was founded."""

import datetime as dt
from dataclasses import dataclass

from engagement import times
from engagement.demo.surveys.answers import Chapter
from engagement.people.models import AuditEntry
from surveys.models import Survey
from surveys.queries.burden import PEACE
from surveys.workdays import is_working_day, next_working_day

OPENS, CLOSES, DRAFTS = dt.time(8), dt.time(20), dt.time(10)
EVERYWHERE = ("Kundeservice", "Nordsvar", "Kundely")
OPEN_AT = ("Kundeservice Fornebu", "Kundeservice Trondheim")
WAITING_AT = ("Kundeservice Bergen",)
# Before the opening: drafted, groups fixed, read by the representatives, launched.
DRAFTED, FROZEN, READ, LAUNCHED = (dt.timedelta(days=days) for days in (24, 17, 14, 11))
MONTHS = (
    ("januar", "January"), ("februar", "February"), ("mars", "March"), ("april", "April"),
    ("mai", "May"), ("juni", "June"), ("juli", "July"), ("august", "August"),
    ("september", "September"), ("oktober", "October"), ("november", "November"),
    ("desember", "December"),
)  # fmt: skip


@dataclass(frozen=True)
class Planned:
    """One survey. ``units`` are asked with all below them; ``besides`` are instruments that stand
    before the open questions of the template. ``closes_on`` is the earliest day to close."""

    chapter: Chapter
    template: str
    level: Survey.Level
    title_nb: str
    title_en: str
    opens_on: dt.date
    closes_on: dt.date
    units: tuple[str, ...]
    besides: tuple[str, ...] = ()

    @property
    def opens_at(self) -> dt.datetime:
        return dt.datetime.combine(self.opens_on, OPENS, times.local_zone())

    @staticmethod
    def closing(day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, CLOSES, times.local_zone())

    @property
    def drafted_at(self) -> dt.datetime:
        """A survey of the demo's past is known again by this moment."""
        return dt.datetime.combine(self.opens_on - DRAFTED, DRAFTS, times.local_zone())


def founded_on() -> dt.date:
    """The day the demo first ran."""
    return times.local_date(AuditEntry.objects.filter(verb="demo-founded").earliest("at").at)


def past_surveys(today: dt.date) -> list[Planned]:
    """What is over when the demo is founded on ``today``: the one that waits for its witness first,
    then the counted ones, oldest first."""
    annual, *pulses = _opening_days(today, days_ago=(335, 240, 165, 95))
    chapters = (
        Chapter("pulse-1", openness=0.01, merged=-0.2, hamar=-0.12, comments=(0, 4)),
        Chapter("pulse-2", openness=0.06, merged=-0.11, comments=(1, 4)),
        Chapter("pulse-3", openness=0.12, merged=-0.02, comments=(2, 4)),
    )
    counted = [_pulse(day, chapter) for day, chapter in zip(pulses, chapters, strict=True)]
    return [_waiting(today), _annual(annual), *counted]


def _opening_days(today: dt.date, *, days_ago: tuple[int, ...]) -> list[dt.date]:
    """Working days about then: not around Christmas, and with eight weeks of peace between them."""
    found: list[dt.date] = []
    for days in days_ago:
        day = today - dt.timedelta(days=days)
        if found:
            day = max(day, found[-1] + PEACE)
        while not is_working_day(day) or _is_christmas(day):
            day += dt.timedelta(days=1)
        found.append(day)
    return found


def _is_christmas(day: dt.date) -> bool:
    return (day.month, day.day) >= (12, 12) or (day.month, day.day) <= (1, 6)


def open_survey(today: dt.date) -> Planned:
    """What is open on ``today``, since yesterday and for ten days more."""
    opens_on = today - dt.timedelta(days=1)
    while not is_working_day(opens_on):
        opens_on -= dt.timedelta(days=1)
    return Planned(
        chapter=Chapter("open", openness=0.15, participation=(0.55, 0.95)),
        template="psychological_safety",
        level=Survey.Level.WITNESSED,
        title_nb="Trygghet i teamet",
        title_en="Safety in the team",
        opens_on=opens_on,
        closes_on=next_working_day(today + dt.timedelta(days=10)),
        units=OPEN_AT,
    )


def _annual(opens_on: dt.date) -> Planned:
    return Planned(
        chapter=Chapter("annual", merged=0.03),
        template="annual",
        level=Survey.Level.SEALED,
        title_nb=f"Årets undersøkelse {opens_on.year}",
        title_en=f"This year's survey {opens_on.year}",
        opens_on=opens_on,
        closes_on=next_working_day(opens_on + dt.timedelta(days=14)),
        units=EVERYWHERE,
        besides=("psychological_safety",),
    )


def _waiting(today: dt.date) -> Planned:
    return Planned(
        chapter=Chapter("waiting", openness=0.14, merged=0.05, comments=(3, 4)),
        template="pulse",
        level=Survey.Level.WITNESSED,
        title_nb="Puls i Bergen",
        title_en="Pulse in Bergen",
        opens_on=today - dt.timedelta(days=12),
        closes_on=today - dt.timedelta(days=1),
        units=WAITING_AT,
    )


def _pulse(opens_on: dt.date, chapter: Chapter) -> Planned:
    month_nb, month_en = MONTHS[opens_on.month - 1]
    return Planned(
        chapter=chapter,
        template="pulse",
        level=Survey.Level.SEALED,
        title_nb=f"Puls {month_nb} {opens_on.year}",
        title_en=f"Pulse {month_en} {opens_on.year}",
        opens_on=opens_on,
        closes_on=next_working_day(opens_on + dt.timedelta(days=7)),
        units=EVERYWHERE,
    )
