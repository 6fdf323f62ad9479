"""Names of people, in capitals or not."""

import re
from collections.abc import Collection, Iterator
from functools import cache
from pathlib import Path

from kudos.scrubbing.name_words import (
    AND,
    BRANDS,
    COMMON,
    HONOURS,
    NAMING,
    ORDINARY,
    OWN,
    PARTICLES,
    PLACES,
    RELATIVES,
    SIGNING,
    SIGNING_FILLERS,
    SIGNING_FIRST,
    SIGNING_PAIRS,
    WHERE,
)
from kudos.scrubbing.spans import COLLEAGUE, NAME, Span

NAMES_FILE = Path(__file__).parent.parent / "data" / "given_names.txt"
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
ENDS_SENTENCE = re.compile(r"[.!?:;•*\n\"“”«»‹›()\[\]…/–—\u2190-\U0010ffff]|-\s")
NAME_WORDS_MOST = 4
NO_NAMES = COMMON | PLACES | BRANDS
# Capitals further away than this belong to another thing.
RUN_MOST = 5
# A capital inside a word is a product's or a measure's, but for these: "McKay", "DeLuca".
INNER_CAPITAL = re.compile(r"(?!(?:Mc|Mac|De|Di|La|Le|Van|Fitz)[A-Z])\w*[^\W\d_]\w*[A-ZÆØÅ]")
VOWEL = re.compile(r"[aeiouyæøåäöüéèėęąįųūó]", re.IGNORECASE)
# "katten", "huset", "naboene": words of the language in their definite form; "Nilsen" is none.
DEFINITE = re.compile(r"\w{3,}(?:(?<!s)en|et|ene|ane)\Z")
# As many words of a sentence have a capital in a title, Or When Somebody Writes So.
TITLE_LEAST = 4


@cache
def given_names() -> tuple[frozenset[str], frozenset[str]]:
    """First names in small letters: those that are nothing else, and those that are words too."""
    lines = NAMES_FILE.read_text(encoding="utf-8").splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    clear = frozenset(word for word in words if not word.endswith("*"))
    return clear, frozenset(word.rstrip("*") for word in words) - clear


