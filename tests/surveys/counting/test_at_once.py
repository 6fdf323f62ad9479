"""What happens at one moment: closing and collecting, two witnesses who hand in their counts."""

import random
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from engagement import times
from surveys.actions import clock, rolls
from surveys.actions.counts import record_count
from surveys.models import Comment, Count, PublishedReceipt, RollEntry, Survey
from surveys.protocol import blind, merkle
from surveys.tickets import Ticket
from tests.surveys.factories import make_survey, make_team
from tests.surveys.test_counts import closed_survey

pytestmark = pytest.mark.django_db(transaction=True)


def in_thread(act: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """``act`` in a thread with a connection of its own; what it raised, when it is over."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            act()
        except BaseException as error:
            raised.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, raised


def open_survey() -> tuple[Survey, Ticket, bytes]:
    survey = make_survey("open", teams=[make_team(people=6)])
    entry = survey.roll.select_related("cell").order_by("pk")[0]
    blinded = blind.blind(bytes(entry.cell.modulus or b""), b"x").blinded
    return survey, Ticket(survey.pk, entry.cell_id, entry.pk), blinded


def test_ballot_on_its_way_out_while_closing_is_counted() -> None:
    survey, ticket, blinded = open_survey()
    before = times.now()
    with transaction.atomic():
        # Signed, and not committed yet: closing has to wait for it.
        assert rolls.collect_ballot(ticket=ticket, blinded=blinded, at=before)
        thread, raised = in_thread(lambda: _close(survey))
        time.sleep(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert raised == []
    assert survey.cells.get().collected_count == 1


def test_ballot_asked_for_before_and_reached_after_closing_is_refused() -> None:
    survey, ticket, blinded = open_survey()
    before = times.now()
    with transaction.atomic():
        assert _close(survey) == 1
        thread, raised = in_thread(
            lambda: rolls.collect_ballot(ticket=ticket, blinded=blinded, at=before)
        )
        time.sleep(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert [type(one) for one in raised] == [rolls.NotOpen]
    assert survey.cells.get().collected_count == 0
    assert not RollEntry.objects.exists()


def _close(survey: Survey) -> int:
    """As the clock does a moment later: ``before`` still lies in the survey's time."""
    assert survey.closes_at
    return clock.close_surveys(at=survey.closes_at)


def test_two_witnesses_at_once_keep_one_count() -> None:
    survey, result = closed_survey()
    # Each browser shuffles the comments for itself.
    other = {**result, "comments": random.sample(result["comments"], len(result["comments"]))}
    gate = threading.Barrier(2)

    def hand_in(found: dict[str, Any]) -> Callable[[], object]:
        def act() -> None:
            gate.wait()
            record_count(survey=survey, result=found, by=None, at=times.now())

        return act

    both = [in_thread(hand_in(one)) for one in (result, other)]
    for thread, _raised in both:
        thread.join(10)
    assert [raised for _thread, raised in both] == [[], []]
    assert Count.objects.count() == 1
    assert PublishedReceipt.objects.count() == len(result["receipts"])
    assert Comment.objects.count() == len(result["comments"])


def test_two_witnesses_at_once_with_different_results_keep_the_first_whole() -> None:
    survey, result = closed_survey()
    fewer = {
        **result, "ballots": 0, "groups": [], "comments": [], "receipts": [], "root": merkle.root([]),
    }  # fmt: skip
    with transaction.atomic():
        record_count(survey=survey, result=result, by=None, at=times.now())
        thread, raised = in_thread(
            lambda: record_count(survey=survey, result=fewer, by=None, at=times.now())
        )
        time.sleep(0.5)
        assert thread.is_alive()
    thread.join(10)
    assert [type(one) for one in raised] == [ValidationError]
    assert Count.objects.get().ballot_count == len(result["receipts"])
