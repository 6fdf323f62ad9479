"""The surveys that are over, lived through again: by the real code, each step at its time.

A survey is drafted, read and confirmed first, and stands so for a moment. All that follows, from the
launch to the destruction of its ballots, is one transaction: the worker, whose clock shows today, sees
nothing of it before it is whole. What a killed run leaves is a draft, and the next run throws it away.
"""

import contextlib
import datetime as dt
from collections.abc import Callable, Iterable, Iterator
from http import HTTPStatus
from types import TracebackType
from typing import Self

import httpx
from django.conf import settings
from django.db import transaction

from engagement.demo.personas import PERSONAS
from engagement.demo.surveys import making, voting
from engagement.demo.surveys.answers import voters
from engagement.demo.surveys.planned import Planned
from engagement.notices import actions as notices
from surveys import actions, box, counter
from surveys.actions import clock, counts, preparing, reminding
from surveys.models import Count, RollEntry, Survey
from surveys.models.surveys import DAYS_TO_DESTRUCTION
from surveys.notices import SURVEY_OPENED

# The counting process looks every few seconds, and the box gives ballots out 40 s after the end.
COUNTED_AFTER = dt.timedelta(minutes=1)
# People answer some hours after they were invited or reminded.
HOURS = dt.timedelta(hours=3)
Told = Callable[[str], None]


class PastBallots:
    """The ballot box of the past (`surveys.ballots.past`), and its clock."""

    def __init__(self) -> None:
        self.box = voting.ballot_box(settings.BALLOT_CONTROL_URL)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.box.close()

    def set_clock(self, at: dt.datetime) -> None:
        """:raises httpx.HTTPError: when the box is away, or is not one of the past."""
        self._order("PUT", "/control/clock", json={"at": at.isoformat()})

    def end(self) -> None:
        """Its work is done; its process ends, if it has not ended before."""
        with contextlib.suppress(httpx.TransportError):
            self._order("POST", "/control/end")

    def _order(self, method: str, path: str, **request: object) -> None:
        headers = {"Authorization": f"Bearer {settings.BALLOT_CONTROL_TOKEN}"}
        answer: httpx.Response = self.box.request(method, path, headers=headers, **request)  # type: ignore[arg-type]
        answer.raise_for_status()


def fill(surveys: list[Planned], *, tell: Told) -> None:
    """Those of ``surveys`` that are not there yet. Again and again is harmless."""
    with PastBallots() as past:
        for number, planned in enumerate(surveys, start=1):
            found = Survey.objects.filter(created_at=planned.drafted_at)
            if found.filter(launched_at__isnull=False).exists():
                continue
            _throw_away(found.all())
            try:
                _live_again(planned, past)
            except making.NotNow as reason:
                _throw_away(found.all())
                tell(f"{planned.title_nb}: {reason}")
            else:
                tell(f"Surveys of the past: {number} of {len(surveys)}")
        past.end()


def _throw_away(drafts: Iterable[Survey]) -> None:
    """Drafts that a killed run left, and what the ballot box has of them."""
    for survey in drafts:
        _empty_box(survey.key)
        actions.delete_draft(survey=survey, by=None, at=survey.created_at)


def _empty_box(key: str) -> None:
    for destroy in (box.cancel_survey, box.destroy_ballots):
        try:
            destroy(key)
            return
        except box.BoxProblem as problem:
            if problem.status == HTTPStatus.NOT_FOUND:
                return
            # A conflict: it came as far as its receipts, so it is destroyed as a counted one.
            if problem.status != HTTPStatus.CONFLICT:
                raise


def _live_again(planned: Planned, past: PastBallots) -> None:
    """:raises making.NotNow: when it cannot be made. What is made until then is a draft."""
    survey = making.draft(planned)
    making.confirm(survey, planned)
    with transaction.atomic():
        launched_at = making.launch(survey, planned)
        preparing.prepare_survey(survey=survey, at=launched_at)
        clock.open_survey(survey.pk, at=planned.opens_at, by_mail=False)
        survey.refresh_from_db()
        assert survey.closes_at
        turns = _turns(survey, planned, past, until=survey.closes_at)
        voting.vote(survey, planned.chapter, turns, box=past.box)
        clock.close_surveys(at=survey.closes_at)
        # Nobody finds a year of old invitations among what they have not read.
        notices.forget_notices(kind=SURVEY_OPENED, source=survey.key)
        if planned.level == Survey.Level.SEALED:
            survey.refresh_from_db()
            _count_and_destroy(survey, past, at=survey.closes_at + COUNTED_AFTER)


def _turns(
    survey: Survey, planned: Planned, past: PastBallots, *, until: dt.datetime
) -> Iterator[tuple[dt.datetime, list[RollEntry]]]:
    """A share answers at once, the others when they are reminded, which is done on the way."""
    willing = voters(planned.chapter, voting.roll_of(survey))
    if planned.level == Survey.Level.WITNESSED:
        # The visitor's own personas have had no say in it.
        numbers = {persona.number for persona in PERSONAS}
        willing = [one for one in willing if one.person.employee_number not in numbers]
    reminders = list(survey.reminders.values_list("send_at", flat=True))
    for number, moment in enumerate([planned.opens_at, *reminders]):
        if number:
            reminding.send_reminders(at=moment)
        at = min(moment + HOURS, until - HOURS)
        past.set_clock(at)
        yield at, willing[number :: len(reminders) + 1]


def _count_and_destroy(survey: Survey, past: PastBallots, *, at: dt.datetime) -> None:
    """As the counting process does at ``at``, and the worker at once and when the time is up."""
    past.set_clock(at)
    counter.count_sealed(survey, at=at)
    counter.destroy_key_if_over(counter.folder() / f"{survey.key}.key", at)
    counts.publish_receipts_of(Count.objects.select_related("survey").get(survey=survey))
    destroyed_at = at + dt.timedelta(days=DAYS_TO_DESTRUCTION)
    past.set_clock(destroyed_at)
    survey.refresh_from_db()
    clock.destroy_ballots_of(survey, at=destroyed_at)
