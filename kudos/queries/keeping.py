"""What one has been thanked for, to read again and to keep. For nobody but oneself."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from django.db.models import Count
from django.db.models.functions import ExtractYear

from engagement import times
from engagement.people.models import Person
from kudos.looks import DRAWN, PLAIN
from kudos.models import Kudos, KudosReceiver, Milestone
from kudos.queries.talk import with_talk

FIRST_DAYS_ASKED = 7


class Year(NamedTuple):
    number: int
    thanks_count: int


def look_of(kudos: Kudos) -> str:
    """The look of its card; plain for one that is no longer drawn."""
    return kudos.look if kudos.look in DRAWN else PLAIN


@dataclass(frozen=True)
class Month:
    """The thanks of one month, the oldest first."""

    first_day: dt.date
    thanks: list[Kudos]

    @property
    def keepsakes(self) -> "list[Keepsake]":
        return [Keepsake(kudos, look_of(kudos)) for kudos in self.thanks]


class Keepsake(NamedTuple):
    """A thank-you with the look it is drawn in."""

    kudos: Kudos
    look: str


def years_thanked(person: Person, *, at: dt.datetime) -> list[Year]:
    """The years in which ``person`` was thanked by name, the newest first. One query."""
    received = KudosReceiver.objects.shown(at).filter(person=person)
    years = received.annotate(year=ExtractYear("show_from", tzinfo=times.local_zone()))
    rows = years.values("year").annotate(thanks=Count("pk")).order_by("-year")
    return [Year(row["year"], row["thanks"]) for row in rows]


def thanks_of_year(
    person: Person, year: int, *, at: dt.datetime, is_newest_first: bool = False
) -> list[Month]:
    """What ``person`` was thanked for by name in ``year``, by months that have any.

    Constant queries. By the organisation's calendar.
    """
    starts = [times.moment_of(dt.date(one, 1, 1), dt.time(0)) for one in (year, year + 1)]
    received = KudosReceiver.objects.shown(at).filter(
        person=person, show_from__gte=starts[0], show_from__lt=starts[1]
    )
    sign = "-" if is_newest_first else ""
    thanks = Kudos.objects.filter(pk__in=received.values("kudos")).with_everything(person)
    return list(_by_month(thanks.order_by(f"{sign}show_from", f"{sign}pk")))


def _by_month(thanks: Iterable[Kudos]) -> Iterable[Month]:
    for first_day, ones in groupby(
        thanks, key=lambda kudos: times.local_date(kudos.show_from).replace(day=1)
    ):
        yield Month(first_day, list(ones))


def with_talk_by_month(months: list[Month], viewer: Person) -> list[Month]:
    """``months`` with what has been said to each, see `with_talk`. Two queries."""
    with_talk([kudos for month in months for kudos in month.thanks], viewer)
    return months


def is_asked_about_first_day(person: Person, *, at: dt.datetime) -> bool:
    """Whether somebody new has not said yet if their first day may be celebrated.

    At most one query; none for whoever has been here for a week.
    """
    days = (times.local_date(at) - person.started_on).days
    if person.celebrates_milestones or not 0 <= days < FIRST_DAYS_ASKED:
        return False
    answered = Milestone.objects.filter(person=person, kind=Milestone.Kind.FIRST_DAY)
    return not answered.filter(on=person.started_on).exists()
