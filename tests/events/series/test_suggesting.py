"""Sittings that fit the shifts of a site."""

import datetime as dt

import pytest

from engagement.people.models import ShiftPattern, Site
from engagement.people.tree import Tree
from events.blueprints import BLUEPRINTS
from events.models import Emblem
from events.queries.suggesting import middle_third, suggest_sittings
from tests.conftest import Cast
from tests.events.factories import FRIDAY


def make_shift(key: str, starts: int, ends: int, weekdays: list[int]) -> ShiftPattern:
    return ShiftPattern.objects.create(
        key=key, name_nb=key, name_en=key, weekdays=weekdays, starts_at=dt.time(starts),
        ends_at=dt.time(ends),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("starts", "ends", "minutes", "begins"),
    [
        (8, 16, 30, "11:45"),
        (14, 22, 30, "17:45"),
        (22, 6, 30, "01:45"),
        (10, 20, 30, "14:45"),
        (0, 8, 60, "03:30"),
    ],
)
def test_middle_of_a_shift_is_in_its_middle_third(
    starts: int, ends: int, minutes: int, begins: str
) -> None:
    found = middle_third(dt.time(starts), dt.time(ends), minutes)
    assert f"{found // 60:02}:{found % 60:02}" == begins
    length = (ends - starts) % 24 * 60
    into = (found - starts * 60) % (24 * 60)
    assert length / 3 <= into <= into + minutes <= length * 2 / 3


def suggested(sites: list[Site], blueprint: str, day: dt.date) -> list[tuple[str, str, str, int]]:
    found = suggest_sittings(sites, BLUEPRINTS[blueprint], day=day, tree=Tree.on(day))
    return [
        (
            one.site.name,
            one.pattern.key if one.pattern else "",
            f"{one.starts_at:%H:%M}",
            one.people,
        )
        for one in found
    ]


def test_each_shift_worked_that_day_gets_a_sitting(cast: Cast) -> None:
    day, night = make_shift("dag", 8, 16, [1, 2, 3, 4, 5]), make_shift("natt", 22, 6, [4])
    make_shift("kveld", 14, 22, [5])
    for person, pattern in ((cast.alice, day), (cast.bob, night), (cast.charlie, day)):
        person.shift_pattern = pattern
        person.save()
    sites = [cast.trondheim, cast.gjovik]
    assert suggested(sites, "waffle", FRIDAY) == [
        ("Trondheim", "dag", "11:45", 1),
        ("Trondheim", "natt", "01:45", 1),
        ("Gjøvik", "dag", "11:45", 1),
    ]
    # The night from Thursday has its middle on Friday; nobody works on Saturday.
    assert suggested(sites, "waffle", FRIDAY - dt.timedelta(days=1)) == [
        ("Trondheim", "dag", "11:45", 1), ("Gjøvik", "dag", "11:45", 1)
    ]  # fmt: skip
    assert suggested(sites, "waffle", FRIDAY + dt.timedelta(days=1)) == []
    assert suggested([cast.gjovik], "quiz", FRIDAY) == [("Gjøvik", "", "11:30", 0)]


def test_blueprints_have_both_languages_and_a_drawing() -> None:
    for one in BLUEPRINTS.values():
        assert one.emblem in Emblem.values
        texts = [one.title, one.about, one.description, *(name for name, _hands in one.jobs)]
        assert all(set(text) == {"nb", "en"} and all(text.values()) for text in texts)
