"""A manifest for tests, with keys made once in a run."""

import datetime as dt
from typing import Any

from surveys.protocol import blind, encoding, sealing

CELLS = ("c001", "c002", "c003")
KEYS = {cell: blind.generate_key() for cell in CELLS}
SIGNERS = {cell: blind.Signer(key) for cell, key in KEYS.items()}
PRIVATE_KEYS = sealing.new_counting_key()


def _both(text: str) -> dict[str, str]:
    return {"nb": f"{text} på norsk", "en": text}


def _item(key: str, scale: str | None) -> dict[str, Any]:
    return {
        "key": key, "kind": "scale" if scale else "text", "scale": scale, "text": _both(key),
        "driver": "", "reversed": False, "factor": "",
    }  # fmt: skip


def manifest_document(**changes: Any) -> dict[str, Any]:
    """Three cells under two departments; five points, eleven points and an open question."""
    now = dt.datetime.now(dt.UTC).replace(microsecond=0)
    return {
        "version": 1,
        "survey": "s0bcdfghjkmnpqr",
        "level": "witnessed",
        "organisation": "Fjordtel",
        "title": _both("Pulse"),
        "purpose": _both("To know how we are"),
        "opens_at": _written(now - dt.timedelta(days=1)),
        "closes_at": _written(now + dt.timedelta(days=6)),
        "reminders_at": [_written(now + dt.timedelta(days=2))],
        "feedback_on": str((now + dt.timedelta(days=20)).date()),
        "feedback_owner": "Kari Lund",
        "ballots_destroyed_by": str((now + dt.timedelta(days=36)).date()),
        "identity_origin": "http://127.0.0.1:8000",
        "ballot_origin": "http://localhost:8001",
        "page_sha256": "0" * 64,
        "counting_key": encoding.b64(PRIVATE_KEYS[1]),
        "witnesses": ["Ola Haugen"],
        "rules": {
            "k": 5, "comment_respondents": 10, "comment_count": 3,
            "ballot_bytes": sealing.SHEET_BYTES, "suite": sealing.SUITE_NAME,
            "signature": "RSABSSA-SHA384-PSS-Randomized",
        },
        "tree": [
            {"key": "whole", "parent": None, "name": "Fjordtel"},
            {"key": "uA", "parent": "whole", "name": "Kundeservice"},
            {"key": "uB", "parent": "whole", "name": "Salg"},
        ],
        "cells": [
            {"key": cell, "parent": parent, "name": f"Team {cell}", "kind": "team",
             "invited": 12, "n": encoding.b64(SIGNERS[cell].modulus)}
            for cell, parent in zip(CELLS, ("uA", "uA", "uB"), strict=True)
        ],
        "scales": {
            "agree5": {"points": [1, 2, 3, 4, 5], "anchors": {"nb": ["uenig", "", "", "", "enig"],
                       "en": ["disagree", "", "", "", "agree"]}},
            "likely11": {"points": list(range(11)), "anchors": {"nb": [""] * 11, "en": [""] * 11}},
        },
        "sections": [
            {"key": "pulse", "version": 1, "title": _both("Pulse"), "intro": {"nb": "", "en": ""},
             "source": "Our own words",
             "items": [_item("pulse.1", "agree5"), _item("pulse.2", "agree5"),
                       _item("recommend", "likely11"), _item("open.1", None)]},
        ],
        **changes,
    }  # fmt: skip


def _written(time: dt.datetime) -> str:
    return time.isoformat().replace("+00:00", "Z")


def manifest_bytes(**changes: Any) -> bytes:
    return encoding.canonical(manifest_document(**changes))
