"""Thank-yous and company values for programs. Ends in the same actions as the pages."""

from collections.abc import Sequence
from typing import Any, cast, get_args

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.text import slugify
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse
from rest_framework.routers import BaseRouter

from engagement import times
from engagement.api.fields import FaceSerializer, MomentField, Text, Whole, YesNo
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import (
    KeysetPagination,
    bad_cursor,
    envelope,
    link,
    page_size,
    raw_cursor,
)
from engagement.api.problems import InvalidRequest, invalid_parameter
from engagement.api.throttling import PerCaller, PerKudosGiver
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from engagement.people.models import HUES, Person, Unit
from kudos import access, actions, queries
from kudos.circles import Scope as FeedScope
from kudos.models import MESSAGE_LENGTH, Kudos, Value

FEEDS = get_args(FeedScope)


class ReceiverSerializer(FaceSerializer):
    """A person or a unit that is thanked."""

    kind = serializers.ChoiceField(["person", "unit"], read_only=True)


class KudosSerializer(serializers.Serializer[Any]):
    """A thank-you."""

    id = serializers.CharField(source="key", read_only=True)
    giver = FaceSerializer(read_only=True)
    to = serializers.SerializerMethodField()
    message = serializers.CharField(read_only=True)
    value = serializers.CharField(
        source="value.key",
        read_only=True,
        allow_null=True,
        help_text="Id of the company value it names.",
    )
    audience = serializers.ChoiceField(Kudos.Audience.choices, read_only=True)
    wall = serializers.BooleanField(source="wants_wall", read_only=True)
    created_at = MomentField()
    show_from = MomentField(help_text="Until then only the giver sees it, and may undo it.")

    @extend_schema_field(ReceiverSerializer(many=True))
    def get_to(self, kudos: Kudos) -> Any:
        ones = [receiver.person or receiver.unit for receiver in kudos.receivers.all()]
        return [_face(one) for one in ones if one]


def _face(one: Person | Unit) -> dict[str, Any]:
    kind = "person" if isinstance(one, Person) else "unit"
    return {**FaceSerializer(one).data, "kind": kind}


class NewKudosSerializer(StrictSerializer):
    """Shape of a new thank-you; the action decides the rest."""

    to = serializers.ListField(
        child=Text(max_length=40),
        min_length=1,
        max_length=actions.MOST_RECEIVERS,
        help_text="Ids of people and units.",
    )
    message = Text(max_length=MESSAGE_LENGTH)
    value = Text(
        required=False, allow_null=True, default=None, max_length=40, help_text="Id of a value."
    )
    audience = serializers.ChoiceField(Kudos.Audience.choices, default=Kudos.Audience.TEAM)
    wall = YesNo(default=False, help_text="On wall screens too, as far as the receivers agreed.")


class NewestKudos(KeysetPagination):
    """Only for the document: the feed pages itself, over several indexes at once."""


class KudosResource(Resource):
    """Thank-yous that the caller may read."""

    read_scope = Scope.KUDOS_READ
    write_scope = Scope.KUDOS_WRITE
    serializer_class = KudosSerializer
    pagination_class = NewestKudos
    throttle_classes: Sequence[Any] = (PerCaller, PerKudosGiver)
    api_names = {"wants_wall": "wall", "receivers": "to", "person": "to", "unit": "to"}

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "scope",
                str,
                enum=FEEDS,
                default="all",
                description="Everything, my site, my team, or what I gave and got.",
            )
        ]
    )
    def list(self, request: Request) -> Response:
        """Newest first. Read forwards only: `previous` is always null."""
        scope = request.query_params.get("scope", "all")
        if scope not in FEEDS:
            raise invalid_parameter("scope", _("One of: %(all)s.") % {"all": ", ".join(FEEDS)})
        limit, cursor = page_size(request), raw_cursor(request)
        try:
            page = queries.feed_page(
                self.me, scope=cast(FeedScope, scope), after=cursor, limit=limit, at=times.now()
            )
        except ValueError as error:
            raise bad_cursor() from error
        following = link(request, page.next) if page.next else None
        return envelope(KudosSerializer(page.items, many=True).data, after=following, before=None)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One thank-you."""
        return Response(KudosSerializer(access.get_kudos_to_view(self.me, key)).data)

    @extend_schema(
        request=NewKudosSerializer, responses={201: KudosSerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Gives a thank-you. Others see it when the hold is over; until then it can be undone."""
        given, at = self.clean(NewKudosSerializer), times.now()
        kudos = actions.give_kudos(
            by=self.me,
            to=access.get_receivers(by=self.me, keys=given["to"], at=at),
            message=given["message"],
            value=_value_to_name(given["value"]),
            audience=given["audience"],
            wants_wall=given["wall"],
            at=at,
        )
        stored = Kudos.objects.with_everything().get(pk=kudos.pk)
        address = reverse("api:kudos-detail", args=[kudos.key], request=request)
        return Response(KudosSerializer(stored).data, status=201, headers={"Location": address})

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Takes a thank-you back, from feeds and walls. Only its giver can."""
        kudos = access.get_kudos_to_withdraw(self.me, key)
        actions.withdraw_kudos(kudos=kudos, by=self.me, at=times.now())
        return Response(status=204)


def _value_to_name(key: str | None) -> Value | None:
    if key is None:
        return None
    value = Value.objects.filter(key=key).first()
    if value is None:
        detail = _("There is no value %(key)s.") % {"key": key}
        raise InvalidRequest(errors=[{"pointer": "#/value", "detail": detail, "code": "unknown"}])
    return value


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


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("kudos", KudosResource, basename="kudos")
    router.register("values", ValueResource, basename="values")
