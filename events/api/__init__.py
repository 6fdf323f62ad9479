"""Events for programs. Ends in the same actions as the pages."""

from rest_framework.routers import BaseRouter

from events.api.events import EventResource
from events.api.ideas import IdeaResource
from events.api.shifts import ShiftResource
from events.api.signups import SignUpResource
from events.api.sittings import SittingResource


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("events", EventResource, basename="events")
    router.register("ideas", IdeaResource, basename="ideas")
    router.register("shifts", ShiftResource, basename="shifts")
    router.register("signups", SignUpResource, basename="signups")
    router.register("sittings", SittingResource, basename="sittings")
