"""Company values for programs."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.text import slugify
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.fields import MomentField, Text, Whole
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.problems import invalid_parameter
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from engagement.people.models import HUES, Person
from kudos import access, actions
from kudos.models import Value


class ValueSerializer(serializers.Serializer[Any]):
    """A company value that a thank-you can name."""

    id = serializers.CharField(source="key", read_only=True)
    name_nb = serializers.CharField(read_only=True)
    name_en = serializers.CharField(read_only=True)
    hue = serializers.IntegerField(read_only=True, min_value=0, max_value=HUES - 1)
    emblem = serializers.CharField(read_only=True)
    position = serializers.IntegerField(read_only=True)
    retired_at = MomentField(allow_null=True)


class ChangedValueSerializer(StrictSerializer):
    """Shape of a changed value: what is left out stays."""

    name_nb = Text(max_length=60, required=False)
    name_en = Text(max_length=60, required=False)
    hue = Whole(min_value=0, max_value=HUES - 1, required=False)
    emblem = serializers.SlugField(max_length=20, required=False)
    position = Whole(min_value=0, max_value=32767, required=False)


class NewValueSerializer(ChangedValueSerializer):
    """Shape of a new value."""

    id = serializers.SlugField(
        max_length=40, required=False, help_text="Made from the English name unless given."
    )
    name_nb = Text(max_length=60)
    name_en = Text(max_length=60)


class InOrder(KeysetPagination):
    """As the organisation ordered its values."""

    ordering = ("position", "pk")


class ValueResource(Resource):
    """Company values. Everybody reads them; HR and administrators change them."""

    read_scope = Scope.VALUES_READ
    write_scope = Scope.VALUES_WRITE
    serializer_class = ValueSerializer
    pagination_class = InOrder
    api_names = {"key": "id"}

    @extend_schema(
        parameters=[
            OpenApiParameter("retired", bool, default=False, description="Those out of use too.")
        ]
    )
    def list(self, request: Request) -> Response:
        """In the organisation's order."""
        retired = request.query_params.get("retired", "false")
        if retired not in ("true", "false"):
            raise invalid_parameter("retired", _("One of: %(all)s.") % {"all": "true, false"})
        values = Value.objects.all() if retired == "true" else Value.objects.in_use()
        page = self.paginate_queryset(values)
        return self.get_paginated_response(ValueSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One value, also one out of use."""
        return Response(ValueSerializer(_get_value(key)).data)

    @extend_schema(
        request=NewValueSerializer, responses={201: ValueSerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Adds a value."""
        _require_value_editor(self.me)
        facts = self.clean(NewValueSerializer)
        key = facts.pop("id", "") or slugify(facts["name_en"])[:40]
        value = actions.save_value(value=Value(key=key, **facts), by=self.me, at=times.now())
        address = reverse("api:values-detail", args=[value.key], request=request)
        return Response(ValueSerializer(value).data, status=201, headers={"Location": address})

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=ChangedValueSerializer,
        responses={200: ValueSerializer},
    )
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes what is given of a value."""
        _require_value_editor(self.me)
        value = _get_value(key)
        for name, fact in self.clean(ChangedValueSerializer).items():
            setattr(value, name, fact)
        actions.save_value(value=value, by=self.me, at=times.now())
        return Response(ValueSerializer(value).data)

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Takes a value out of use; thank-yous that named it keep it."""
        _require_value_editor(self.me)
        value = _get_value(key)
        if value.retired_at is None:
            actions.retire_value(value=value, by=self.me, at=times.now())
        return Response(status=204)


def _get_value(key: str) -> Value:
    value = Value.objects.filter(key=key).first()
    if value is None:
        raise Http404
    return value


def _require_value_editor(person: Person) -> None:
    if not access.can_edit_values(person):
        raise PermissionDenied(_("Values are changed by HR and administrators."))
