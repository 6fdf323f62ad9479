"""The instruments and survey templates that come with the product, read from their files."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
DATA, TEMPLATES = HERE / "data", HERE / "templates"


@dataclass(frozen=True)
class Template:
    """What a new survey starts from. ``sections`` names instruments, each with items or all."""

    key: str
    kind: str
    level: str
    days_open: int
    title: dict[str, str]
    purpose: dict[str, str]
    who_sees: dict[str, str]
    sections: tuple[tuple[str, tuple[str, ...]], ...]


def shipped_documents() -> list[dict[str, Any]]:
    """The documents of ``data/``, by file name. Read anew each time: a file may come or go."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(DATA.glob("*.json"))]


@cache
def templates() -> dict[str, Template]:
    """The templates by key, in the order they are offered."""
    found = []
    for path in sorted(TEMPLATES.glob("*.json")):
        document = json.loads(path.read_text("utf-8"))
        document["sections"] = tuple(
            (section["instrument"], tuple(section["items"])) for section in document["sections"]
        )
        found.append(Template(**document))
    return {one.key: one for one in found}
