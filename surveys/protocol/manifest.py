"""The manifest: everything fixed at launch. Its bytes are public, their SHA-256 names the survey."""

import datetime as dt
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NoReturn

from surveys.protocol.blind import Refused, checked_modulus
from surveys.protocol.encoding import canonical, strict_json, unb64
from surveys.protocol.sealing import SHEET_BYTES, SUITE_NAME

VERSION = 1
SIGNATURE_NAME = "RSABSSA-SHA384-PSS-Randomized"
FEWEST_IN_A_CELL = 5
WORDS = 12
BITS_A_WORD = 11
LONGEST_COMMENT = 1000
COMMENT_AUDIENCES = ("team", "site", "organisation")
LEVELS = ("witnessed", "sealed")


class BadManifest(ValueError):
    """A manifest that must not be used; says where and why."""


def manifest_hash(data: bytes) -> bytes:
    """SHA-256 of the manifest's bytes as they are served."""
    return hashlib.sha256(data).digest()


@cache
def _word_list() -> tuple[str, ...]:
    text = (Path(__file__).parent / "words.txt").read_text()
    return tuple(text.split())


def words(digest: bytes) -> list[str]:
    """The first 132 bits of ``digest`` as 12 words of the BIP-39 English list.

    132 and not fewer: somebody who makes two manifests that read the same needs 2^66 attempts.
    """
    number = int.from_bytes(digest) >> (len(digest) * 8 - WORDS * BITS_A_WORD)
    shifts = range((WORDS - 1) * BITS_A_WORD, -1, -BITS_A_WORD)
    return [_word_list()[number >> shift & 0x7FF] for shift in shifts]


@dataclass(frozen=True)
class CellRule:
    """A cell as the manifest names it."""

    key: str
    parent: str
    name: str
    kind: str
    invited: int
    modulus: bytes


@dataclass(frozen=True)
class ItemRule:
    """An item as the manifest asks it. ``points`` is empty for an open question."""

    key: str
    kind: str
    points: tuple[int, ...]


@dataclass(frozen=True)
class Manifest:
    """A checked manifest. ``document`` is the whole of it, for showing."""

    data: bytes
    document: Mapping[str, Any]
    cells: Mapping[str, CellRule]
    items: Mapping[str, ItemRule]
    parents: Mapping[str, str | None]
    opens_at: dt.datetime
    closes_at: dt.datetime
    counting_key: bytes

    @property
    def survey(self) -> str:
        key: str = self.document["survey"]
        return key

    @property
    def k(self) -> int:
        k: int = self.document["rules"]["k"]
        return k

    @cached_property
    def hash(self) -> bytes:
        return manifest_hash(self.data)

    @property
    def words(self) -> list[str]:
        return words(self.hash)


_LANGUAGES = ("nb", "en")
_FIELDS = {
    "": "version survey level organisation title purpose opens_at closes_at reminders_at "
    "feedback_on feedback_owner ballots_destroyed_by identity_origin ballot_origin page_sha256 "
    "counting_key witnesses rules tree cells scales sections",
    "rules": "k comment_respondents comment_count ballot_bytes suite signature",
    "tree": "key parent name",
    "cells": "key parent name kind invited n",
    "scales": "points anchors",
    "sections": "key version title intro source items",
    "items": "key kind scale text driver reversed factor",
}


def parse(data: bytes) -> Manifest:
    """The manifest in ``data``, with every rule checked that does not need anything else.

    :raises BadManifest: for unknown or missing fields, weak keys, cells that are too small or
        stand nowhere, items off their scales, and bytes that are not canonical.
    """
    try:
        document = strict_json(data)
    except ValueError as error:
        _bad("", str(error))
    if not isinstance(document, dict) or canonical(document) != data:
        _bad("", "not written canonically")
    return _Reading(document, data).manifest()


def _bad(place: str, reason: str) -> NoReturn:
    raise BadManifest(f"{place or 'the manifest'}: {reason}")


