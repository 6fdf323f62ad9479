"""What planners type, made safe to show beside other people's words."""

import unicodedata

from engagement.people.actions.common import plain

# Joiners inside emoji are wanted; other invisible characters are not.
KEPT_FORMATS = {"\u200d", "\ufe0f"}


def clean_line(raw: str) -> str:
    """``raw`` on one line without invisible characters; empty when nothing of it can be seen."""
    kept = "".join(
        letter
        for letter in plain(raw)
        if unicodedata.category(letter) != "Cf" or letter in KEPT_FORMATS
    )
    is_seen = any(unicodedata.category(letter)[0] not in "CZM" for letter in kept)
    return " ".join(kept.split()) if is_seen else ""
