"""An answer sheet: what a voter's page seals, and how the counter reads it."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from surveys.protocol.encoding import canonical, strict_json
from surveys.protocol.manifest import COMMENT_AUDIENCES, LONGEST_COMMENT, Manifest
from surveys.protocol.sealing import pad, unpad

SHEET_VERSION = 1


class Spoilt(ValueError):
    """A sheet that cannot be counted. It is counted as a number, and nothing more is kept of it."""


@dataclass(frozen=True)
class Remark:
    """An answer to an open question, and who its writer lets read it."""

    text: str
    audience: str


@dataclass(frozen=True)
class Sheet:
    """The points chosen, by item; what was skipped is absent."""

    answers: Mapping[str, int]
    comments: Mapping[str, Remark]


def write_sheet(cell: str, sheet: Sheet) -> bytes:
    """8192 bytes, whatever was answered.

    :raises ValueError: when it does not fit.
    """
    document = {
        "v": SHEET_VERSION,
        "cell": cell,
        "answers": dict(sheet.answers),
        "comments": {
            key: {"text": one.text, "audience": one.audience} for key, one in sheet.comments.items()
        },
    }
    return pad(canonical(document))


def read_sheet(manifest: Manifest, cell: str, padded: bytes) -> Sheet:
    """The sheet in ``padded``, of a ballot for ``cell``.

    :raises Spoilt: for a wrong pad, unknown items, values off their scale, another cell, and
        anything else that the ballot page does not write.
    """
    try:
        document = strict_json(unpad(padded))
    except ValueError as error:
        raise Spoilt(str(error)) from error
    if not isinstance(document, dict) or set(document) != {"v", "cell", "answers", "comments"}:
        raise Spoilt("not a sheet")
    if type(document["v"]) is not int or document["v"] != SHEET_VERSION or document["cell"] != cell:
        raise Spoilt("a sheet of another kind or cell")
    answers, comments = document["answers"], document["comments"]
    if not isinstance(answers, dict) or not isinstance(comments, dict):
        raise Spoilt("not a sheet")
    for key, value in answers.items():
        item = manifest.items.get(key)
        # In this order: True is an int, and 1.0 equals 1.
        if item is None or item.kind != "scale" or type(value) is not int:
            raise Spoilt("an answer to something that was not asked")
        if value not in item.points:
            raise Spoilt("an answer off its scale")
    return Sheet(answers, {key: _remark(manifest, key, one) for key, one in comments.items()})


def _remark(manifest: Manifest, key: str, one: object) -> Remark:
    item = manifest.items.get(key)
    if item is None or item.kind != "text":
        raise Spoilt("a comment on something that was not asked")
    if not isinstance(one, dict) or set(one) != {"text", "audience"}:
        raise Spoilt("not a comment")
    text, audience = one["text"], one["audience"]
    if not isinstance(text, str) or audience not in COMMENT_AUDIENCES:
        raise Spoilt("not a comment")
    if not text.strip() or len(text) > LONGEST_COMMENT or not is_plain(text):
        raise Spoilt("a comment that is empty, too long or not plain text")
    return Remark(text, audience)


def is_plain(text: str) -> bool:
    """Whether ``text`` has no control, format or lone surrogate characters but line breaks.

    What this Python's Unicode does not know yet is plain: a new emoji must not spoil a ballot.
    """
    return all(
        character == "\n"
        or unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co"}
        or character == "\u200d"
        for character in text
    )
