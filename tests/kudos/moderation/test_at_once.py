"""What happens at one moment: two who decide, a report and a withdrawal, hiding and sending out."""

import datetime as dt
import threading
import time
from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from engagement import times
from engagement.live.models import Celebration
from engagement.notices.models import Notice
from engagement.people.models import AuditEntry, Person
from kudos import actions, queries
from kudos.models import Decision, Kudos, KudosReach, Report
from tests import factories
from tests.conftest import Cast
from tests.kudos.moderation.cases import given, hr, report, said

pytestmark = pytest.mark.django_db(transaction=True)


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


def walls_of(kudos: Kudos) -> int:
    return Celebration.objects.standing().filter(source=kudos.key).count()


@pytest.mark.parametrize("hides", [(True, True), (True, False), (False, False)])
def test_two_moderators_at_once_make_one_decision(cast: Cast, hides: tuple[bool, bool]) -> None:
    kudos, deciders = given(cast), (cast.admin, hr(cast))
    report(kudos, cast.bob)

    def decide(by: Person, hide: bool) -> Callable[[], object]:
        return lambda: actions.decide_reports(thing=kudos, by=by, hides=hide, at=times.now())

    for _ in range(3):
        Decision.objects.all().delete()
        Report.objects.update(decision=None)
        Kudos.objects.update(hidden_at=None)
        before = AuditEntry.objects.count()
        results = at_once(*(decide(by, hide) for by, hide in zip(deciders, hides, strict=True)))
        assert sorted(type(one).__name__ for one in results) == ["Decision", "NoneType"]
        assert (Decision.objects.count(), AuditEntry.objects.count() - before) == (1, 1)


def test_same_person_twice_at_once_is_one_report(cast: Cast) -> None:
    kudos = given(cast)
    results = at_once(*[lambda: report(kudos, cast.bob)] * 6)
    assert {one.pk for one in results} == {Report.objects.get().pk}  # type: ignore[attr-defined]


def test_limit_holds_for_many_at_once(cast: Cast) -> None:
    many = [given(cast) for _ in range(14)]
    results = at_once(*(lambda kudos=kudos: report(kudos, cast.bob) for kudos in many))  # type: ignore[misc]
    assert sum(isinstance(one, ValidationError) for one in results) == 4
    assert Report.objects.count() == actions.REPORTS_AN_HOUR


def test_report_while_the_giver_takes_it_back_waits_for_nobody(cast: Cast) -> None:
    for _ in range(5):
        kudos = given(cast)
        results = at_once(
            lambda kudos=kudos: report(kudos, cast.keeper),  # type: ignore[misc]
            lambda kudos=kudos: actions.withdraw_kudos(  # type: ignore[misc]
                kudos=kudos, by=cast.alice, at=times.now()
            ),
        )
        assert results[1] is None
        assert isinstance(results[0], Report | ValidationError)
        assert Report.objects.filter(kudos=kudos, decision__isnull=True).count() == 0
        assert walls_of(kudos) == 0


def test_report_of_a_comment_while_its_author_takes_it_back(cast: Cast) -> None:
    kudos = given(cast)
    for _ in range(5):
        comment = said(kudos, cast.bob)
        results = at_once(
            lambda comment=comment: report(comment, cast.keeper),  # type: ignore[misc]
            lambda comment=comment: actions.withdraw_comment(  # type: ignore[misc]
                comment=comment, by=cast.bob, at=times.now()
            ),
        )
        assert results[1] is None
        assert isinstance(results[0], Report | ValidationError)
    assert Report.objects.filter(decision__isnull=True).count() == 0


def test_report_while_a_receiver_chooses_walls_keeps_the_card_off(cast: Cast) -> None:
    for _ in range(5):
        many = [given(cast) for _ in range(3)]
        results = at_once(
            lambda: actions.choose_wall(by=cast.bob, choice="any", at=times.now()),
            *(lambda kudos=kudos: report(kudos, cast.keeper) for kudos in many),  # type: ignore[misc]
        )
        assert [one for one in results if isinstance(one, Exception)] == []
        assert [walls_of(kudos) for kudos in many] == [0, 0, 0]
        Report.objects.all().delete()
        Kudos.objects.all().delete()


def test_hiding_while_a_planned_one_is_sent_out_leaves_nothing(cast: Cast) -> None:
    at = times.now()
    later = at + dt.timedelta(minutes=2)
    for _ in range(5):
        kudos = given(cast, release_at=at + dt.timedelta(minutes=1))
        results = at_once(
            lambda: actions.release_planned_kudos(at=later),
            lambda kudos=kudos: actions.hide_thing(  # type: ignore[misc]
                thing=kudos, by=cast.admin, reason="other", at=later
            ),
        )
        assert [one for one in results if isinstance(one, Exception)] == []
        assert walls_of(kudos) == KudosReach.objects.filter(kudos=kudos).count() == 0
        assert Notice.objects.shown(later).filter(source=kudos.key).count() == 0
        assert queries.feed_page(cast.charlie, at=later).items == []


def test_hiding_waits_for_a_release_under_way(cast: Cast) -> None:
    at = times.now()
    kudos = given(cast, release_at=at + dt.timedelta(minutes=1))
    later = at + dt.timedelta(minutes=2)
    done: list[object] = []

    def hide() -> None:
        try:
            done.append(actions.hide_thing(thing=kudos, by=cast.admin, reason="other", at=later))
        finally:
            connection.close()

    thread = threading.Thread(target=hide)
    with transaction.atomic():
        assert actions.release_planned_kudos(at=later) == 1
        thread.start()
        time.sleep(0.3)
        assert done == []
    thread.join(10)
    assert len(done) == 1
    assert walls_of(kudos) == KudosReach.objects.filter(kudos=kudos).count() == 0


def test_restoring_and_leaving_at_once_name_no_leaver(cast: Cast) -> None:
    at = times.now()
    for number in range(3):
        who = factories.make_person(f"Olga{number}", unit=cast.team, wall_choice="any")
        kudos = given(cast, to=[who])
        decision = actions.hide_thing(thing=kudos, by=cast.admin, reason="other", at=at)
        assert decision
        Person.objects.filter(pk=who.pk).update(left_on=times.today())
        at_once(
            lambda decision=decision: actions.restore_thing(  # type: ignore[misc]
                decision=decision, by=cast.admin, at=times.now()
            ),
            lambda: actions.withdraw_leavers_cards(at=times.now()),
        )
        assert walls_of(kudos) == 0
