"""Instruments for programs: the same documents as instrument files."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.fields import MomentField
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from engagement.people.access import require
from engagement.people.models import Person
from surveys import access, actions
from surveys.models import Instrument, InstrumentVersion


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


class DocumentSerializer(StrictSerializer):
    """An instrument as a document. What it must have is told by what is missing."""

    document = serializers.DictField(
        child=serializers.JSONField(allow_null=True),
        help_text="As an instrument file has it. `version` is given by the server.",
    )


class ByKey(KeysetPagination):
    """By key."""

    ordering = ("key", "pk")


class InstrumentResource(Resource):
    """Instruments, for HR, administrators and representatives; HR writes them. Those out of use too."""

    read_scope = Scope.INSTRUMENTS_READ
    write_scope = Scope.INSTRUMENTS_WRITE
    serializer_class = InstrumentSerializer
    pagination_class = ByKey
    api_names = {"key": "document/key"}

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

    @extend_schema(
        request=DocumentSerializer, responses={201: InstrumentSerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """A new instrument of one's own."""
        _require_editor(self.me)
        version = actions.create_instrument(
            document=self.clean(DocumentSerializer)["document"], by=self.me, at=times.now()
        )
        return self._made(version)

    @extend_schema(
        request=DocumentSerializer,
        responses={201: InstrumentSerializer},
        parameters=[KEY_PARAMETER, LOCATION],
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def versions(self, request: Request, key: str) -> Response:
        """The next version of an instrument of one's own; what was asked stays as it was."""
        instrument = access.get_instrument_to_edit(self.me, key)
        version = actions.create_version(
            instrument=instrument,
            document=self.clean(DocumentSerializer)["document"],
            by=self.me,
            at=times.now(),
        )
        return self._made(version)

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Takes an instrument out of use; surveys that ask it keep it."""
        instrument = access.get_instrument_to_edit(self.me, key)
        actions.retire_instrument(instrument=instrument, by=self.me, at=times.now())
        return Response(status=204)

    def _made(self, version: InstrumentVersion) -> Response:
        instrument = version.instrument
        address = reverse("api:instruments-detail", args=[instrument.key], request=self.request)
        data = InstrumentSerializer(instrument).data
        return Response(data, status=201, headers={"Location": address})


def _require_editor(person: Person) -> None:
    if not access.can_edit_surveys(person):
        raise PermissionDenied(_("Instruments are written by HR."))
