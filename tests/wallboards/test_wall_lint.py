"""The wall's own files stay within what a television browser of a few years ago understands.

Scripts: ES2019, by a real parser (acorn, run in the Chromium the journeys use). Styles: sRGB, no
layers, no nesting, nothing newer than Chrome 70. Texts: the same keys in both languages.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from engagement.wallboards.texts import WALL_TEXTS

ROOT = Path(__file__).resolve().parents[2]
STATIC = ROOT / "engagement/wallboards/static/wallboards"
PAGE = ROOT / "templates/wallboards/screen.html"
ACORN = ROOT / "tests/vendor/acorn.js"
SCRIPTS = sorted(STATIC.glob("*.js"))
STYLE = (STATIC / "wall.css").read_text("utf-8")

# Young parts of the standard library: a parser does not see them.
YOUNG_CALLS = (
    r"\.at\(|\.replaceAll\(|\.replaceChildren\(|\.flatMap\(.*\.at\(|\.matchAll\(|\.findLast|\.toSorted\("
    r"|\.toReversed\(|Promise\.(any|allSettled|withResolvers)|structuredClone|globalThis|Object\.(hasOwn|groupBy)"
    r"|AbortSignal\.(timeout|any)|WeakRef|Intl\.(Segmenter|ListFormat|RelativeTimeFormat)|requestIdleCallback"
    r"|crypto\.randomUUID|\.inert\b|BigInt"
)
# Text reaches the page as text only, and the policy of the page forbids the rest anyway.
UNSAFE_CALLS = r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|setAttribute\('style'"
YOUNG_STYLE = (
    r"oklch|oklab|\blch\(|\blab\(|\bcolor\(|color-mix|light-dark|@layer|@container|@property|@scope"
    r"|:has\(|:is\(|:where\(|:focus-visible|\binset\b|aspect-ratio|\bmin\(|\bmax\(|\bclamp\(|[0-9](dvh|svh|lvh|cqw|cqh)\b"
    r"|\b(translate|rotate|scale)\s*:|place-(items|content|self)|(^|[\s;{])(row-|column-)?gap\s*:|@import|https?:"
)


def without_comments(text: str) -> str:
    return re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)


def test_scripts_parse_as_es2019() -> None:
    parse = """(source) => {
      try { acorn.parse(source, { ecmaVersion: 2019, sourceType: 'script' }); return ''; }
      catch (error) { return String(error); }
    }"""
    with sync_playwright() as playwright:
        path = shutil.which("chromium") or shutil.which("chromium-browser")
        browser = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox", "--disable-gpu", "--no-first-run"]
        )
        page = browser.new_page()
        page.add_script_tag(content=ACORN.read_text("utf-8"))
        faults = {file.name: page.evaluate(parse, file.read_text("utf-8")) for file in SCRIPTS}
        guard = page.evaluate(parse, "const a = b?.c;")
        browser.close()
    assert len(SCRIPTS) >= 8
    assert faults == dict.fromkeys(faults, "")
    assert "SyntaxError" in guard


@pytest.mark.parametrize("file", SCRIPTS, ids=lambda file: file.name)
def test_script_calls_nothing_young_or_unsafe(file: Path) -> None:
    source = without_comments(file.read_text("utf-8"))
    assert [match.group() for match in re.finditer(YOUNG_CALLS, source)] == []
    assert [match.group() for match in re.finditer(UNSAFE_CALLS, source)] == []


def test_style_uses_nothing_young() -> None:
    source = without_comments(STYLE)
    found = [match.group() for match in re.finditer(YOUNG_STYLE, source, flags=re.MULTILINE)]
    assert found == []


def test_style_does_not_nest() -> None:
    depth, nested, rule = 0, [], ""
    for part in re.split(r"([{}])", without_comments(STYLE)):
        if part == "{":
            group = rule.startswith(("@media", "@keyframes", "@supports"))
            if depth and not group:
                nested.append(rule)
            depth += 0 if group else 1
        elif part == "}":
            depth = max(0, depth - 1)
        rule = part.strip().rsplit(";", 1)[-1].strip() or rule
    assert nested == []


def test_page_has_no_inline_script_or_style() -> None:
    page = PAGE.read_text("utf-8")
    assert re.findall(r"\sstyle=|<style|\son[a-z]+=|javascript:|https?://", page) == []
    assert re.findall(r"<script(?![^>]*\ssrc=)", page) == []


def test_everything_the_page_loads_is_kept_for_a_start_without_network() -> None:
    page = PAGE.read_text("utf-8")
    loads = re.findall(r"<(?:script|link)\b[^>]*>", page)
    assert len(loads) >= 11
    assert [tag for tag in loads if "data-shell" not in tag] == []
    scripts = set(re.findall(r"wallboards/([a-z]+\.js)", page))
    assert scripts == {file.name for file in SCRIPTS} - {"sw.js"}


def test_texts_are_the_same_in_both_languages() -> None:
    holes = {
        language: {key: sorted(re.findall(r"\{\w+\}", text)) for key, text in texts.items()}
        for language, texts in WALL_TEXTS.items()
    }
    assert holes["nb"] == holes["en"]
    used = " ".join(file.read_text("utf-8") for file in SCRIPTS) + PAGE.read_text("utf-8")
    assert [key for key in holes["nb"] if key not in used] == []


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [one / 12.92 if one <= 0.03928 else ((one + 0.055) / 1.055) ** 2.4 for one in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted([luminance(one), luminance(other)], reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_text_contrast_is_at_least_seven_to_one() -> None:
    colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", STYLE))
    hues = re.findall(r"\.hue-\d+ \{ background-color: (#[0-9a-f]{6})", STYLE)
    assert len(hues) == 12
    # The lightest grounds a text may stand on: the gradient's middle, a card (its glass over the
    # ground on the right), the ornament at rest over the gradient's middle.
    grounds = ["#142f4c", "#19324f", "#293b4c"]
    pairs = [(colours[text], ground) for text in ("cream", "quiet") for ground in grounds]
    pairs += [(colours["waffle"], "#142f4c"), (colours["ink"], colours["waffle"])]
    pairs += [("#0a1a2e", hue) for hue in hues]
    assert {pair: round(contrast(*pair), 2) for pair in pairs if contrast(*pair) < 7} == {}
