"""One's own sign-ups for programs. Ends in the same actions as the pages."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.fields import MomentField, RefSerializer, Text
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination
from engagement.api.problems import InvalidRequest
from engagement.api.viewsets import KEY_PARAMETER, LOCATION, Resource, StrictSerializer
from events import actions
from events.access.signing import get_job, get_signup, get_sitting, own_signups
from events.api.sittings import TitledSerializer
from events.models import Job, SignUp, Sitting
from events.queries.places import position_of, with_positions


class SignUpSerializer(serializers.Serializer[Any]):
    """A place, or a place in the queue."""

    id = serializers.CharField(source="key", read_only=True)
    event = TitledSerializer(read_only=True)
    sitting = serializers.CharField(source="sitting.key", read_only=True, help_text="Its id.")
    job = RefSerializer(read_only=True, allow_null=True, help_text="Null for a guest.")
    state = serializers.ChoiceField(SignUp.State.choices, read_only=True)
    position = serializers.IntegerField(
        read_only=True, allow_null=True, min_value=1,
        help_text="Where the caller stands in the queue, from 1; null when not waiting.",
    )  # fmt: skip
    wishes = serializers.ListField(
        child=serializers.ChoiceField(SignUp.Wish.choices), read_only=True
    )
    asked_at = MomentField()
    placed_at = MomentField(allow_null=True)
    offer_until = MomentField(allow_null=True, help_text="When an offer must be accepted.")


class NewSignUpSerializer(StrictSerializer):
    """Shape of a new sign-up; the action decides the rest."""

    sitting = Text(max_length=40, help_text="Id of a sitting.")
    job = Text(
        required=False, allow_null=True, default=None, max_length=40, help_text="Id of a job there."
    )


class ChangedSignUpSerializer(StrictSerializer):
    """What can be changed of a sign-up."""

    sitting = Text(
        required=False, max_length=40, help_text="Id of another sitting of the same event."
    )
    wishes = serializers.ListField(
        child=serializers.ChoiceField(SignUp.Wish.choices), required=False, max_length=20,
        help_text="What the kitchen must know. Organisers see how many, never who.",
    )  # fmt: skip


class NewestFirst(KeysetPagination):
    """The latest first."""

    ordering = ("pk",)
    is_descending = True


class SignUpResource(Resource):
    """The caller's own sign-ups. Nobody reads those of others here."""

    read_scope = Scope.SIGNUPS_READ
    write_scope = Scope.SIGNUPS_WRITE
    serializer_class = SignUpSerializer
    pagination_class = NewestFirst

    def list(self, request: Request) -> Response:
        """The latest first, also those that are over or were left."""
        page = with_positions(self.paginate_queryset(own_signups(self.me)) or [])
        return self.get_paginated_response(SignUpSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One sign-up."""
        return _answer(get_signup(self.me, key))

    @extend_schema(
        request=NewSignUpSerializer, responses={201: SignUpSerializer}, parameters=[LOCATION]
    )
    @idempotent
    def create(self, request: Request) -> Response:
        """Signs up: a place while there is room and nobody waits, else a place in the queue.

        The same again gives the same sign-up.
        """
        wanted = self.clean(NewSignUpSerializer)
        sitting = _sitting_to_join(wanted["sitting"])
        job = _job_to_take(wanted["job"]) if wanted["job"] is not None else None
        try:
            signup = actions.sign_up(by=self.me, sitting=sitting, job=job, at=times.now())
        except actions.NotInvited as error:
            raise _unknown_sitting() from error
        answer = _answer(signup, status=201)
        answer.headers["Location"] = reverse(
            "api:signups-detail", args=[signup.key], request=request
        )
        return answer

    @extend_schema(
        parameters=[KEY_PARAMETER],
        request=ChangedSignUpSerializer,
        responses={200: SignUpSerializer},
    )
    def partial_update(self, request: Request, key: str) -> Response:
        """Changes the sitting, or the wishes. A place is given up only when the new one is had."""
        signup, changes, at = (
            get_signup(self.me, key),
            self.clean(ChangedSignUpSerializer),
            times.now(),
        )
        if "sitting" in changes:
            sitting = _sitting_to_join(changes["sitting"])
            signup = actions.move_signup(signup=signup, sitting=sitting, by=self.me, at=at)
        if "wishes" in changes:
            actions.set_wishes(signup=signup, wishes=changes["wishes"], at=at)
        return _answer(get_signup(self.me, signup.key))

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Leaves: a place, an offer, or the queue. Leaving twice is the same as once."""
        actions.leave_sitting(signup=get_signup(self.me, key), at=times.now())
        return Response(status=204)

    @extend_schema(parameters=[KEY_PARAMETER], request=None, responses={200: SignUpSerializer})
    @action(detail=True, methods=["post"])
    @idempotent
    def accept(self, request: Request, key: str) -> Response:
        """Takes the place that is offered."""
        signup = get_signup(self.me, key)
        actions.accept_offer(signup=signup, at=times.now())
        return _answer(get_signup(self.me, key))


def _answer(signup: SignUp, *, status: int = 200) -> Response:
    signup.position = position_of(signup)
    return Response(SignUpSerializer(signup).data, status=status)


def _unknown_sitting() -> InvalidRequest:
    detail = _("There is no such sitting.")
    return InvalidRequest(errors=[{"pointer": "#/sitting", "detail": detail, "code": "unknown"}])


def _sitting_to_join(key: str) -> Sitting:
    try:
        return get_sitting(key)
    except Http404 as error:
        raise _unknown_sitting() from error


def _job_to_take(key: str) -> Job:
    try:
        return get_job(key)
    except Http404 as error:
        detail = _("There is no such job.")
        raise InvalidRequest(
            errors=[{"pointer": "#/job", "detail": detail, "code": "unknown"}]
        ) from error
