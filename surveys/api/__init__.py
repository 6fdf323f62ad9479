"""Surveys and instruments for programs: what is planned, asked and when. No answer, no roll."""

from rest_framework.routers import BaseRouter

from surveys.api.instruments import InstrumentResource
from surveys.api.surveys import SurveyResource


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("surveys", SurveyResource, basename="surveys")
    router.register("instruments", InstrumentResource, basename="instruments")
