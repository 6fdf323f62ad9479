"""Events for programs. Ends in the same actions as the pages."""

from rest_framework.routers import BaseRouter

from events.api.announcements import AnnouncementResource
from events.api.competitions import CompetitionResource, EntryResource
from events.api.events import EventResource
from events.api.ideas import IdeaResource
from events.api.shifts import ShiftResource
from events.api.signups import SignUpResource
from events.api.sittings import SittingResource


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("competitions", CompetitionResource, basename="competitions")
    router.register("entries", EntryResource, basename="entries")
    router.register("announcements", AnnouncementResource, basename="announcements")
    router.register("events", EventResource, basename="events")
    router.register("ideas", IdeaResource, basename="ideas")
    router.register("shifts", ShiftResource, basename="shifts")
    router.register("signups", SignUpResource, basename="signups")
    router.register("sittings", SittingResource, basename="sittings")
