"""Days of a series that go their own way: where somebody changed the sittings of one day."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from engagement import times
from events.models import Event, Series, Sitting, SittingPlan

# Site, from when, to when, where and how many: what is compared.
Fact = tuple[int | None, dt.time, dt.time, str, int | None]


@dataclass(frozen=True)
class OwnDay:
    """A day with sittings of its own, and the sites (row number: name) where they differ from the
    series; None is everywhere at once."""

    event: Event
    sites: dict[int | None, str]

    @property
    def names(self) -> str:
        return ", ".join(self.sites.values())


def own_days(series: Series, *, first: dt.date, today: dt.date) -> list[OwnDay]:
    """Those of ``series`` from ``first`` on (by its rule) that are held, today or later, by day. A
    change of the series passes them by. Three queries at most, however many there are."""
    held = series.events.standing().filter(has_own_sittings=True, day__gte=today)
    sittings = Sitting.objects.standing().select_related("site").order_by("pk")
    days = list(
        held.filter(rule_day__gte=first)
        .prefetch_related(Prefetch("sittings", sittings))
        .order_by("day", "pk")
    )
    if not days:
        return []
    plans = list(series.plans.select_related("site").order_by("pk"))
    return [OwnDay(event, _differing(event, plans)) for event in days]


def _differing(event: Event, plans: list[SittingPlan]) -> dict[int | None, str]:
    rows: list[Sitting | SittingPlan] = [*event.sittings.all(), *plans]
    names = {row.site_id: row.site.name if row.site else _("Everywhere at once") for row in rows}
    here = Counter(_fact(one) for one in event.sittings.all())
    planned = Counter(
        (plan.site_id, plan.starts_at, plan.ends_at, plan.place, plan.capacity) for plan in plans
    )
    odd = {fact[0] for fact in ((here - planned) | (planned - here))}
    return {site: names[site] for site in sorted(odd, key=lambda one: names[one])}


def _fact(sitting: Sitting) -> Fact:
    return (
        sitting.site_id, times.local_clock(sitting.starts_at, sitting.zone),
        times.local_clock(sitting.ends_at, sitting.zone), sitting.place, sitting.capacity,
    )  # fmt: skip
