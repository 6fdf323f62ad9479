"""Keeping the result of a count, whoever counted; and what follows from it."""

import datetime as dt
import re
import secrets
from collections.abc import Mapping
from typing import Any, NoReturn

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Sum
from django.utils.translation import gettext as _

from engagement.clock.actions import ring
from engagement.people.actions import audit
from engagement.people.models import Person
from surveys import box
from surveys.actions.preparing import note_problem
from surveys.models import (
    Comment,
    Count,
    GroupStatistic,
    ItemStatistic,
    PublishedReceipt,
    Survey,
)
from surveys.protocol import merkle
from surveys.protocol.manifest import COMMENT_AUDIENCES, LONGEST_COMMENT, Manifest, parse
from surveys.protocol.sheet import is_plain

PUBLISH = "surveys.tasks.publish_receipts"
_RECEIPT = re.compile(r"[0-9a-f]{20}")
_FIELDS = {
    "manifest_sha256",
    "ballots",
    "spoilt",
    "refused",
    "groups",
    "comments",
    "receipts",
    "root",
}


def record_count(
    *, survey: Survey, result: Mapping[str, Any], by: Person | None, at: dt.datetime
) -> Count:
    """Keeps ``result`` as `surveys.counting` makes it. ``by`` is None for the counting process.

    Once and for good: the same result again does nothing.

    :raises ValidationError: when the survey is not closed, was counted otherwise, or the result
        does not fit the manifest, itself, or the number of ballots given out.
    """
    with transaction.atomic():
        locked = Survey.objects.select_for_update().get(pk=survey.pk)
        earlier = Count.objects.filter(survey=locked).first()
        if earlier is not None:
            if result.get("root") == earlier.root:
                return earlier
            raise ValidationError(_("This survey is counted already, with another result."))
        if locked.closed_at is None or locked.cancelled_at is not None or locked.manifest is None:
            raise ValidationError(_("Only a closed survey can be counted."))
        _Check(parse(bytes(locked.manifest)), result, _collected(locked)).all()
        count = _keep(locked, result, by, at)
        locked.counted_at = at
        locked.save(update_fields=["counted_at"])
        audit.record(
            verb="survey_counted",
            by=by,
            at=at,
            subject=locked,
            ballots=count.ballot_count,
            spoilt=count.spoilt_count,
            root=count.root,
        )
        ring(PUBLISH)
    return count


def _collected(survey: Survey) -> int:
    total: int | None = survey.cells.aggregate(found=Sum("collected_count"))["found"]
    return total or 0


