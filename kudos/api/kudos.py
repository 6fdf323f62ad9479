"""Thank-yous for programs, with what is said to them."""

import datetime as dt
from collections.abc import Sequence
from typing import Any, cast, get_args

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.reverse import reverse

from engagement import times
from engagement.api.fields import FaceSerializer, Moment, MomentField, Text, YesNo
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
from engagement.people.models import Person, Unit
from engagement.people.queries import place_of
from engagement.people.receivers import Receiver, resolve_receivers
from kudos import access, actions, queries
from kudos.circles import Scope as FeedScope
from kudos.looks import CHOICES, PLAIN
from kudos.models import MESSAGE_LENGTH, Kudos, Reaction, Value

FEEDS = get_args(FeedScope)
REACTION = OpenApiParameter("kind", str, "path", enum=Reaction.Kind.values)
COMMENT = OpenApiParameter("comment", str, "path", pattern="^[A-Za-z0-9]{1,16}$")


class ReceiverSerializer(FaceSerializer):
    """A person, a unit or a shift that is thanked."""

    kind = serializers.ChoiceField(["person", "unit", "shift"], read_only=True)


class TallySerializer(serializers.Serializer[Any]):
    """How many gave one reaction."""

    kind = serializers.ChoiceField(Reaction.Kind.choices, read_only=True)
    count = serializers.IntegerField(source="number", read_only=True)
    mine = serializers.BooleanField(source="is_mine", read_only=True)


class CommentSerializer(serializers.Serializer[Any]):
    """A line under a thank-you."""

    id = serializers.CharField(source="key", read_only=True)
    author = FaceSerializer(read_only=True)
    text = serializers.CharField(read_only=True)
    created_at = MomentField()


class KudosSerializer(serializers.Serializer[Any]):
    """A thank-you."""

    id = serializers.CharField(source="key", read_only=True)
    giver = FaceSerializer(
        read_only=True, help_text="Who wrote it, also for a team or what a customer said."
    )
    from_unit = FaceSerializer(
        read_only=True, allow_null=True, help_text="The team that thanks, if it is not the giver."
    )
    from_customer = serializers.BooleanField(source="is_from_customer", read_only=True)
    to = serializers.SerializerMethodField(
        help_text="Those thanked, but for people who keep it private from you."
    )
    message = serializers.CharField(read_only=True)
    value = serializers.CharField(
        source="value.key",
        read_only=True,
        allow_null=True,
        help_text="Id of the company value it names.",
    )
    audience = serializers.ChoiceField(Kudos.Audience.choices, read_only=True)
    wall = serializers.BooleanField(source="wants_wall", read_only=True)
    look = serializers.CharField(read_only=True)
    reactions = serializers.SerializerMethodField(help_text="Those given at least once.")
    comment_count = serializers.IntegerField(read_only=True, min_value=0)
    created_at = MomentField()
    planned = serializers.BooleanField(
        source="is_planned", read_only=True, help_text="Written for a later day: `show_from`."
    )
    show_from = MomentField(help_text="Until then only the giver sees it, and may undo it.")

    @extend_schema_field(ReceiverSerializer(many=True))
    def get_to(self, kudos: Kudos) -> Any:
        return [_face(receiver.one) for receiver in kudos.named]

    @extend_schema_field(TallySerializer(many=True))
    def get_reactions(self, kudos: Kudos) -> Any:
        return TallySerializer([one for one in kudos.tallies if one.number], many=True).data


def _face(one: Receiver) -> dict[str, Any]:
    return {**FaceSerializer(one).data, "kind": queries.kind_of(one)}


