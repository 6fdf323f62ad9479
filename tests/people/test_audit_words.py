"""Every act that the code writes to the log has words in the reader's language."""

import ast
from collections.abc import Iterator
from pathlib import Path

from engagement.people.audit_words import AUDIT_WORDS

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("engagement", "surveys", "kudos", "events")


def written_verbs() -> Iterator[tuple[str, str]]:
    """``verb=`` of every call in the code, where it is a plain text; with the file's name."""
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                for keyword in node.keywords:
                    value = keyword.value
                    if keyword.arg == "verb" and isinstance(value, ast.Constant):
                        yield str(value.value), path.name


def test_every_act_has_words() -> None:
    verbs = dict(written_verbs())
    assert len(verbs) > 50
    assert {verb: file for verb, file in verbs.items() if verb not in AUDIT_WORDS} == {}
