"""Every look of a theme day, held to what the product's own colours are held to: WCAG 2.2 AA on
pages, in light and dark, and 7 : 1 on walls. And that a day changes colours and drawings only."""

import re

import pytest

from engagement.http.vendored import ROOT
from engagement.themes.looks import LOOKS
from tests.look.test_contrast import (
    BOUNDARIES,
    DECLARED,
    SCHEMES,
    TEXT,
    Colour,
    contrast,
    covered,
    linear_rgb,
    split_pair,
)

SHEET = (ROOT / "engagement/static/vaffel/css/themes.css").read_text(encoding="utf-8")
WALL = (ROOT / "engagement/wallboards/static/wallboards/wall.css").read_text(encoding="utf-8")
WALLS = ROOT / "engagement/wallboards/static/wallboards"
PAGES = ROOT / "engagement/static/vaffel"
CARDS = dict(re.findall(r"--([\w-]+):\s*([^;]+);", SHEET.split(":root")[1].split("}")[0]))
# As far as the drawing covers what is below it: `.kudos.look::after`, `.theme-drawing`.
DRAWN_AT = 0.4
HERO_DRAWN_AT = 0.2


def block(look: str) -> dict[str, str]:
    found = re.search(rf"\.is-theme-{look} {{(.*?)}}", SHEET, re.DOTALL)
    assert found, look
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", found[1]))


def colour(look: str, name: str, scheme: str) -> Colour:
    """A token as it is on the day of ``look``."""
    value = (DECLARED | CARDS | block(look))[name].strip()
    if value.startswith("light-dark("):
        value = split_pair(value.removeprefix("light-dark(")[:-1])[SCHEMES.index(scheme)]
    if reference := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return colour(look, reference[1], scheme)
    return linear_rgb(value)


def inks_of(look: str) -> list[str]:
    return [name for name in CARDS if re.fullmatch(rf"look-{look}-(ink(-2)?|\d)", name)]


def across(ground: Colour, inks: list[Colour], opacity: float) -> list[Colour]:
    """The ground, each ink on it, and the two of a drawing where they lie on one another. (The six of
    the rainbow lie side by side.)"""
    once = [covered(ground, ink, opacity) for ink in inks]
    if len(inks) != 2:
        return [ground, *once]
    both = [covered(once[0], inks[1], opacity), covered(once[1], inks[0], opacity)]
    return [ground, *once, *both]


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("look", LOOKS)
def test_text_is_readable_on_every_day(look: str, scheme: str) -> None:
    weak = [
        (ink, ground)
        for ink, ground in TEXT
        if contrast(colour(look, ink, scheme), colour(look, ground, scheme)) < 4.5
    ]
    assert weak == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("look", LOOKS)
def test_boundary_is_seen_on_every_day(look: str, scheme: str) -> None:
    weak = [
        (edge, ground)
        for edge, ground in BOUNDARIES
        if contrast(colour(look, edge, scheme), colour(look, ground, scheme)) < 3
    ]
    assert weak == []


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("day", LOOKS)
@pytest.mark.parametrize("look", LOOKS)
def test_words_are_read_on_every_card_on_every_day(look: str, day: str, scheme: str) -> None:
    """Cards keep their look: any of them may be read on any other day, and across its drawing."""
    ground = colour(day, f"look-{look}", scheme)
    inks = [colour(day, name, scheme) for name in inks_of(look)]
    assert inks
    for behind in across(ground, inks, DRAWN_AT):
        for ink in ("ink", "ink-quiet", "accent-text"):
            assert contrast(colour(day, ink, scheme), behind) >= 4.5, ink


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("look", LOOKS)
def test_words_of_a_page_are_read_across_the_days_drawing(look: str, scheme: str) -> None:
    inks = [colour(look, name, scheme) for name in inks_of(look)]
    for behind in across(colour(look, "ground", scheme), inks, DRAWN_AT):
        for ink in ("ink", "ink-quiet", "accent-text"):
            assert contrast(colour(look, ink, scheme), behind) >= 4.5, ink


