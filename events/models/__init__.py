"""Facts about events."""

from events.models.calendar import ALARMS, CalendarLink, Reminder
from events.models.coverage import (
    LONGEST_SHIFT,
    CoverageLift,
    CoverageRule,
    HeadCount,
    RosterDay,
    RosterShift,
    ShiftFile,
)
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
    "ALARMS",
    "DESCRIPTION_LENGTH",
    "LONGEST_SHIFT",
    "MOST_PLACES",
    "PLACE_LENGTH",
    "REASON_LENGTH",
    "TITLE_LENGTH",
    "CalendarLink",
    "CoverageLift",
    "CoverageRule",
    "Emblem",
    "Event",
    "HeadCount",
    "Invitation",
    "Job",
    "JobPlan",
    "Reminder",
    "RosterDay",
    "RosterShift",
    "Series",
    "ShiftFile",
    "SignUp",
    "SignUpQuerySet",
    "Sitting",
    "SittingPlan",
    "SittingQuerySet",
]
