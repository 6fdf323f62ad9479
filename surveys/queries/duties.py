"""What surveys wait for of a representative."""

import datetime as dt
from typing import NamedTuple

from engagement.people.access import has_role
from engagement.people.models import Person
from surveys.access import REPRESENTATIVES
from surveys.models import PulsePlan, Survey
from surveys.queries.planning import surveys_to_count, surveys_to_review
from surveys.queries.plans import plans_to_confirm

COUNT, REVIEW, PLAN = "count", "review", "plan"


class Duty(NamedTuple):
    """A survey to count or to read, or a pulse plan to read; ``kind`` says which."""

    kind: str
    subject: Survey | PulsePlan


def duties_of(person: Person, *, day: dt.date) -> list[Duty]:
    """Counting first. No query for those who represent nobody."""
    if not has_role(person, *REPRESENTATIVES):
        return []
    return [
        *(Duty(COUNT, survey) for survey in surveys_to_count(person)),
        *(Duty(REVIEW, survey) for survey in surveys_to_review(person)),
        *(Duty(PLAN, plan) for plan in plans_to_confirm(person, day=day)),
    ]
