"""A survey while it is drafted: what, why, whom, when."""

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Prefetch
from django.utils.translation import gettext as _

from engagement import times
from engagement.people.actions import record
from engagement.people.actions.common import explained, plain, saved
from engagement.people.models import Person
from surveys.access import Place, can_ask, places_of
from surveys.actions.common import (
    clean_text,
    is_closed,
    kind_of,
    locked_before_launch,
    locked_draft,
)
from surveys.actions.panels import count_as_not_asked
from surveys.cells import FEWEST
from surveys.instruments import Template, templates
from surveys.models import (
    Instrument,
    InstrumentVersion,
    Survey,
    SurveyAudience,
    SurveyInstrument,
)
from surveys.models.surveys import LONGEST_DAYS_OPEN
from surveys.queries import invited_people, people_in, short_shifts
from surveys.queries.asking import chosen, clashing_scale
from surveys.workdays import next_working_day

DAYS_AHEAD = 14
OPENS, CLOSES = dt.time(8), dt.time(20)
FEEDBACK_DAYS = 21
RETENTION_MONTHS = 36
SHORTEST_RETENTION, LONGEST_RETENTION = 1, 120
LONGEST_TEXT, LONGEST_REASON = 1000, 500
MOST_ITEMS = 100
TITLES = ("title_nb", "title_en")
TEXTS = ("purpose_nb", "purpose_en", "who_sees_nb", "who_sees_en")
TIMES = ("opens_at", "closes_at")
CHANGEABLE = frozenset(
    {
        *TITLES, *TEXTS, *TIMES, "level", "discussed_on", "feedback_on", "feedback_owner",
        "retention_months", "over_limit_reason",
    }
)  # fmt: skip
Sections = Sequence[tuple[InstrumentVersion, Sequence[str]]]


@transaction.atomic
def create_survey(*, by: Person, template: str, at: dt.datetime, **facts: Any) -> Survey:
    """A draft from a template (`surveys.instruments.templates`), with its questions and dates
    proposed. ``facts`` as in `change_survey`.
    """
    found = templates().get(template)
    if found is None:
        raise ValidationError({"template": _("Choose one of the templates.")})
    survey = saved(_proposed(found, by=by, at=at))
    sections = list(_newest(found))
    if sections:
        _store_sections(survey, sections)
    record(verb="survey-created", by=by, at=at, subject=survey, name=survey.title_nb)
    return change_survey(survey=survey, by=by, at=at, **facts) if facts else survey


def _proposed(template: Template, *, by: Person, at: dt.datetime) -> Survey:
    opens_at, closes_at = proposed_times(template.days_open, at=at)
    feedback_on = times.local_date(closes_at) + dt.timedelta(days=FEEDBACK_DAYS)
    return Survey(
        kind=template.kind,
        level=template.level,
        title_nb=template.title["nb"],
        title_en=template.title["en"],
        purpose_nb=template.purpose["nb"],
        purpose_en=template.purpose["en"],
        who_sees_nb=template.who_sees["nb"],
        who_sees_en=template.who_sees["en"],
        opens_at=opens_at,
        closes_at=closes_at,
        feedback_on=next_working_day(feedback_on),
        feedback_owner=by,
        retention_months=RETENTION_MONTHS,
        created_at=at,
        created_by=by,
    )


