"""One's own notices for programs, and the choice of what comes by mail."""

import datetime as dt
from typing import Any, NamedTuple, cast

from django.db import transaction
from django.db.models import Model
from django.http import Http404
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from engagement import times
from engagement.api.fields import MomentField, Text, YesNo
from engagement.api.idempotency import idempotent
from engagement.api.models import Scope
from engagement.api.pagination import KeysetPagination, bad_cursor
from engagement.api.problems import InvalidRequest, invalid_parameter
from engagement.api.viewsets import KEY_PARAMETER, Resource, StrictSerializer
from engagement.notices import access, actions
from engagement.notices.kinds import Way
from engagement.notices.models import Notice
from engagement.notices.queries import coming_digest, hours_of, offers_for
from engagement.notices.words import Line, lines_of, plain_words
from engagement.people.models import Person


class NoticeSerializer(serializers.Serializer[Any]):
    """A notice to the caller."""

    id = serializers.CharField(source="notice.key", read_only=True)
    kind = serializers.CharField(source="notice.kind", read_only=True)
    words = serializers.SerializerMethodField(
        help_text="One line of plain text, in the caller's language."
    )
    url = serializers.SerializerMethodField(help_text="Path of the page it tells of.")
    shown_at = MomentField(source="notice.show_from")
    read_at = MomentField(source="notice.read_at", allow_null=True)

    def get_words(self, line: Line) -> str:
        return plain_words(line)

    def get_url(self, line: Line) -> str:
        return line.notice.link


class ReadSerializer(StrictSerializer):
    """Shape of a change."""

    read = YesNo(help_text="Only `true`: what was read stays read.")


class OfferSerializer(serializers.Serializer[Any]):
    """A kind of notices, and how the caller gets it."""

    kind = serializers.CharField(source="kind.key", read_only=True)
    title = serializers.CharField(source="kind.title", read_only=True)
    about = serializers.CharField(source="kind.about", read_only=True)
    way = serializers.ChoiceField(Way.choices, read_only=True)
    ways = serializers.ListField(
        source="kind.ways",
        child=serializers.CharField(),
        read_only=True,
        help_text="Those to choose from.",
    )


