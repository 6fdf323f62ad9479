"""A survey that is open at once, made in the running product by its own actions.

``python -m tests.journeys.survey_now TEMPLATE LEVEL`` prints its key; the environment is that of
the product's web process. What takes days of reading and waiting is done as of nine days ago.
"""

import datetime as dt
import os
import sys
from pathlib import Path

import django

AGO = dt.timedelta(days=9)
OPEN = dt.timedelta(days=14)


def make(template: str, level: str) -> str:
    """Asks everybody of the first employer. The key of a *Witnessed* survey is nobody's here."""
    from engagement import times
    from engagement.people.models import Employer, RoleAssignment
    from surveys import actions
    from surveys.actions import clock, preparing
    from surveys.models import Survey
    from surveys.protocol.sealing import new_counting_key

    def holder(role: str):
        return RoleAssignment.objects.filter(role=role).first().person

    now = times.now()
    early, opens = now - AGO, now - dt.timedelta(minutes=1)
    hr, representatives = holder("hr"), [holder("safety_delegate"), holder("union_representative")]
    survey = actions.create_survey(by=hr, template=template, at=early)
    actions.change_survey(
        survey=survey, by=hr, at=early, level=level, opens_at=opens, closes_at=opens + OPEN,
        discussed_on=times.local_date(early), feedback_on=times.local_date(opens + 2 * OPEN),
        feedback_owner=hr, retention_months=36, over_limit_reason="Prøve",
    )  # fmt: skip
    survey = actions.set_audience(survey=survey, places=[Employer.objects.first()], by=hr, at=early)
    survey = actions.freeze_survey(survey=survey, by=hr, at=early)
    _private, public = new_counting_key()
    survey = actions.set_counting_key(survey=survey, by=representatives[0], public=public, at=early)
    for one in representatives:
        survey.refresh_from_db()
        actions.note_key_checked(survey=survey, by=one, at=early)
        actions.confirm_review(survey=survey, by=one, at=early)
    survey.refresh_from_db()
    actions.launch_survey(survey=survey, by=hr, at=early)
    preparing.prepare_surveys(at=now)
    clock.open_surveys(at=now)
    survey = Survey.objects.get(pk=survey.pk)
    if not survey.is_open(now):
        sys.exit(f"{survey.key} did not open: {survey.last_problem}")
    return survey.key


def environment_of(process_id: int) -> dict[str, str]:
    """The environment that the process was started with."""
    whole = Path(f"/proc/{process_id}/environ").read_bytes().decode()
    return dict(part.split("=", 1) for part in whole.split("\0") if "=" in part)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    django.setup()
    print(make(*sys.argv[1:3]))
