"""The REST resources of events."""

from rest_framework.routers import BaseRouter

from events.api.events import EventResource


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("events", EventResource, basename="events")
