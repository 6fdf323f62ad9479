"""Surveys in every state. Rows are written as the actions would; say what the test is about."""

import datetime as dt
import itertools
from collections.abc import Sequence
from functools import cache
from typing import Any

from django.utils import timezone

from engagement import times
from engagement.people.models import Membership, Person, Unit
from surveys.models import (
    Cell,
    Instrument,
    InstrumentVersion,
    Panel,
    PulsePlan,
    Review,
    RollEntry,
    Survey,
    SurveyAudience,
    SurveyInstrument,
)
from surveys.protocol import blind, sealing
from surveys.protocol.encoding import b64, canonical
from tests import factories

State = Survey.State
ORDER = [
    State.DRAFT,
    State.FROZEN,
    State.REVIEWED,
    State.LAUNCHED,
    State.OPEN,
    State.CLOSED,
    State.COUNTED,
    State.PUBLISHED,
]
# A private counting key of our own, the same for every survey of a test run.
COUNTING_KEYS = sealing.new_counting_key()
_numbers = itertools.count(1)


@cache
def signing_key(number: int) -> bytes:
    """The ``number``-th signing key of this run: making one costs a tenth of a second."""
    return blind.generate_key()


def modulus_of(key: bytes) -> bytes:
    return blind.Signer(key).modulus


def scale_item(key: str, **facts: Any) -> dict[str, Any]:
    return {
        "key": key,
        "kind": "scale",
        "scale": "agree5",
        "text": {"nb": f"Jeg trives ({key}).", "en": f"I like it here ({key})."},
        "driver": "clarity",
        "factor": "",
        "reversed": False,
        **facts,
    }


def text_item(key: str, **facts: Any) -> dict[str, Any]:
    words = {"nb": "Hva bør vi gjøre?", "en": "What should we do?"}
    return scale_item(key, kind="text", scale=None, driver="", text=words, **facts)


def content(key: str = "small", **facts: Any) -> dict[str, Any]:
    """A document as `surveys.instruments.parse` accepts it: two scale items and an open one."""
    return {
        "key": key,
        "version": 1,
        "title": {"nb": "Liten", "en": "Small"},
        "intro": {"nb": "", "en": ""},
        "source": "Our own words.",
        "rights": {"nb": "Våre egne ord.", "en": "Our own words."},
        "drivers": {"clarity": {"nb": "Klarhet", "en": "Clarity"}},
        "scales": {
            "agree5": {
                "points": [1, 2, 3, 4, 5],
                "anchors": {
                    "nb": ["Helt uenig", "", "", "", "Helt enig"],
                    "en": ["Strongly disagree", "", "", "", "Strongly agree"],
                },
            }
        },
        "items": [scale_item(f"{key}.1"), scale_item(f"{key}.2"), text_item(f"{key}.3")],
        "scoring": None,
        **facts,
    }


def make_version(
    document: dict[str, Any] | None = None, *, at: dt.datetime | None = None, **facts: Any
) -> InstrumentVersion:
    """A version of a new instrument, or of the one that already has the document's key."""
    document = document or content(f"small{next(_numbers)}")
    made = at or times.now() - dt.timedelta(days=30)
    instrument = Instrument.objects.get_or_create(
        key=document["key"], defaults={"created_at": made}
    )[0]
    return InstrumentVersion.objects.create(
        instrument=instrument,
        number=document["version"],
        content=document,
        created_at=made,
        **facts,
    )


def make_team(
    name: str = "Team Nordlys", *, people: int = 6, parent: Unit | None = None, **facts: Any
) -> Unit:
    """A unit with so many people in it."""
    unit = factories.make_unit(name, parent=parent, **facts)
    for number in range(people):
        factories.make_person(f"P{number}", name, unit=unit)
    return unit


