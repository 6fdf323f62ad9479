"""The witnessed survey that is open now, with the ballots that have come in so far."""

import datetime as dt

from django.conf import settings
from django.db import transaction

from engagement import times
from engagement.demo.personas import PERSONAS
from engagement.demo.surveys import keys, making, voting
from engagement.demo.surveys.answers import voters
from engagement.demo.surveys.planned import Planned, open_survey
from surveys.actions import clock, preparing
from surveys.models import Survey

# The share of the willing who have answered: so much at once, so much more each day.
AT_ONCE, EACH_DAY = 0.65, 0.05


def keep_one_open(*, at: dt.datetime) -> Survey | None:
    """The demo's open survey: made when there is none and its people have had their peace.

    Goes on wherever it was cut off. None when it is not the time for one.
    """
    survey = _standing(at) or _make(open_survey(times.local_date(at)))
    if survey is None:
        return None
    if survey.prepared_at is None:
        preparing.prepare_survey(survey=survey, at=survey.launched_at or at)
    assert survey.opens_at
    clock.open_survey(survey.pk, at=survey.opens_at, by_mail=False)
    return survey


def let_vote(*, at: dt.datetime) -> None:
    """Those whose turn has come by now, through the box that everybody uses.

    Never a persona: they are the visitor's own.
    """
    survey = _standing(at)
    if survey is None or not survey.is_open(at) or survey.opens_at is None:
        return
    chapter = open_survey(times.local_date(at)).chapter
    share = min(1.0, AT_ONCE + EACH_DAY * (at - survey.opens_at).days)
    willing = voters(chapter, voting.roll_of(survey))
    personas = {persona.number for persona in PERSONAS}
    due = [
        entry
        for entry in willing[: round(share * len(willing))]
        if not entry.is_collected and entry.person.employee_number not in personas
    ]
    with voting.ballot_box(settings.BALLOT_URL) as box:
        voting.vote(survey, chapter, [(at, due)], box=box)


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
