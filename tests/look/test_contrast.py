"""Every pair of colours that carries words or a boundary, held to WCAG 2.2 AA in light and dark."""

import math
import re
from pathlib import Path

import pytest

from engagement.http.vendored import ROOT
from kudos.looks import LOOKS, PLAIN

TOKENS = (ROOT / "engagement/static/vaffel/css/tokens.css").read_text(encoding="utf-8")
DECLARED = dict(re.findall(r"--([\w-]+):\s*([^;]+);", TOKENS))

Colour = tuple[float, float, float]

# ink, what it stands on
TEXT = [
    ("ink", "ground"), ("ink", "surface"), ("ink", "sunken"), ("ink", "raised"),
    ("ink", "accent-soft"), ("ink", "success-soft"), ("ink", "danger-soft"),
    ("ink-quiet", "ground"), ("ink-quiet", "surface"), ("ink-quiet", "sunken"),
    ("ink-quiet", "raised"),
    ("link", "ground"), ("link", "surface"),
    ("accent-text", "ground"), ("accent-text", "surface"), ("accent-text", "accent-soft"),
    ("accent-ink", "accent"), ("accent-ink", "accent-hover"),
    ("success", "ground"), ("success", "surface"), ("success", "success-soft"),
    ("danger", "ground"), ("danger", "surface"), ("danger", "danger-soft"),
    ("danger-fill-ink", "danger-fill"), ("danger-fill-ink", "danger-fill-hover"),
    ("night-ink", "night"), ("night-ink", "night-glow"),
    ("night-quiet", "night"), ("night-quiet", "night-glow"),
    ("night-accent", "night"), ("night-accent", "night-glow"),
]  # fmt: skip
BOUNDARIES = [
    ("line-strong", "ground"), ("line-strong", "surface"),
    ("accent-line", "ground"), ("accent-line", "surface"),
    ("focus", "ground"), ("focus", "surface"), ("focus", "raised"),
]  # fmt: skip
SCHEMES = ["light", "dark"]


def split_pair(value: str) -> list[str]:
    """The two arguments of light-dark(): split at the comma outside brackets."""
    depth = 0
    for position, letter in enumerate(value):
        depth += (letter == "(") - (letter == ")")
        if letter == "," and depth == 0:
            return [value[:position].strip(), value[position + 1 :].strip()]
    raise AssertionError(value)


def resolve(name: str, scheme: str) -> Colour:
    value = DECLARED[name].strip()
    if value.startswith("light-dark("):
        value = split_pair(value.removeprefix("light-dark(")[:-1])[SCHEMES.index(scheme)]
    if reference := re.fullmatch(r"var\(--([\w-]+)\)", value):
        return resolve(reference[1], scheme)
    return linear_rgb(value)


def linear_rgb(value: str) -> Colour:
    """OKLCH to linear sRGB, cut to what a screen can show; #rrggbb too."""
    if value.startswith("#"):
        parts = [int(value[i : i + 2], 16) / 255 for i in (1, 3, 5)]
        r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
        return r, g, b
    found = re.fullmatch(r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)", value)
    assert found, value
    lightness, chroma, hue = float(found[1]) / 100, float(found[2]), math.radians(float(found[3]))
    a, b = chroma * math.cos(hue), chroma * math.sin(hue)
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    red = 4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short
    green = -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short
    blue = -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short
    r, g, b = (min(1.0, max(0.0, part)) for part in (red, green, blue))
    return r, g, b


def contrast(one: Colour, other: Colour) -> float:
    lights = sorted(0.2126 * r + 0.7152 * g + 0.0722 * b for r, g, b in (one, other))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("ink", "ground"), TEXT)
def test_text_is_readable(ink: str, ground: str, scheme: str) -> None:
    assert contrast(resolve(ink, scheme), resolve(ground, scheme)) >= 4.5


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(("edge", "ground"), BOUNDARIES)
def test_boundary_is_seen(edge: str, ground: str, scheme: str) -> None:
    assert contrast(resolve(edge, scheme), resolve(ground, scheme)) >= 3


@pytest.mark.parametrize("hue", range(12))
def test_initials_are_readable_on_every_face(hue: int) -> None:
    found = re.search(rf"\.hue-{hue} {{ --hue: (#\w+); }}", TOKENS)
    assert found
    assert contrast(linear_rgb(found[1]), linear_rgb(DECLARED["hue-ink"].strip())) >= 7


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("look", [key for key in LOOKS if key != PLAIN])
def test_words_are_read_on_every_card_and_across_its_drawing(look: str, scheme: str) -> None:
    ground, drawing = resolve(f"look-{look}", scheme), resolve(f"look-{look}-ink", scheme)
    for behind in (ground, covered(ground, drawing, 0.4)):
        for ink in ("ink", "ink-quiet", "accent-text"):
            assert contrast(resolve(ink, scheme), behind) >= 4.5, ink


def covered(below: Colour, above: Colour, opacity: float) -> Colour:
    """``above`` at ``opacity`` on ``below``, mixed as browsers do: in sRGB, not in light."""
    mixed = (
        (opacity * a ** (1 / 2.4) + (1 - opacity) * b ** (1 / 2.4)) ** 2.4
        for a, b in zip(above, below, strict=True)
    )
    red, green, blue = mixed
    return red, green, blue


def test_style_sheets_use_only_tokens_that_exist() -> None:
    own = {
        "seconds",
        "size",
        "ring",
        "hue",
        "look-ground",
        "look-ink",
        "look-file",
        "look-size",
        "tone",
    }
    folder = Path(ROOT / "engagement/static/vaffel/css")
    # Colours of their own, proved in test_themes and test_team_colours.
    for sheet in ("themes.css", "events-competitions.css"):
        text = (folder / sheet).read_text(encoding="utf-8")
        own |= set(re.findall(r"--([\w-]+):", text))
    used = {
        name
        for sheet in folder.glob("*.css")
        for name in re.findall(r"var\(--([\w-]+)", sheet.read_text(encoding="utf-8"))
    }
    assert used - set(DECLARED) - own == set()
