"""Days of a series that go their own way: where somebody changed the sittings of one day."""

import datetime as dt
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagement import times
from events.models import Event, Series, Sitting, SittingPlan

# Site, from when, to when, where and how many: what is compared.
Fact = tuple[int | None, dt.time, dt.time, str, int | None]


@dataclass(frozen=True)
class OwnDay:
    """A day with sittings of its own, and the sites (row number: name) where they differ from the
    series; None is everywhere at once. ``version``: a fingerprint of its day and its sittings."""

    event: Event
    sites: dict[int | None, str]
    version: str

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
    return [OwnDay(event, _differing(event, plans), _version(event)) for event in days]


def _differing(event: Event, plans: list[SittingPlan]) -> dict[int | None, str]:
    rows: list[Sitting | SittingPlan] = [*event.sittings.all(), *plans]
    names = {row.site_id: row.site.name if row.site else _("Everywhere at once") for row in rows}
    here = Counter(_fact(one) for one in event.sittings.all())
    planned = Counter(
        (plan.site_id, plan.starts_at, plan.ends_at, plan.place, plan.capacity) for plan in plans
    )
    odd = {fact[0] for fact in ((here - planned) | (planned - here))}
    return {site: names[site] for site in sorted(odd, key=lambda one: names[one])}


def _version(event: Event) -> str:
    facts = [
        (
            one.pk,
            one.site_id,
            one.starts_at,
            one.ends_at,
            one.place,
            one.capacity,
            one.shift_pattern_id,
        )
        for one in event.sittings.all()
    ]
    whole = json.dumps([event.day, facts], default=str)
    return hashlib.sha256(whole.encode()).hexdigest()[:20]


def refuse_moved(days: Iterable[OwnDay], seen: Mapping[str, str] | None) -> None:
    """Raises ValidationError when one of ``days`` is no longer as it was ``seen`` (versions by the keys
    of events): nobody replaces what they have not been shown. Call it with the series locked. None:
    whatever they were."""
    moved = [
        one.event for one in days if seen is not None and seen.get(one.event.key) != one.version
    ]
    if moved:
        names = ", ".join(date_format(event.day, "j. F") for event in moved)
        raise ValidationError(
            _(
                "The sittings of %(days)s were changed meanwhile. Look at what they are now, then tick"
                " again what is to follow the series. Nothing was saved."
            )
            % {"days": names},
            code="stale",
        )


def _fact(sitting: Sitting) -> Fact:
    return (
        sitting.site_id, times.local_clock(sitting.starts_at, sitting.zone),
        times.local_clock(sitting.ends_at, sitting.zone), sitting.place, sitting.capacity,
    )  # fmt: skip
