"""What the whole centre counts, for the programs that count it."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from engagement import times
from engagement.api.fields import MomentField, Whole, YesNo
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.viewsets import KEY_PARAMETER, Resource, StrictSerializer
from engagement.people.models import Person
from kudos import access, actions, queries
from kudos.models import MOST_COUNTED, Counter


class GoalSerializer(serializers.Serializer[Any]):
    """A number worth celebrating when the counter gets there."""

    id = serializers.CharField(source="key", read_only=True)
    target = serializers.IntegerField(read_only=True, min_value=1, max_value=MOST_COUNTED)
    words_nb = serializers.CharField(read_only=True)
    words_en = serializers.CharField(read_only=True)
    reached_at = MomentField(allow_null=True)


class CounterSerializer(serializers.Serializer[Any]):
    """A number of the whole centre, with its goals, the nearest first."""

    id = serializers.CharField(source="key", read_only=True)
    name_nb = serializers.CharField(read_only=True)
    name_en = serializers.CharField(read_only=True)
    value = serializers.IntegerField(read_only=True, min_value=0, max_value=MOST_COUNTED)
    updated_at = MomentField()
    goals = GoalSerializer(source="goal_list", many=True, read_only=True)


class CountedSerializer(StrictSerializer):
    """The number as it stands now."""

    value = Whole(min_value=0, max_value=MOST_COUNTED)
    reset = YesNo(default=False, help_text="Needed to go back to a smaller number.")


class AddedSerializer(StrictSerializer):
    """What has come since."""

    by = Whole(min_value=1, max_value=MOST_COUNTED)


class AsTheyWereMade(KeysetPagination):
    """The oldest first."""

    ordering = ("pk",)


class CounterResource(Resource):
    """Numbers of the whole centre, never of a person or a team. For HR and administrators of the
    whole organisation."""

    read_scope = Scope.COUNTERS_READ
    write_scope = Scope.COUNTERS_WRITE
    serializer_class = CounterSerializer
    pagination_class = AsTheyWereMade

    def list(self, request: Request) -> Response:
        """The oldest first."""
        _require_keeper(self.me)
        page = self.paginate_queryset(queries.counters_with_goals())
        return self.get_paginated_response(CounterSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One counter."""
        return _answer(_get_counter(self.me, key))

    @extend_schema(
        parameters=[KEY_PARAMETER], request=CountedSerializer, responses={200: CounterSerializer}
    )
    def update(self, request: Request, key: str) -> Response:
        """Sets the number. The same again changes nothing; a smaller one needs `reset`."""
        return self._set(key)

    @extend_schema(
        parameters=[KEY_PARAMETER], request=CountedSerializer, responses={200: CounterSerializer}
    )
    def partial_update(self, request: Request, key: str) -> Response:
        """The same as PUT: the number is all there is to set."""
        return self._set(key)

    def _set(self, key: str) -> Response:
        counter = _get_counter(self.me, key)
        facts = self.clean(CountedSerializer)
        actions.set_counter(
            counter=counter,
            value=facts["value"],
            is_reset=facts["reset"],
            by=self.me,
            at=times.now(),
        )
        return _answer(_get_counter(self.me, key))

    @extend_schema(
        parameters=[KEY_PARAMETER], request=AddedSerializer, responses={200: CounterSerializer}
    )
    @action(detail=True, methods=["post"])
    @idempotent
    def add(self, request: Request, key: str) -> Response:
        """Adds to the number. Any two at once are both counted."""
        counter = _get_counter(self.me, key)
        count = self.clean(AddedSerializer)["by"]
        actions.add_to_counter(counter=counter, by_count=count, by=self.me, at=times.now())
        return _answer(_get_counter(self.me, key))


def _answer(counter: Counter) -> Response:
    return Response(CounterSerializer(counter).data)


def _get_counter(person: Person, key: str) -> Counter:
    _require_keeper(person)
    counter = queries.counters_with_goals().filter(key=key).first()
    if counter is None:
        raise Http404
    return counter


def _require_keeper(person: Person) -> None:
    if not access.can_keep_counters(person):
        raise PermissionDenied(
            _("Counters are for HR and administrators of the whole organisation.")
        )
