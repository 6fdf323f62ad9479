"""What the made-up colleagues answer: a story in numbers, the same every time it is told.

Two teams in Bergen merge after the annual survey, fall, and find one another again; Hamar closes; it
becomes safer to speak up everywhere. Levels are from 0 (worst) to 1 (best), whatever the scale.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from engagement.demo.surveys import comments
from surveys.models import RollEntry
from surveys.protocol.manifest import Manifest
from surveys.protocol.sheet import Remark, Sheet

SEED = 20240517
DRIVERS = {
    "role_clarity": 0.70,
    "workload": 0.50,
    "emotional_demands": 0.53,
    "support": 0.74,
    "leadership": 0.69,
    "recognition": 0.61,
    "growth": 0.58,
    "influence": 0.48,
    "speaking_up": 0.56,
    "psychological_safety": 0.60,
    "change": 0.45,
    "overall": 0.68,
}
SITES = {"Trondheim": 0.05, "Bergen": -0.02, "Tromsø": 0.03, "Gjøvik": -0.05, "Vilnius": 0.01}
MERGED_TEAMS = {"Team Lyn", "Team Uvær", "Team Torden"}
OPENNESS = {"speaking_up", "psychological_safety", "change"}
# Standard deviations; the last is what is left to chance.
TEAMS_DIFFER, PEOPLE_DIFFER, ITEMS_DIFFER, CHANCE = 0.05, 0.12, 0.06, 0.17
SKIPPED, COMMENTED = 0.05, 0.3
AUDIENCES, AUDIENCE_WEIGHTS = ("team", "site", "organisation"), (50, 30, 20)


@dataclass(frozen=True)
class Chapter:
    """One survey's place in the story: how much safer it has become to speak up, how the merged
    team is, what Hamar fears, and which part of the comments is still unwritten (number, of)."""

    slug: str
    openness: float = 0.0
    merged: float = 0.0
    hamar: float = 0.0
    comments: tuple[int, int] = (0, 1)
    participation: tuple[float, float] = (0.62, 0.84)


@dataclass
class Writer:
    """Hands out the comments of a chapter, each once."""

    chapter: Chapter
    _left: dict[tuple[str, ...], list[str]] = field(default_factory=dict)

    def next(self, item: str, entry: RollEntry) -> str | None:
        """None when all is said."""
        story = (self.chapter.slug, _place(entry))
        own = self._left.setdefault(story, list(comments.OF_THE_STORY.get(story, [])))
        if own:
            return own.pop()
        language = "en" if entry.person.language == "en" else "nb"
        left = self._left.setdefault((item, language), self._shuffled(item, language))
        return left.pop() if left else None

    def _shuffled(self, item: str, language: str) -> list[str]:
        number, of = self.chapter.comments
        part = list(comments.TEXTS.get(item, ([], []))[language == "en"][number::of])
        _dice(self.chapter, item, language).shuffle(part)
        return part


def _place(entry: RollEntry) -> str:
    """Where the story happens to this person, if it does: ``merged``, ``Hamar``."""
    if {unit["name"] for unit in entry.cell.units} & MERGED_TEAMS:
        return "merged"
    return entry.cell.site_name if entry.cell.site_name == "Hamar" else ""


def _dice(*parts: "Chapter | str") -> random.Random:
    named = [part.slug if isinstance(part, Chapter) else part for part in parts]
    return random.Random(" ".join([str(SEED), *named]))  # noqa: S311 - a story, not a secret


def voters(chapter: Chapter, entries: list[RollEntry]) -> list[RollEntry]:
    """Who answers, in the order they do: of each group its own share."""
    least, most = chapter.participation
    rates = {
        entry.cell_id: _dice(chapter, entry.cell.key).uniform(least, most) for entry in entries
    }
    found = [
        entry
        for entry in entries
        if _dice(chapter, entry.person.employee_number).random() < rates[entry.cell_id]
    ]
    return sorted(
        found, key=lambda one: _dice(chapter, "turn", one.person.employee_number).random()
    )


def sheets(
    writer: Writer, manifest: Manifest, entries: list[RollEntry]
) -> Iterator[tuple[RollEntry, Sheet]]:
    """What each of ``entries`` answers."""
    chapter = writer.chapter
    asked = [item for section in manifest.document["sections"] for item in section["items"]]
    for entry in entries:
        dice = _dice(chapter, "sheet", entry.person.employee_number)
        level = _level(chapter, entry)
        yield (
            entry,
            Sheet(
                answers=_answers(chapter, manifest, asked, level, dice),
                comments=_comments(writer, asked, entry, dice),
            ),
        )


def _level(chapter: Chapter, entry: RollEntry) -> float:
    """How far above or below everybody this person is, on all questions."""
    names = sorted(unit["name"] for unit in entry.cell.units)
    level = SITES.get(entry.cell.site_name, 0.0)
    level += _dice("team", *names).gauss(0, TEAMS_DIFFER)
    level += _dice("person", entry.person.employee_number).gauss(0, PEOPLE_DIFFER)
    return level + {"merged": chapter.merged, "Hamar": chapter.hamar}.get(_place(entry), 0.0)


def _answers(
    chapter: Chapter,
    manifest: Manifest,
    asked: list[dict[str, Any]],
    level: float,
    dice: random.Random,
) -> Mapping[str, int]:
    answers: dict[str, int] = {}
    for item in asked:
        points = manifest.items[item["key"]].points
        if not points or dice.random() < SKIPPED:
            continue
        wanted = DRIVERS.get(item["driver"], 0.6) + level + dice.gauss(0, CHANCE)
        wanted += _dice("item", item["key"]).gauss(0, ITEMS_DIFFER)
        if item["driver"] in OPENNESS:
            wanted += chapter.openness
        if item["reversed"]:
            wanted = 1 - wanted
        place = round(wanted * (len(points) - 1))
        answers[item["key"]] = points[min(max(place, 0), len(points) - 1)]
    return answers


def _comments(
    writer: Writer, asked: list[dict[str, Any]], entry: RollEntry, dice: random.Random
) -> Mapping[str, Remark]:
    found: dict[str, Remark] = {}
    for item in asked:
        if item["kind"] != "text" or dice.random() >= COMMENTED:
            continue
        text = writer.next(item["key"], entry)
        if text is not None:
            found[item["key"]] = Remark(text, dice.choices(AUDIENCES, AUDIENCE_WEIGHTS)[0])
    return found
