"""No page and no answer to a program puts people in an order or a number on somebody."""

import json
from collections.abc import Iterator
from typing import Any

from playwright.sync_api import Page

# The colour of a face.
KNOWN = {"hue"}
WORDS = ("poeng", "toppliste", "mest takket", "leaderboard", "most thanked", "high score")
# The smallest block around each name, without the moment and the words of a thank-you: a number in
# it is a number of that person. A list with figures before it is an order.
LOOK = """(names) => {
  const found = new Set();
  const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const at = walker.currentNode.parentElement;
    if (!names.some((name) => walker.currentNode.data.includes(name)) || at.closest('.words, .said, script')) continue;
    const block = at.closest('tr') ?? at.closest('li, p, h1, h2, h3, dt, dd, summary, label, figcaption') ?? at;
    const copy = block.cloneNode(true);
    copy.querySelectorAll('time, .meta, .words, .said').forEach((one) => one.remove());
    const item = at.closest('ol > li');
    const figures = item ? getComputedStyle(item).listStyleType : 'none';
    if (/\\d/.test(copy.textContent) || !['none', 'disc'].includes(figures)) found.add(block.textContent.trim());
  }
  return [...found];
}"""


def ranked_on(page: Page, names: list[str]) -> list[str]:
    """The blocks of ``page`` that count or order one of ``names``, and words that only rankings use."""
    text = page.locator("main").inner_text().lower()
    return [*page.evaluate(LOOK, names), *(word for word in WORDS if word in text)]


def ranked_in(answer: Any) -> list[str]:
    """The objects in ``answer`` that are about somebody and have a number."""
    return [
        json.dumps(one)
        for one in _objects(answer)
        if {"given_name", "initials", "person"} & set(one)
        and any(
            isinstance(value, int | float) and not isinstance(value, bool)
            for field, value in one.items()
            if field not in KNOWN
        )
    ]


def _objects(answer: Any) -> Iterator[dict[str, Any]]:
    if isinstance(answer, dict):
        yield answer
    parts = answer.values() if isinstance(answer, dict) else answer
    for part in parts if isinstance(answer, dict | list) else ():
        yield from _objects(part)