class _Words:
    """The words of a text; what is asked of few of them is worked out when asked."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.places = [match.span() for match in WORD.finditer(text)]
        self.written = [text[start:end] for start, end in self.places]
        self.lowered = [word.casefold() for word in self.written]
        self._in_title: list[bool] | None = None

    def begins_sentence(self, place: int) -> bool:
        if place == 0:
            return True
        end, start = self.places[place - 1][1], self.places[place][0]
        return start - end > 1 and ENDS_SENTENCE.search(self.text, end, start) is not None

    def is_shouted(self, place: int) -> bool:
        """Written in capitals: a shout or an abbreviation, also with an ending ("TV-en")."""
        word = self.written[place].partition("-")[0]
        return len(word) > 1 and word.isupper()

    def is_signed(self, place: int) -> bool:
        """Whether it stands where whoever writes tells the own name."""
        before = place - 1
        while before >= 0 and place - before <= 2 and self.lowered[before] in SIGNING_FILLERS:
            before -= 1
        pair = tuple(self.lowered[max(0, place - 2) : place])
        if pair in SIGNING_PAIRS or (before >= 0 and self.lowered[before] in SIGNING):
            return True
        return place > 0 and self._is_after_closing(place)

    def _is_after_closing(self, place: int) -> bool:
        """After "Best," or "Love", at the beginning of a line."""
        gap = self.text[self.places[place - 1][1] : self.places[place][0]]
        return (
            self.lowered[place - 1] in SIGNING_FIRST
            and ("," in gap or "\n" in gap)
            and self.begins_sentence(place - 1)
        )

    def is_odd_capital(self, place: int) -> bool:
        """A capital where none is due, that nothing around it explains."""
        lowered = self.lowered[place]
        return (
            len(lowered) > 1
            and self._is_unknown(place)
            and not self.is_shouted(place)
            and not self.begins_sentence(place)
            and not INNER_CAPITAL.match(self.written[place])
            and VOWEL.search(lowered) is not None
            and not self._follows_figure(place)
            and not self._is_of_place_or_thing(place)
            and not self._is_in_title(place)
        )

    def _is_unknown(self, place: int) -> bool:
        lowered = self.lowered[place]
        parts = {lowered, _without_genitive(lowered), *re.split("[-'’]", lowered)}
        return NO_NAMES.isdisjoint(parts)

    def _follows_figure(self, place: int) -> bool:
        """ "iPhone 15 Pro", "5 Stjerner"."""
        start = self.places[place][0]
        return self.text[max(0, start - 2) : start].strip()[-1:].isdigit()

    def _is_of_place_or_thing(self, place: int) -> bool:
        """Whether it stands among capitals that name a place or a thing, or where a place is told."""
        first = last = place
        while first and place - first < RUN_MOST and self._adjoins(first - 1):
            first -= 1
        while last - place < RUN_MOST and self._adjoins(last):
            last += 1
        run = self.lowered[first : last + 1]
        before = self.lowered[first - 1] if first else ""
        listed = self.lowered[first - 2] if first > 1 and before in AND else ""
        return before in WHERE or listed in PLACES or not (PLACES | BRANDS).isdisjoint(run)

    def _adjoins(self, place: int) -> bool:
        """Whether this word and the next have a capital each and at most figures between them."""
        if place + 1 >= len(self.places) or not self.written[place + 1][0].isupper():
            return False
        gap = self.text[self.places[place][1] : self.places[place + 1][0]]
        return (
            self.written[place][0].isupper() and len(gap) < 8 and not gap.strip(" \u00a00123456789")
        )

    def _is_in_title(self, place: int) -> bool:
        return self.sentences()[place]

    def sentences(self) -> list[bool]:
        """For each word whether it stands in a sentence of capitals; worked out once."""
        if self._in_title is None:
            self._in_title = []
            first = 0
            for place in range(1, len(self.places) + 1):
                if place == len(self.places) or self.begins_sentence(place):
                    words = self.written[first:place]
                    capitals = sum(word[0].isupper() for word in words)
                    is_title = len(words) >= TITLE_LEAST and capitals * 5 >= len(words) * 4
                    self._in_title += [is_title] * len(words)
                    first = place
        return self._in_title

    def goes_on(self, place: int) -> bool:
        """Whether the word after ``place`` goes on the name that this one is part of."""
        following = place + 1
        if following >= len(self.places):
            return False
        gap = self.text[self.places[place][1] : self.places[following][0]]
        if gap not in (" ", "\u00a0") and not (
            gap in (".", ". ") and len(self.written[place]) == 1
        ):
            return False
        if not self.written[following][0].isupper():
            return self._is_particle(following)
        return (
            self.is_shouted(place)
            or len(self.written[place]) == 1
            or not self.is_shouted(following)
        ) and self.lowered[following] not in NO_NAMES

    def _is_particle(self, place: int) -> bool:
        """ "van der" of "van der Berg": small words with a capital after them."""
        for following in range(place, min(place + 3, len(self.places))):
            if self.written[following][0].isupper():
                return following > place and self.lowered[following] not in NO_NAMES
            if self.lowered[following] not in PARTICLES:
                return False
        return False

    def starts_with_particle(self, place: int) -> bool:
        """ "Mrs. van der Berg"."""
        is_named = place > 0 and self.lowered[place - 1] in HONOURS
        return is_named and self.lowered[place] in PARTICLES and self._is_particle(place)

    def end_of_name(self, place: int, colleagues: Collection[str]) -> int:
        """The last word of the name that begins at ``place``."""
        last = place
        while last - place < NAME_WORDS_MOST and self.goes_on(last):
            if self.lowered[last + 1] in colleagues:
                return last
            last += 1
        if last == place and not self.written[place][0].isupper():
            last += max(0, self.small_signature(place) - 1)
        return last

    def is_related(self, place: int) -> bool:
        """Whether it stands after "sønnen min" or "my son"."""
        pair = self.lowered[max(0, place - 2) : place]
        return len(pair) == 2 and (
            (pair[0] in RELATIVES and pair[1] in OWN) or (pair[0] in OWN and pair[1] in RELATIVES)
        )

    def small_signature(self, place: int) -> int:
        """How many words in small letters from ``place`` on are the name of whoever writes: 0 to 3.

        After "jeg heter" the first one is; after "hilsen" those up to the end of the line are,
        unless an ordinary word is among them.
        """
        pair = tuple(self.lowered[max(0, place - 2) : place])
        is_told = pair in SIGNING_PAIRS or (place > 0 and self.lowered[place - 1] in NAMING)
        # "Thanks, great job" is no signature, "Thanks, Mike" is.
        if not (is_told or self._joins_signed(place) or self._is_greeted(place)):
            return 0
        found = 0
        for at in range(place, min(place + 3, len(self.places))):
            if self._is_ordinary(at):
                return found if is_told or self.lowered[at] in AND else 0
            found += 1
            if at + 1 == len(self.places) or self._ends_after(at):
                return found
        return min(found, 1) if is_told else 0

    def _is_greeted(self, place: int) -> bool:
        return self.is_signed(place) and not (place and self.lowered[place - 1] in SIGNING_FIRST)

    def _is_ordinary(self, place: int) -> bool:
        lowered = self.lowered[place]
        if lowered in ORDINARY or lowered in NO_NAMES:
            return True
        return DEFINITE.match(lowered) is not None and lowered not in given_names()[0]

    def _joins_signed(self, place: int) -> bool:
        """The second one of "hilsen Kari og Ola"."""
        return (
            place > 2
            and self.lowered[place - 1] in AND
            and self.lowered[place - 2] not in ORDINARY
            and (self.is_signed(place - 2) or (place > 3 and self.is_signed(place - 3)))
        )

    def _ends_after(self, place: int) -> bool:
        gap = self.text[self.places[place][1] : self.places[place + 1][0]]
        return gap.strip(" \u00a0") != ""

    def is_name(self, place: int) -> bool:
        clear, doubtful = given_names()
        lowered = self.lowered[place]
        bare = _without_genitive(lowered)
        if not self.written[place][0].isupper():
            return lowered in clear and (self.is_signed(place) or self.is_related(place))
        if lowered in clear or bare in clear or self.is_odd_capital(place):
            return True
        if lowered in NO_NAMES or lowered in SIGNING_FILLERS:
            return False
        previous = self.lowered[place - 1] if place else ""
        return (
            previous in HONOURS
            or self.is_signed(place)
            or self.is_related(place)
            or self._joins_signed(place)
            or (
                bare in doubtful
                and not self._is_in_title(place)
                and (self.goes_on(place) or self._is_left_at_the_end(place))
            )
        )

    def _is_left_at_the_end(self, place: int) -> bool:
        """Alone after the last sentence, with nothing behind it: "Thanks again! Will"."""
        is_last = place + 1 == len(self.places) and place > 0
        return is_last and self.begins_sentence(place) and self.places[place][1] == len(self.text)


def names(text: str, colleagues: Collection[str]) -> Iterator[Span]:
    words = _Words(text)
    place = 0
    while place < len(words.places):
        start, end = words.places[place]
        lowered = words.lowered[place]
        if colleagues and (lowered in colleagues or _without_genitive(lowered) in colleagues):
            yield Span(start, end, COLLEAGUE)
        elif words.is_name(place) or words.starts_with_particle(place):
            last = words.end_of_name(place, colleagues)
            yield Span(start, words.places[last][1], NAME)
            place = last
        elif count := words.small_signature(place):
            last = place + count - 1
            yield Span(start, words.places[last][1], NAME)
            place = last
        place += 1


def _without_genitive(lowered: str) -> str:
    if lowered.endswith(("'s", "’s")):
        return lowered[:-2]
    return lowered[:-1] if len(lowered) > 3 and lowered.endswith("s") else lowered
