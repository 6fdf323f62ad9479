"""Reads an instrument's document strictly, and scores it as it says.

Everything wrong is found at once, each with its place in the document, so that somebody who writes a
file by hand does not mend it line by line.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

FACTORS = ("unclear_demands", "emotional_demands", "workload", "support")
LANGUAGES = ("nb", "en")
FEWEST_POINTS, MOST_POINTS = 2, 11
MOST_ITEMS = 100
MOST_SCALES = 10
MOST_DRIVERS = 30
# Answers far off would be a mistake in the file; nobody asks beyond.
LARGEST_POINT = 100
LONGEST_KEY, LONGEST_ITEM_KEY = 40, 80
LONGEST = {
    "title": 120,
    "intro": 1000,
    "source": 600,
    "rights": 600,
    "driver": 60,
    "anchor": 60,
    "text": 300,
}
KEY = re.compile(r"[a-z][a-z0-9_]*")
ITEM_KEY = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)*")
REVERSAL = "low_plus_high_minus_answer"
MISSING = "mean_of_answered"

FIELDS = "key version title intro source rights drivers scales items scoring"
ITEM_FIELDS = "key kind scale text driver factor reversed"
SCALE_FIELDS = "points anchors"
SCORING_FIELDS = "method reverse min_answered missing"


@dataclass(frozen=True)
class Problem:
    """What is wrong in which place. ``reason`` is a key of `REASONS`, ``facts`` belong to it."""

    path: str
    reason: str
    facts: tuple[tuple[str, str | int], ...] = ()

    def __str__(self) -> str:
        return f"{self.path or 'the document'}: {REASONS[self.reason] % dict(self.facts)}"


# In plain English; `surveys.actions.instruments` says them in the reader's language.
REASONS = {
    "not_an_object": "is not an object",
    "not_a_list": "is not a list",
    "not_a_text": "is not a text",
    "not_a_number": "is not a whole number",
    "not_yes_or_no": "is neither true nor false",
    "missing": "is missing",
    "unknown_field": "is not a field that belongs here",
    "language_missing": "is missing in this language",
    "empty": "is empty",
    "too_long": "is %(length)d characters long; at most %(most)d fit",
    "odd_characters": "has invisible, control or direction-changing characters",
    "spaces_around": "begins or ends with a space",
    "bad_key": "may have a to z, 0 to 9 and _ only, begins with a letter, and has %(most)d "
    "characters at most",
    "bad_version": "must be a whole number from 1 to 32000",
    "duplicate": "stands twice",
    "too_many": "are %(count)d; at most %(most)d fit",
    "none": "has none",
    "unknown_kind": "must be “scale” or “text”",
    "unknown_scale": "names no scale of this document",
    "scale_on_text": "must be null: an open question has no scale",
    "reversed_on_text": "must be false: an open question cannot be reversed",
    "unknown_driver": "names no driver of this document",
    "unknown_factor": "is not one of the four factors of § 4-3, and not empty",
    "too_few_points": "has %(count)d points; a scale has 2 to 11",
    "too_many_points": "has %(count)d points; a scale has 2 to 11",
    "points_not_rising": "must rise from point to point",
    "anchor_count": "has %(count)d anchors for %(points)d points",
    "no_end_anchors": "must name at least the first and the last point",
    "unknown_method": "must be “%(wanted)s”",
    "min_answered_too_high": "asks for %(count)d answers; there are %(items)d items on a scale",
    "min_answered_too_low": "must be 1 at least",
    "scales_differ": "cannot take the mean over items on different scales",
}


class BadInstrument(ValueError):
    """A document that is no instrument; ``problems`` says all that is wrong."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(str(one) for one in problems))


@dataclass(frozen=True)
class Words:
    """A text in both languages."""

    nb: str
    en: str

    def in_language(self, language: str | None) -> str:
        return self.en if language == "en" else self.nb


@dataclass(frozen=True)
class Scale:
    """Points from low to high, each with its anchor, which may be empty."""

    key: str
    points: tuple[int, ...]
    anchors_nb: tuple[str, ...]
    anchors_en: tuple[str, ...]

    @property
    def low(self) -> int:
        return self.points[0]

    @property
    def high(self) -> int:
        return self.points[-1]

    def reverse(self, answer: int) -> int:
        """8 − x on a scale from 1 to 7."""
        return self.low + self.high - answer


