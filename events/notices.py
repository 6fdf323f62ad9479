"""What people are told about events. Each part of the room defines its own kinds."""

from events.series_notices import EVENT_CANCELLED, EVENT_CHANGED

__all__ = ["EVENT_CANCELLED", "EVENT_CHANGED"]
