"""Surveys for programs, as HR plans them in the browser and with the same actions.

Reading and confirming, and whatever has to do with the counting key, is done by people only.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import NewestFirst
from engagement.api.problems import InvalidRequest, Problem
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource
from engagement.people.models import Employer, Person, Site, Unit
from surveys import access, actions
from surveys.access import Place
from surveys.actions import clock
from surveys.api.shapes import (
    CancelSerializer,
    ChangedSurveySerializer,
    ExtendSerializer,
    NewSurveySerializer,
    SurveySerializer,
)
from surveys.box import BoxProblem
from surveys.models import InstrumentVersion, Survey
from surveys.queries.mine import surveys_of

ONE: dict[str, Any] = {"parameters": [KEY_PARAMETER], "responses": {200: SurveySerializer}}


class SurveyResource(Resource):
    """Surveys: all of them for HR, administrators and representatives; to others those that ask or
    asked them, from the launch on. HR plans, launches and ends them.
    """

    read_scope = Scope.SURVEYS_READ
    write_scope = Scope.SURVEYS_WRITE
    serializer_class = SurveySerializer
    pagination_class = NewestFirst

    def list(self, request: Request) -> Response:
        """The newest first."""
        surveys = _surveys()
        if not access.can_view_all_surveys(self.me):
            mine = surveys_of(self.me, at=times.now())
            entries = [*mine.open, *mine.coming]
            keys = {one.survey.key for one in entries} | {one.key for one in mine.past}
            surveys = surveys.filter(key__in=keys)
        page = self.paginate_queryset(surveys)
        return self.get_paginated_response(SurveySerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One survey."""
        return _told(access.get_survey_to_view(self.me, key))

    @extend_schema(
        request=NewSurveySerializer, responses={201: SurveySerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """A draft from a template. Asks nobody until `audience` says whom."""
        if not access.can_edit_surveys(self.me):
            raise PermissionDenied(_("Surveys are planned by HR."))
        wanted, at = self.clean(NewSurveySerializer), times.now()
        with transaction.atomic():
            survey = actions.create_survey(by=self.me, template=wanted.pop("template"), at=at)
            _change(survey, wanted, by=self.me, at=at)
        address = reverse("api:surveys-detail", args=[survey.key], request=request)
        answer = _told(survey)
        answer.status_code, answer.headers["Location"] = 201, address
        return answer

    @extend_schema(request=ChangedSurveySerializer, **ONE)
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes what is given of a draft, all of it or nothing."""
        survey = access.get_survey_to_edit(self.me, key)
        with transaction.atomic():
            _change(survey, self.clean(ChangedSurveySerializer), by=self.me, at=times.now())
        return _told(survey)

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Deletes a survey that was never launched."""
        survey = access.get_survey_to_edit(self.me, key)
        actions.delete_draft(survey=survey, by=self.me, at=times.now())
        return Response(status=204)

    @extend_schema(request=None, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def freeze(self, request: Request, key: str) -> Response:
        """Fixes the groups; from here on representatives read it."""
        return self._perform(key, actions.freeze_survey)

    @extend_schema(request=None, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def unfreeze(self, request: Request, key: str) -> Response:
        """Makes it a draft again; what was confirmed must be confirmed anew."""
        return self._perform(key, actions.unfreeze_survey)

    @extend_schema(request=None, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def launch(self, request: Request, key: str) -> Response:
        """Fixes everything; the clock opens and closes it. Refused with all that is missing."""
        return self._perform(key, actions.launch_survey)

    @extend_schema(request=ExtendSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def extend(self, request: Request, key: str) -> Response:
        """Gives everybody more time, while it is open."""
        survey = access.get_survey_to_edit(self.me, key)
        closes_at = self.clean(ExtendSerializer)["closes_at"]
        try:
            clock.extend_survey(survey=survey, closes_at=closes_at, by=self.me, at=times.now())
        except BoxProblem as problem:
            raise Problem(
                _("The ballot box does not answer. Nothing was changed; try again."),
                status=503,
                retry_after=5,
            ) from problem
        return _told(survey)

    @extend_schema(request=CancelSerializer, **ONE)
    @action(detail=True, methods=["post"])
    @idempotent
    def cancel(self, request: Request, key: str) -> Response:
        """Ends it without a count; its ballots are destroyed unread."""
        survey = access.get_survey_to_edit(self.me, key)
        reason = self.clean(CancelSerializer)["reason"]
        clock.cancel_survey(survey=survey, reason=reason, by=self.me, at=times.now())
        return _told(survey)

    def _perform(self, key: str, act: Callable[..., object]) -> Response:
        survey = access.get_survey_to_edit(self.me, key)
        act(survey=survey, by=self.me, at=times.now())
        return _told(survey)


def _surveys() -> QuerySet[Survey]:
    """Surveys with what the API tells of them. Four queries however many they are."""
    return (
        Survey.objects.defer("manifest")
        .select_related("feedback_owner")
        .prefetch_related(
            "audience__unit",
            "audience__site",
            "audience__employer",
            "sections__version__instrument",
        )
    )


def _told(survey: Survey) -> Response:
    return Response(SurveySerializer(_surveys().get(pk=survey.pk)).data)


def _change(survey: Survey, wanted: dict[str, Any], *, by: Person, at: dt.datetime) -> None:
    """Dates before people: whom a survey asks is looked up on the day it opens."""
    audience, sections = wanted.pop("audience", None), wanted.pop("sections", None)
    if "feedback_owner" in wanted:
        wanted["feedback_owner"] = _person(wanted["feedback_owner"])
    if wanted:
        actions.change_survey(survey=survey, by=by, at=at, **wanted)
    if audience is not None:
        actions.set_audience(survey=survey, places=list(_places(audience)), by=by, at=at)
    if sections is not None:
        chosen = [_section(number, one) for number, one in enumerate(sections)]
        actions.set_sections(survey=survey, sections=chosen, by=by, at=at)


def _person(key: str) -> Person:
    person = Person.objects.filter(key=key).first()
    if person is None:
        raise _unknown("#/feedback_owner", _("There is nobody with this id."))
    return person


def _places(keys: Sequence[str]) -> Iterator[Place]:
    found: dict[str, Place] = {}
    for kind in (Unit, Site, Employer):
        found |= {place.key: place for place in kind.objects.filter(key__in=keys)}
    for number, key in enumerate(keys):
        if key not in found:
            raise _unknown(
                f"#/audience/{number}", _("There is no unit, site or employer with this id.")
            )
        yield found[key]


def _section(number: int, wanted: dict[str, Any]) -> tuple[InstrumentVersion, Sequence[str]]:
    versions = InstrumentVersion.objects.filter(instrument__key=wanted["instrument"])
    if "version" in wanted:
        versions = versions.filter(number=wanted["version"])
    version = versions.select_related("instrument").order_by("-number").first()
    if version is None:
        raise _unknown(f"#/sections/{number}", _("There is no such instrument or version."))
    return version, wanted.get("items", [])


def _unknown(pointer: str, detail: str) -> InvalidRequest:
    return InvalidRequest(errors=[{"pointer": pointer, "detail": detail, "code": "unknown"}])