@dataclass(frozen=True)
class Item:
    """One question. ``scale`` is None for an open one."""

    key: str
    kind: str
    scale: Scale | None
    text: Words
    driver: str
    factor: str
    is_reversed: bool


@dataclass(frozen=True)
class Scoring:
    """The mean of the answered items, reversed ones turned, when at least so many are answered."""

    min_answered: int


@dataclass(frozen=True)
class Content:
    """An instrument's document, checked."""

    key: str
    version: int
    title: Words
    intro: Words
    source: str
    rights: Words
    drivers: Mapping[str, Words]
    scales: Mapping[str, Scale]
    items: tuple[Item, ...]
    scoring: Scoring | None

    def item(self, key: str) -> Item | None:
        return next((one for one in self.items if one.key == key), None)

    @property
    def scale_items(self) -> tuple[Item, ...]:
        return tuple(one for one in self.items if one.scale is not None)


def score(content: Content, answers: Mapping[str, int]) -> float | None:
    """One person's score as the instrument's source publishes it; None when too few are answered.

    :raises ValueError: for an answer to an item that is not on a scale here, or off its scale.
    """
    items = {one.key: one for one in content.scale_items}
    turned = []
    for key, answer in answers.items():
        item = items.get(key)
        if item is None or item.scale is None:
            raise ValueError(f"{key}: no item on a scale")
        if isinstance(answer, bool) or answer not in item.scale.points:
            raise ValueError(f"{key}: off its scale")
        turned.append(item.scale.reverse(answer) if item.is_reversed else answer)
    if content.scoring is None or len(turned) < content.scoring.min_answered:
        return None
    return sum(turned) / len(turned)


def parse(document: Any) -> Content:
    """The instrument that ``document`` (as read from JSON) describes.

    :raises BadInstrument: with everything that is wrong.
    """
    return _Reading().content(document)


