"""The parts of an instrument as they stand on the page that writes it: questions, themes, scales."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import QueryDict
from django.utils.translation import get_language

from surveys.instruments.parse import MOST_DRIVERS, MOST_ITEMS, MOST_POINTS, MOST_SCALES

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
TOKEN = re.compile(r"[0-9]{1,6}")


def one_line(text: str) -> str:
    return " ".join(text.split())


@dataclass
class Row:
    """A question on the page. ``token`` names its fields; ``key`` is empty while it is new."""

    token: str
    key: str = ""
    text_nb: str = ""
    text_en: str = ""
    scale: str = ""
    driver: str = ""
    factor: str = ""
    is_reversed: bool = False
    errors: dict[str, list[str]] = field(default_factory=dict)

    @property
    def all_errors(self) -> list[str]:
        return [text for texts in self.errors.values() for text in texts]


@dataclass
class OwnTheme:
    """A driver that the organisation named itself."""

    key: str
    nb: str = ""
    en: str = ""
    error: str = ""

    @property
    def name(self) -> str:
        """In the language of the page."""
        return (self.en if get_language() == "en" else self.nb) or self.nb or self.en


@dataclass
class OwnScale:
    """A scale that the organisation wrote itself: one label a line, the lowest first."""

    key: str
    nb: str = ""
    en: str = ""
    error: str = ""

    @classmethod
    def of(cls, key: str, scale: Mapping[str, Any]) -> "OwnScale":
        return cls(key, *("\n".join(scale["anchors"][language]) for language in ("nb", "en")))

    @property
    def name(self) -> str:
        """Its ends, in the language of the page; empty while there is nothing to choose."""
        own = (self.en if get_language() == "en" else self.nb) or self.nb or self.en
        labels = lines(own)
        return f"{labels[0]} – {labels[-1]}" if len(labels) > 1 else ""

    @property
    def is_empty(self) -> bool:
        return not lines(self.nb) and not lines(self.en)

    def document(self) -> dict[str, Any]:
        """Points from 1, but 0 to 10 where there are eleven, as people know them."""
        anchors = {"nb": lines(self.nb), "en": lines(self.en)}
        count = max(len(anchors["nb"]), len(anchors["en"]))
        lowest = 0 if count == MOST_POINTS else 1
        return {"points": list(range(lowest, lowest + count)), "anchors": anchors}


def lines(text: str) -> list[str]:
    """The labels of ``text``; an empty line between others is a point without a label."""
    return [one_line(line) for line in text.strip().splitlines()]


def sent_tokens(data: QueryDict) -> list[str]:
    """The questions on the page, in their order."""
    tokens = [one for one in data.getlist("row") if TOKEN.fullmatch(one)]
    return list(dict.fromkeys(tokens))[:MOST_ITEMS]


def sent_row(data: QueryDict, token: str) -> Row:
    row = Row(token, is_reversed=f"reversed-{token}" in data)
    for name in ("key", "text_nb", "text_en", "scale", "driver", "factor"):
        setattr(row, name, one_line(data.get(f"{name}-{token}", "")))
    return row


def sent_themes(data: QueryDict) -> list[OwnTheme]:
    return [
        OwnTheme(key, *(one_line(data.get(f"theme_{x}-{key}", "")) for x in ("nb", "en")))
        for key in _keys(data, "theme", MOST_DRIVERS)
    ]


def sent_scales(data: QueryDict) -> list[OwnScale]:
    return [
        OwnScale(key, *(data.get(f"scale_{x}-{key}", "") for x in ("nb", "en")))
        for key in _keys(data, "own_scale", MOST_SCALES)
    ]


def _keys(data: QueryDict, name: str, most: int) -> list[str]:
    return list(dict.fromkeys(one for one in data.getlist(name) if KEY.fullmatch(one)))[:most]


def free_part(taken: Sequence[str]) -> str:
    """What a new theme or scale is called on the page until it is saved."""
    return next(key for n in range(1, MOST_ITEMS + 2) if (key := f"own_{n}") not in taken)


def lasting_keys(
    parts: Sequence[str], *, kept: Collection[str], taken: Collection[str], key: str
) -> dict[str, str]:
    """Page key → key in the document of instrument ``key``. Those in ``kept`` stay; the others get
    one that no other instrument's has: by it numbers of several surveys are compared.
    """
    stem = key[:32].rstrip("_")
    free = (made for n in range(1, 1000) if (made := f"{stem}_{n}") not in taken)
    return {one: one if one in kept else next(free) for one in parts}
