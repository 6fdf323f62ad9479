"""What people type, made safe to show: nothing hidden stays, no emoji is lost."""

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.text import clean_line, clean_lines

# Unicode 15 to 17: what no Python of today has in its tables can come any day.
NEW_EMOJI = "\U0001fae8\U0001fae9\U0001facd"
FAMILY, HEART, RAINBOW, WAVING, KEYCAP = "👩‍👩‍👧", "❤️", "🏳️‍🌈", "👋🏽", "1️⃣"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  to   ord ", "to ord"),
        ("<b>fet</b> & 'sånn'", "<b>fet</b> & 'sånn'"),
        ("linje\nto\ttre\u2028fire\u00a0fem", "linje to tre fire fem"),
        ("Ta\u030as", "Tås"),
        ("nu\x00ll \x07pip\x7f", "null pip"),
        # Reading direction and no width.
        ("abc\u202edef\u2066gh", "abcdefgh"),
        ("Ka\u200bri\u200c \u2060Nord\ufeff\u00admann\u180e", "Kari Nordmann"),
        ("Ka\u200dri \ufe0fN\ufe0ford 4\ufe0f2", "Kari Nord 42"),
        ("flagg\U000e0067\U000e007f", "flagg"),
        # Towers of marks.
        ("Z" + "\u0335" * 400 + "al", "Z" + "\u0335" * 4 + "al"),
        ("Z" + "\u0335\u200b" * 9 + " go", "Z" + "\u0335" * 4 + " go"),
        # Blanks in the guise of letters, signs and marks.
        ("\u3164Kari\u115f\u1160\uffa0\u2800\u034f\u17b4\ufe01\U000e0100", "Kari"),
        # Private, half, and no characters at all.
        ("a\ue000b\uf8ff\U000f0000\U00100000c", "abc"),
        ("a\ud83dx\udc00b", "axb"),
        ("a\ufffe\uffff\ufdd0\U0001ffff\U0010fffe\u2065\ufff0\U000e0080b", "ab"),
        # Emoji.
        (f"{FAMILY} takk {HEART}", f"{FAMILY} takk {HEART}"),
        (f"{RAINBOW}{WAVING}{KEYCAP} ©️ ‼️", f"{RAINBOW}{WAVING}{KEYCAP} ©️ ‼️"),
        (f"{NEW_EMOJI}!", f"{NEW_EMOJI}!"),
        (NEW_EMOJI, NEW_EMOJI),
        (f"\U0001fae8\u200d{HEART}", f"\U0001fae8\u200d{HEART}"),
        ("👩\u200d", "👩"),
        ("👩\u200d\u200d👧", "👩‍👧"),
        ("a\u200b\u030a\u200d\u030a", "å\u030a"),
        ("☎\ufe0f\ufe0f 👩\u200d takk", "☎️ 👩 takk"),
        # Other scripts read and join as they do.
        ("שלום عليكم", "שלום عليكم"),
        ("ක්\u200dෂ", "ක්\u200dෂ"),
    ],
)
def test_line_is_cleaned_not_cut(typed: str, kept: str) -> None:
    assert clean_line(typed) == kept
    assert clean_line(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "  ", "\u200d\ufe0f", "\u200b\u202e", "\u3164", "\u2800 \u2800", "\u0301", "\ue000", "\x00\n",
     "\ud83d", "\uffff", "\U000e0001", "\ufe0f\u20e3"],
)  # fmt: skip
def test_what_cannot_be_seen_is_empty(typed: str) -> None:
    assert (clean_line(typed), clean_lines(typed)) == ("", "")


def test_lines_stay_apart_with_one_empty_line_at_most() -> None:
    assert clean_lines("\n\na\u200b\r\n\r\n\u3164\n\nb  c\rd\n") == "a\n\nb c\nd"


@pytest.mark.parametrize(
    "huge",
    [
        "\u0301\u0327" * 100_000,
        "a" + "\u200d\u0301" * 100_000,
        "👩\u200d" * 100_000,
        "\ufe0f" * 200_000,
    ],
)
def test_what_is_huge_is_cleaned_in_one_walk(huge: str) -> None:
    began = time.thread_time()
    clean_line(huge)
    # Reordering so many marks on one letter would take minutes.
    assert time.thread_time() - began < 5


@given(st.text(st.characters(exclude_categories=[]), max_size=40))
def test_whatever_is_typed_nothing_hidden_stays(raw: str) -> None:
    line = clean_line(raw)
    assert clean_line(line) == line or "\u200d" in line
    assert unicodedata.normalize("NFC", line) == line
    hidden = {one for one in line if unicodedata.category(one) in ("Cc", "Cs", "Co", "Zl", "Zp")}
    formats = {one for one in line if unicodedata.category(one) == "Cf"}
    assert (hidden, formats - {"\u200d"}) == (set(), set())
    line.encode()