class NewKudosSerializer(StrictSerializer):
    """Shape of a new thank-you; the action decides the rest."""

    to = serializers.ListField(
        child=Text(max_length=40),
        min_length=1,
        max_length=actions.MOST_RECEIVERS,
        help_text="Ids of people, units and shifts (`<site id>.<shift pattern>`).",
    )
    message = Text(max_length=MESSAGE_LENGTH)
    value = Text(
        required=False, allow_null=True, default=None, max_length=40, help_text="Id of a value."
    )
    audience = serializers.ChoiceField(Kudos.Audience.choices, default=Kudos.Audience.TEAM)
    wall = YesNo(default=False, help_text="On wall screens too, as far as the receivers agreed.")
    look = serializers.ChoiceField(
        CHOICES,
        default=PLAIN,
        help_text="How the card looks. Those of theme days on their day only.",
    )
    from_team = YesNo(default=False, help_text="In the name of my own team.")
    mentions = serializers.ListField(
        child=Text(max_length=40),
        default=list,
        max_length=actions.MOST_MENTIONS,
        help_text="Ids of people whom the message names as `@Name`; they are told.",
    )
    release_at = Moment(
        required=False,
        allow_null=True,
        default=None,
        help_text="Send it then, within a year, instead of now.",
    )


class NewCommentSerializer(StrictSerializer):
    """Shape of a new comment."""

    text = Text(max_length=MESSAGE_LENGTH)
    mentions = serializers.ListField(
        child=Text(max_length=40),
        default=list,
        max_length=actions.MOST_MENTIONS,
        help_text="Ids of people whom the text names as `@Name`; they are told if they may read it.",
    )


class NewestKudos(KeysetPagination):
    """Only for the document: the feed pages itself, over several indexes at once."""


