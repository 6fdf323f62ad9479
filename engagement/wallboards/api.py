"""Screens and boards for programs of screen keepers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import BaseRouter

from engagement import times
from engagement.api.fields import MomentField, RefSerializer
from engagement.api.models import Scope
from engagement.api.pagination import ByName
from engagement.api.viewsets import KEY_PARAMETER, Resource
from engagement.people.models import Person
from engagement.wallboards import access, actions
from engagement.wallboards.models import Board, Screen


class ScreenSerializer(serializers.Serializer[Any]):
    """A paired device on a wall."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    board = RefSerializer(read_only=True)
    paired_at = MomentField()
    paired_by = RefSerializer(read_only=True)
    last_seen_at = MomentField()
    is_blank = serializers.BooleanField(read_only=True)
    revoked_at = MomentField(allow_null=True)
    build = serializers.CharField(read_only=True)
    uptime_s = serializers.IntegerField(read_only=True, allow_null=True)
    heap_mb = serializers.IntegerField(read_only=True, allow_null=True)
    last_error = serializers.CharField(read_only=True)


class BoardSerializer(serializers.Serializer[Any]):
    """What a group of screens shows."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)
    site = RefSerializer(read_only=True, allow_null=True)
    unit = RefSerializer(read_only=True, allow_null=True)
    language = serializers.ChoiceField(Person.Language.choices, read_only=True)
    preset = serializers.ChoiceField(Board.Preset.choices, read_only=True)
    is_quiet = serializers.BooleanField(read_only=True)
    night_from = serializers.TimeField(read_only=True, allow_null=True, format="%H:%M")
    night_to = serializers.TimeField(read_only=True, allow_null=True, format="%H:%M")
    version = serializers.IntegerField(read_only=True)


def _require_keeper(person: Person) -> None:
    if not access.can_keep_screens(person):
        raise PermissionDenied(_("Screens are kept by screen keepers and administrators."))


class ScreenResource(Resource):
    """The screens that hang, for their keepers."""

    read_scope = Scope.SCREENS_READ
    write_scope = Scope.SCREENS_WRITE
    serializer_class = ScreenSerializer
    pagination_class = ByName

    def list(self, request: Request) -> Response:
        """By name, without revoked ones."""
        _require_keeper(self.me)
        screens = Screen.objects.hanging().select_related("board", "paired_by")
        page = self.paginate_queryset(screens)
        return self.get_paginated_response(ScreenSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One screen, also a revoked one."""
        _require_keeper(self.me)
        return Response(ScreenSerializer(access.get_screen_to_keep(self.me, key)).data)

    @extend_schema(parameters=[KEY_PARAMETER], responses={204: None})
    def destroy(self, request: Request, key: str) -> Response:
        """Revokes the screen: it forgets its cards and must be paired anew."""
        _require_keeper(self.me)
        screen = access.get_screen_to_keep(self.me, key)
        actions.revoke_screen(screen=screen, by=self.me, at=times.now())
        return Response(status=204)


class BoardResource(Resource):
    """The boards that screens show, for their keepers."""

    read_scope = Scope.BOARDS_READ
    serializer_class = BoardSerializer
    pagination_class = ByName

    def list(self, request: Request) -> Response:
        """By name."""
        _require_keeper(self.me)
        page = self.paginate_queryset(Board.objects.select_related("site", "unit"))
        return self.get_paginated_response(BoardSerializer(page, many=True).data)

    @extend_schema(parameters=[KEY_PARAMETER])
    def retrieve(self, request: Request, key: str) -> Response:
        """One board."""
        _require_keeper(self.me)
        return Response(BoardSerializer(access.get_board_to_keep(self.me, key)).data)


def register(router: BaseRouter) -> None:
    """Adds this room's resources."""
    router.register("screens", ScreenResource, basename="screens")
    router.register("boards", BoardResource, basename="boards")