@extend_schema_field({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$"})
class WallClock(serializers.TimeField):
    """A time of day, ``21:00``."""

    def __init__(self, **options: Any) -> None:
        super().__init__(format="%H:%M", input_formats=["%H:%M"], **options)

    def to_internal_value(self, data: Any) -> dt.time:
        if not isinstance(data, str):
            self.fail("invalid", format="hh:mm")
        return super().to_internal_value(data)


class QuietSerializer(serializers.Serializer[Any]):
    """From when to when no mails come, on the wall clock of the caller's site."""

    starts_at = WallClock(read_only=True)
    ends_at = WallClock(read_only=True)


class ChoicesSerializer(serializers.Serializer[Any]):
    """What comes to the caller, in which way, and when."""

    kinds = OfferSerializer(many=True, read_only=True)
    quiet_hours = QuietSerializer(allow_null=True, read_only=True)
    next_digest_at = MomentField(help_text="When the next collected mail would leave.")


class ChangedQuietSerializer(StrictSerializer):
    """Shape of quiet hours."""

    starts_at = WallClock()
    ends_at = WallClock()


class ChangedWaySerializer(StrictSerializer):
    """Shape of one choice."""

    kind = Text(max_length=40)
    way = serializers.ChoiceField(Way.choices)


class ChangedChoicesSerializer(StrictSerializer):
    """Shape of changed choices: what is left out stays."""

    kinds = serializers.ListField(child=ChangedWaySerializer(), required=False, max_length=100)
    quiet_hours = ChangedQuietSerializer(required=False, allow_null=True)


class _Place(NamedTuple):
    """Where a notice stands in the list, as a cursor writes it."""

    show_from: int
    pk: int


class NewestShown(KeysetPagination):
    """By when a notice was first shown."""

    ordering = ("show_from", "pk")
    is_descending = True

    def write(self, row: Model, *, is_back: bool) -> str:
        notice = cast(Notice, row)
        place = _Place(times.microseconds(notice.show_from), notice.pk)
        return super().write(cast(Model, place), is_back=is_back)

    @staticmethod
    def _value(name: str, value: Any) -> Any:
        number = KeysetPagination._value("pk", value)
        try:
            return number if name == "pk" else times.from_microseconds(number)
        except OverflowError as error:
            raise bad_cursor() from error


class NoticeResource(Resource):
    """The caller's own notices. Nobody reads anybody else's."""

    read_scope = Scope.NOTICES_READ
    write_scope = Scope.NOTICES_WRITE
    serializer_class = NoticeSerializer
    pagination_class = NewestShown

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        """Words are in the language the call asks for, else in that of its person."""
        super().initial(request, *args, **kwargs)
        if "Accept-Language" not in request.headers:
            translation.activate(self.me.language)

    @extend_schema(
        parameters=[
            OpenApiParameter("unread", bool, default=False, description="Only what is unread.")
        ]
    )
    def list(self, request: Request) -> Response:
        """Newest first. A page is shorter where a notice tells of something that is gone."""
        unread = request.query_params.get("unread", "false")
        if unread not in ("true", "false"):
            raise invalid_parameter("unread", _("One of: %(all)s.") % {"all": "true, false"})
        notices = Notice.objects.shown(times.now()).filter(person=self.me)
        page = self.paginate_queryset(notices.unread() if unread == "true" else notices)
        return self.get_paginated_response(NoticeSerializer(lines_of(page or []), many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One notice."""
        return _told(access.get_notice_to_read(self.me, key, at=times.now()))

    @extend_schema(
        parameters=[KEY_PARAMETER], request=ReadSerializer, responses={200: NoticeSerializer}
    )
    def partial_update(self, request: Request, key: str) -> Response:
        """Marks a notice as read."""
        at = times.now()
        notice = access.get_notice_to_read(self.me, key, at=at)
        if not self.clean(ReadSerializer)["read"]:
            detail = _("What was read stays read.")
            raise InvalidRequest(
                errors=[{"pointer": "#/read", "detail": detail, "code": "invalid"}]
            )
        actions.read_notice(notice=notice, at=at)
        notice.refresh_from_db(fields=["read_at"])
        return _told(notice)

    @extend_schema(request=None, responses={204: None})
    @action(detail=False, methods=["post"], url_path="read-all", url_name="read-all")
    @idempotent
    def read_all(self, request: Request) -> Response:
        """Marks everything that is shown so far as read."""
        actions.read_all_notices(by=self.me, at=times.now())
        return Response(status=204)

    @extend_schema(responses={200: ChoicesSerializer})
    @action(detail=False, methods=["get"], pagination_class=None)
    def choices(self, request: Request) -> Response:
        """How each kind of notices comes, quiet hours, and the next collected mail."""
        return _choices(self.me)

    @extend_schema(request=ChangedChoicesSerializer, responses={200: ChoicesSerializer})
    @choices.mapping.patch
    def change_choices(self, request: Request) -> Response:
        """Changes what is given, all of it or nothing. `quiet_hours: null` is none at all."""
        wanted = self.clean(ChangedChoicesSerializer)
        with transaction.atomic():
            if "quiet_hours" in wanted:
                actions.choose_quiet_hours(
                    is_quiet=wanted["quiet_hours"] is not None,
                    starts_at=(wanted["quiet_hours"] or {}).get("starts_at"),
                    ends_at=(wanted["quiet_hours"] or {}).get("ends_at"),
                    by=self.me,
                )
            ways = {one["kind"]: one["way"] for one in wanted.get("kinds", [])}
            actions.choose_ways(ways=ways, by=self.me)
        return _choices(self.me)


def _told(notice: Notice) -> Response:
    lines = lines_of([notice])
    if not lines:
        raise Http404
    return Response(NoticeSerializer(lines[0]).data)


def _choices(person: Person) -> Response:
    hours = hours_of(person)
    quiet = {"starts_at": hours.quiet_from, "ends_at": hours.quiet_to} if hours.is_quiet else None
    facts = {
        "kinds": offers_for(person),
        "quiet_hours": quiet,
        "next_digest_at": coming_digest(person, at=times.now()).at,
    }
    return Response(ChoicesSerializer(facts).data)


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("notices", NoticeResource, basename="notices")
