"""How bytes and documents are written down: one way each, so that a hash means one thing."""

import base64
import binascii
import json
from typing import Any


def b64(data: bytes) -> str:
    """URL-safe base 64 without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text: str) -> bytes:
    """The bytes that `b64` wrote as ``text``.

    :raises ValueError: for anything that `b64` would not have written.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("not base64url") from error
    if b64(data) != text:
        raise ValueError("not base64url as we write it")
    return data


def canonical(document: Any) -> bytes:
    """``document`` as UTF-8 JSON with sorted keys and no space: the same bytes everywhere."""
    return json.dumps(
        document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def strict_json(data: bytes, *, deepest: int = 12) -> Any:
    """The document in ``data``.

    :raises ValueError: for anything but UTF-8 JSON without repeated keys and without NaN, nested at
        most ``deepest`` deep.
    """
    try:
        text = data.decode()
        document = json.loads(text, object_pairs_hook=_once, parse_constant=_refuse_constant)
    except (UnicodeDecodeError, RecursionError, json.JSONDecodeError) as error:
        raise ValueError("not JSON") from error
    if _depth(document, deepest) > deepest:
        raise ValueError("nested too deep")
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no number")


def _depth(document: Any, most: int) -> int:
    level, here = 0, [document]
    while here and level <= most:
        level += 1
        here = [
            child
            for one in here
            if isinstance(one, dict | list)
            for child in (one.values() if isinstance(one, dict) else one)
        ]
    return level