@pytest.mark.parametrize("look", LOOKS)
def test_a_day_changes_accent_and_ornament_and_nothing_else(look: str) -> None:
    names = block(look)
    assert [name for name in names if not name.startswith(("accent", "ornament"))] == []
    assert {name for name in names if name.startswith("accent")} == {
        "accent", "accent-hover", "accent-ink", "accent-text", "accent-soft", "accent-line",
    }  # fmt: skip
    found = re.search(rf"\.look-{look} {{(.*?)}}", SHEET)
    assert found
    assert re.findall(r"(?:^|;)\s*([a-z][\w-]*):", found[1]) == []


def test_nothing_of_a_day_moves() -> None:
    assert "animation" not in SHEET
    assert "transition" not in SHEET
    days = WALL.split("/* --- Theme days")[1].split("/* A still of a wall")[0]
    assert "animation" not in days


# --- walls ----------------------------------------------------------------------------------------


def wall_block(look: str) -> dict[str, str]:
    found = re.search(rf'\[data-theme="{look}"\] {{(.*?)}}', WALL)
    assert found, look
    return dict(re.findall(r"--([\w-]+):\s*([^;]+);", found[1]))


def paints(look: str, folder: str) -> list[Colour]:
    drawing = (WALLS / folder / f"{look}.svg").read_text(encoding="utf-8")
    found = set(re.findall(r"#[0-9a-f]{6}", drawing))
    assert found
    return [linear_rgb(one) for one in sorted(found)]


def wall_inks(look: str) -> dict[str, Colour]:
    tokens = wall_block(look)
    return {
        "cream": linear_rgb("#f9f1df"),
        "white": linear_rgb("#ffffff"),
        "quiet": linear_rgb(tokens["quiet"]),
        "accent": linear_rgb(tokens["waffle"]),
    }


@pytest.mark.parametrize("look", LOOKS)
def test_words_on_a_wall_are_read_on_its_ground_and_across_the_drawing(look: str) -> None:
    tokens = wall_block(look)
    for ground in (linear_rgb(tokens["sky"]), linear_rgb(tokens["low"])):
        drawn = [covered(ground, one, float(tokens["faint"])) for one in paints(look, "looks")]
        for behind in (ground, *drawn):
            for name, ink in wall_inks(look).items():
                assert contrast(ink, behind) >= 7, name


@pytest.mark.parametrize("look", LOOKS)
def test_words_on_a_walls_small_card_are_read(look: str) -> None:
    panel = linear_rgb(wall_block(look)["panel"])
    inks = wall_inks(look)
    assert [name for name in ("cream", "quiet") if contrast(inks[name], panel) < 7] == []


@pytest.mark.parametrize("day", ["", *LOOKS])
@pytest.mark.parametrize("look", LOOKS)
def test_words_of_a_card_are_read_across_its_own_drawing_on_a_wall(look: str, day: str) -> None:
    """Lower right on the wall, where its ground is the lower colour."""
    ground = linear_rgb(wall_block(day)["low"] if day else "#0b1b2f")
    for paint in paints(look, "looks"):
        behind = covered(ground, paint, HERO_DRAWN_AT)
        assert contrast(linear_rgb("#f9f1df"), behind) >= 7
        assert contrast(linear_rgb("#c2cfdd"), behind) >= 4.5


@pytest.mark.parametrize("look", LOOKS)
def test_every_look_has_its_drawings(look: str) -> None:
    second = [] if look == "pride" else [PAGES / f"looks/{look}-2.svg"]
    wanted = [
        PAGES / f"looks/{look}.svg", *second, WALLS / f"looks/{look}.svg",
        WALLS / f"strips/{look}.svg", ROOT / f"templates/kudos/looks/{look}.html",
    ]  # fmt: skip
    assert [str(path) for path in wanted if not path.exists()] == []
    page = (ROOT / "templates/wallboards/screen.html").read_text(encoding="utf-8")
    assert f"wallboards/looks/{look}.svg" in page
    assert f"wallboards/strips/{look}.svg" in page
    assert f'.hero[data-look="{look}"]::before' in WALL
    for sheet in ("keepsakes", "postcard"):
        text = (PAGES / f"css/{sheet}.css").read_text(encoding="utf-8")
        assert f".keep-{look}" in text
    assert re.fullmatch(r"[a-z]{1,30}", look)


def test_night_stays_black_on_every_day() -> None:
    assert ".night, .blank { background: #000;" in WALL
    assert [line for line in WALL.splitlines() if "data-theme" in line and "night" in line] == []
