"""How long questions take to answer."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

SECONDS_A_SCALE_ITEM = 12
SECONDS_A_TEXT_ITEM = 40


def seconds_of(items: Iterable[Mapping[str, Any]]) -> int:
    return sum(
        SECONDS_A_TEXT_ITEM if item["kind"] == "text" else SECONDS_A_SCALE_ITEM for item in items
    )


def minutes_of_items(items: Iterable[Mapping[str, Any]]) -> int:
    """Rounded up to whole minutes."""
    return math.ceil(seconds_of(items) / 60)
