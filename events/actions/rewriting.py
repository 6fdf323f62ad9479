"""How a change reaches days and sittings that are made already. Sign-ups stay where they are."""

import datetime as dt
from collections.abc import Collection, Iterable, Sequence

from django.core.exceptions import ValidationError
from django.db.models import CharField
from django.db.models.functions import Cast
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.actions import withdraw_celebrations
from events.actions.making import (
    AHEAD,
    add_sittings,
    days_of,
    make_events,
    set_times,
)
from events.actions.offering import offer_after_commit
from events.actions.planning import plan_of, refuse_below, write_jobs
from events.actions.telling import tell_cancelled, tell_changed
from events.facts import JobFacts, SittingFacts
from events.models import Event, Job, JobPlan, Series, SignUp, Sitting, SittingPlan


def jobs_from_plans(series: Series) -> list[JobFacts]:
    return [JobFacts(one.name, one.capacity) for one in series.jobs.order_by("pk")]


class Rewriting:
    """One change of one series: what it touches is locked first, and told last."""

    def __init__(self, series: Series, *, at: dt.datetime) -> None:
        self.series, self.at = series, at
        self.events: list[Event] = []
        self.sittings: dict[int, list[Sitting]] = {}
        self.changed: dict[int, Sitting] = {}
        self.cancelled: dict[int, Sitting] = {}
        # Those with more places or hands than before, by row number.
        self.roomier: set[int] = set()

    def events_from(self, first: dt.date) -> list[Event]:
        """The days of the series from ``first`` on that are held."""
        return list(
            self.series.events.filter(day__gte=first, cancelled_at=None).order_by("rule_day")
        )

    def lock(self, events: Sequence[Event]) -> None:
        """Holds the sittings of ``events``, by their ids: nobody signs up meanwhile."""
        self.events = list(events)
        rows = Sitting.objects.filter(event__in=self.events).select_for_update(of=("self",))
        by_event: dict[int, list[Sitting]] = {event.pk: [] for event in self.events}
        owners = {event.pk: event for event in self.events}
        for sitting in rows.select_related("site").order_by("pk"):
            sitting.event = owners[sitting.event_id]
            if sitting.cancelled_at is None:
                by_event[sitting.event_id].append(sitting)
        for event in self.events:
            event.series = self.series
        self.sittings = by_event

    # --- one day ----------------------------------------------------------------------------------

    def move(self, event: Event, day: dt.date) -> None:
        """Holds ``event`` on ``day``: the same times by the wall clock."""
        clocks = [(one, *self._clocks(one)) for one in self.sittings[event.pk]]
        event.day = day
        for sitting, starts_at, ends_at in clocks:
            self._put(sitting, starts_at, ends_at)

    def rewrite_day(
        self,
        event: Event,
        wanted: Sequence[SittingFacts],
        *,
        sites: Collection[int] | None = None,
    ) -> bool:
        """The sittings of ``event``, or those at ``sites`` alone, as ``wanted``; whether they differ
        from what they were."""
        known = {
            sitting.pk: sitting
            for sitting in self.sittings[event.pk]
            if sites is None or sitting.site_id in sites
        }
        differs = False
        kept = set()
        for facts in wanted:
            sitting = known.get(facts.known or 0)
            if facts.known and sitting is None:
                raise ValidationError(
                    {"sittings": _("One of these sittings is gone. Load the page anew.")}
                )
            if sitting is None:
                self._add(event, facts)
                differs = True
            else:
                kept.add(sitting.pk)
                differs |= self._write(sitting, facts)
        for sitting in known.values():
            if sitting.pk not in kept:
                self.drop(sitting)
                differs = True
        return differs

    def _add(self, event: Event, facts: SittingFacts) -> None:
        sitting = Sitting(
            event=event, site=facts.site, shift_pattern=facts.shift_pattern, place=facts.place,
            capacity=facts.capacity, changed_at=self.at,
        )  # fmt: skip
        set_times(sitting, event, facts.starts_at, facts.ends_at)
        sitting.save()
        Job.objects.bulk_create(
            Job(sitting=sitting, name=job.name, capacity=job.capacity)
            for job in self.series.jobs.order_by("pk")
        )

    def _write(self, sitting: Sitting, facts: SittingFacts) -> bool:
        """``sitting`` as ``facts`` say; whether it differs. Times that were left alone stay to the
        second."""
        is_moved = self._clocks(sitting) != (facts.starts_at, facts.ends_at)
        is_elsewhere = (sitting.site, sitting.place) != (facts.site, facts.place)
        is_else = (sitting.capacity, sitting.shift_pattern_id) != (
            facts.capacity,
            facts.shift_pattern.pk if facts.shift_pattern else None,
        )
        if not (is_moved or is_elsewhere or is_else):
            return False
        if (is_moved or is_elsewhere) and sitting.starts_at <= self.at:
            raise ValidationError(
                {"sittings": _("%(when)s has begun. Let it stay.") % {"when": self._name(sitting)}}
            )
        if facts.capacity is not None and facts.capacity < sitting.taken_count:
            raise refuse_below(self._name(sitting), sitting.taken_count)
        if _is_more(facts.capacity, sitting.capacity):
            self.roomier.add(sitting.pk)
        sitting.site, sitting.place = facts.site, facts.place
        sitting.capacity, sitting.shift_pattern = facts.capacity, facts.shift_pattern
        if is_moved or is_elsewhere:
            self._put(sitting, facts.starts_at, facts.ends_at)
        else:
            sitting.save()
        return True

    def _clocks(self, sitting: Sitting) -> tuple[dt.time, dt.time]:
        return (
            times.local_clock(sitting.starts_at, sitting.zone),
            times.local_clock(sitting.ends_at, sitting.zone),
        )

    def _put(self, sitting: Sitting, starts_at: dt.time, ends_at: dt.time) -> None:
        """At these times on the day of its event; calendars and people hear of it."""
        set_times(sitting, sitting.event, starts_at, ends_at)
        if sitting.pk not in self.changed:
            sitting.sequence += 1
        sitting.changed_at = self.at
        self.changed[sitting.pk] = sitting
        sitting.save()

    def drop(self, sitting: Sitting) -> None:
        """Gone, or cancelled when somebody was ever signed up."""
        if not sitting.signups.exists():
            sitting.delete()
            return
        sitting.cancelled_at = sitting.changed_at = self.at
        sitting.sequence += 1
        sitting.save()
        self.cancelled[sitting.pk] = sitting

    # --- all days ---------------------------------------------------------------------------------

    def rewrite_plans(self, wanted: Sequence[SittingFacts]) -> None:
        """The plans of the series as ``wanted``; sittings whose plan is gone go with it."""
        known = {plan.pk: plan for plan in self.series.plans.all()}
        kept = {facts.known for facts in wanted if facts.known}
        if kept - set(known):
            raise ValidationError(
                {"sittings": _("One of these sittings is gone. Load the page anew.")}
            )
        gone = set(known) - kept
        for event in self._followers():
            for sitting in list(self.sittings[event.pk]):
                if sitting.plan_id in gone and sitting.starts_at > self.at:
                    self.drop(sitting)
                    self.sittings[event.pk].remove(sitting)
        self.series.plans.filter(pk__in=gone).delete()
        # Two plans may change places: neither stands in the other's way meanwhile.
        self.series.plans.update(place=Cast("pk", CharField()))
        for facts in wanted:
            plan = plan_of(self.series, facts)
            plan.pk = facts.known
            plan.save()

    def take_back(self, events: Collection[int]) -> None:
        """Gives up the own sittings of ``events`` (row numbers): each stands for a plan of its site again, the
        nearest in time, so that whoever is signed up stays so. What is left over goes."""
        plans = list(self.series.plans.order_by("pk"))
        for event in [one for one in self.events if one.pk in events]:
            event.has_own_sittings = False
            event.save(update_fields=["has_own_sittings"])
            here = self.sittings[event.pk]
            free = [plan for plan in plans if plan.pk not in {one.plan_id for one in here}]
            for sitting in [one for one in here if one.plan_id is None]:
                near = [plan for plan in free if plan.site_id == sitting.site_id]
                if sitting.starts_at <= self.at:
                    continue
                if near:
                    starts = sitting.starts_at.astimezone(dt.UTC)
                    taken = min(near, key=lambda plan: abs(self._moment(event, plan) - starts))
                    free.remove(taken)
                    sitting.plan = taken
                    sitting.save(update_fields=["plan"])
                else:
                    self.drop(sitting)
                    here.remove(sitting)

    def _moment(self, event: Event, plan: SittingPlan) -> dt.datetime:
        return times.moment_of(event.day, plan.starts_at, plan.site.timezone if plan.site else None)

    def rewrite_days(self, first: dt.date) -> None:
        """The days as the rule gives them now, from ``first`` on."""
        until = max(times.local_date(self.at) + AHEAD, self.series.starts_on)
        wanted = days_of(self.series, first, until)
        there = set(
            self.series.events.filter(rule_day__gte=first).values_list("rule_day", flat=True)
        )
        missing = [day for day in wanted if day not in there]
        for event in [one for one in self.events if one.rule_day not in set(wanted)]:
            near = [day for day in missing if self._is_near(event, day)]
            if near and event.day == event.rule_day:
                missing.remove(near[0])
                self.move(event, near[0])
                event.rule_day = near[0]
                event.save(update_fields=["day", "rule_day"])
            elif event.rule_day <= until:
                self._end(event)
        self.series.made_until = first - dt.timedelta(days=1)
        make_events(self.series, until=until, at=self.at)

    def _is_near(self, event: Event, day: dt.date) -> bool:
        """A single day goes wherever it is put; others stay within their week."""
        return not self.series.rule or day.isocalendar()[:2] == event.rule_day.isocalendar()[:2]

    def _end(self, event: Event) -> None:
        self.events.remove(event)
        if not event.signups.exists():
            event.delete()
            return
        event.cancelled_at = self.at
        event.cancel_reason = _("It is held on other days now.")
        event.save(update_fields=["cancelled_at", "cancel_reason"])
        for sitting in self.sittings[event.pk]:
            self.drop(sitting)

    def _followers(self) -> list[Event]:
        """The days that do as the series says."""
        return [event for event in self.events if not event.has_own_sittings]

    def rewrite_sittings(self) -> None:
        """Every sitting as its plan says now, and those that a new plan adds."""
        plans = {
            plan.pk: plan
            for plan in self.series.plans.select_related("site", "shift_pattern").order_by("pk")
        }
        for event in self._followers():
            here = {one.plan_id: one for one in self.sittings[event.pk] if one.plan_id}
            for sitting in here.values():
                plan = plans.get(sitting.plan_id or 0)
                if plan and sitting.starts_at > self.at:
                    self._write(sitting, _as_facts(plan))
            new = [plan for pk, plan in plans.items() if pk not in here]
            add_sittings([event], self._still_to_come(event, new), at=self.at)
        self._rewrite_openings()

    def _still_to_come(self, event: Event, plans: Iterable[SittingPlan]) -> list[SittingPlan]:
        """A plan made at three adds nothing at noon of the same day."""
        found = []
        for plan in plans:
            zone = plan.site.timezone if plan.site else None
            if times.moment_of(event.day, plan.starts_at, zone) > self.at:
                found.append(plan)
        return found

    def _rewrite_openings(self) -> None:
        """When sign-up opens and closes, for all that have not begun."""
        for event in self.events:
            rows = Sitting.objects.filter(event=event, cancelled_at=None, starts_at__gt=self.at)
            for sitting in rows:
                opens_at = sitting.starts_at - dt.timedelta(days=self.series.opens_days)
                closes_at = sitting.starts_at - dt.timedelta(minutes=self.series.closes_minutes)
                if (sitting.opens_at, sitting.closes_at) != (opens_at, closes_at):
                    sitting.opens_at, sitting.closes_at = opens_at, closes_at
                    sitting.save(update_fields=["opens_at", "closes_at"])

    def rewrite_jobs(self, wanted: Sequence[JobFacts]) -> None:
        """The jobs of the series and of its sittings to come. A job that somebody has stays."""
        names = {job.name for job in wanted}
        JobPlan.objects.filter(series=self.series).delete()
        write_jobs(self.series, wanted)
        sittings = Sitting.objects.filter(
            event__in=self._followers(), cancelled_at=None, starts_at__gt=self.at
        ).select_related("event__series", "site")
        for sitting in sittings.order_by("pk"):
            # Held before the people who have it, as everybody holds them.
            there = {job.name: job for job in sitting.jobs.select_for_update().order_by("pk")}
            for job in there.values():
                if job.name not in names and not job.signups.exists():
                    job.delete()
            for facts in wanted:
                self._rewrite_job(sitting, there.get(facts.name), facts)

    def _rewrite_job(self, sitting: Sitting, job: Job | None, facts: JobFacts) -> None:
        if job is None:
            Job.objects.create(sitting=sitting, name=facts.name, capacity=facts.capacity)
        elif job.taken_count > facts.capacity:
            raise ValidationError(
                {
                    "jobs": _(
                        "%(job)s, %(when)s: %(count)d have it. Give at least that many hands."
                    )
                    % {"job": job.name, "when": self._name(sitting), "count": job.taken_count}
                }
            )
        elif job.capacity != facts.capacity:
            if _is_more(facts.capacity, job.capacity):
                self.roomier.add(sitting.pk)
            job.capacity = facts.capacity
            job.save(update_fields=["capacity"])

    def _name(self, sitting: Sitting) -> str:
        """Day and time as a sentence says them."""
        starts_at, _ends_at = self._clocks(sitting)
        return f"{date_format(sitting.event.day, 'j. F')} {starts_at:%H:%M}"

    # --- telling ----------------------------------------------------------------------------------

    def finish(self) -> None:
        """Tells those signed up, offers places that are new to those who wait, and takes what walls
        show of it down: the clock puts it up anew."""
        changed = [one for pk, one in self.changed.items() if pk not in self.cancelled]
        tell_changed(changed, at=self.at)
        tell_cancelled(self.cancelled.values(), at=self.at)
        today = times.local_date(self.at)
        keys = [event.key for event in self.events if event.day <= today + dt.timedelta(days=1)]
        withdraw_celebrations(sources=keys, at=self.at)
        waiting = SignUp.objects.filter(sitting__in=self.roomier, state=SignUp.State.WAITING)
        for sitting in Sitting.objects.filter(pk__in=waiting.values("sitting")).order_by("pk"):
            offer_after_commit(sitting, at=self.at)


def _is_more(now: int | None, before: int | None) -> bool:
    """Of two numbers of places, where None is without limit."""
    return before is not None and (now is None or now > before)


def _as_facts(plan: SittingPlan) -> SittingFacts:
    return SittingFacts(
        site=plan.site, starts_at=plan.starts_at, ends_at=plan.ends_at, place=plan.place,
        capacity=plan.capacity, shift_pattern=plan.shift_pattern,
    )  # fmt: skip
