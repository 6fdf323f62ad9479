"""Reading bodies: JSON as RFC 8259 means it, of a size and depth that cannot hurt."""

import json
from collections.abc import Mapping
from typing import IO, Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser

from engagement.api.problems import Problem

BODY_LIMIT = 256 * 1024
DEPTH_LIMIT = 20


class StrictJSONParser(BaseParser):
    """Refuses what parsers disagree about: doubled names, NaN, broken UTF-8, lone surrogates."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[bytes],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        raw = stream.read(BODY_LIMIT + 1)
        if len(raw) > BODY_LIMIT:
            raise Problem(
                _("The body is larger than %(limit)d kB.") % {"limit": BODY_LIMIT // 1024},
                status=413,
            )
        try:
            body = json.loads(
                raw.decode("utf-8"), object_pairs_hook=_once, parse_constant=_no_constant
            )
        except UnicodeDecodeError as error:
            raise ParseError(_("The body is not UTF-8.")) from error
        except RecursionError as error:
            raise ParseError(_("The body is nested too deeply.")) from error
        except ValueError as error:
            raise ParseError(_("The body is not JSON: %(reason)s") % {"reason": error}) from error
        _refuse_hostile(body, depth=0)
        return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return members


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no number in JSON")


def _refuse_hostile(value: Any, *, depth: int) -> None:
    if depth > DEPTH_LIMIT:
        raise ParseError(_("The body is nested too deeply."))
    if isinstance(value, dict):
        for name, inner in value.items():
            _refuse_hostile(name, depth=depth)
            _refuse_hostile(inner, depth=depth + 1)
    elif isinstance(value, list):
        for inner in value:
            _refuse_hostile(inner, depth=depth + 1)
    elif isinstance(value, str) and not is_text(value):
        raise ParseError(_("The body holds characters that are no text."))


def is_text(value: str) -> bool:
    """Whether the database can hold it: no NUL, no half of a surrogate pair."""
    return "\x00" not in value and not any("\ud800" <= letter <= "\udfff" for letter in value)
