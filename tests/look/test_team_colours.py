"""The colours of competing groups: told apart from what they stand on in light, in dark and on the wall,
and each carries its letter."""

import itertools
import re

import pytest

from engagement.http.vendored import ROOT
from events.palette import COLOURS, MOST_GROUPS, sign_of
from tests.look.test_contrast import (
    SCHEMES,
    Colour,
    contrast,
    linear_rgb,
    resolve,
    split_pair,
)

PAGES = (ROOT / "engagement/static/vaffel/css/events-competitions.css").read_text("utf-8")
WALL = (ROOT / "engagement/wallboards/static/wallboards/wall.css").read_text("utf-8")
# The wall's ground, lightest to darkest, and the empty part of a bar.
WALL_GROUNDS = ("#142f4c", "#0b1b2f", "#22405f")
WALL_INK = "#0a1a2e"


def team(name: str, scheme: str) -> Colour:
    found = re.search(rf"--team-{name}: light-dark\((.+)\);", PAGES)
    assert found
    return linear_rgb(split_pair(found[1])[SCHEMES.index(scheme)])


def wall(number: int) -> Colour:
    found = re.search(rf"\.team-{number} {{ background-color: (#\w+); }}", WALL)
    assert found
    return linear_rgb(found[1])


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("number", range(COLOURS))
def test_bar_is_seen_on_every_ground(number: int, scheme: str) -> None:
    for ground in ("ground", "surface", "sunken"):
        assert contrast(team(str(number), scheme), resolve(ground, scheme)) >= 3, ground


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("number", range(COLOURS))
def test_letter_is_read_on_its_colour(number: int, scheme: str) -> None:
    assert contrast(team(str(number), scheme), team("ink", scheme)) >= 4.5


@pytest.mark.parametrize("number", range(COLOURS))
def test_wall_shows_bar_and_letter_from_six_metres(number: int) -> None:
    assert contrast(wall(number), linear_rgb(WALL_INK)) >= 7
    for ground in WALL_GROUNDS:
        assert contrast(wall(number), linear_rgb(ground)) >= 4.5, ground


def test_no_two_groups_look_alike() -> None:
    signs = [sign_of(number) for number in range(MOST_GROUPS)]
    assert len({(sign.colour, sign.pattern) for sign in signs}) == MOST_GROUPS
    assert len({sign.letter for sign in signs}) == MOST_GROUPS
    assert all(one.colour != other.colour for one, other in itertools.pairwise(signs))
