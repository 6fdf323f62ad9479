"""Thank-yous and company values for programs. Ends in the same actions as the pages."""

from rest_framework.routers import BaseRouter

from kudos.api.counters import CounterResource
from kudos.api.kudos import KudosResource
from kudos.api.praise import PraiseResource
from kudos.api.values import ValueResource


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("counters", CounterResource, basename="counters")
    router.register("kudos", KudosResource, basename="kudos")
    router.register("praise", PraiseResource, basename="praise")
    router.register("values", ValueResource, basename="values")
