"""The REST resources of events."""

from rest_framework.routers import BaseRouter

from events.api.signups import SignUpResource
from events.api.sittings import SittingResource


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("signups", SignUpResource, basename="signups")
    router.register("sittings", SittingResource, basename="sittings")
