"""Pages of lists by cursor: what is added meanwhile neither doubles nor hides a row.

A cursor says after (or before) which row to go on, by the values the list is ordered by. It is
opaque to callers, and checked: a forged one is a 400.
"""

import base64
import binascii
import json
from collections.abc import Sequence
from typing import Any, ClassVar

from django.db.models import Model, Q, QuerySet
from django.utils.translation import gettext as _
from rest_framework.pagination import BasePagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.settings import api_settings
from rest_framework.utils.urls import replace_query_param

from engagement.api.parsers import is_text
from engagement.api.problems import invalid_parameter

PAGE_SIZE_LIMIT = 200
CURSOR_LIMIT = 1000
Place = list[Any]


def page_size(request: Request) -> int:
    """``page_size`` of the query: 1 to 200, 50 unless given."""
    raw = request.query_params.get("page_size")
    if raw is None:
        return api_settings.PAGE_SIZE or PAGE_SIZE_LIMIT
    if not (raw.isascii() and raw.isdecimal() and 1 <= int(raw[:10]) <= PAGE_SIZE_LIMIT):
        raise invalid_parameter(
            "page_size",
            _("A whole number from 1 to %(most)d.") % {"most": PAGE_SIZE_LIMIT},
        )
    return int(raw)


def raw_cursor(request: Request) -> str | None:
    """``cursor`` of the query, of a length worth reading."""
    cursor = request.query_params.get("cursor")
    if cursor is not None and not (cursor.isascii() and 0 < len(cursor) <= CURSOR_LIMIT):
        raise bad_cursor()
    return cursor


def bad_cursor() -> Exception:
    return invalid_parameter(
        "cursor", _("Not a cursor of this list. Take next or previous as they were given.")
    )


def link(request: Request, cursor: str) -> str:
    """The address of the page at ``cursor``, with the rest of the query kept."""
    return str(replace_query_param(request.build_absolute_uri(), "cursor", cursor))


def envelope(results: Any, *, after: str | None, before: str | None) -> Response:
    return Response({"next": after, "previous": before, "results": results})


def envelope_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The same for the OpenAPI document."""
    address = {"type": "string", "format": "uri", "nullable": True}
    return {
        "type": "object",
        "required": ["next", "previous", "results"],
        "properties": {
            "next": {**address, "description": "Address of the next page; null on the last."},
            "previous": {
                **address,
                "description": "Address of the page before; null on the first, and where a list "
                "is only read forwards.",
            },
            "results": schema,
        },
    }


PARAMETERS = [
    {
        "name": "cursor",
        "in": "query",
        "required": False,
        "description": "Where to go on. Take it from `next` or `previous`.",
        "schema": {"type": "string"},
    },
    {
        "name": "page_size",
        "in": "query",
        "required": False,
        "description": "How many results a page holds.",
        "schema": {"type": "integer", "minimum": 1, "maximum": PAGE_SIZE_LIMIT, "default": 50},
    },
]


class KeysetPagination(BasePagination):
    """By the fields of ``ordering``, all in one direction; the last one must be unique.

    ``pk`` and ``position`` are numbers, everything else is text.
    """

    ordering: ClassVar[Sequence[str]] = ("pk",)
    is_descending: ClassVar[bool] = False

    def paginate_queryset(
        self, queryset: QuerySet[Any], request: Request, view: Any = None
    ) -> list[Any]:
        self.request = request
        size = page_size(request)
        is_back, place = self.read(raw_cursor(request))
        goes_down = self.is_descending != is_back
        if place is not None:
            queryset = queryset.filter(self._beyond(place, goes_down))
        sign = "-" if goes_down else ""
        rows = list(queryset.order_by(*(sign + name for name in self.ordering))[: size + 1])
        has_more, rows = len(rows) > size, rows[:size]
        if is_back:
            rows.reverse()
        self.rows = rows
        self.has_next = bool(rows) and (has_more or is_back)
        self.has_previous = bool(rows) and (has_more if is_back else place is not None)
        return rows

    def get_paginated_response(self, data: Any) -> Response:
        after = self.write(self.rows[-1], is_back=False) if self.has_next else None
        before = self.write(self.rows[0], is_back=True) if self.has_previous else None
        return envelope(
            data,
            after=link(self.request, after) if after else None,
            before=link(self.request, before) if before else None,
        )

    def get_paginated_response_schema(self, schema: dict[str, Any]) -> dict[str, Any]:
        return envelope_schema(schema)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        return PARAMETERS

    def write(self, row: Model, *, is_back: bool) -> str:
        """The cursor beyond ``row``."""
        place = [getattr(row, name) for name in self.ordering]
        packed = json.dumps(["b" if is_back else "n", *place], separators=(",", ":"))
        return base64.urlsafe_b64encode(packed.encode()).decode().rstrip("=")

    def read(self, cursor: str | None) -> tuple[bool, Place | None]:
        """Direction and place of a cursor."""
        if cursor is None:
            return False, None
        try:
            packed = base64.b64decode(cursor + "=" * (-len(cursor) % 4), b"-_", validate=True)
            direction, *plain = json.loads(packed)
        except (binascii.Error, ValueError, TypeError, RecursionError) as error:
            raise bad_cursor() from error
        if direction not in ("b", "n") or len(plain) != len(self.ordering):
            raise bad_cursor()
        return direction == "b", [
            self._value(name, value) for name, value in zip(self.ordering, plain, strict=True)
        ]

    @staticmethod
    def _value(name: str, value: Any) -> Any:
        """``value`` when it can be one of the field's; the database is asked nothing else."""
        is_number = name in ("pk", "position")
        if is_number and type(value) is int and 0 <= value < 2**62:
            return value
        if not is_number and isinstance(value, str) and is_text(value):
            return value
        raise bad_cursor()

    def _beyond(self, place: Place, goes_down: bool) -> Q:
        """Rows after ``place`` in lexical order of the fields."""
        word = "lt" if goes_down else "gt"
        beyond = Q()
        for depth, name in enumerate(self.ordering):
            same = dict(zip(self.ordering[:depth], place[:depth], strict=True))
            beyond |= Q(**same, **{f"{name}__{word}": place[depth]})
        first = self.ordering[0]
        # Said again on its own: an index can start there.
        return Q(**{f"{first}__{word}e": place[0]}) & beyond


class NewestFirst(KeysetPagination):
    """By row number: what was made last comes first."""

    ordering = ("pk",)
    is_descending = True


class ByName(KeysetPagination):
    """For things with a name."""

    ordering = ("name", "pk")
