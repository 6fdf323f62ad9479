"""What people are told about events. Each part of the room defines its own kinds, known at start."""

from events.after_notices import (
    EVENT_WAS_IT_GOOD,
    PHOTO_CONSENT,
    PHOTO_TAKEN_DOWN,
    PHOTO_WALL_CONSENT,
)
from events.announcement_notices import (
    ANNOUNCEMENT,
    ANNOUNCEMENT_CORRECTED,
    ANNOUNCEMENT_NOT_SENT,
)
from events.calendar_notices import SITTING_REMINDER
from events.competition_notices import COMPETITION_CANCELLED, COMPETITION_RESULT
from events.coverage_notices import COVERAGE_BROKEN
from events.idea_notices import (
    IDEA_DECLINED,
    IDEA_PICKED,
    IDEA_REPORT_DECIDED,
    IDEA_REPORTS_WAITING,
    IDEA_SHOWN_AGAIN,
)
from events.series_notices import EVENT_CANCELLED, EVENT_CHANGED, OWN_SITTINGS_REPLACED
from events.signup_notices import LOTS_DRAWN, OFFER_LAPSED, PLACE_GIVEN, PLACE_OFFERED

__all__ = [
    "ANNOUNCEMENT",
    "ANNOUNCEMENT_CORRECTED",
    "ANNOUNCEMENT_NOT_SENT",
    "COMPETITION_CANCELLED",
    "COMPETITION_RESULT",
    "COVERAGE_BROKEN",
    "EVENT_CANCELLED",
    "EVENT_CHANGED",
    "EVENT_WAS_IT_GOOD",
    "IDEA_DECLINED",
    "IDEA_PICKED",
    "IDEA_REPORTS_WAITING",
    "IDEA_REPORT_DECIDED",
    "IDEA_SHOWN_AGAIN",
    "LOTS_DRAWN",
    "OFFER_LAPSED",
    "OWN_SITTINGS_REPLACED",
    "PHOTO_CONSENT",
    "PHOTO_TAKEN_DOWN",
    "PHOTO_WALL_CONSENT",
    "PLACE_GIVEN",
    "PLACE_OFFERED",
    "SITTING_REMINDER",
]
