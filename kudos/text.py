"""What people type, made safe to show beside other people's words."""

import unicodedata

# Joiners inside emoji (family, flags, skin tones) are wanted; everything else invisible is not.
KEPT_FORMATS = {"\u200d", "\ufe0f"}


def clean_line(raw: str) -> str:
    """``raw`` as one line: composed letters, single spaces, no invisible or control characters.

    Direction overrides and zero-width characters go, so that a text cannot pose as another one.
    """
    composed = unicodedata.normalize("NFC", raw)
    visible = "".join(
        letter if letter in KEPT_FORMATS or unicodedata.category(letter)[0] != "C" else " "
        for letter in composed
        if unicodedata.category(letter) != "Cf" or letter in KEPT_FORMATS
    )
    # A text of joiners alone would be invisible.
    if not any(unicodedata.category(letter)[0] not in "CZM" for letter in visible):
        return ""
    return " ".join(visible.split())
