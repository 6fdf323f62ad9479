"""The manifest of a survey, written once from what was frozen (`surveys.protocol.manifest`)."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import override

from engagement import times
from engagement.people.models import Employer, RoleAssignment
from surveys.models import Cell, Survey
from surveys.models.surveys import DAYS_TO_DESTRUCTION
from surveys.protocol.encoding import b64, canonical
from surveys.protocol.manifest import SIGNATURE_NAME, VERSION, parse
from surveys.protocol.sealing import SHEET_BYTES, SUITE_NAME

WHOLE = "whole"
SMALLEST_GROUP = 5
COMMENT_RESPONDENTS = 10
COMMENT_COUNT = 3
_ITEM_FIELDS = ("key", "kind", "scale", "text", "driver", "reversed", "factor")


def write_manifest(survey: Survey, *, page_sha256: str) -> bytes:
    """The manifest's bytes, checked as every reader will check them.

    :raises surveys.protocol.manifest.BadManifest: when something frozen does not hold.
    """
    data = canonical(_document(survey, page_sha256))
    parse(data)
    return data


def _document(survey: Survey, page_sha256: str) -> dict[str, Any]:
    cells = list(survey.cells.all())
    organisation = Employer.objects.filter(is_partner=False).order_by("pk").first()
    name = organisation.name if organisation else "Vaffel"
    assert survey.opens_at
    assert survey.closes_at
    assert survey.feedback_on
    assert survey.feedback_owner
    destroyed_by = times.local_date(survey.closes_at) + dt.timedelta(days=DAYS_TO_DESTRUCTION)
    scales, sections = _asked(survey)
    return {
        "version": VERSION,
        "survey": survey.key,
        "level": survey.level,
        "organisation": name,
        "title": {"nb": survey.title_nb, "en": survey.title_en},
        "purpose": {"nb": survey.purpose_nb, "en": survey.purpose_en},
        "opens_at": written(survey.opens_at),
        "closes_at": written(survey.closes_at),
        "reminders_at": [written(one.send_at) for one in survey.reminders.all()],
        "feedback_on": survey.feedback_on.isoformat(),
        "feedback_owner": survey.feedback_owner.name,
        "ballots_destroyed_by": destroyed_by.isoformat(),
        "identity_origin": settings.BASE_URL,
        "ballot_origin": settings.BALLOT_URL,
        "page_sha256": page_sha256,
        "counting_key": b64(bytes(survey.counting_key or b"")),
        "witnesses": _witnesses(survey),
        "rules": {
            "k": SMALLEST_GROUP,
            "comment_respondents": COMMENT_RESPONDENTS,
            "comment_count": COMMENT_COUNT,
            "ballot_bytes": SHEET_BYTES,
            "suite": SUITE_NAME,
            "signature": SIGNATURE_NAME,
        },
        "tree": _tree(name, cells),
        "cells": [
            {
                "key": cell.key,
                "parent": cell.parent_key,
                "name": cell.name,
                "kind": cell.kind,
                "invited": cell.invited_count,
                "n": b64(bytes(cell.modulus or b"")),
            }
            for cell in cells
        ],
        "scales": scales,
        "sections": sections,
    }


def written(at: dt.datetime) -> str:
    """RFC 3339 in UTC, to the second."""
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _witnesses(survey: Survey) -> list[str]:
    """Who holds the key, as everybody who is asked may know. One spelling: the bytes are hashed."""
    if survey.level == Survey.Level.SEALED:
        return []
    with override("nb"):
        return [
            f"{one.person.name} ({RoleAssignment.Role(one.role).label.lower()})"
            for one in survey.reviews.filter(is_witness=True).select_related("person")
        ]


def _tree(organisation: str, cells: Sequence[Cell]) -> list[dict[str, Any]]:
    """The nodes that have cells below them, parents first."""
    nodes: dict[str, dict[str, Any]] = {WHOLE: {"key": WHOLE, "parent": None, "name": organisation}}
    for cell in cells:
        above = WHOLE
        for step in cell.parent_path:
            nodes.setdefault(
                step["key"], {"key": step["key"], "parent": above, "name": step["name"]}
            )
            above = step["key"]
    return list(nodes.values())


def _asked(survey: Survey) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Scales and sections. A scale is named after its instrument: two may call theirs alike."""
    scales: dict[str, Any] = {}
    sections: list[dict[str, Any]] = []
    for section in survey.sections.select_related("version__instrument"):
        content = section.version.content
        key = section.version.instrument.key
        items = [
            item
            for item in content["items"]
            if not section.item_keys or item["key"] in section.item_keys
        ]
        for item in items:
            if item["scale"]:
                scales[f"{key}.{item['scale']}"] = content["scales"][item["scale"]]
        sections.append(
            {
                "key": key,
                "version": section.version.number,
                "title": content["title"],
                "intro": content["intro"],
                "source": content["source"],
                "items": [
                    {name: item[name] for name in _ITEM_FIELDS}
                    | {"scale": f"{key}.{item['scale']}" if item["scale"] else None}
                    for item in items
                ],
            }
        )
    return scales, sections
