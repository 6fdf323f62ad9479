"""Surveys and instruments for programs: what is planned, asked and when. No answer, no roll."""

from typing import Any

from django.http import Http404
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from engagement import times
from engagement.api.fields import MomentField
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.viewsets import KEY_PATTERN, Resource
from engagement.people.access import require
from surveys import access
from surveys.models import Instrument, InstrumentVersion, Survey
from surveys.queries.mine import surveys_of

KEY_PARAMETER = OpenApiParameter("key", OpenApiTypes.STR, "path", pattern=f"^{KEY_PATTERN}$")


class SurveySerializer(serializers.Serializer[Any]):
    """A survey as it was fixed, and how far it has come. What is public of its ballots is in the
    manifest and in the receipts.
    """

    id = serializers.CharField(source="key", read_only=True)
    kind = serializers.ChoiceField(Survey.Kind.choices, read_only=True)
    level = serializers.ChoiceField(Survey.Level.choices, read_only=True)
    state = serializers.ChoiceField(Survey.State.choices, read_only=True)
    title_nb = serializers.CharField(read_only=True)
    title_en = serializers.CharField(read_only=True)
    purpose_nb = serializers.CharField(read_only=True)
    purpose_en = serializers.CharField(read_only=True)
    discussed_on = serializers.DateField(read_only=True, allow_null=True)
    feedback_on = serializers.DateField(read_only=True, allow_null=True)
    opens_at = MomentField(allow_null=True)
    closes_at = MomentField(allow_null=True)
    counted_at = MomentField(allow_null=True)
    cancelled_at = MomentField(allow_null=True)
    cancel_reason = serializers.CharField(read_only=True)


class InstrumentSerializer(serializers.Serializer[Any]):
    """An instrument with the newest version of its document."""

    id = serializers.CharField(source="key", read_only=True)
    is_shipped = serializers.BooleanField(read_only=True)
    retired_at = MomentField(allow_null=True)
    version = serializers.SerializerMethodField()
    first_asked_at = serializers.SerializerMethodField()
    document = serializers.SerializerMethodField(
        help_text="As an instrument file has it: source, rights, scales, items, scoring."
    )

    def get_version(self, instrument: Instrument) -> int:
        return _newest(instrument).number

    @extend_schema_field({"type": "string", "format": "date-time", "nullable": True})
    def get_first_asked_at(self, instrument: Instrument) -> Any:
        at = _newest(instrument).first_asked_at
        return MomentField().to_representation(at) if at else None

    @extend_schema_field(OpenApiTypes.OBJECT)
    def get_document(self, instrument: Instrument) -> Any:
        return _newest(instrument).content


def _newest(instrument: Instrument) -> InstrumentVersion:
    return max(instrument.versions.all(), key=lambda one: one.number)


class NewestFirst(KeysetPagination):
    """The latest begun first."""

    ordering = ("-created_at", "-pk")


class ByKey(KeysetPagination):
    """By key."""

    ordering = ("key", "pk")


class SurveyResource(Resource):
    """Surveys: all of them for HR, administrators and representatives; to others those that ask or
    asked them, from the launch on.
    """

    read_scope = Scope.SURVEYS_READ
    serializer_class = SurveySerializer
    pagination_class = NewestFirst

    def list(self, request: Request) -> Response:
        """The newest first."""
        surveys = Survey.objects.defer("manifest")
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
        return Response(SurveySerializer(access.get_survey_to_view(self.me, key)).data)


class InstrumentResource(Resource):
    """Instruments, for HR, administrators and representatives. Those out of use too."""

    read_scope = Scope.INSTRUMENTS_READ
    serializer_class = InstrumentSerializer
    pagination_class = ByKey

    def list(self, request: Request) -> Response:
        """By key."""
        require(access.can_read_instruments(self.me))
        found = Instrument.objects.filter(versions__isnull=False).distinct()
        page = self.paginate_queryset(found.prefetch_related("versions"))
        return self.get_paginated_response(InstrumentSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One instrument."""
        instrument = access.get_instrument_to_view(self.me, key)
        if not instrument.versions.exists():
            raise Http404
        return Response(InstrumentSerializer(instrument).data)


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("surveys", SurveyResource, basename="surveys")
    router.register("instruments", InstrumentResource, basename="instruments")
