"""Making, changing, moving and cancelling, by hand and by the clock."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from engagement import times
from engagement.notices.models import Notice
from engagement.people.models import Person, RoleAssignment
from events import actions
from events.facts import JobFacts
from events.models import Event, Job, Series, SignUp, Sitting
from events.queries.versions import version_of
from tests import factories as people
from tests.conftest import Cast
from tests.events.factories import FRIDAY, NOON, make_signup
from tests.events.series.plans import (
    MONDAY,
    day_now,
    days,
    facts_now,
    make_waffles,
    sitting,
    waffle_facts,
)

NEXT = FRIDAY + dt.timedelta(days=7)


def event_of(series: Series, day: dt.date = FRIDAY) -> Event:
    return Event.objects.select_related("series").get(series=series, rule_day=day)


def sitting_of(event: Event, starts: str = "12:00") -> Sitting:
    clock = dt.time.fromisoformat(starts)
    found = [
        one
        for one in event.sittings.select_related("site").order_by("pk")
        if times.local_clock(one.starts_at, one.zone) == clock
    ]
    [only] = found
    return only


def refused(act: Any, **facts: Any) -> dict[str, list[str]] | list[str]:
    with override("en"), pytest.raises(ValidationError) as error:
        act(**facts)
    value = error.value
    return value.message_dict if hasattr(value, "error_dict") else value.messages


# --- making ---------------------------------------------------------------------------------------


def test_series_stands_half_a_year_ahead_with_sittings_and_jobs(series: Series) -> None:
    # 26 weeks, but 25 December, 1 January, Good Friday and so on are public holidays.
    assert days(series)[:6] == ["11-27", "12-04", "12-11", "12-18", "01-08", "01-15"]
    assert series.events.latest("day").day == dt.date(2027, 5, 21)
    assert {event.sittings.count() for event in series.events.all()} == {2}
    jobs = Job.objects.filter(sitting__event__series=series)
    assert set(jobs.values_list("name", "capacity")) == {("Steking", 2)}
    assert jobs.count() == 2 * series.events.count()
    noon = sitting_of(event_of(series))
    assert (noon.opens_at, noon.closes_at) == (
        noon.starts_at - dt.timedelta(days=14), noon.starts_at
    )  # fmt: skip


def test_wall_clock_is_kept_when_the_clocks_change(series: Series) -> None:
    winter, summer = event_of(series, dt.date(2027, 3, 19)), event_of(series, dt.date(2027, 4, 2))
    hours = [sitting_of(event).starts_at.astimezone(dt.UTC).hour for event in (winter, summer)]
    assert hours == [11, 10]


def test_sweep_goes_on_where_the_series_ends_and_makes_nothing_twice(series: Series) -> None:
    before = series.events.count()
    assert actions.extend_series(at=MONDAY) == 0
    later = MONDAY + dt.timedelta(weeks=3)
    assert actions.extend_series(at=later) == 1
    assert actions.extend_series(at=later) == 0
    assert series.events.count() == before + 3
    assert series.events.latest("day").day == dt.date(2027, 6, 11)


def test_site_that_closes_gets_no_more_sittings(series: Series, cast: Cast) -> None:
    cast.trondheim.closed_on = dt.date(2027, 6, 1)
    cast.trondheim.save()
    actions.extend_series(at=MONDAY + dt.timedelta(weeks=4))
    counts = {event.day: event.sittings.count() for event in series.events.order_by("day")}
    assert (counts[dt.date(2027, 5, 28)], counts[dt.date(2027, 6, 4)]) == (2, 0)


def test_night_sitting_ends_on_the_next_day(cast: Cast, manager: Person) -> None:
    night = replace(sitting(cast.trondheim), starts_at=dt.time(23, 45), ends_at=dt.time(0, 15))
    event = event_of(make_waffles(manager, cast.trondheim, sittings=[night]))
    [only] = event.sittings.all()
    assert only.ends_at - only.starts_at == dt.timedelta(minutes=30)
    assert times.local_date(only.starts_at) == event.day


def test_single_day_is_held_on_a_holiday_too(cast: Cast, manager: Person) -> None:
    single = make_waffles(manager, cast.trondheim, rule="", starts_on=dt.date(2026, 12, 25))
    assert days(single) == ["12-25"]
    actions.extend_series(at=MONDAY + dt.timedelta(weeks=52))
    assert days(single) == ["12-25"]


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"title": " \u200b\u202e "}, {"title": ["Give it a name, such as “Waffle Friday”."]}),
        ({"title": "x" * 81}, {"title": ["This has 81 characters; at most 80 fit."]}),
        ({"sittings": []}, {"sittings": ["Choose at least one sitting: when people can come."]}),
        (
            {"sittings": [sitting(None, capacity=0)]},
            {"sittings": ["A sitting has between 1 and 5000 places."]},
        ),
        (
            {"sittings": [replace(sitting(None), ends_at=NOON)]},
            {"sittings": ["A sitting ends at another time than it starts."]},
        ),
        (
            {"sittings": [replace(sitting(None), ends_at=dt.time(11, 30))]},
            {"sittings": ["A sitting lasts at most 12 hours. Does one end before it starts?"]},
        ),
        (
            {"sittings": [sitting(None), sitting(None)]},
            {"sittings": ["Two sittings at the same time and place. Take one away."]},
        ),
        ({"jobs": [JobFacts("", 1)]}, {"jobs": ["A job has a name and wants 1 to 50 hands."]}),
        (
            {"rule": "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"},
            {"rule": ["This rule gives no day at all. Change the days or the month."]},
        ),
        (
            {"rule": "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=25"},
            {
                "rule": [
                    "All its days are public holidays. Hold it on those too, or change the days."
                ]
            },
        ),
        (
            {"rule": "FREQ=WEEKLY;UNTIL=20261120"},
            {"rule": ["The last day comes before the first. Choose a later one."]},
        ),
        (
            {"starts_on": dt.date(2026, 11, 20)},
            {"starts_on": ["This day has been. Choose today or a day to come."]},
        ),
        ({"opens_days": 0}, {"opens_days": ["Open the sign-up 1 to 180 days before."]}),
        (
            {"invited": []},
            {"invited": ["Invite those you plan for: your site, your unit or your employer."]},
        ),
    ],
)
def test_series_that_cannot_be_is_refused_with_words(
    cast: Cast, manager: Person, facts: dict[str, Any], why: dict[str, list[str]]
) -> None:
    wanted = waffle_facts(cast.trondheim, **facts)
    assert refused(actions.create_series, facts=wanted, by=manager, at=MONDAY) == why
    assert not Series.objects.exists()


def test_rights_reach_as_far_as_roles(cast: Cast, manager: Person) -> None:
    lead = people.make_person("Liv", "Lie", unit=cast.team)
    people.give_role(lead, RoleAssignment.Role.LEAD, unit=cast.team)
    hr = people.make_person("Hanne", "Haug", unit=cast.department)
    people.give_role(hr, RoleAssignment.Role.HR)

    def may(by: Person, **facts: Any) -> bool:
        try:
            make_waffles(by, cast.trondheim, **facts)
        except ValidationError:
            return False
        return True

    here, there = [sitting(cast.trondheim)], [sitting(cast.gjovik)]
    assert may(manager, sittings=here, invited=[cast.trondheim])
    assert may(manager, sittings=here, invited=[cast.team])
    assert not may(manager, sittings=there, invited=[cast.trondheim])
    assert not may(manager, sittings=here, invited=[cast.gjovik])
    assert may(lead, sittings=here, invited=[cast.team])
    assert not may(lead, sittings=here, invited=[cast.trondheim])
    assert not may(lead, sittings=here, invited=[cast.department])
    assert may(hr, sittings=there, invited=[])
    assert not may(cast.alice, sittings=here, invited=[cast.team])


# --- this day -------------------------------------------------------------------------------------


def test_day_alone_changes_and_those_signed_up_hear_of_it(series: Series, cast: Cast) -> None:
    event = event_of(series)
    noon = sitting_of(event)
    make_signup(noon, cast.bob)
    make_signup(noon, cast.alice, state=SignUp.State.WAITING)
    make_signup(sitting_of(event, "18:00"), cast.keeper)
    facts = day_now(event)
    first, second = facts.sittings
    wanted = replace(
        facts,
        title="Julevafler",
        sittings=[replace(first, starts_at=dt.time(12, 15), ends_at=dt.time(12, 45)), second],
    )
    actions.change_day(event=event, facts=wanted, by=cast.admin, at=MONDAY)
    event.refresh_from_db()
    noon.refresh_from_db()
    assert (event.title, event_of(series, NEXT).title) == ("Julevafler", "Vaffelfredag")
    assert (noon.sequence, noon.taken_count) == (1, 1)
    assert noon.closes_at == noon.starts_at
    told = Notice.objects.filter(kind="event_changed")
    assert {one.person for one in told} == {cast.bob, cast.alice}
    # The series passes by a day that has its own sittings.
    actions.change_all(
        event=event_of(series, NEXT),
        facts=facts_now(series, sittings=[
            replace(one, starts_at=dt.time(11), ends_at=dt.time(11, 30))
            if one.starts_at == NOON else one for one in facts_now(series).sittings
        ]),
        by=cast.admin, at=MONDAY,
    )  # fmt: skip
    assert sitting_of(event_of(series), "12:15").pk == noon.pk
    assert sitting_of(event_of(series, NEXT), "11:00").sequence == 1


def test_only_words_or_places_are_no_news_for_calendars(series: Series, cast: Cast) -> None:
    event = event_of(series)
    make_signup(sitting_of(event), cast.bob)
    facts = day_now(event)
    more = [replace(one, capacity=50) for one in facts.sittings]
    actions.change_day(event=event, facts=replace(facts, sittings=more), by=cast.admin, at=MONDAY)
    assert {one.sequence for one in event.sittings.all()} == {0}
    assert not Notice.objects.exists()


def test_places_below_the_number_signed_up_are_refused(series: Series, cast: Cast) -> None:
    event = event_of(series)
    for person in (cast.alice, cast.bob):
        make_signup(sitting_of(event), person)
    facts = day_now(event)
    less = [replace(one, capacity=1) for one in facts.sittings]
    words = {
        "sittings": [
            "27. November 12:00: 2 people have a place. Give at least that many, or ask them to "
            "leave first."
        ]
    }
    wanted = replace(facts, sittings=less)
    assert refused(actions.change_day, event=event, facts=wanted, by=cast.admin, at=MONDAY) == words
    whole = facts_now(series)
    whole = replace(whole, sittings=[replace(one, capacity=1) for one in whole.sittings])
    assert refused(actions.change_all, event=event, facts=whole, by=cast.admin, at=MONDAY) == words


def test_one_day_moves_and_its_times_with_it(series: Series, cast: Cast) -> None:
    event = event_of(series)
    make_signup(sitting_of(event), cast.bob)
    thursday = FRIDAY - dt.timedelta(days=1)
    actions.move_event(event=event, day=thursday, by=cast.admin, at=MONDAY)
    event.refresh_from_db()
    assert (event.day, event.rule_day) == (thursday, FRIDAY)
    moved = sitting_of(event)
    assert moved.starts_at.astimezone(dt.UTC).isoformat() == "2026-11-26T11:00:00+00:00"
    assert (moved.sequence, moved.signups.count()) == (1, 1)
    assert Notice.objects.filter(kind="event_changed").count() == 1
    # The clock does not make the Friday anew.
    actions.extend_series(at=MONDAY + dt.timedelta(weeks=1))
    assert days(series)[:2] == ["11-26", "12-04"]
    past = FRIDAY - dt.timedelta(days=8)
    assert refused(actions.move_event, event=event, day=past, by=cast.admin, at=MONDAY) == {
        "day": ["This day has been. Choose today or a day to come."]
    }


def test_sitting_taken_away_goes_or_is_cancelled_when_somebody_has_it(
    series: Series, cast: Cast
) -> None:
    event = event_of(series)
    late = sitting_of(event, "18:00")
    make_signup(late, cast.bob)
    facts = day_now(event)
    actions.change_day(
        event=event, facts=replace(facts, sittings=facts.sittings[:1]), by=cast.admin, at=MONDAY
    )
    late.refresh_from_db()
    assert (late.cancelled_at, late.sequence) == (MONDAY, 1)
    assert [one.person for one in Notice.objects.filter(kind="event_cancelled")] == [cast.bob]
    other = event_of(series, NEXT)
    facts = day_now(other)
    actions.change_day(
        event=other, facts=replace(facts, sittings=facts.sittings[:1]), by=cast.admin, at=MONDAY
    )
    assert other.sittings.count() == 1


# --- this and following, all ----------------------------------------------------------------------


def test_this_and_following_is_a_series_of_its_own_and_signups_stay(
    series: Series, cast: Cast
) -> None:
    first, second = event_of(series), event_of(series, NEXT)
    for event in (first, second):
        make_signup(sitting_of(event), cast.bob)
    facts = facts_now(series, title="Vaffeltorsdag", rule="FREQ=WEEKLY;BYDAY=TH",
                      starts_on=NEXT - dt.timedelta(days=1))  # fmt: skip
    changed = actions.change_following(event=second, facts=facts, by=cast.admin, at=MONDAY)
    new = changed.series
    series.refresh_from_db()
    assert (new.continues, new.title, new.organiser) == (series, "Vaffeltorsdag", series.organiser)
    assert series.rule == "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261203"
    assert days(series) == ["11-27"]
    # Neither Christmas Eve nor New Year's Eve is a public holiday.
    assert days(new)[:5] == ["12-03", "12-10", "12-17", "12-24", "12-31"]
    assert changed.pk == second.pk
    assert [one.person for one in changed.signups.all()] == [cast.bob]
    kept = sitting_of(changed)
    assert (kept.plan is not None and kept.plan.series, kept.sequence) == (new, 1)
    assert Notice.objects.filter(kind="event_changed").count() == 1
    assert actions.extend_series(at=MONDAY) == 0


def test_rule_that_counts_goes_on_counting_after_a_split(cast: Cast, manager: Person) -> None:
    counted = make_waffles(manager, cast.trondheim, rule="FREQ=WEEKLY;COUNT=4",
                           skips_holidays=False)  # fmt: skip
    third = event_of(counted, FRIDAY + dt.timedelta(days=14))
    facts = facts_now(counted, title="Siste", starts_on=third.rule_day)
    new = actions.change_following(event=third, facts=facts, by=manager, at=MONDAY).series
    assert (days(counted), days(new), new.rule) == (
        ["11-27", "12-04"], ["12-11", "12-18"], "FREQ=WEEKLY;COUNT=2"
    )  # fmt: skip


def test_all_changes_what_is_to_come_and_leaves_what_has_been(series: Series, cast: Cast) -> None:
    later = MONDAY + dt.timedelta(weeks=1)
    been = sitting_of(event_of(series))
    facts = facts_now(series)
    noon = facts.sittings[0]
    extra = sitting(cast.trondheim, dt.time(15))
    wanted = replace(
        facts, sittings=[replace(noon, place="Takterrassen"), extra], closes_minutes=60,
        jobs=[JobFacts("Steking", 3), JobFacts("Rydding", 1)],
    )  # fmt: skip
    actions.change_all(event=event_of(series, NEXT), facts=wanted, by=cast.admin, at=later)
    been.refresh_from_db()
    assert (been.place, been.sequence) == ("Kantina", 0)
    assert event_of(series).sittings.count() == 2
    coming = event_of(series, NEXT)
    assert [
        (one.place, one.sequence, one.starts_at - one.closes_at)
        for one in coming.sittings.order_by("starts_at")
    ] == [
        ("Takterrassen", 1, dt.timedelta(hours=1)), ("Kantina", 0, dt.timedelta(hours=1))
    ]  # fmt: skip
    jobs = Job.objects.filter(sitting__event=coming).order_by("sitting__starts_at", "pk")
    assert list(jobs.values_list("name", "capacity")) == [
        ("Steking", 3), ("Rydding", 1), ("Steking", 3), ("Rydding", 1)
    ]  # fmt: skip


def test_two_sittings_may_change_times(series: Series, cast: Cast) -> None:
    noon, evening = facts_now(series).sittings
    swapped = [
        replace(noon, starts_at=evening.starts_at, ends_at=evening.ends_at),
        replace(evening, starts_at=noon.starts_at, ends_at=noon.ends_at),
    ]
    event = event_of(series)
    before = sitting_of(event).pk
    facts = facts_now(series, sittings=swapped)
    actions.change_all(event=event, facts=facts, by=cast.admin, at=MONDAY)
    assert sitting_of(event, "18:00").pk == before


def test_days_the_new_rule_leaves_out_go_or_are_cancelled(series: Series, cast: Cast) -> None:
    second = event_of(series, NEXT)
    make_signup(sitting_of(second), cast.bob)
    facts = facts_now(series, rule="FREQ=WEEKLY;INTERVAL=2;BYDAY=FR")
    actions.change_all(event=event_of(series), facts=facts, by=cast.admin, at=MONDAY)
    assert days(series)[:4] == ["11-27", "12-04", "12-11", "01-08"]
    second.refresh_from_db()
    assert second.cancelled_at == MONDAY
    assert [one.person for one in Notice.objects.filter(kind="event_cancelled")] == [cast.bob]


def test_who_changes_what_another_has_changed_is_asked_to_look_again(
    series: Series, cast: Cast
) -> None:
    event = event_of(series)
    seen = version_of(event)
    make_signup(sitting_of(event), cast.bob)
    assert version_of(event) == seen
    actions.move_event(
        event=event, day=FRIDAY - dt.timedelta(days=1), by=cast.admin, at=MONDAY, version=seen
    )
    words = [
        "Somebody else changed this meanwhile. What you wrote is still here: look at the event as "
        "it is now, then save again."
    ]
    facts = facts_now(series, title="Noe annet")
    for act, given in (
        (actions.change_all, {"facts": facts}),
        (actions.change_following, {"facts": facts}),
        (actions.cancel_event, {"reason": "Nei"}),
    ):
        assert refused(act, event=event, by=cast.admin, at=MONDAY, version=seen, **given) == words


# --- cancelling -----------------------------------------------------------------------------------


def test_cancelled_day_tells_why_to_those_signed_up_and_the_others_stand(
    series: Series, cast: Cast
) -> None:
    event = event_of(series)
    make_signup(sitting_of(event), cast.bob)
    make_signup(sitting_of(event, "18:00"), cast.alice, state=SignUp.State.WAITING)
    make_signup(sitting_of(event_of(series, NEXT)), cast.keeper)
    assert refused(
        actions.cancel_event, event=event, reason=" \u200b ", by=cast.admin, at=MONDAY
    ) == {"reason": ["Say why: those signed up read it."]}
    actions.cancel_event(event=event, reason="Jernet er ødelagt", by=cast.admin, at=MONDAY)
    event.refresh_from_db()
    assert (event.cancelled_at, event.cancel_reason) == (MONDAY, "Jernet er ødelagt")
    assert {(one.cancelled_at, one.sequence) for one in event.sittings.all()} == {(MONDAY, 1)}
    told = Notice.objects.filter(kind="event_cancelled")
    assert {one.person for one in told} == {cast.bob, cast.alice}
    assert event_of(series, NEXT).cancelled_at is None
    assert refused(actions.cancel_event, event=event, reason="x", by=cast.admin, at=MONDAY) == [
        "It is cancelled. Make a new one instead."
    ]


def test_cancelling_the_rest_ends_the_series(series: Series, cast: Cast) -> None:
    third = FRIDAY + dt.timedelta(days=14)
    make_signup(sitting_of(event_of(series, third)), cast.bob)
    actions.cancel_following(
        event=event_of(series, NEXT), reason="Kantina bygges om", by=cast.admin, at=MONDAY
    )
    series.refresh_from_db()
    assert series.rule == "FREQ=WEEKLY;BYDAY=FR;UNTIL=20261203"
    standing = list(series.events.filter(cancelled_at=None).values_list("day", flat=True))
    cancelled = series.events.exclude(cancelled_at=None).order_by("day")
    assert standing == [FRIDAY]
    assert list(cancelled.values_list("day", flat=True)) == [NEXT, third]
    actions.extend_series(at=MONDAY + dt.timedelta(weeks=4))
    assert series.events.count() == 3


def test_day_that_has_been_stays_as_it_was(series: Series, cast: Cast) -> None:
    event, later = event_of(series), MONDAY + dt.timedelta(weeks=1)
    assert refused(actions.cancel_event, event=event, reason="x", by=cast.admin, at=later) == [
        "This day has been, so it stays as it was."
    ]
