"""Whom the rule holds back, and why."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from engagement.people.models import Membership, Person
from events import slots
from events.actions.guarding import end_lift, hold_and_check, lift_rule, remove_rule, set_rule
from events.models import CoverageRule, HeadCount, SignUp, Sitting
from events.queries.guarding import held_back, refusals
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.guard.shifts import (
    ZONE,
    add_shift,
    fill_team,
    make_pattern,
    make_rule,
)

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def is_refused(person: Person, sitting: Sitting) -> bool:
    return sitting.pk in refusals(person, [sitting], AT)


def test_rule_lets_its_share_go_and_no_more(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 10)
    make_rule(cast.team, percent=20)
    for person in team[:2]:
        assert not is_refused(person, waffles.sitting)
        factories.make_signup(waffles.sitting, person)
    assert is_refused(team[2], waffles.sitting)
    # Who has a place is not asked again.
    assert not is_refused(team[0], waffles.sitting)


def test_share_is_never_rounded_up(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 9)
    make_rule(cast.team, percent=20)
    factories.make_signup(waffles.sitting, team[0])
    assert is_refused(team[1], waffles.sitting)


@pytest.mark.parametrize(("least", "refused"), [(3, False), (4, True)])
def test_least_on_the_phones_holds(
    cast: Cast, waffles: WaffleFriday, least: int, refused: bool
) -> None:
    team = fill_team(cast, 4)
    make_rule(cast.team, percent=100, least=least)
    assert is_refused(team[0], waffles.sitting) == refused


def test_without_rule_nobody_is_guarded(cast: Cast, waffles: WaffleFriday) -> None:
    fill_team(cast, 2)
    make_rule(cast.partner_team, percent=0)
    assert not is_refused(cast.alice, waffles.sitting)


def test_rule_from_above_counts_each_team_for_itself(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.department, percent=20)
    factories.make_signup(waffles.sitting, team[0])
    assert is_refused(team[1], waffles.sitting)
    other = people.make_unit("Team Sol", parent=cast.department, site=cast.trondheim)
    neighbours = [people.make_person(f"Sol{n}", unit=other) for n in range(5)]
    for person in neighbours:
        add_shift(person)
    assert not is_refused(neighbours[0], waffles.sitting)
    # A rule of its own goes before that from above.
    make_rule(cast.team, percent=100)
    assert not is_refused(team[1], waffles.sitting)


def test_somebody_off_shift_is_neither_counted_nor_held_back(
    cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    off = people.make_person("Frida", "Fri", unit=cast.team)
    add_shift(off, clock=None)
    evening = people.make_person("Kveld", "Kveldsen", unit=cast.team)
    add_shift(evening, clock=(dt.time(15), dt.time(22)))
    make_rule(cast.team, percent=20)
    factories.make_signup(waffles.sitting, off)
    assert not is_refused(team[0], waffles.sitting)
    factories.make_signup(waffles.sitting, team[0])
    assert not is_refused(evening, waffles.sitting)
    assert is_refused(team[1], waffles.sitting)


def test_usual_shift_counts_where_the_roster_says_nothing(
    cast: Cast, waffles: WaffleFriday
) -> None:
    pattern = make_pattern()
    Person.objects.filter(pk__in=[cast.alice.pk, cast.bob.pk]).update(shift_pattern=pattern)
    make_rule(cast.team, percent=50)
    factories.make_signup(waffles.sitting, cast.alice)
    assert is_refused(cast.bob, waffles.sitting)
    # The roster has the last word: Alice is off that day, so one of one is one too many.
    add_shift(cast.alice, clock=None)
    assert is_refused(cast.bob, waffles.sitting)
    CoverageRule.objects.update(most_away_percent=100)
    assert not is_refused(cast.bob, waffles.sitting)


def test_guard_says_nothing_of_people_it_knows_nothing_of(
    cast: Cast, waffles: WaffleFriday
) -> None:
    make_rule(cast.team, percent=0)
    assert not is_refused(cast.alice, waffles.sitting)
    add_shift(cast.bob)
    assert not is_refused(cast.alice, waffles.sitting)
    assert is_refused(cast.bob, waffles.sitting)


def test_head_count_counts_where_no_person_has_a_roster(cast: Cast, waffles: WaffleFriday) -> None:
    make_rule(cast.team, percent=20)
    starts_at, ends_at = slots.span_of(factories.FRIDAY, dt.time(12), dt.time(12, 30), ZONE)
    HeadCount.objects.create(unit=cast.team, starts_at=starts_at, ends_at=ends_at, count=5)
    factories.make_signup(waffles.sitting, cast.alice)
    assert is_refused(cast.bob, waffles.sitting)
    HeadCount.objects.update(count=10)
    assert not is_refused(cast.bob, waffles.sitting)
    # Whose usual shift is another is away from nothing.
    HeadCount.objects.update(count=5)
    Person.objects.filter(pk=cast.bob.pk).update(shift_pattern=make_pattern(days=(1,)))
    assert not is_refused(cast.bob, waffles.sitting)
    # A roster of people says more than a count.
    add_shift(cast.alice)
    add_shift(cast.bob)
    CoverageRule.objects.update(most_away_percent=100)
    assert not is_refused(cast.bob, waffles.sitting)


@pytest.mark.parametrize("state", [SignUp.State.OFFERED, SignUp.State.PLACED])
def test_a_place_at_another_sitting_at_the_same_time_counts(
    cast: Cast, waffles: WaffleFriday, state: str
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    quiz = factories.make_event(factories.make_series(waffles.manager, "Quiz"))
    late = factories.make_sitting(quiz, starts=dt.time(12, 20), minutes=30)
    after = factories.make_sitting(quiz, starts=dt.time(12, 30), minutes=30)
    facts = {"offered_at": AT, "offer_until": AT} if state == SignUp.State.OFFERED else {}
    factories.make_signup(waffles.sitting, team[0], state=state, **facts)
    assert is_refused(team[1], late)
    assert not is_refused(team[1], after)


@pytest.mark.parametrize("state", [SignUp.State.WAITING, SignUp.State.LEFT, SignUp.State.LAPSED])
def test_a_place_that_nobody_has_does_not_count(
    cast: Cast, waffles: WaffleFriday, state: str
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    factories.make_signup(waffles.sitting, team[0], state=state)
    assert not is_refused(team[1], waffles.sitting)


@pytest.mark.parametrize("what", ["sitting", "event"])
def test_what_is_cancelled_takes_nobody_from_the_phones(
    cast: Cast, waffles: WaffleFriday, what: str
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    other = factories.make_event(factories.make_series(waffles.manager, "Quiz"))
    sitting = factories.make_sitting(other)
    factories.make_signup(sitting, team[0])
    assert is_refused(team[1], waffles.sitting)
    cancelled = {"sitting": sitting, "event": other}[what]
    cancelled.cancelled_at = AT
    cancelled.save()
    assert not is_refused(team[1], waffles.sitting)


def test_somebody_who_moved_counts_in_the_team_of_that_day(
    cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    Membership.objects.filter(person=team[4]).update(to_on=factories.FRIDAY)
    assert is_refused(team[0], waffles.sitting)
    assert not is_refused(team[4], waffles.sitting)


def test_refusal_tells_why_and_what_fits_and_names_nobody(
    cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    facts = {"site": cast.trondheim, "capacity": 4}
    two = factories.make_sitting(waffles.event, starts=dt.time(14), **facts)
    factories.make_sitting(waffles.event, starts=dt.time(13), **facts, taken_count=4)
    factories.make_sitting(waffles.event, starts=dt.time(11), site=cast.gjovik)
    half = factories.make_sitting(waffles.event, starts=dt.time(15, 30), **facts)
    factories.make_signup(waffles.sitting, team[0])
    sittings = list(waffles.event.sittings.select_related("site"))
    [refusal] = refusals(team[1], sittings, AT).values()
    assert (refusal.sitting, refusal.fitting) == (waffles.sitting, (two, half))
    with override("en"):
        assert str(refusal) == (
            "From 12:00 to 12:30 as many of your team are away as can be at once."
            " These fit: 14:00, 15:30."
        )
        assert not [one for one in team if one.given_name in str(refusal)]
    assert refusals(team[0], sittings, AT) == {}


def test_refusal_for_the_phones_says_how_many_are_needed(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 4)
    make_rule(cast.team, percent=100, least=4)
    [refusal] = refusals(team[0], [waffles.sitting], AT).values()
    assert (refusal.is_for_phones, refusal.least_on_phones, refusal.fitting) == (True, 4, ())


def test_lifted_rule_lets_everybody_go_to_that_sitting_only(
    cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.department, percent=0)
    other = factories.make_sitting(waffles.event, site=cast.trondheim, starts=dt.time(13))
    facts = {"by": waffles.manager, "at": AT}
    lift = lift_rule(unit=cast.department, sitting=waffles.sitting, reason="Jubileum", **facts)
    assert refusals(team[0], [waffles.sitting, other], AT).keys() == {other.pk}
    end_lift(lift=lift, **facts)
    assert refusals(team[0], [waffles.sitting, other], AT).keys() == {waffles.sitting.pk, other.pk}


def test_lift_needs_a_reason_and_is_made_once(cast: Cast, waffles: WaffleFriday) -> None:
    facts = {"unit": cast.team, "sitting": waffles.sitting, "by": waffles.manager, "at": AT}
    for reason in ("", "  ", "\u200b", "x" * 201):
        with pytest.raises(ValidationError):
            lift_rule(reason=reason, **facts)
    lift_rule(reason="Jubileum", **facts)
    with pytest.raises(ValidationError, match=r"."):
        lift_rule(reason="Igjen", **facts)


def test_acts_stand_in_the_audit_log(cast: Cast, waffles: WaffleFriday) -> None:
    facts = {"by": waffles.manager, "at": AT}
    set_rule(unit=cast.team, most_away_percent=20, least_on_phones=4, **facts)
    set_rule(unit=cast.team, most_away_percent=20, least_on_phones=4, **facts)
    lift = lift_rule(unit=cast.team, sitting=waffles.sitting, reason="Jubileum", **facts)
    end_lift(lift=lift, **facts)
    remove_rule(unit=cast.team, **facts)
    remove_rule(unit=cast.team, **facts)
    acts = waffles.manager.audited_acts.order_by("pk").values_list("verb", "subject", "detail")
    sitting = {"sitting": waffles.sitting.key}
    assert list(acts) == [
        ("coverage-rule-set", cast.team.key, {"most_away_percent": 20, "least_on_phones": 4}),
        ("coverage-lifted", cast.team.key, sitting | {"reason": "Jubileum"}),
        ("coverage-lift-ended", cast.team.key, sitting),
        ("coverage-rule-removed", cast.team.key, {}),
    ]


def test_hold_and_check_refuses_what_the_rule_refuses(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    facts = {"sitting": waffles.sitting, "at": AT}
    with transaction.atomic():
        hold_and_check(person=team[0], **facts)
    factories.make_signup(waffles.sitting, team[0])
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        hold_and_check(person=team[1], **facts)
    assert refused.value.code == "coverage"


def test_queue_passes_over_whom_the_rule_holds_back(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=40)
    line = [team[3], cast.charlie, team[1], team[0], cast.keeper]
    assert held_back(line, waffles.sitting) == {team[0].pk}


@pytest.mark.parametrize(("is_guarded", "count"), [(False, 1), (True, 6)])
def test_queries_do_not_grow(
    cast: Cast, waffles: WaffleFriday, is_guarded: bool, count: int
) -> None:
    if is_guarded:
        make_rule(cast.team, percent=20)
    for rows in (1, 3, 12):
        days = [factories.FRIDAY + dt.timedelta(weeks=n) for n in range(rows)]
        fill_team(cast, rows + 2)
        sittings = [waffles.sitting]
        for day in days[1:]:
            event = factories.make_event(waffles.series, day)
            sittings.append(factories.make_sitting(event, site=cast.trondheim))
        with CaptureQueriesContext(connection) as asked:
            refusals(cast.alice, sittings, AT)
        assert len(asked) == count
        waffles.series.events.exclude(pk=waffles.event.pk).delete()
        cast.alice.roster_days.all().delete()
        cast.bob.roster_days.all().delete()


@pytest.mark.parametrize(("is_guarded", "count"), [(False, 1), (True, 7)])
def test_sign_up_asks_little(
    cast: Cast, waffles: WaffleFriday, is_guarded: bool, count: int
) -> None:
    if is_guarded:
        make_rule(cast.department)
    fill_team(cast, 12)
    with transaction.atomic(), CaptureQueriesContext(connection) as asked:
        hold_and_check(person=cast.alice, sitting=waffles.sitting, at=AT)
    assert len(asked) == count


def test_refusal_of_a_small_team_does_not_speak_of_others_being_away(
    cast: Cast, waffles: WaffleFriday
) -> None:
    fill_team(cast, 4)
    make_rule(cast.team, percent=20)
    [refusal] = refusals(cast.alice, [waffles.sitting], AT).values()
    with override("en"):
        assert refusal.why == (
            "From 12:00 to 12:30 too few of your team are on shift for anybody to go."
        )
