"""How facts are written in the API."""

import datetime as dt
from typing import Any

from django.utils.translation import gettext_lazy
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers


@extend_schema_field(OpenApiTypes.DATETIME)
class MomentField(serializers.Field[Any, Any, str, Any]):
    """A moment as RFC 3339 in UTC, ``2026-11-23T02:31:48.120000Z``. Only written, never read."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(read_only=True, **kwargs)

    def to_representation(self, value: dt.datetime) -> str:
        return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")


class Moment(serializers.DateTimeField):
    """A moment in a body: RFC 3339 with its offset, so that nobody guesses the time zone."""

    default_error_messages = {"offset": gettext_lazy("Add the offset from UTC, as in …T08:00:00Z.")}

    def to_internal_value(self, value: Any) -> dt.datetime:
        if not isinstance(value, str):
            self.fail("invalid", format="RFC 3339")
        return super().to_internal_value(value)

    def enforce_timezone(self, value: dt.datetime) -> dt.datetime:
        if value.tzinfo is None:
            self.fail("offset")
        try:
            return value.astimezone(dt.UTC)
        except OverflowError:
            # Within hours of the first or the last moment that can be told.
            self.fail("invalid", format="RFC 3339")


class RefSerializer(serializers.Serializer[Any]):
    """Something named elsewhere: its id and its name."""

    id = serializers.CharField(source="key", read_only=True)
    name = serializers.CharField(read_only=True)


class FaceSerializer(RefSerializer):
    """Somebody as a face: what an avatar needs, and nothing personal beyond the name."""

    initials = serializers.CharField(read_only=True)
    hue = serializers.IntegerField(read_only=True, min_value=0, max_value=11)


class Text(serializers.CharField):
    """A JSON string; numbers are not read as one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            self.fail("invalid")
        return str(super().to_internal_value(data))


class Whole(serializers.IntegerField):
    """A JSON number without fraction; strings are not read as one."""

    def to_internal_value(self, data: Any) -> int:
        if type(data) is not int:
            self.fail("invalid")
        return int(data)


class YesNo(serializers.BooleanField):
    """``true`` or ``false``."""

    def to_internal_value(self, data: Any) -> bool:
        if type(data) is not bool:
            self.fail("invalid", input=data)
        return bool(data)