class _Reading:
    def __init__(self, document: dict[str, Any], data: bytes) -> None:
        self.document = document
        self.data = data

    def manifest(self) -> Manifest:
        document = self.document
        _fields(document, "", "")
        if document["version"] != VERSION:
            _bad("version", "unknown")
        if document["level"] not in LEVELS:
            _bad("level", "unknown")
        _texts(document["title"], "title")
        _texts(document["purpose"], "purpose")
        for name in (
            "survey",
            "organisation",
            "feedback_owner",
            "identity_origin",
            "ballot_origin",
        ):
            _text(document[name], name)
        if not re.fullmatch(r"[0-9a-f]{64}", _text(document["page_sha256"], "page_sha256")):
            _bad("page_sha256", "not a SHA-256")
        self._rules()
        opens_at, closes_at = (_time(document[name], name) for name in ("opens_at", "closes_at"))
        if closes_at <= opens_at:
            _bad("closes_at", "not after opens_at")
        for one in _list(document["reminders_at"], "reminders_at"):
            _time(one, "reminders_at")
        for name in ("feedback_on", "ballots_destroyed_by"):
            _date(document[name], name)
        for one in _list(document["witnesses"], "witnesses"):
            _text(one, "witnesses")
        counting_key = _bytes(document["counting_key"], "counting_key", 32)
        parents = self._tree()
        return Manifest(
            data=self.data,
            document=document,
            cells=self._cells(parents),
            items=self._items(),
            parents=parents,
            opens_at=opens_at,
            closes_at=closes_at,
            counting_key=counting_key,
        )

    def _rules(self) -> None:
        rules = self.document["rules"]
        _fields(rules, "rules", "rules")
        if not _is_number(rules["k"]) or rules["k"] < FEWEST_IN_A_CELL:
            _bad("rules.k", f"below {FEWEST_IN_A_CELL}")
        for name in ("comment_respondents", "comment_count"):
            if not _is_number(rules[name]) or rules[name] < 1:
                _bad(f"rules.{name}", "not a count")
        fixed = {
            "ballot_bytes": SHEET_BYTES,
            "suite": SUITE_NAME,
            "signature": SIGNATURE_NAME,
        }
        for name, value in fixed.items():
            if rules[name] != value:
                _bad(f"rules.{name}", f"not {value}")

    def _tree(self) -> dict[str, str | None]:
        parents: dict[str, str | None] = {}
        for one in _list(self.document["tree"], "tree"):
            _fields(one, "tree", "tree")
            _text(one["name"], "tree.name")
            parent = one["parent"]
            # A parent stands before its children: so there is no circle.
            if parent is not None and parent not in parents:
                _bad("tree", f"{parent!r} stands nowhere above {one['key']!r}")
            if _text(one["key"], "tree.key") in parents:
                _bad("tree", f"{one['key']!r} stands twice")
            parents[one["key"]] = parent
        if list(parents.values()).count(None) != 1:
            _bad("tree", "not one root")
        return parents

    def _cells(self, parents: Mapping[str, str | None]) -> dict[str, CellRule]:
        cells: dict[str, CellRule] = {}
        moduli: set[bytes] = set()
        for one in _list(self.document["cells"], "cells"):
            _fields(one, "cells", "cells")
            key = _text(one["key"], "cells.key")
            place = f"cells.{key}"
            modulus = _bytes(one["n"], f"{place}.n", 256)
            try:
                checked_modulus(modulus)
            except Refused as refused:
                _bad(f"{place}.n", str(refused))
            if one["parent"] not in parents:
                _bad(place, "stands nowhere in the tree")
            if not _is_number(one["invited"]) or one["invited"] < FEWEST_IN_A_CELL:
                _bad(place, f"fewer than {FEWEST_IN_A_CELL} invited")
            if one["kind"] not in ("team", "merged", "leaders"):
                _bad(f"{place}.kind", "unknown")
            if key in cells or modulus in moduli:
                _bad(place, "stands twice")
            moduli.add(modulus)
            cells[key] = CellRule(
                key, one["parent"], _text(one["name"], f"{place}.name"), one["kind"],
                one["invited"], modulus,
            )  # fmt: skip
        if not cells:
            _bad("cells", "none")
        return cells

    def _items(self) -> dict[str, ItemRule]:
        scales = self._scales()
        items: dict[str, ItemRule] = {}
        for section in _list(self.document["sections"], "sections"):
            _fields(section, "sections", "sections")
            _texts(section["title"], "sections.title")
            _texts(section["intro"], "sections.intro", may_be_empty=True)
            for one in _list(section["items"], "items"):
                _fields(one, "items", "items")
                key = _text(one["key"], "items.key")
                _texts(one["text"], f"items.{key}.text")
                if key in items:
                    _bad(f"items.{key}", "stands twice")
                if one["kind"] == "scale" and one["scale"] in scales:
                    items[key] = ItemRule(key, "scale", scales[one["scale"]])
                elif one["kind"] == "text" and one["scale"] is None:
                    items[key] = ItemRule(key, "text", ())
                else:
                    _bad(f"items.{key}", "has no scale that is there")
        if not items:
            _bad("sections", "no items")
        return items

    def _scales(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, tuple[int, ...]] = {}
        if not isinstance(self.document["scales"], dict):
            _bad("scales", "not an object")
        for key, scale in self.document["scales"].items():
            _fields(scale, "scales", "scales")
            points = _list(scale["points"], f"scales.{key}")
            rising = all(_is_number(one) for one in points) and sorted(set(points)) == points
            if not rising or not 2 <= len(points) <= 11:
                _bad(f"scales.{key}", "points must rise, 2 to 11 of them")
            anchors = scale["anchors"]
            if not isinstance(anchors, dict) or set(anchors) != set(_LANGUAGES):
                _bad(f"scales.{key}.anchors", "not in both languages")
            for language in _LANGUAGES:
                texts = _list(anchors[language], f"scales.{key}.anchors")
                if len(texts) != len(points) or not all(isinstance(one, str) for one in texts):
                    _bad(f"scales.{key}.anchors", "not one for each point")
            found[key] = tuple(points)
        return found


