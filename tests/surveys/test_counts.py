"""Keeping a count: once, whole, and only when it fits what was given out."""

import copy
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override

from engagement import times
from engagement.people.models import AuditEntry
from surveys.actions.counts import record_count
from surveys.counting.count import count
from surveys.models import Comment, Count, GroupStatistic, ItemStatistic, Survey
from surveys.protocol import blind, client, manifest, merkle
from surveys.protocol.encoding import canonical
from surveys.protocol.sheet import Remark, Sheet
from tests.surveys.factories import COUNTING_KEYS, make_survey, make_team, signing_key

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with override("en"):
        yield


def closed_survey(people: int = 12) -> tuple[Survey, dict[str, Any]]:
    """A closed survey of one team in which everybody answered, and its true result."""
    survey = make_survey("closed", teams=[make_team(people=people)])
    survey.cells.update(collected_count=people)
    rules = manifest.parse(bytes(survey.manifest or b""))
    first, second, text = rules.items
    signer = blind.Signer(signing_key(1))
    ballots = []
    for number in range(people):
        remarks = {text: Remark(f"Kommentar {number}", "team")} if number < 4 else {}
        sheet = Sheet({first: 1 + number % 5, second: 3}, remarks)
        prepared = client.prepare_ballot(rules, "c001", sheet)
        ballots.append(client.finish(prepared, signer.sign(prepared.blinded)))
    bundle = canonical(
        {"survey": survey.key, "manifest_sha256": rules.hash.hex(), "ballots": ballots}
    )
    return survey, count(rules, bundle, COUNTING_KEYS[0], collected={"c001": people})


def test_result_is_kept_as_groups_loose_comments_and_receipts() -> None:
    survey, result = closed_survey()
    kept = record_count(survey=survey, result=result, by=None, at=times.now())
    assert (kept.ballot_count, kept.spoilt_count, kept.root) == (12, 0, result["root"])
    assert list(GroupStatistic.objects.values_list("kind", "key", "answered").order_by("kind")) == [
        ("cell", "c001", 12),
        ("whole", "whole", 12),
    ]
    assert ItemStatistic.objects.count() == 4
    assert set(Comment.objects.values_list("text", flat=True)) == {
        f"Kommentar {number}" for number in range(4)
    }
    assert list(kept.receipts.values_list("receipt", flat=True)) == result["receipts"]
    survey.refresh_from_db()
    assert survey.state == Survey.State.COUNTED
    entry = AuditEntry.objects.get(verb="survey_counted")
    assert entry.detail == {"ballots": 12, "spoilt": 0, "root": result["root"]}


def test_count_is_kept_once() -> None:
    survey, result = closed_survey()
    one, again = (
        record_count(survey=survey, result=result, by=None, at=times.now()) for _ in range(2)
    )
    assert one == again
    receipts = ["0" * 20]
    other = {**result, "receipts": receipts, "root": merkle.root(receipts), "ballots": 1}
    with pytest.raises(ValidationError, match="already"):
        record_count(survey=survey, result=other, by=None, at=times.now())
    assert Count.objects.count() == 1


Change = Callable[[dict[str, Any]], Any]
CHANGES: list[tuple[Change, str]] = [
    (lambda one: one.update(manifest_sha256="00"), "another survey"),
    (lambda one: one.update(sheets=[]), "another survey"),
    (lambda one: one.pop("groups"), "another survey"),
    (lambda one: one["receipts"].reverse(), "sorted"),
    (lambda one: one["receipts"].append("zz"), "sorted"),
    (lambda one: one["receipts"].pop(), "root"),
    (lambda one: one.update(root="00"), "root"),
    (lambda one: one.update(spoilt=13), "spoilt"),
    (lambda one: one.update(spoilt=-1), "spoilt"),
    (lambda one: one.update(spoilt=True), "spoilt"),
    (lambda one: one["groups"][0].update(answered=4), "too small"),
    (lambda one: one["groups"][0].update(answered=13), "more answers than people"),
    (lambda one: one["groups"][0].update(answered=11), "add up"),
    (lambda one: one["groups"][0].update(key="c009"), "not in the manifest"),
    (lambda one: one["groups"][0].update(kind="row"), "not in the manifest"),
    (lambda one: one["groups"].append(one["groups"][0]), "not in the manifest"),
    (lambda one: one["groups"].pop(), "add up to the ballots"),
    (lambda one: _first_item(one).update(n=4), "do not add up"),
    (lambda one: _first_item(one).update(counts=[4, 0, 0, 0, 0], n=4), "too few"),
    (lambda one: _first_item(one).update(counts=[12]), "do not add up"),
    (lambda one: _first_item(one).update(counts=[-1, 13, 0, 0, 0], n=12), "do not add up"),
    (lambda one: one["groups"][0]["items"].update(other={"n": 5, "counts": [5]}), "not asked"),
    (lambda one: one["comments"][0].update(group="c009"), "no group"),
    (lambda one: one["comments"][0].update(item="other"), "not asked"),
    (lambda one: one["comments"][0].update(text="x" * 1001), "too long"),
    (lambda one: one["comments"][0].update(text=" "), "empty"),
    (lambda one: one["comments"][0].update(text="a\u202eb"), "plain"),
    (lambda one: one["comments"][0].update(person="p1"), "no group"),
    (lambda one: one.update(groups=None), "not complete"),
    (lambda one: one["comments"].append("x"), "not complete"),
]


def _first_item(result: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = next(iter(result["groups"][0]["items"].values()))
    return found


@pytest.mark.parametrize(("change", "reason"), CHANGES)
def test_result_that_does_not_fit_is_refused_whole(change: Change, reason: str) -> None:
    survey, result = closed_survey()
    wrong = copy.deepcopy(result)
    change(wrong)
    with pytest.raises(ValidationError, match=reason):
        record_count(survey=survey, result=wrong, by=None, at=times.now())
    assert not Count.objects.exists()
    survey.refresh_from_db()
    assert survey.counted_at is None


def test_more_ballots_than_were_given_out_are_refused() -> None:
    survey, result = closed_survey()
    survey.cells.update(collected_count=11)
    with pytest.raises(ValidationError, match="given out"):
        record_count(survey=survey, result=result, by=None, at=times.now())


@pytest.mark.parametrize("state", ["open", "cancelled", "launched"])
def test_only_a_closed_survey_is_counted(state: str) -> None:
    survey = make_survey(state)
    with pytest.raises(ValidationError, match="closed"):
        record_count(survey=survey, result={}, by=None, at=times.now())
