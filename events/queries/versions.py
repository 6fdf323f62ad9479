"""What a planner has seen of an event: two who change it at once shall not undo one another."""

import hashlib
import json

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from events.models import Event, Series

OF_SERIES = (
    "title", "description", "emblem", "rule", "starts_on", "skips_holidays", "opens_days",
    "closes_minutes", "is_drawn", "shows_on_walls", "cancelled_at",
)  # fmt: skip
OF_EVENT = ("day", "own_title", "own_description", "has_own_sittings", "cancelled_at")
OF_PLAN = ("pk", "site", "shift_pattern", "starts_at", "ends_at", "place", "capacity")
OF_SITTING = (
    "pk", "site", "shift_pattern", "starts_at", "ends_at", "place", "capacity", "cancelled_at",
)  # fmt: skip


def version_of(event: Event) -> str:
    """A fingerprint of all that can be changed of ``event`` and its series; sign-ups do not count.
    Five queries."""
    series = Series.objects.filter(pk=event.series_id).values_list(*OF_SERIES).get()
    facts = [
        series,
        Event.objects.filter(pk=event.pk).values_list(*OF_EVENT).get(),
        list(event.series.plans.order_by("pk").values_list(*OF_PLAN)),
        list(event.series.jobs.order_by("pk").values_list("name", "capacity")),
        list(event.series.invitations.order_by("pk").values_list("unit", "site", "employer")),
        list(event.sittings.order_by("pk").values_list(*OF_SITTING)),
    ]
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:20]


def refuse_stale(event: Event, version: str | None) -> None:
    """Raises ValidationError when ``event`` is no longer as it was at ``version``. Call it with the
    series locked. None: whatever it was."""
    if version is not None and version != version_of(event):
        raise ValidationError(
            _(
                "Somebody else changed this meanwhile. What you wrote is still here: look at the "
                "event as it is now, then save again."
            ),
            code="stale",
        )
