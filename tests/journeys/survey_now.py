"""A survey that is open at once, made in the running product by its own actions.

``python -m tests.journeys.survey_now TEMPLATE LEVEL`` prints its key; the environment is that of
the product's web process. What takes days of reading and waiting is done as of nine days before.
"""

import datetime as dt
import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import django

AGO = dt.timedelta(days=9)
OPEN = dt.timedelta(days=14)
PATIENCE_S = 60.0


def make(
    template: str,
    level: str,
    *,
    places: Sequence[Any] = (),
    open_for: dt.timedelta = OPEN,
    public: bytes | None = None,
) -> str:
    """Asks everybody in ``places``, or of the first employer.

    The key of a *Witnessed* survey is nobody's here, unless its ``public`` half is given.
    """
    from engagement import times
    from engagement.people.models import Employer, RoleAssignment
    from surveys import actions, counter
    from surveys.actions import clock, preparing
    from surveys.models import Survey
    from surveys.protocol.sealing import new_counting_key

    def holder(role: str):
        return RoleAssignment.objects.filter(role=role).first().person

    now = times.now()
    # Nobody may ask for so short that a shift has no chance: it has been open for the rest.
    opens = min(now - dt.timedelta(minutes=1), now + open_for - OPEN)
    early = opens - AGO
    hr, representatives = holder("hr"), [holder("safety_delegate"), holder("union_representative")]
    survey = actions.create_survey(by=hr, template=template, at=early)
    actions.change_survey(
        survey=survey, by=hr, at=early, level=level, opens_at=opens, closes_at=now + open_for,
        discussed_on=times.local_date(early), feedback_on=times.local_date(opens + 2 * OPEN),
        feedback_owner=hr, retention_months=36, over_limit_reason="Prøve",
    )  # fmt: skip
    asked = list(places) or [Employer.objects.order_by("pk").first()]
    survey = actions.set_audience(survey=survey, places=asked, by=hr, at=early)
    survey = actions.freeze_survey(survey=survey, by=hr, at=early)
    if level == "sealed":
        counter.make_key(survey, at=early)
    else:
        public = public or new_counting_key()[1]
        actions.set_counting_key(survey=survey, by=representatives[0], public=public, at=early)
    for one in representatives:
        survey.refresh_from_db()
        if level == "witnessed":
            actions.note_key_checked(survey=survey, by=one, at=early)
        actions.confirm_review(survey=survey, by=one, at=early)
    survey.refresh_from_db()
    actions.launch_survey(survey=survey, by=hr, at=early)
    # The worker does the same at the same time; whoever comes first.
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        preparing.prepare_surveys(at=now)
        clock.open_surveys(at=now)
        survey = Survey.objects.get(pk=survey.pk)
        if survey.is_open(now):
            return survey.key
        time.sleep(0.2)
    sys.exit(f"{survey.key} did not open: {survey.last_problem}")


def environment_of(process_id: int) -> dict[str, str]:
    """The environment that the process was started with."""
    whole = Path(f"/proc/{process_id}/environ").read_bytes().decode()
    return dict(part.split("=", 1) for part in whole.split("\0") if "=" in part)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engagement.settings")
    django.setup()
    print(make(*sys.argv[1:3]))
