"""Facts about events."""

from events.models.after import (
    ALT_LENGTH,
    FEWEST_TOLD,
    Photo,
    PhotoFile,
    PhotoTag,
    Tally,
    TallyMark,
)
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
from events.models.ideas import FEWEST_VOTES, WHAT_LENGTH, Idea, IdeaQuerySet, IdeaVote
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
    "ALT_LENGTH",
    "DESCRIPTION_LENGTH",
    "FEWEST_TOLD",
    "FEWEST_VOTES",
    "LONGEST_SHIFT",
    "MOST_PLACES",
    "PLACE_LENGTH",
    "REASON_LENGTH",
    "TITLE_LENGTH",
    "WHAT_LENGTH",
    "CalendarLink",
    "CoverageLift",
    "CoverageRule",
    "Emblem",
    "Event",
    "HeadCount",
    "Idea",
    "IdeaQuerySet",
    "IdeaVote",
    "Invitation",
    "Job",
    "JobPlan",
    "Photo",
    "PhotoFile",
    "PhotoTag",
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
    "Tally",
    "TallyMark",
]
