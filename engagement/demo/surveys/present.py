"""The witnessed survey that is open now, with the ballots that have come in so far."""

import datetime as dt

from django.db import transaction

from engagement import times
from engagement.demo.personas import PERSONAS
from engagement.demo.surveys import keys, making, voting
from engagement.demo.surveys.answers import voters
from engagement.demo.surveys.planned import Planned, open_survey
from surveys.actions import clock, preparing, reminding
from surveys.models import RollEntry, Survey

# The share of the willing who have answered: so much at once, so much more each day.
AT_ONCE, EACH_DAY = 0.25, 0.12


def keep_one_open(*, at: dt.datetime) -> Survey | None:
    """The demo's open survey: made when there is none and its people have had their peace.

    Goes on wherever it was cut off. None when it is not the time for one.
    """
    survey = _standing(at)
    if survey is None:
        survey = _make(open_survey(times.local_date(at)))
    if survey is None:
        return None
    if survey.prepared_at is None:
        preparing.prepare_survey(survey=survey, at=survey.launched_at or at)
    assert survey.opens_at
    clock.open_survey(survey.pk, at=survey.opens_at, by_mail=False)
    survey.refresh_from_db()
    _let_vote(survey, at=at)
    for moment in survey.reminders.filter(sent_at=None, send_at__lte=at):
        reminding.send_reminders(at=moment.send_at)
    return survey


def _standing(at: dt.datetime) -> Survey | None:
    ours = Survey.objects.standing().filter(key__in=keys.surveys_with_key())
    return ours.filter(launched_at__isnull=False, closed_at=None, closes_at__gt=at).first()


@transaction.atomic
def _launched(planned: Planned) -> Survey:
    survey = making.draft(planned)
    making.confirm(survey, planned)
    making.launch(survey, planned)
    survey.refresh_from_db()
    return survey


def _make(planned: Planned) -> Survey | None:
    try:
        return _launched(planned)
    except making.NotNow:
        return None


def _let_vote(survey: Survey, *, at: dt.datetime) -> None:
    """Those whose turn has come since. Never a persona: they are the visitor's own."""
    assert survey.opens_at
    planned = open_survey(times.local_date(at))
    share = min(1.0, AT_ONCE + EACH_DAY * (at - survey.opens_at).days)
    entries = voting.roll_of(survey)
    willing = voters(planned.chapter, entries)
    personas = {persona.number for persona in PERSONAS}
    due: list[RollEntry] = [
        entry
        for entry in willing[: round(share * len(willing))]
        if not entry.is_collected and entry.person.employee_number not in personas
    ]
    with voting.ballot_box() as box:
        voting.vote(survey, planned.chapter, [(at, due)], box=box)