def make_survey(
    state: str = State.DRAFT,
    *,
    teams: Sequence[Unit] | None = None,
    version: InstrumentVersion | None = None,
    by: Person | None = None,
    at: dt.datetime | None = None,
    **facts: Any,
) -> Survey:
    """A survey of ``teams`` (one cell each, members as they are today), in ``state`` at ``at``.

    Open ones have been so since yesterday. Cells have real signing keys, the survey has a
    counting key (`COUNTING_KEYS`) and, from prepared on, a manifest.
    """
    at = at or times.now()
    rank = ORDER.index(State(state)) if state != State.CANCELLED else ORDER.index(State.OPEN)
    teams = [make_team()] if teams is None else list(teams)
    day = dt.timedelta(days=1)
    opens_at = at - 20 * day if rank >= ORDER.index(State.CLOSED) else at - day
    if rank < ORDER.index(State.OPEN):
        opens_at = at + 7 * day
    closes_at = opens_at + 14 * day

    def since(wanted: str, moment: dt.datetime) -> dt.datetime | None:
        return moment if rank >= ORDER.index(State(wanted)) else None

    early = opens_at - 3 * day
    if rank < ORDER.index(State.OPEN):
        early = at
    values: dict[str, Any] = {
        "kind": Survey.Kind.OWN,
        "title_nb": "Hvordan har vi det?",
        "title_en": "How are we?",
        "purpose_nb": "Vi vil vite hva vi skal gjøre bedre.",
        "purpose_en": "We want to know what to do better.",
        "who_sees_nb": "Lederen din ser tall for grupper på fem eller flere.",
        "who_sees_en": "Your leader sees numbers of groups of five or more.",
        "discussed_on": timezone.localdate(early - day),
        "feedback_on": timezone.localdate(closes_at + 21 * day),
        "feedback_owner": by or _anybody(teams),
        "retention_months": 36,
        "opens_at": opens_at,
        "closes_at": closes_at,
        "created_at": early - day,
        "created_by": by,
        "frozen_at": since(State.FROZEN, early),
        "reviewed_at": since(State.REVIEWED, early),
        "launched_at": since(State.LAUNCHED, early),
        "prepared_at": since(State.OPEN, early),
        "opened_at": since(State.OPEN, opens_at),
        "closed_at": since(State.CLOSED, closes_at),
        "counted_at": since(State.COUNTED, closes_at + day),
        "published_at": since(State.PUBLISHED, closes_at + 2 * day),
        "counting_key": COUNTING_KEYS[1] if rank >= ORDER.index(State.REVIEWED) else None,
    }
    if state == State.CANCELLED:
        values |= {"cancelled_at": at, "cancel_reason": "Feil spørsmål.", "cancelled_by": by}
    values |= facts
    if values["prepared_at"] and "manifest" not in values:
        values["manifest"] = b"{}"
    survey = Survey.objects.create(**values)
    version = version or make_version(at=early - 30 * day)
    if rank >= ORDER.index(State.LAUNCHED) and version.first_asked_at is None:
        version.first_asked_at = max(early, version.created_at)
        version.save(update_fields=["first_asked_at"])
    SurveyInstrument.objects.create(survey=survey, version=version, position=1)
    for unit in teams:
        SurveyAudience.objects.create(survey=survey, unit=unit)
    if rank >= ORDER.index(State.FROZEN):
        _freeze(survey, teams, with_roll=rank < ORDER.index(State.CLOSED))
    if values["prepared_at"] and "manifest" not in facts:
        survey.manifest = canonical(manifest_document(survey))
        survey.save(update_fields=["manifest"])
    return survey


def make_plan(teams: Sequence[Unit], *, by: Person, **facts: Any) -> PulsePlan:
    """A sealed pulse plan that asks one of ``teams`` after another, and starts in four weeks."""
    at = times.now()
    values: dict[str, Any] = {
        "name_nb": "Puls",
        "name_en": "Pulse",
        "panel_count": len(teams),
        "weeks_between": 8,
        "level": Survey.Level.SEALED,
        "starts_on": times.local_date(at) + dt.timedelta(weeks=4),
        "facts": {
            "purpose_nb": "Vi vil vite hvordan det går.",
            "purpose_en": "We want to know how it goes.",
            "who_sees_nb": "Grupper på fem.",
            "who_sees_en": "Groups of five.",
            "audience": [{"kind": "unit", "key": unit.key} for unit in teams],
            "units": [unit.key for unit in teams],
            "instruments": [],
            "discussed_on": times.local_date(at).isoformat(),
            "feedback_owner": by.key,
            "feedback_days": 14,
            "retention_months": 36,
        },
        "created_at": at,
        "created_by": by,
    }
    plan = PulsePlan.objects.create(**values | facts)
    for number, unit in enumerate(teams, start=1):
        Panel.objects.create(plan=plan, number=number).units.add(unit)
    return plan


