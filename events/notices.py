"""What people are told about events."""

from events.calendar_notices import SITTING_REMINDER as SITTING_REMINDER  # known at start
