"""Several of a team who want to go at one moment."""

import datetime as dt
import threading
from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from engagement.notices.models import Notice
from engagement.people.models import Person, RoleAssignment
from engagement.people.tree import Tree
from events.actions import watching
from events.actions.guarding import hold_and_check, set_rule
from events.actions.watching import watch_coverage
from events.models import CoverageBreach, SignUp, Sitting
from events.queries.breaches import Breach, breaches_ahead
from tests import factories as people
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.guard.shifts import add_shift, fill_team, make_rule

pytestmark = pytest.mark.django_db(transaction=True)
AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """What each of ``acts`` returned or raised, all begun at the same moment."""
    gate = threading.Barrier(len(acts))
    results: list[object] = [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        try:
            gate.wait(10)
            results[place] = act()
        except Exception as error:
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def going(person: Person, sitting: Sitting) -> Callable[[], object]:
    """As a sign-up does it: the team first, then the sitting."""

    @transaction.atomic
    def go() -> str:
        hold_and_check(person=person, sitting=sitting, at=AT)
        held = Sitting.objects.select_for_update().select_related("event").get(pk=sitting.pk)
        return factories.make_signup(held, person).state

    return go


@pytest.fixture
def two_sittings(cast: Cast, waffles: WaffleFriday) -> tuple[Sitting, Sitting]:
    quiz = factories.make_event(factories.make_series(waffles.manager, "Quiz"))
    return waffles.sitting, factories.make_sitting(quiz, site=cast.trondheim)


def test_two_sittings_at_the_same_time_and_one_left_to_go(
    cast: Cast, two_sittings: tuple[Sitting, Sitting]
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.department, percent=20)
    for _ in range(5):
        SignUp.objects.all().delete()
        Sitting.objects.update(taken_count=0)
        answers = at_once(going(team[0], two_sittings[0]), going(team[1], two_sittings[1]))
        refused = [one for one in answers if isinstance(one, ValidationError)]
        assert (len(refused), SignUp.objects.count()) == (1, 1)


def test_crowd_of_two_teams_never_leaves_too_few(
    cast: Cast, two_sittings: tuple[Sitting, Sitting]
) -> None:
    Sitting.objects.update(capacity=100)
    team = fill_team(cast, 10)
    sol = people.make_unit("Team Sol", parent=cast.department, site=cast.trondheim)
    others = [people.make_person(f"Sol{n}", unit=sol) for n in range(10)]
    for person in others:
        add_shift(person)
    make_rule(cast.department, percent=30)
    acts = [going(one, two_sittings[n % 2]) for n, one in enumerate([*team[:6], *others[:6]])]
    answers = at_once(*acts)
    assert [one for one in answers if not isinstance(one, str | ValidationError)] == []
    for members in (team, others):
        assert SignUp.objects.filter(person__in=members).count() == 3


def test_rule_that_is_tightened_meanwhile_breaks_nothing(cast: Cast, waffles: WaffleFriday) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    answers = at_once(
        going(team[0], waffles.sitting),
        lambda: set_rule(
            unit=cast.team, most_away_percent=0, least_on_phones=0, by=waffles.manager, at=AT
        ),
    )
    assert not [
        one
        for one in answers
        if isinstance(one, Exception) and not isinstance(one, ValidationError)
    ]


def test_two_clocks_tell_of_a_broken_rule_once(
    cast: Cast, two_sittings: tuple[Sitting, Sitting]
) -> None:
    add_shift(cast.alice)
    make_rule(cast.team, percent=0)
    for sitting in two_sittings:
        factories.make_signup(sitting, cast.alice)
    RoleAssignment.objects.update(from_at=AT)
    with time_machine.travel(AT, tick=False):
        answers = at_once(*[lambda: watch_coverage(at=AT)] * 4)
    assert [one for one in answers if not isinstance(one, int)] == []
    told = Notice.objects.filter(kind="coverage_broken")
    assert sorted(key for one in told for key in one.parameters["breaches"]) == sorted(
        CoverageBreach.objects.values_list("key", flat=True)
    )


def test_older_look_takes_away_nothing_a_newer_one_has_found(
    cast: Cast, waffles: WaffleFriday, monkeypatch: pytest.MonkeyPatch
) -> None:
    add_shift(cast.alice)
    make_rule(cast.team, percent=0)
    RoleAssignment.objects.update(from_at=AT)
    looked, newer_is_done = threading.Event(), threading.Event()

    def slow(tree: Tree, at: dt.datetime) -> list[Breach]:
        found = breaches_ahead(tree, at)
        if not looked.is_set():
            looked.set()
            newer_is_done.wait(2)
        return found

    def newer() -> int:
        looked.wait(10)
        factories.make_signup(waffles.sitting, cast.alice)
        told = watch_coverage(at=AT)
        newer_is_done.set()
        return told

    monkeypatch.setattr(watching, "breaches_ahead", slow)
    with time_machine.travel(AT, tick=False):
        assert at_once(lambda: watch_coverage(at=AT), newer) == [0, 1]
    assert CoverageBreach.objects.count() == 1