class _Reading:
    """One document being read. Goes on after a problem, with something harmless in its place."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def wrong(self, path: str, reason: str, **facts: str | int) -> None:
        self.problems.append(Problem(path, reason, tuple(sorted(facts.items()))))

    def content(self, document: Any) -> Content:
        whole = self.fields(document, "", FIELDS)
        drivers = self.drivers(whole.get("drivers"))
        scales = self.scales(whole.get("scales"))
        items = self.items(whole.get("items"), scales, drivers)
        read = Content(
            key=self.key(whole.get("key"), "key", KEY, LONGEST_KEY),
            version=self.version(whole.get("version")),
            title=self.words(whole.get("title"), "title", LONGEST["title"]),
            intro=self.words(whole.get("intro"), "intro", LONGEST["intro"], may_be_empty=True),
            source=self.text(whole.get("source"), "source", LONGEST["source"]),
            rights=self.words(whole.get("rights"), "rights", LONGEST["rights"]),
            drivers=drivers,
            scales=scales,
            items=items,
            scoring=self.scoring(whole.get("scoring"), items),
        )
        # A field that is not there at all is told once, as missing.
        absent = {one.path for one in self.problems if one.reason == "missing"}
        # What is no object at all lacks no fields.
        shapeless = {one.path for one in self.problems if one.reason == "not_an_object"}
        if "" in shapeless:
            raise BadInstrument([Problem("", "not_an_object")])
        inside = tuple(f"{path}." for path in absent | shapeless)
        found = [
            one
            for one in self.problems
            if (one.reason == "missing" or one.path not in absent)
            and not one.path.startswith(inside)
        ]
        if found:
            raise BadInstrument(found)
        return read

    def fields(self, one: Any, path: str, wanted: str) -> dict[str, Any]:
        """``one`` if it is an object; missing and unknown fields are noted."""
        if not isinstance(one, dict):
            self.wrong(path, "not_an_object")
            return {}
        names = wanted.split()
        for name in names:
            if name not in one:
                self.wrong(_join(path, name), "missing")
        for name in one:
            if name not in names:
                self.wrong(_join(path, _shown(name)), "unknown_field")
        return one

    def text(self, one: Any, path: str, most: int, *, may_be_empty: bool = False) -> str:
        if not isinstance(one, str):
            self.wrong(path, "not_a_text")
            return ""
        if not one.strip():
            if one or not may_be_empty:
                self.wrong(path, "empty")
            return ""
        if len(one) > most:
            self.wrong(path, "too_long", length=len(one), most=most)
        if any(_is_odd(character) for character in one):
            self.wrong(path, "odd_characters")
        if one != one.strip():
            self.wrong(path, "spaces_around")
        return one

    def words(self, one: Any, path: str, most: int, *, may_be_empty: bool = False) -> Words:
        if not isinstance(one, dict):
            self.wrong(path, "not_an_object")
            return Words("", "")
        texts = {}
        for language in LANGUAGES:
            place = f"{path}.{language}"
            if language not in one:
                self.wrong(place, "language_missing")
                continue
            texts[language] = self.text(one[language], place, most, may_be_empty=may_be_empty)
        for name in one:
            if name not in LANGUAGES:
                self.wrong(_join(path, _shown(name)), "unknown_field")
        if len(texts) == len(LANGUAGES) and bool(texts["nb"]) != bool(texts["en"]) and may_be_empty:
            empty = "nb" if not texts["nb"] else "en"
            self.wrong(f"{path}.{empty}", "language_missing")
        return Words(texts.get("nb", ""), texts.get("en", ""))

    def key(self, one: Any, path: str, pattern: re.Pattern[str], most: int) -> str:
        if not isinstance(one, str):
            self.wrong(path, "not_a_text")
            return ""
        if len(one) > most or not pattern.fullmatch(one):
            self.wrong(path, "bad_key", most=most)
        return one

    def version(self, one: Any) -> int:
        if not _is_number(one) or not 1 <= one <= 32_000:
            self.wrong("version", "bad_version")
            return 1
        number: int = one
        return number

    def keyed(self, one: Any, path: str, most: int) -> Iterator[tuple[str, Any, str]]:
        """The entries of an object whose field names are keys: name, value, path."""
        if not isinstance(one, dict):
            self.wrong(path, "not_an_object")
            return
        if len(one) > most:
            self.wrong(path, "too_many", count=len(one), most=most)
            return
        for name, value in one.items():
            place = _join(path, _shown(name))
            self.key(name, place, KEY, LONGEST_KEY)
            yield name, value, place

    def drivers(self, one: Any) -> dict[str, Words]:
        return {
            name: self.words(value, place, LONGEST["driver"])
            for name, value, place in self.keyed(one, "drivers", MOST_DRIVERS)
        }

    def scales(self, one: Any) -> dict[str, Scale]:
        return {
            name: self.scale(name, value, place)
            for name, value, place in self.keyed(one, "scales", MOST_SCALES)
        }

    def scale(self, key: str, one: Any, path: str) -> Scale:
        whole = self.fields(one, path, SCALE_FIELDS)
        points = self.points(whole.get("points"), f"{path}.points")
        anchors = self.fields(whole.get("anchors"), f"{path}.anchors", " ".join(LANGUAGES))
        texts = {
            language: self.anchors(anchors.get(language), f"{path}.anchors.{language}", points)
            for language in LANGUAGES
        }
        return Scale(key, points or (0, 1), texts["nb"], texts["en"])

    def points(self, one: Any, path: str) -> tuple[int, ...]:
        if not isinstance(one, list):
            self.wrong(path, "not_a_list")
            return ()
        if not FEWEST_POINTS <= len(one) <= MOST_POINTS:
            few = len(one) < FEWEST_POINTS
            self.wrong(path, "too_few_points" if few else "too_many_points", count=len(one))
            return ()
        if not all(_is_number(point) and abs(point) <= LARGEST_POINT for point in one):
            self.wrong(path, "not_a_number")
            return ()
        if sorted(set(one)) != one:
            self.wrong(path, "points_not_rising")
        return tuple(one)

    def anchors(self, one: Any, path: str, points: tuple[int, ...]) -> tuple[str, ...]:
        if not isinstance(one, list):
            self.wrong(path, "not_a_list")
            return ()
        if points and len(one) != len(points):
            self.wrong(path, "anchor_count", count=len(one), points=len(points))
        texts = tuple(
            self.text(text, f"{path}[{place}]", LONGEST["anchor"], may_be_empty=True)
            for place, text in enumerate(one[:MOST_POINTS])
        )
        if texts and not (texts[0] and texts[-1]):
            self.wrong(path, "no_end_anchors")
        return texts

    def items(
        self, one: Any, scales: Mapping[str, Scale], drivers: Mapping[str, Words]
    ) -> tuple[Item, ...]:
        if not isinstance(one, list):
            self.wrong("items", "not_a_list")
            return ()
        if not one:
            self.wrong("items", "none")
        if len(one) > MOST_ITEMS:
            self.wrong("items", "too_many", count=len(one), most=MOST_ITEMS)
            return ()
        items = tuple(
            self.item(item, f"items[{place}]", scales, drivers) for place, item in enumerate(one)
        )
        seen: set[str] = set()
        for place, item in enumerate(items):
            if item.key and item.key in seen:
                self.wrong(f"items[{place}].key", "duplicate")
            seen.add(item.key)
        return items

    def item(
        self, one: Any, path: str, scales: Mapping[str, Scale], drivers: Mapping[str, Words]
    ) -> Item:
        whole = self.fields(one, path, ITEM_FIELDS)
        kind, scale = whole.get("kind"), whole.get("scale")
        driver, factor = whole.get("driver"), whole.get("factor")
        is_reversed = whole.get("reversed")
        if kind not in ("scale", "text"):
            self.wrong(f"{path}.kind", "unknown_kind")
        if not isinstance(is_reversed, bool):
            self.wrong(f"{path}.reversed", "not_yes_or_no")
        found: Scale | None = None
        if kind == "text":
            if scale is not None:
                self.wrong(f"{path}.scale", "scale_on_text")
            if is_reversed is True:
                self.wrong(f"{path}.reversed", "reversed_on_text")
        elif kind == "scale":
            found = scales.get(scale) if isinstance(scale, str) else None
            if found is None:
                self.wrong(f"{path}.scale", "unknown_scale")
        if not isinstance(driver, str) or (driver and driver not in drivers):
            self.wrong(f"{path}.driver", "unknown_driver")
        if not isinstance(factor, str) or (factor and factor not in FACTORS):
            self.wrong(f"{path}.factor", "unknown_factor")
        return Item(
            key=self.key(whole.get("key"), f"{path}.key", ITEM_KEY, LONGEST_ITEM_KEY),
            kind=str(kind),
            scale=found,
            text=self.words(whole.get("text"), f"{path}.text", LONGEST["text"]),
            driver=str(driver),
            factor=str(factor),
            is_reversed=is_reversed is True,
        )

    def scoring(self, one: Any, items: tuple[Item, ...]) -> Scoring | None:
        if one is None:
            return None
        whole = self.fields(one, "scoring", SCORING_FIELDS)
        for name, wanted in (("method", "mean"), ("reverse", REVERSAL), ("missing", MISSING)):
            if whole.get(name) != wanted:
                self.wrong(f"scoring.{name}", "unknown_method", wanted=wanted)
        scales = [item.scale for item in items if item.scale is not None]
        if len({scale.points for scale in scales}) > 1:
            self.wrong("scoring", "scales_differ")
        number = whole.get("min_answered")
        if not isinstance(number, int) or isinstance(number, bool):
            self.wrong("scoring.min_answered", "not_a_number")
            return None
        if number < 1:
            self.wrong("scoring.min_answered", "min_answered_too_low")
        if number > len(scales):
            self.wrong(
                "scoring.min_answered", "min_answered_too_high", count=number, items=len(scales)
            )
        return Scoring(number)


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _shown(name: str) -> str:
    """A field's name as an error may repeat it."""
    return "".join(c if c.isprintable() else "?" for c in name[:LONGEST_KEY])


def _is_number(one: Any) -> bool:
    return isinstance(one, int) and not isinstance(one, bool)


def _is_odd(character: str) -> bool:
    # Cc control, Cf format (direction marks, zero width), Cs surrogate, Co private, Cn unassigned.
    if character == " ":
        return False
    return unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