class KudosResource(Resource):
    """Thank-yous that the caller may read."""

    read_scope = Scope.KUDOS_READ
    write_scope = Scope.KUDOS_WRITE
    serializer_class = KudosSerializer
    pagination_class = NewestKudos
    throttle_classes: Sequence[Any] = (PerCaller, PerKudosGiver)
    api_names = {
        "wants_wall": "wall",
        "receivers": "to",
        "person": "to",
        "unit": "to",
        "from_unit": "from_team",
    }

    @extend_schema(
        parameters=[
            OpenApiParameter(
                "scope",
                str,
                enum=FEEDS,
                default="all",
                description="Everything, my site, my team, or what I gave and got.",
            ),
            OpenApiParameter("value", str, description="Only those that name this value: its id."),
            OpenApiParameter(
                "q",
                str,
                description="Only those with all of these words, Norwegian or English, in any form. "
                "The last word may be unfinished. What is over 100 characters is left out.",
            ),
        ]
    )
    def list(self, request: Request) -> Response:
        """Newest first. Read forwards only: `previous` is always null."""
        scope = request.query_params.get("scope", "all")
        if scope not in FEEDS:
            raise invalid_parameter("scope", _("One of: %(all)s.") % {"all": ", ".join(FEEDS)})
        text = request.query_params.get("q", "").strip()
        facts: dict[str, Any] = {
            "scope": cast(FeedScope, scope),
            "value": _value_to_filter(request.query_params.get("value", "")),
            "after": raw_cursor(request),
            "limit": page_size(request),
            "at": times.now(),
        }
        try:
            if text:
                page = queries.search_page(self.me, text, **facts)
            else:
                page = queries.feed_page(self.me, **facts)
        except ValueError as error:
            raise bad_cursor() from error
        following = link(request, page.next) if page.next else None
        return envelope(KudosSerializer(page.items, many=True).data, after=following, before=None)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One thank-you."""
        return self._told(access.get_kudos_to_view(self.me, key))

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
            look=given["look"],
            from_unit=_own_team(self.me, at) if given["from_team"] else None,
            mentioned=_people(given["mentions"], at),
            release_at=given["release_at"],
            at=at,
        )
        queries.without_talk(kudos)
        answer = Response(KudosSerializer(kudos).data, status=201)
        answer.headers["Location"] = reverse("api:kudos-detail", args=[kudos.key], request=request)
        return answer

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Takes a thank-you back, from feeds and walls. Only its giver can."""
        kudos = access.get_kudos_to_withdraw(self.me, key)
        actions.withdraw_kudos(kudos=kudos, by=self.me, at=times.now())
        return Response(status=204)

    @extend_schema(
        parameters=[KEY_PARAMETER, REACTION], request=None, responses={200: KudosSerializer}
    )
    @action(
        detail=True,
        methods=["put"],
        url_path="reactions/(?P<kind>[a-z]{1,10})",
        url_name="react",
    )
    def react(self, request: Request, key: str, kind: str) -> Response:
        """Reacts to a thank-you. Doing so twice is the same as once."""
        return self._react(key, kind, is_on=True)

    @extend_schema(parameters=[KEY_PARAMETER, REACTION], responses={200: KudosSerializer})
    @react.mapping.delete
    def unreact(self, request: Request, key: str, kind: str) -> Response:
        """Takes a reaction away."""
        return self._react(key, kind, is_on=False)

    def _react(self, key: str, kind: str, *, is_on: bool) -> Response:
        kudos = access.get_kudos_to_view(self.me, key)
        if kind not in Reaction.Kind.values:
            raise Http404
        actions.react_to_kudos(kudos=kudos, by=self.me, kind=kind, is_on=is_on, at=times.now())
        return self._told(kudos)

    @extend_schema(
        operation_id="kudos_comments",
        parameters=[KEY_PARAMETER],
        responses={200: CommentSerializer(many=True)},
    )
    @action(detail=True, methods=["get"], pagination_class=None)
    def comments(self, request: Request, key: str) -> Response:
        """What is said to a thank-you, the oldest first; at most 200."""
        kudos = access.get_kudos_to_view(self.me, key)
        return Response(CommentSerializer(queries.comments_on(kudos), many=True).data)

    @extend_schema(
        operation_id="kudos_comment",
        parameters=[KEY_PARAMETER],
        request=NewCommentSerializer,
        responses={201: CommentSerializer},
    )
    @comments.mapping.post
    @idempotent
    def comment(self, request: Request, key: str) -> Response:
        """Writes a comment. Whoever may read the thank-you may read it."""
        kudos = access.get_kudos_to_view(self.me, key)
        said, at = self.clean(NewCommentSerializer), times.now()
        mentioned = _people(said["mentions"], at)
        comment = actions.comment_on_kudos(
            kudos=kudos, by=self.me, text=said["text"], mentioned=mentioned, at=at
        )
        return Response(CommentSerializer(comment).data, status=201)

    @extend_schema(parameters=[KEY_PARAMETER, COMMENT], responses={204: None})
    @action(
        detail=True,
        methods=["delete"],
        url_path="comments/(?P<comment>[A-Za-z0-9]{1,16})",
        url_name="comment",
    )
    def withdraw_comment(self, request: Request, key: str, comment: str) -> Response:
        """Takes one's own comment back."""
        said = access.get_comment_to_withdraw(self.me, comment)
        if said.kudos.key != key:
            raise Http404
        actions.withdraw_comment(comment=said, by=self.me, at=times.now())
        return Response(status=204)

    def _told(self, kudos: Kudos) -> Response:
        queries.with_talk([kudos], self.me)
        return Response(KudosSerializer(kudos).data)


def _own_team(person: Person, at: dt.datetime) -> Unit:
    unit = place_of(person, times.local_date(at)).unit
    if unit is None:
        detail = _("You are in no team yet.")
        raise InvalidRequest(errors=[{"pointer": "#/from_team", "detail": detail, "code": "none"}])
    return unit


def _people(keys: Sequence[str], at: dt.datetime) -> list[Person]:
    return resolve_receivers(keys, day=times.local_date(at))[0] if keys else []


def _value_to_filter(key: str) -> Value | None:
    if not key:
        return None
    value = Value.objects.filter(key=key).first() if "\0" not in key else None
    if value is None:
        raise invalid_parameter("value", _("There is no value %(key)s.") % {"key": key[:40]})
    return value


def _value_to_name(key: str | None) -> Value | None:
    if key is None:
        return None
    value = Value.objects.filter(key=key).first()
    if value is None:
        detail = _("There is no value %(key)s.") % {"key": key}
        raise InvalidRequest(errors=[{"pointer": "#/value", "detail": detail, "code": "unknown"}])
    return value