def proposed_times(days_open: int, *, at: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    """A working day two weeks from ``at``, in the morning, and one so many days later, at night."""
    opens_on = next_working_day(times.local_date(at) + dt.timedelta(days=DAYS_AHEAD))
    closes_on = next_working_day(opens_on + dt.timedelta(days=days_open))
    zone = times.local_zone()
    return (
        dt.datetime.combine(opens_on, OPENS, zone),
        dt.datetime.combine(closes_on, CLOSES, zone),
    )


def _newest(template: Template) -> Iterable[tuple[InstrumentVersion, Sequence[str]]]:
    """The newest versions of the template's instruments; those whose file was removed are left out."""
    versions = InstrumentVersion.objects.order_by("-number").select_related("instrument")
    instruments = Instrument.objects.in_use().prefetch_related(
        Prefetch("versions", queryset=versions)
    )
    by_key = {one.key: list(one.versions.all()) for one in instruments}
    for key, items in template.sections:
        if by_key.get(key):
            version = by_key[key][0]
            known = {item["key"] for item in version.content["items"]}
            yield version, [item for item in items if item in known]


@transaction.atomic
def change_survey(*, survey: Survey, by: Person, at: dt.datetime, **facts: Any) -> Survey:
    """Changes what is given of: titles, purpose and who sees what (``_nb``, ``_en``), level,
    discussed_on, feedback_on, feedback_owner, retention_months, opens_at, closes_at,
    over_limit_reason. Only of a draft.

    Raises ValidationError that names the field and what to do.
    """
    if unknown := sorted(set(facts) - CHANGEABLE):
        raise TypeError(f"not to be changed here: {', '.join(unknown)}")
    current = locked_draft(survey)
    before = {name: getattr(current, name) for name in facts}
    for name, value in facts.items():
        setattr(current, name, _cleaned(name, value))
    problems = dict(_problems(current, set(facts), at=at))
    if problems:
        raise ValidationError(problems)
    if current.level != before.get("level", current.level):
        # The key of the other level is in other hands.
        current.counting_key = None
        current.reviews.update(is_witness=False, key_checked_at=None)
    saved(current)
    changed = sorted(name for name in facts if getattr(current, name) != before[name])
    if changed:
        record(verb="survey-changed", by=by, at=at, subject=current, fields=changed)
    return current


def _cleaned(name: str, value: Any) -> Any:
    if name in TITLES:
        return plain(value)
    if name in TEXTS:
        return clean_text(value, most=LONGEST_TEXT, field=name)
    if name == "over_limit_reason":
        return clean_text(value, most=LONGEST_REASON, field=name)
    return value


def _problems(survey: Survey, changed: set[str], *, at: dt.datetime) -> Iterable[tuple[str, str]]:
    """What is wrong with what was changed, field by field."""
    today = times.local_date(at)
    opens_at, closes_at = survey.opens_at, survey.closes_at
    if "opens_at" in changed and opens_at is not None and opens_at <= at:
        yield "opens_at", _("This time has passed. Choose a later one.")
    elif changed & set(TIMES) and opens_at is not None and closes_at is not None:
        if closes_at <= opens_at:
            yield "closes_at", _("A survey cannot close before it opens.")
        elif closes_at - opens_at > dt.timedelta(days=LONGEST_DAYS_OPEN):
            yield "closes_at", _("Open for %(count)d days at most.") % {"count": LONGEST_DAYS_OPEN}
        elif short := short_shifts(
            invited_people(survey, at=at), opens_at=opens_at, closes_at=closes_at
        ):
            names = ", ".join(one.name for one in short)
            yield (
                "closes_at",
                _("Too short: %(shifts)s would get fewer than two working days.")
                % {"shifts": names},
            )
    if "closes_at" in changed and closes_at is not None and closes_at <= at:
        yield "closes_at", _("This time has passed. Choose a later one.")
    if "discussed_on" in changed and survey.discussed_on and survey.discussed_on > today:
        yield "discussed_on", _("This day has not come yet. Write the day it was discussed.")
    feedback_on = survey.feedback_on if changed & {"feedback_on", "closes_at"} else None
    if feedback_on and closes_at and feedback_on <= times.local_date(closes_at):
        yield "feedback_on", _("The feedback date must come after the survey closes.")
    if (
        "feedback_owner" in changed
        and survey.feedback_owner
        and not survey.feedback_owner.is_active
    ):
        yield "feedback_owner", _("This person no longer works here.")
    months = survey.retention_months if "retention_months" in changed else None
    if months is not None and not SHORTEST_RETENTION <= months <= LONGEST_RETENTION:
        yield (
            "retention_months",
            _("Keep the numbers for 1 to %(count)d months.") % {"count": LONGEST_RETENTION},
        )


@transaction.atomic
def set_audience(*, survey: Survey, places: Sequence[Place], by: Person, at: dt.datetime) -> Survey:
    """Asks the people of ``places`` (units with all below them, sites, employers), instead of those
    before. Refused for fewer than five people, and for places beyond the scope of ``by``.
    """
    current = locked_draft(survey)
    if not places:
        raise ValidationError({"audience": _("Choose at least one unit, site or employer.")})
    day = times.local_date(current.opens_at or at)
    gone = [place.name for place in places if is_closed(place, day)]
    if gone:
        raise ValidationError({"audience": _("Closed by then: %(names)s.") % {"names": ", ".join(gone)}})  # fmt: skip
    if not can_ask(by, places):
        raise ValidationError({"audience": _("This is beyond what you may ask.")})
    people = people_in(places, day=day)
    if len(people) < FEWEST:
        raise ValidationError(
            {
                "audience": _(
                    "%(count)d people are too few: the answers of fewer than %(least)d cannot be "
                    "counted without being known."
                )
                % {"count": len(people), "least": FEWEST}
            }
        )
    SurveyAudience.objects.filter(survey=current).delete()
    with explained(SurveyAudience):
        SurveyAudience.objects.bulk_create(
            SurveyAudience(survey=current, **{kind_of(place): place})
            for place in dict.fromkeys(places)
        )
    record(
        verb="survey-audience-set", by=by, at=at, subject=current,
        people_count=len(people), places=[place.key for place in dict.fromkeys(places)],
    )  # fmt: skip
    return current


@transaction.atomic
def set_sections(*, survey: Survey, sections: Sections, by: Person, at: dt.datetime) -> Survey:
    """Asks these versions in this order, of each the items named (none named: all)."""
    current = locked_draft(survey)
    _store_sections(current, sections)
    record(
        verb="survey-questions-set", by=by, at=at, subject=current,
        instruments=[f"{version.instrument.key} {version.number}" for version, _items in sections],
    )  # fmt: skip
    return current


def _store_sections(survey: Survey, sections: Sections) -> None:
    _check_sections(sections, kept={row.version_id for row in survey.sections.all()})
    survey.sections.all().delete()
    for position, (version, items) in enumerate(sections, start=1):
        saved(
            SurveyInstrument(
                survey=survey,
                version=version,
                position=position,
                item_keys=[item["key"] for item in chosen(version, items)] if items else [],
            )
        )


def _check_sections(sections: Sections, *, kept: set[int]) -> None:
    """``kept`` may go on being asked though their instrument was retired."""
    count = 0
    for version, items in sections:
        known = {item["key"] for item in version.content["items"]}
        if unknown := sorted(set(items) - known):
            raise ValidationError(
                {
                    "sections": _("%(title)s does not have: %(items)s.")
                    % {"title": version.title, "items": ", ".join(unknown[:5])}
                }
            )
        if version.instrument.retired_at is not None and version.pk not in kept:
            raise ValidationError(
                {"sections": _("%(title)s is no longer in use.") % {"title": version.title}}
            )
        count += len(chosen(version, items))
    if key := clashing_scale(version for version, _items in sections):
        raise ValidationError({"sections": told_clash(key)})
    if len({version.instrument_id for version, _items in sections}) != len(sections):
        raise ValidationError({"sections": _("An instrument can be asked once in a survey.")})
    if not count:
        raise ValidationError({"sections": _("Choose at least one question.")})
    if count > MOST_ITEMS:
        raise ValidationError(
            {"sections": _("%(count)d questions are too many.") % {"count": count}}
        )


def told_clash(key: str) -> str:
    """What to do about two scales of one name."""
    return _("Two instruments call different scales “%(key)s”. Give one of them another key.") % {
        "key": key
    }


@transaction.atomic
def copy_survey(*, survey: Survey, by: Person, at: dt.datetime) -> Survey:
    """A new draft with the same questions, people and texts, and dates of its own.

    What has to happen anew is empty: the date it was discussed, the reason for more than the limit.
    """
    days_open = 7
    if survey.opens_at is not None and survey.closes_at is not None:
        days_open = max(1, (survey.closes_at - survey.opens_at).days)
    opens_at, closes_at = proposed_times(days_open, at=at)
    feedback_on = times.local_date(closes_at) + dt.timedelta(days=FEEDBACK_DAYS)
    owner = survey.feedback_owner
    copy = saved(
        Survey(
            kind=survey.kind,
            level=survey.level,
            title_nb=survey.title_nb,
            title_en=survey.title_en,
            purpose_nb=survey.purpose_nb,
            purpose_en=survey.purpose_en,
            who_sees_nb=survey.who_sees_nb,
            who_sees_en=survey.who_sees_en,
            opens_at=opens_at,
            closes_at=closes_at,
            feedback_on=next_working_day(feedback_on),
            feedback_owner=owner if owner is not None and owner.is_active else by,
            retention_months=survey.retention_months,
            created_at=at,
            created_by=by,
        )
    )
    rows = survey.sections.select_related("version__instrument").order_by("position")
    sections = [
        (row.version, list(row.item_keys))
        for row in rows
        if row.version.instrument.retired_at is None
    ]
    if sections:
        _store_sections(copy, sections)
    places = [place for place in places_of(survey) if not is_closed(place, times.local_date(at))]
    if can_ask(by, places):
        SurveyAudience.objects.bulk_create(
            SurveyAudience(survey=copy, **{kind_of(place): place}) for place in places
        )
    record(verb="survey-copied", by=by, at=at, subject=copy, name=copy.title_nb, of=survey.key)
    return copy


@transaction.atomic
def delete_draft(*, survey: Survey, by: Person | None, at: dt.datetime) -> None:
    """Deletes a survey that was never launched, with its groups and confirmations."""
    current = locked_before_launch(survey)
    count_as_not_asked(current)
    record(verb="survey-draft-deleted", by=by, at=at, subject=current, name=current.title_nb)
    current.delete()
