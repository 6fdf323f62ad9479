"""What people type, made safe to show beside other people's words."""

import re
import unicodedata
from collections.abc import Iterator

JOINER, EMOJI_STYLE = "\u200d", "\ufe0f"
# What they may stand behind: emoji and other signs. So do emoji that this Python does not know (Cn).
_SIGNS = frozenset({"So", "Sk", "Sm", "Sc", "Po", "Pd", "Cn"})
_VIRAMA = 9
# Behind a joiner: nothing to be joined.
_NOTHING = ("", JOINER, EMOJI_STYLE)
# Letters, signs and marks by their category that nobody sees: Hangul and Khmer fillers, the Braille
# blank, variation selectors.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0100-\U000e01ef]"
)
# Not assigned, and never to be seen: what Unicode keeps free for invisible characters, and what it
# keeps from being characters at all. So are the last two of each plane.
_NEVER_SEEN = re.compile("[\u2065\ufdd0-\ufdef\ufff0-\ufff8\U000e0000-\U000e0fff]")
# More marks on one letter reach into the lines above and below.
MOST_MARKS = 4
_KEYCAP = re.compile(f"[0-9]{EMOJI_STYLE}\u20e3")


def clean_line(raw: str) -> str:
    """``raw`` on one line: composed letters, single spaces, nothing that cannot be seen; empty when
    nothing of it can.

    Controls, characters of no width or that turn the reading direction, blanks in the guise of
    letters, private and lone half characters go, so that no text can pose as another one. What holds
    emoji together stays with them, and so does what this Python's Unicode does not know yet: mostly
    emoji of newer telephones.
    """
    visible = "".join(_visible(raw))
    # Once more after joiners went: they may have stood between a letter and its mark.
    joined = _without_stray_joiners(unicodedata.normalize("NFC", visible))
    line = " ".join(unicodedata.normalize("NFC", joined).split())
    is_seen = any(unicodedata.category(letter)[0] not in "ZM" for letter in line)
    return line if is_seen else ""


def clean_lines(raw: str) -> str:
    """The same line by line; at most one empty line between two."""
    lines = [clean_line(line) for line in raw.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = [line for number, line in enumerate(lines) if line or (number and lines[number - 1])]
    return "\n".join(kept).strip()


def is_blank(letter: str) -> bool:
    """Whether ``letter`` is one by its category but blank to the eye."""
    return bool(_BLANK.match(letter))


def is_visible(letter: str) -> bool:
    """Whether ``letter`` shows by itself, or is a mark on another one."""
    category = unicodedata.category(letter)
    if category == "Cn":
        return ord(letter) & 0xFFFE != 0xFFFE and not _NEVER_SEEN.match(letter)
    return category[0] != "C" and not is_blank(letter)


def _visible(raw: str) -> Iterator[str]:
    """What shows of ``raw``, with every joiner and every kind of space as a plain one."""
    marks = 0
    for letter in raw:
        if letter.isspace():
            marks = 0
            yield " "
        elif letter in (JOINER, EMOJI_STYLE):
            yield letter
        elif is_visible(letter):
            is_mark = unicodedata.combining(letter) or unicodedata.category(letter) == "Me"
            marks = marks + 1 if is_mark else 0
            if marks <= MOST_MARKS:
                yield letter


def _without_stray_joiners(text: str) -> str:
    kept: list[str] = []
    before = " "
    for place, letter in enumerate(text):
        if letter == JOINER:
            is_kept = _may_join(before) and text[place + 1 : place + 2].strip() not in _NOTHING
        elif letter == EMOJI_STYLE:
            is_keycap = place > 0 and _KEYCAP.match(text, place - 1)
            is_kept = unicodedata.category(before) in _SIGNS or bool(is_keycap)
        else:
            is_kept = True
        if is_kept:
            kept.append(letter)
            before = letter
    return "".join(kept)


def _may_join(letter: str) -> bool:
    """Whether a joiner behind ``letter`` makes one sign with what follows: emoji, and scripts of India."""
    is_sign = letter == EMOJI_STYLE or unicodedata.category(letter) in _SIGNS
    return is_sign or unicodedata.combining(letter) == _VIRAMA
