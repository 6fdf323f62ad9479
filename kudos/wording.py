"""Words that are asked about before they are sent. Nothing here stops anybody.

Compared are whole words, whatever their case and accents, with letters drawn out ("idiooot"), with
letters between that nobody sees, and with the commonest figures for letters ("1d10t"). æ, ø and å
are letters of their own: who listens (*høre*) says nothing bad. A letter that stands twice is another
word too: *slutt* is the end. Takes time in proportion to the text.

How a form warns: when `warning_for` has a sentence and the hidden field ``warned`` is empty, the form
is shown again with the sentence and ``warned`` filled in. Whoever sends it once more has been asked.
"""

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from django.utils.translation import gettext as _

from engagement.text import clean_line
from kudos.models import WarnedWord

# Rings and dots that make a or o another letter in Norwegian; the Swedish way to write it is the same.
OF_ITS_OWN = {"a\u030a": "å", "a\u0308": "æ", "o\u0308": "ø"}
MARKED = re.compile("[ao][\u0300-\u036f]+")
FIGURES = str.maketrans(
    {"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"}
)
FIGURES_WITH_L = FIGURES | {ord("1"): "l"}
# Signs count as letters between letters only: "bra!" ends there.
WORD = re.compile(r"[^\W_]+(?:[@$!]+[^\W_]+)*")
# From so many on, letters are drawn out.
DRAWN_OUT = 3
SHOWN_MOST = 5
SHOWN_LENGTH = 40

# The letters without repetition, and how often each stands.
Runs = tuple[str, tuple[int, ...]]


def fold_word(text: str) -> str:
    """``text`` as it is compared: small letters, no accents, nothing invisible."""
    visible = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
    small = unicodedata.normalize("NFKC", visible).casefold()
    marked = MARKED.sub(_norwegian, unicodedata.normalize("NFKD", small))
    return "".join(c for c in marked if unicodedata.category(c) not in ("Mn", "Me", "Cf"))


def _norwegian(found: re.Match[str]) -> str:
    letter, marks = found[0][0], found[0][1:]
    return next(
        (OF_ITS_OWN[letter + mark] for mark in marks if letter + mark in OF_ITS_OWN), letter
    )


def words_in(text: str) -> list[str]:
    """The whole words of ``text``, folded."""
    return WORD.findall(fold_word(text))


def find_warned_words(text: str, language: str | None = None) -> list[str]:
    """The words of ``text`` that are on the list of ``language``, or on any, each once and
    folded, in the order they stand there. At most one query.
    """
    if not text.strip():
        return []
    rows = WarnedWord.objects.filter(language=language) if language else WarnedWord.objects.all()
    known = _compiled(frozenset(rows.values_list("folded", flat=True)))
    found = (word for word in words_in(text) if _is_known(word, known))
    return list(dict.fromkeys(found))


def warning_for(text: str) -> str:
    """What to ask whoever sends ``text``; empty when there is nothing to ask. At most one query."""
    found = [clean_line(word)[:SHOWN_LENGTH] for word in find_warned_words(text)[:SHOWN_MOST]]
    if not found:
        return ""
    return _("This may hurt: %(words)s. Send it anyway?") % {"words": ", ".join(found)}


@lru_cache(maxsize=8)
def _compiled(words: frozenset[str]) -> dict[str, list[tuple[int, ...]]]:
    known: dict[str, list[tuple[int, ...]]] = {}
    for letters, counts in map(_runs, words):
        known.setdefault(letters, []).append(counts)
    return known


def _runs(word: str) -> Runs:
    runs = [(letter, len(list(same))) for letter, same in itertools.groupby(word)]
    return "".join(letter for letter, _count in runs), tuple(count for _letter, count in runs)


def _is_known(word: str, known: dict[str, list[tuple[int, ...]]]) -> bool:
    return any(
        _fits(counts, wanted)
        for letters, counts in map(_runs, _readings(word))
        for wanted in known.get(letters, ())
    )


def _readings(word: str) -> Iterator[str]:
    """The word as it stands, and with its figures read as letters; a number is a number."""
    yield word
    if any(letter.isalpha() for letter in word):
        for figures in (FIGURES, FIGURES_WITH_L):
            if (read := word.translate(figures)) != word:
                yield read


def _fits(counts: Iterable[int], wanted: Iterable[int]) -> bool:
    return all(
        count == least or (count >= DRAWN_OUT and count >= least)
        for count, least in zip(counts, wanted, strict=True)
    )
