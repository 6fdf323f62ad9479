"""Sittings for programs: when, where, how full, and what the caller has there."""

from typing import Any

from django.db.models import Count, Exists, OuterRef, Prefetch, Q
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from engagement import times
from engagement.api.fields import MomentField, RefSerializer
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.problems import invalid_parameter
from engagement.api.viewsets import KEY_PARAMETER, Resource
from engagement.people.access import is_key
from engagement.people.models import Person
from events.access.inviting import inviting
from events.models import MOST_PLACES, Job, SignUp, Sitting, SittingQuerySet


class TitledSerializer(serializers.Serializer[Any]):
    """An event, by its id and its name."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(source="title", read_only=True)


class JobSerializer(serializers.Serializer[Any]):
    """Hands wanted at a sitting."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    capacity = serializers.IntegerField(read_only=True, min_value=1)
    taken = serializers.IntegerField(source="taken_count", read_only=True, min_value=0)


class SittingSerializer(serializers.Serializer[Any]):
    """One time slot of an event."""

    id = serializers.CharField(source="key", read_only=True)
    event = TitledSerializer(read_only=True)
    site = RefSerializer(
        read_only=True, allow_null=True, help_text="Null when it is for everybody."
    )
    starts_at = MomentField()
    ends_at = MomentField()
    place = serializers.CharField(read_only=True)
    capacity = serializers.IntegerField(
        read_only=True, allow_null=True, min_value=1, max_value=MOST_PLACES,
        help_text="Null when there is room for all.",
    )  # fmt: skip
    taken = serializers.IntegerField(source="taken_count", read_only=True, min_value=0)
    waiting = serializers.IntegerField(source="waiting_count", read_only=True, min_value=0)
    opens_at = MomentField()
    closes_at = MomentField()
    cancelled = serializers.SerializerMethodField()
    drawn = serializers.BooleanField(
        source="event.series.is_drawn", read_only=True, help_text="Places are drawn by lot."
    )
    jobs = JobSerializer(many=True, source="jobs.all", read_only=True)
    signup = serializers.SerializerMethodField(
        help_text="Id of the caller's own sign-up as a guest; null without one."
    )

    def get_cancelled(self, sitting: Sitting) -> bool:
        return bool(sitting.cancelled_at or sitting.event.cancelled_at)

    @extend_schema_field(serializers.CharField(allow_null=True))
    def get_signup(self, sitting: Any) -> str | None:
        return next((one.key for one in sitting.own if one.job_id is None), None)


class NextFirst(KeysetPagination):
    """In the order in which they were made, which is about that in which they are held."""

    ordering = ("pk",)


class SittingResource(Resource):
    """Sittings of the events that the caller is invited to."""

    read_scope = Scope.EVENTS_READ
    serializer_class = SittingSerializer
    pagination_class = NextFirst

    @extend_schema(
        parameters=[
            OpenApiParameter("event", str, description="Only those of this event: its id."),
            OpenApiParameter(
                "past", bool, default=False, description="Also those that are over already."
            ),
        ]
    )
    def list(self, request: Request) -> Response:
        """Those to come."""
        sittings = _sittings(self.me)
        past = request.query_params.get("past", "false").lower()
        if past not in ("true", "false"):
            raise invalid_parameter("past", _("true or false."))
        if past == "false":
            sittings = sittings.filter(ends_at__gt=times.now())
        if event := request.query_params.get("event", ""):
            if not is_key(event):
                raise invalid_parameter("event", _("There is no such event."))
            sittings = sittings.filter(event__key=event)
        page = self.paginate_queryset(sittings)
        return self.get_paginated_response(SittingSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One sitting."""
        sitting = _sittings(self.me).filter(key=key).first() if is_key(key) else None
        if sitting is None:
            raise Http404
        return Response(SittingSerializer(sitting).data)


def _sittings(person: Person) -> SittingQuerySet:
    """Those ``person`` is invited to or has signed up for, with all that is told of them."""
    day = times.today()
    own = SignUp.objects.live().filter(person=person)
    seen = inviting(person, day=day, series="event__series") | Q(
        Exists(own.filter(sitting=OuterRef("pk")))
    )
    waits = Q(signups__state=SignUp.State.WAITING, signups__job__isnull=True)
    return (
        Sitting.objects.filter(seen)
        .select_related("event__series", "site")
        .annotate(waiting_count=Count("signups", filter=waits))
        .prefetch_related(
            Prefetch("jobs", Job.objects.order_by("pk")), Prefetch("signups", own, to_attr="own")
        )
    )
