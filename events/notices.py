"""What people are told about events. Each part of the room defines its own kinds, known at start."""

from events.calendar_notices import SITTING_REMINDER
from events.series_notices import EVENT_CANCELLED, EVENT_CHANGED

__all__ = ["EVENT_CANCELLED", "EVENT_CHANGED", "SITTING_REMINDER"]
