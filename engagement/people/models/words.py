"""Names as they are searched, sorted and coloured."""

import unicodedata
import zlib

HUES = 12


def folded(text: str) -> str:
    """``text`` as the directory searches it: lower case, without accents, ø as o, æ as ae, å as a."""
    lowered = text.casefold().replace("ø", "o").replace("æ", "ae").replace("ð", "d")
    if lowered.isascii():  # nearly always, and then there is nothing to take apart
        return " ".join(lowered.split())
    decomposed = unicodedata.normalize("NFKD", lowered)
    return " ".join("".join(c for c in decomposed if not unicodedata.combining(c)).split())


NORWEGIAN_ORDER = str.maketrans({"æ": "{1", "ä": "{1", "ø": "{2", "ö": "{2", "å": "{3"})


def sortable(text: str) -> str:
    """``text`` so that comparing bytes gives the Norwegian order: … z, æ, ø, å."""
    return folded(
        unicodedata.normalize("NFC", text).casefold().replace("aa", "å").translate(NORWEGIAN_ORDER)
    )


def hue_of(key: str) -> int:
    """The colour of whatever has ``key``, 0–11: the same everywhere and for good."""
    return zlib.crc32(key.encode()) % HUES
