"""Every write of announcements."""

from events.actions.announcing.correcting import (
    correct_announcement,
    end_announcement,
    end_due_announcements,
    withdraw_announcement,
)
from events.actions.announcing.counting import count_readers
from events.actions.announcing.drafting import (
    change_announcement,
    create_announcement,
    delete_draft,
    schedule_announcement,
    unschedule_announcement,
)
from events.actions.announcing.forgetting import purge_announcements, purge_readings
from events.actions.announcing.publishing import publish_announcement, publish_due_announcements
from events.actions.announcing.reading import read_announcement

__all__ = [
    "change_announcement",
    "correct_announcement",
    "count_readers",
    "create_announcement",
    "delete_draft",
    "end_announcement",
    "end_due_announcements",
    "publish_announcement",
    "publish_due_announcements",
    "purge_announcements",
    "purge_readings",
    "read_announcement",
    "schedule_announcement",
    "unschedule_announcement",
    "withdraw_announcement",
]