def _anybody(teams: Sequence[Unit]) -> Person:
    member = Membership.objects.filter(unit__in=teams).select_related("person").first()
    return member.person if member else factories.make_person("Eva", "Eier")


def _freeze(survey: Survey, teams: Sequence[Unit], *, with_roll: bool) -> None:
    for number, unit in enumerate(teams, start=1):
        members = list(Membership.objects.filter(unit=unit, to_on=None).order_by("pk"))
        key = signing_key(number)
        cell = Cell.objects.create(
            survey=survey,
            key=f"c{number:03}",
            name=unit.name,
            kind=Cell.Kind.TEAM,
            parent_key="whole",
            parent_path=[],
            units=[{"key": unit.key, "name": unit.name}],
            invited_count=max(5, len(members)),
            minutes=1,
            # Gone when the survey closes, as the roll is.
            signing_key=key if with_roll else None,
            modulus=modulus_of(key),
        )
        if with_roll:
            RollEntry.objects.bulk_create(
                RollEntry(survey=survey, person_id=member.person_id, cell=cell)
                for member in members
            )


def make_review(survey: Survey, person: Person, **facts: Any) -> Review:
    """``person`` has read and confirmed ``survey``."""
    return Review.objects.create(
        survey=survey,
        person=person,
        **{"role": "safety_delegate", "confirmed_at": survey.frozen_at or times.now(), **facts},
    )


def manifest_document(survey: Survey, **facts: Any) -> dict[str, Any]:
    """What the manifest of ``survey`` says, as `surveys.protocol.manifest` accepts it."""

    def z(at: dt.datetime) -> str:
        return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")

    assert survey.opens_at
    assert survey.closes_at
    assert survey.feedback_on
    destroyed_by = timezone.localdate(survey.closes_at) + dt.timedelta(days=30)
    sections = list(survey.sections.select_related("version__instrument"))
    return {
        "version": 1,
        "survey": survey.key,
        "level": survey.level,
        "organisation": "Fjordtel",
        "title": {"nb": survey.title_nb, "en": survey.title_en},
        "purpose": {"nb": survey.purpose_nb, "en": survey.purpose_en},
        "opens_at": z(survey.opens_at),
        "closes_at": z(survey.closes_at),
        "reminders_at": [],
        "feedback_on": survey.feedback_on.isoformat(),
        "feedback_owner": "Eva Eier",
        "ballots_destroyed_by": destroyed_by.isoformat(),
        "identity_origin": "http://127.0.0.1:8000",
        "ballot_origin": "http://localhost:8001",
        "page_sha256": "0" * 64,
        "counting_key": b64(COUNTING_KEYS[1]),
        "witnesses": ["Safety delegate: Vera Vitne"],
        "rules": {
            "k": 5,
            "comment_respondents": 10,
            "comment_count": 3,
            "ballot_bytes": sealing.SHEET_BYTES,
            "suite": sealing.SUITE_NAME,
            "signature": "RSABSSA-SHA384-PSS-Randomized",
        },
        "tree": [{"key": "whole", "parent": None, "name": "Fjordtel"}],
        "cells": [
            {
                "key": cell.key,
                "parent": cell.parent_key,
                "name": cell.name,
                "kind": cell.kind,
                "invited": cell.invited_count,
                "n": b64(bytes(cell.modulus or b"")),
            }
            for cell in survey.cells.all()
        ],
        "scales": {
            key: scale
            for section in sections
            for key, scale in section.version.content["scales"].items()
        },
        "sections": [
            {
                "key": section.version.instrument.key,
                "version": section.version.number,
                "title": section.version.content["title"],
                "intro": section.version.content["intro"],
                "source": section.version.content["source"],
                "items": [
                    {name: item[name] for name in (
                        "key", "kind", "scale", "text", "driver", "reversed", "factor",
                    )}
                    for item in section.version.content["items"]
                ],
            }
            for section in sections
        ],
        **facts,
    }  # fmt: skip