def _fields(one: Any, kind: str, place: str) -> None:
    wanted = set(_FIELDS[kind].split())
    if not isinstance(one, dict):
        _bad(place, "not an object")
    if missing := wanted - set(one):
        _bad(place, f"lacks {min(missing)}")
    if unknown := set(one) - wanted:
        _bad(place, f"has {min(unknown)}, which is unknown")


def _list(one: Any, place: str) -> Sequence[Any]:
    if not isinstance(one, list):
        _bad(place, "not a list")
    return one


def _text(one: Any, place: str) -> str:
    if not isinstance(one, str) or not one:
        _bad(place, "not a text")
    return one


def _texts(one: Any, place: str, *, may_be_empty: bool = False) -> None:
    if not isinstance(one, dict) or set(one) != set(_LANGUAGES):
        _bad(place, "not in both languages")
    for text in one.values():
        if not isinstance(text, str) or not (text or may_be_empty):
            _bad(place, "not a text")


def _is_number(one: Any) -> bool:
    return isinstance(one, int) and not isinstance(one, bool)


def _bytes(one: Any, place: str, size: int) -> bytes:
    try:
        data = unb64(_text(one, place))
    except ValueError as error:
        _bad(place, str(error))
    if len(data) != size:
        _bad(place, f"not {size} bytes")
    return data


def _time(one: Any, place: str) -> dt.datetime:
    text = _text(one, place)
    try:
        time = dt.datetime.fromisoformat(text)
    except ValueError:
        _bad(place, "not a time")
    if not text.endswith("Z"):
        _bad(place, "not in UTC, written with Z")
    return time


def _date(one: Any, place: str) -> dt.date:
    try:
        return dt.date.fromisoformat(_text(one, place))
    except ValueError:
        _bad(place, "not a date")
