"""Surveys as one person meets them: to answer, to come, answered by the many."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Q

from engagement import times
from engagement.people.models import Membership, Person
from surveys.models import (
    BurdenLimit,
    Cell,
    Count,
    InstrumentVersion,
    PulsePlan,
    Review,
    RollEntry,
    Survey,
)

# How many past surveys a person's page looks back on.
MOST_PAST = 20


@dataclass
class Mine:
    """What the page of surveys shows to one person."""

    # The roll entries, with survey and cell.
    open: list[RollEntry] = field(default_factory=list)
    coming: list[RollEntry] = field(default_factory=list)
    past: list[Survey] = field(default_factory=list)

    @property
    def to_answer(self) -> list[RollEntry]:
        return [entry for entry in self.open if not entry.is_collected]

    @property
    def collected(self) -> list[RollEntry]:
        return [entry for entry in self.open if entry.is_collected]


def surveys_of(person: Person, *, at: dt.datetime) -> Mine:
    """Everything ``person`` is or was asked since launch, newest past first. Four queries."""
    mine = Mine(past=_past(person))
    for entry in _entries(person):
        if entry.survey.is_open(at):
            mine.open.append(entry)
        elif entry.survey.opened_at is None:
            mine.coming.append(entry)
    return mine


def survey_to_answer(person: Person, *, at: dt.datetime) -> RollEntry | None:
    """The open survey that closes first and whose ballot ``person`` has not collected, with what Today
    says of it. One query."""
    return (
        RollEntry.objects.filter(
            person=person, is_collected=False, survey__in=Survey.objects.open(at)
        )
        .select_related("survey")
        .only("survey__key", "survey__title_nb", "survey__title_en", "survey__closes_at")
        .order_by("survey__closes_at", "pk")
        .first()
    )


def entry_of(person: Person, survey: Survey) -> RollEntry | None:
    """Where ``person`` stands on the roll of ``survey``, if the roll is still there."""
    return (
        RollEntry.objects.filter(survey=survey, person=person)
        .select_related("cell")
        .defer("cell__signing_key", "cell__modulus")
        .first()
    )


def own_data(person: Person) -> dict[str, object]:
    """What stands about ``person`` in this room, as they may take it along. No answer is here."""
    entries = _entries(person)
    reviews = Review.objects.filter(person=person).select_related("survey").order_by("pk")
    named = Survey.objects.filter(
        Q(created_by=person)
        | Q(frozen_by=person)
        | Q(launched_by=person)
        | Q(cancelled_by=person)
        | Q(feedback_owner=person)
    )
    return {
        "surveys_asked": [
            {
                "survey": entry.survey.key,
                "group": entry.cell.name,
                "collected": entry.is_collected,
                "blinded_digest": bytes(entry.blinded_digest).hex() if entry.blinded_digest else "",
            }
            for entry in entries
        ],
        "surveys_read": [
            {
                "survey": one.survey.key,
                "role": one.role,
                "confirmed_at": one.confirmed_at.isoformat() if one.confirmed_at else None,
                "remark": one.remark,
                "holds_key": one.is_witness,
            }
            for one in reviews
        ],
        "surveys_planned": list(named.order_by("pk").values_list("key", flat=True)),
        "surveys_counted": list(
            Count.objects.filter(by=person).order_by("pk").values_list("survey__key", flat=True)
        ),
        "instruments_written": [
            str(version)
            for version in InstrumentVersion.objects.filter(
                Q(created_by=person) | Q(instrument__created_by=person)
            )
            .select_related("instrument")
            .order_by("pk")
        ],
        "pulse_plans": list(
            PulsePlan.objects.filter(Q(created_by=person) | Q(confirmed_by=person))
            .order_by("pk")
            .values_list("key", flat=True)
        ),
        "burden_limits_set": list(
            BurdenLimit.objects.filter(changed_by=person).values_list("minutes", flat=True)
        ),
    }


def _entries(person: Person) -> Iterable[RollEntry]:
    return (
        RollEntry.objects.filter(
            person=person,
            survey__launched_at__isnull=False,
            survey__cancelled_at__isnull=True,
            survey__closed_at__isnull=True,
        )
        .select_related("survey__feedback_owner", "cell")
        .defer("survey__manifest", "cell__signing_key", "cell__modulus")
        .order_by("survey__closes_at", "pk")
    )


def _past(person: Person) -> list[Survey]:
    """Closed and cancelled ones. Their roll is gone; where a person belonged that day is not."""
    ended = list(
        Survey.objects.filter(launched_at__isnull=False, opens_at__isnull=False)
        .exclude(closed_at__isnull=True, cancelled_at__isnull=True)
        .defer("manifest")
        .order_by("-opens_at", "-pk")[:MOST_PAST]
    )
    units: dict[int, set[str]] = {}
    for survey_id, row in Cell.objects.filter(survey__in=ended).values_list("survey_id", "units"):
        units.setdefault(survey_id, set()).update(unit["key"] for unit in row)
    places = list(Membership.objects.filter(person=person).select_related("unit"))
    return [survey for survey in ended if _was_in(places, units.get(survey.pk, set()), survey)]


def _was_in(places: Iterable[Membership], units: set[str], survey: Survey) -> bool:
    assert survey.opens_at
    day = times.local_date(survey.opens_at)
    return any(
        place.unit.key in units
        and place.from_on <= day
        and (place.to_on is None or day < place.to_on)
        for place in places
    )