class _Check:
    """Everything about a result that can be checked without the ballots."""

    def __init__(self, manifest: Manifest, result: Mapping[str, Any], collected: int) -> None:
        self.manifest, self.result, self.collected = manifest, result, collected

    def all(self) -> None:
        try:
            self._head()
            self._groups()
            self._comments()
        except (KeyError, TypeError, AttributeError) as error:
            raise ValidationError(_("The result of the count is not complete.")) from error

    def _head(self) -> None:
        result = self.result
        if set(result) != _FIELDS or result["manifest_sha256"] != self.manifest.hash.hex():
            _refuse(_("The result is of another survey."))
        receipts = result["receipts"]
        are_well_formed = all(isinstance(one, str) and _RECEIPT.fullmatch(one) for one in receipts)
        if not are_well_formed or sorted(set(receipts)) != receipts:
            _refuse(_("The receipts are not a sorted list without repetition."))
        if result["root"] != merkle.root(receipts) or result["ballots"] != len(receipts):
            _refuse(_("The receipts do not fit their number or their root."))
        if not _is_count(result["spoilt"]) or result["spoilt"] > result["ballots"]:
            _refuse(_("There cannot be more spoilt ballots than ballots."))
        if result["ballots"] > self.collected:
            _refuse(_("There are more ballots than were given out."))
        refused = result["refused"]
        if set(refused) != {"signature", "duplicate", "cell"} or not all(
            _is_count(one) for one in refused.values()
        ):
            _refuse(_("The result of the count is not complete."))

    def _groups(self) -> None:
        counted = self.result["ballots"] - self.result["spoilt"]
        seen: set[tuple[str, str]] = set()
        sums = {"cell": 0, "rest": 0, "whole": 0}
        for group in self.result["groups"]:
            kind, key, answered = group["kind"], group["key"], group["answered"]
            known = self.manifest.cells if kind == "cell" else self.manifest.parents
            is_new = kind in sums and key in known and (kind, key) not in seen
            if not is_new or set(group) != {"kind", "key", "answered", "items"}:
                _refuse(_("The result names a group that is not in the manifest."))
            if not _is_count(answered) or answered < self.manifest.k:
                _refuse(_("The result names a group that is too small."))
            if kind == "cell" and answered > self.manifest.cells[key].invited:
                _refuse(_("A group has more answers than people."))
            seen.add((kind, key))
            sums[kind] += answered
            for item, found in group["items"].items():
                self._item(item, found, answered)
        expected = counted if counted >= self.manifest.k else 0
        if sums["whole"] != expected or sums["cell"] + sums["rest"] != expected:
            _refuse(_("The groups do not add up to the ballots."))

    def _item(self, key: str, found: Mapping[str, Any], answered: int) -> None:
        item = self.manifest.items.get(key)
        if item is None or item.kind != "scale" or set(found) != {"n", "counts"}:
            _refuse(_("The result names a question that was not asked."))
        counts = found["counts"]
        is_whole = len(counts) == len(item.points) and all(_is_count(one) for one in counts)
        if not is_whole or sum(counts) != found["n"] or found["n"] > answered:
            _refuse(_("The answers to a question do not add up."))
        if found["n"] < self.manifest.k:
            _refuse(_("The result tells an answer of too few."))

    def _comments(self) -> None:
        for comment in self.result["comments"]:
            group, item = comment["group"], self.manifest.items.get(comment["item"])
            is_known = group in self.manifest.cells or group in self.manifest.parents
            if set(comment) != {"group", "item", "text", "audience"} or not is_known:
                _refuse(_("A comment stands in no group of the manifest."))
            if item is None or item.kind != "text":
                _refuse(_("A comment answers a question that was not asked."))
            text = comment["text"]
            if (
                not isinstance(text, str)
                or not text.strip()
                or len(text) > LONGEST_COMMENT
                or not is_plain(text)
                or comment["audience"] not in COMMENT_AUDIENCES
            ):
                _refuse(_("A comment is empty, too long or not plain text."))


def _is_count(one: Any) -> bool:
    return type(one) is int and one >= 0


def _refuse(message: str) -> NoReturn:
    raise ValidationError(message)


def _keep(survey: Survey, result: Mapping[str, Any], by: Person | None, at: dt.datetime) -> Count:
    count = Count.objects.create(
        survey=survey,
        by=by,
        at=at,
        ballot_count=result["ballots"],
        spoilt_count=result["spoilt"],
        refused=result["refused"],
        root=result["root"],
    )
    groups = GroupStatistic.objects.bulk_create(
        GroupStatistic(count=count, key=one["key"], kind=one["kind"], answered=one["answered"])
        for one in result["groups"]
    )
    ItemStatistic.objects.bulk_create(
        ItemStatistic(group=group, item_key=item, n=found["n"], counts=found["counts"])
        for group, one in zip(groups, result["groups"], strict=True)
        for item, found in one["items"].items()
    )
    comments = [
        Comment(
            id=secrets.randbelow(2**62),
            count=count,
            group_key=one["group"],
            item_key=one["item"],
            audience=one["audience"],
            text=one["text"],
        )
        for one in result["comments"]
    ]
    # By their random numbers: the order of the rows on disk tells nothing either.
    Comment.objects.bulk_create(sorted(comments, key=lambda one: one.id))
    PublishedReceipt.objects.bulk_create(
        [PublishedReceipt(count=count, receipt=one) for one in result["receipts"]], batch_size=2000
    )
    return count


def publish_receipts(*, at: dt.datetime) -> int:
    """Hands the list of receipts to the ballot box, which shows it to everybody."""
    done = 0
    for count in Count.objects.filter(is_told=False).select_related("survey"):
        try:
            publish_receipts_of(count)
            done += 1
        except box.BoxProblem as problem:
            note_problem(count.survey, problem)
    return done


def publish_receipts_of(count: Count) -> None:
    """:raises box.BoxProblem: when the ballot box is away or refuses."""
    receipts = list(count.receipts.values_list("receipt", flat=True))
    box.publish_receipts(count.survey.key, receipts=receipts, root=count.root)
    Count.objects.filter(pk=count.pk).update(is_told=True)
