"""Facts about events."""

from events.models.events import REASON_LENGTH, Event
from events.models.series import (
    DESCRIPTION_LENGTH,
    MOST_PLACES,
    PLACE_LENGTH,
    TITLE_LENGTH,
    Emblem,
    Invitation,
    JobPlan,
    Series,
    SittingPlan,
)
from events.models.signups import SignUp, SignUpQuerySet
from events.models.sittings import Job, Sitting, SittingQuerySet

__all__ = [
    "DESCRIPTION_LENGTH",
    "MOST_PLACES",
    "PLACE_LENGTH",
    "REASON_LENGTH",
    "TITLE_LENGTH",
    "Emblem",
    "Event",
    "Invitation",
    "Job",
    "JobPlan",
    "Series",
    "SignUp",
    "SignUpQuerySet",
    "Sitting",
    "SittingPlan",
    "SittingQuerySet",
]
