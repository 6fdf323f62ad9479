"""Planning days with a look of their own."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from engagement.live import ring
from engagement.people.actions import record
from engagement.people.actions.common import saved
from engagement.people.models import AuditEntry, Person, Site
from engagement.text import clean_line
from engagement.themes.calendar import change_plan
from engagement.themes.models import ThemeDay
from engagement.themes.rules import ALL_FACTS
from engagement.themes.seeds import SEEDS

# A year has room for no more, and every page looks through all of them.
MOST_THEME_DAYS = 100
PLAN_MADE = "theme-plan-made"
# One at a time adds to the plan: two could each see room for one more.
PLAN_LOCK = 7_203_006


@transaction.atomic
def create_theme_day(
    *, day: ThemeDay, sites: Sequence[Site] = (), by: Person | None, at: dt.datetime
) -> ThemeDay:
    """Adds ``day``, which is not saved yet. ``sites`` empty means everywhere."""
    _lock_plan()
    if ThemeDay.objects.count() >= MOST_THEME_DAYS:
        raise ValidationError(
            _("There are %(most)d theme days. Remove one first.") % {"most": MOST_THEME_DAYS}
        )
    _write(day, sites, at=at)
    record(verb="theme-day-created", by=by, subject=day, at=at, name=day.name_nb, is_on=day.is_on)
    return day


@transaction.atomic
def change_theme_day(
    *,
    day: ThemeDay,
    facts: Mapping[str, Any],
    sites: Sequence[Site],
    by: Person,
    at: dt.datetime,
) -> ThemeDay:
    """Changes ``facts``, by field, of ``day``, and its ``sites``; returns it as it is now. What is not
    among them stays as others have left it. Cards that were given in its look keep it."""
    now = _lock(day)
    for name, fact in facts.items():
        setattr(now, name, fact)
    _write(now, sites, at=at)
    record(verb="theme-day-changed", by=by, subject=now, at=at, name=now.name_nb, is_on=now.is_on)
    return now


@transaction.atomic
def switch_theme_day(*, day: ThemeDay, is_on: bool, by: Person, at: dt.datetime) -> ThemeDay:
    """Switches ``day`` on or off; the same again changes nothing."""
    now = _lock(day)
    if now.is_on != is_on:
        now.is_on = is_on
        now.save(update_fields=["is_on"])
        verb = "theme-day-switched-on" if is_on else "theme-day-switched-off"
        record(verb=verb, by=by, subject=now, at=at, name=now.name_nb)
        _tell_everybody()
    day.is_on = is_on
    return day


@transaction.atomic
def remove_theme_day(*, day: ThemeDay, by: Person, at: dt.datetime) -> None:
    """Takes ``day`` out of the plan for good. Cards that were given in its look keep it."""
    _lock(day)
    record(verb="theme-day-removed", by=by, subject=day, at=at, name=day.name_nb)
    day.delete()
    _tell_everybody()


@transaction.atomic
def make_default_plan(*, at: dt.datetime) -> int:
    """Makes the days of `seeds.SEEDS`, once in the life of an installation; how many it made.

    What a planner changes or removes afterwards stays so.
    """
    _lock_plan()
    if AuditEntry.objects.filter(verb=PLAN_MADE).exists():
        return 0
    made = 0
    for position, seed in enumerate(SEEDS):
        facts = {name: getattr(seed.rule, name) for name in ALL_FACTS}
        day = ThemeDay(
            seed=seed.key,
            look=seed.look,
            name_nb=seed.name_nb,
            name_en=seed.name_en,
            greeting_nb=seed.greeting_nb,
            greeting_en=seed.greeting_en,
            reference=seed.reference,
            rule=seed.rule.kind,
            is_on=seed.is_on,
            position=position,
            **facts,
        )
        if not ThemeDay.objects.filter(name_nb__iexact=seed.name_nb).exists():
            _write(day, (), at=at)
            made += 1
    record(verb=PLAN_MADE, by=None, at=at, count=made)
    return made


def _lock_plan() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [PLAN_LOCK])


def _lock(day: ThemeDay) -> ThemeDay:
    found = ThemeDay.objects.select_for_update().filter(pk=day.pk).first()
    if found is None:
        raise ValidationError(_("Somebody else has just removed this theme day."))
    return found


def _write(day: ThemeDay, sites: Sequence[Site], *, at: dt.datetime) -> None:
    for name in ("name_nb", "name_en", "greeting_nb", "greeting_en", "reference"):
        setattr(day, name, clean_line(getattr(day, name)))
    kept = set() if day.pk is None else {site.pk for site in day.sites.all()}
    closed = [
        site.name
        for site in sites
        if site.closed_on and site.closed_on <= at.date() and site.pk not in kept
    ]
    if closed:
        raise ValidationError(
            {"sites": _("Closed: %(names)s. Choose another site.") % {"names": ", ".join(closed)}}
        )
    saved(day)
    day.sites.set(sites)
    _tell_everybody()


def _tell_everybody() -> None:
    """This process sees the change in this transaction already, the others and the walls at once
    after it."""
    change_plan()
    transaction.on_commit(lambda: ring.command(what="plan"), robust=True)
