"""What is missing before a survey may be launched, each with how to mend it."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement import times
from engagement.people.models import Person, Unit
from surveys.access import REPRESENTATIVES, can_review
from surveys.cells import FEWEST
from surveys.models import Survey
from surveys.models.surveys import LONGEST_DAYS_OPEN
from surveys.queries.asking import item_count, minutes_of
from surveys.queries.audience import invited_people, is_too_small, short_shifts
from surveys.queries.burden import asked_recently, burden_limit, burden_of, clashes
from surveys.workdays import last_working_day, next_working_day

# Two hold a copy of the counting key: a lost passphrase or an absent person loses no survey.
WITNESSES_NEEDED = 2
REMINDER_AT = dt.time(8, 30)
MOST_NAMES = 5


class Check(NamedTuple):
    """One line of the launch list. ``mend`` is empty when it is in order."""

    key: str
    is_ok: bool
    is_blocking: bool
    text: str
    mend: str = ""


def launch_checklist(survey: Survey, *, at: dt.datetime) -> list[Check]:
    """Every check, in the order of the launch page. None that blocks may be unmet at launch."""
    return list(_checks(survey, at))


def _checks(survey: Survey, at: dt.datetime) -> Iterator[Check]:
    today = times.local_date(at)
    people = invited_people(survey, at=at)
    yield _questions(survey)
    yield _check(
        "purpose",
        bool(survey.purpose_nb.strip() and survey.purpose_en.strip()),
        _("The purpose is written in both languages."),
        _("Say in a few sentences what the answers will be used for, in both languages."),
    )
    yield _check(
        "who_sees",
        bool(survey.who_sees_nb.strip() and survey.who_sees_en.strip()),
        _("It says who sees what, in both languages."),
        _("Say who will see which numbers, in both languages."),
    )
    yield _check(
        "discussed",
        survey.discussed_on is not None and survey.discussed_on <= today,
        _("The survey was discussed with the representatives."),
        _("Discuss it with the safety delegates and unions, and write the date down."),
    )
    yield _feedback(survey)
    yield _check(
        "retention",
        survey.retention_months is not None and 1 <= survey.retention_months <= 120,
        _("It says how long the numbers are kept."),
        _("Choose how many months the published numbers are kept."),
    )
    yield _dates(survey, at)
    yield _shifts(survey, people)
    yield _audience(people)
    yield _frozen(survey, people)
    yield _reviewed(survey)
    yield _key(survey)
    yield from _burden(survey, people, at)


def _check(key: str, is_ok: bool, text: str, mend: str, *, is_blocking: bool = True) -> Check:
    return Check(key, is_ok, is_blocking, text, "" if is_ok else mend)


def _questions(survey: Survey) -> Check:
    count = item_count(survey)
    minutes = minutes_of(survey)
    text = ngettext("%(count)d question, about %(minutes)d min.", "%(count)d questions, about %(minutes)d min.", count)  # fmt: skip
    return _check(
        "questions",
        count > 0,
        text % {"count": count, "minutes": minutes},
        _("Choose at least one instrument or question."),
    )


def _feedback(survey: Survey) -> Check:
    owner, day = survey.feedback_owner, survey.feedback_on
    text = _("Somebody has promised to tell the results by a date.")
    if owner is None or day is None:
        mend = _("Name who tells people the results, and by which day.")
    elif not owner.is_active:
        mend = _("%(name)s no longer works here. Name somebody else.") % {"name": owner.name}
    elif survey.closes_at is not None and day <= times.local_date(survey.closes_at):
        mend = _("The feedback date must come after the survey closes.")
    else:
        mend = ""
    return Check("feedback", not mend, True, text, mend)


def _dates(survey: Survey, at: dt.datetime) -> Check:
    opens_at, closes_at = survey.opens_at, survey.closes_at
    text = _("It opens and closes at set times.")
    mend = ""
    if opens_at is None or closes_at is None:
        mend = _("Say when it opens and closes.")
    elif opens_at <= at:
        mend = _("The opening time has passed. Choose a later one.")
    elif closes_at <= opens_at:
        mend = _("A survey cannot close before it opens.")
    elif closes_at - opens_at > dt.timedelta(days=LONGEST_DAYS_OPEN):
        mend = _("It is open for more than %(count)d days.") % {"count": LONGEST_DAYS_OPEN}
    return Check("dates", not mend, True, text, mend)


def _shifts(survey: Survey, people: Sequence[Person]) -> Check:
    text = _("Every shift gets at least two working days.")
    if survey.opens_at is None or survey.closes_at is None:
        return Check("shifts", False, True, text, _("Say when it opens and closes."))
    short = short_shifts(people, opens_at=survey.opens_at, closes_at=survey.closes_at)
    names = _listed([one.name for one in short])
    mend = _("Open it longer: too short for %(shifts)s.") % {"shifts": names}
    return _check("shifts", not short, text, mend)


def _audience(people: Sequence[Person]) -> Check:
    text = ngettext("%(count)d person is asked.", "%(count)d people are asked.", len(people))
    return _check(
        "audience",
        not is_too_small(people),
        text % {"count": len(people)},
        _("Ask at least %(count)d people: fewer cannot answer without being known.")
        % {"count": FEWEST},
    )


def _frozen(survey: Survey, people: Sequence[Person]) -> Check:
    """Frozen, and still true: nobody counted who will be gone, no group that fell apart."""
    text = _("The groups are made and fixed.")
    if survey.frozen_at is None:
        return Check("frozen", False, True, text, _("Fix the groups, so that they can be read."))
    here = {person.pk for person in people}
    roll = survey.roll.values_list("person_id", "cell__name", "cell_id")
    left: Counter[int] = Counter()
    names: dict[int, str] = {}
    for person_id, name, cell_id in roll:
        names[cell_id] = name
        left[cell_id] += person_id in here
    small = sorted(names[cell_id] for cell_id in names if left[cell_id] < FEWEST)
    if small:
        mend = _("People have left: %(groups)s is too small now. Fix the groups again.")
        return Check("frozen", False, True, text, mend % {"groups": _listed(small)})
    return _check("frozen", bool(names), text, _("Fix the groups, so that they can be read."))


def _reviewed(survey: Survey) -> Check:
    text = _("A representative has read it and confirmed.")
    mend = _("Ask a safety delegate or union representative to read it and confirm.")
    plan = survey.plan
    if plan is not None and survey.level == Survey.Level.SEALED and plan.confirmed_at is not None:
        return Check("reviewed", True, True, text)
    rows = survey.reviews.filter(confirmed_at__isnull=False).select_related("person")
    confirmed = [
        row for row in rows if row.role in REPRESENTATIVES and can_review(row.person, survey)
    ]
    return _check("reviewed", bool(confirmed), text, mend)


def _key(survey: Survey) -> Check:
    if survey.level == Survey.Level.SEALED:
        return _check(
            "key",
            survey.counting_key is not None,
            _("The counting process has made its key."),
            _("The counting process has not made its key yet. It does so within a minute."),
        )
    text = _("Two representatives hold the counting key.")
    if survey.counting_key is None:
        mend = _("A representative makes the counting key, in their own browser.")
        return Check("key", False, True, text, mend)
    holding = survey.reviews.filter(is_witness=True, key_checked_at__isnull=False).count()
    return _check(
        "key",
        holding >= WITNESSES_NEEDED,
        text,
        _("One more representative must take a copy of the key file and check it."),
    )


def _burden(survey: Survey, people: Sequence[Person], at: dt.datetime) -> Iterator[Check]:
    units = units_of(survey, people)
    opens_on = times.local_date(survey.opens_at or at)
    minutes = minutes_of(survey)
    over = [
        one.name
        for one in burden_of(units, opens_on=opens_on, minutes=minutes, besides=survey)
        if one.is_over
    ]
    reason = survey.over_limit_reason.strip()
    yield _check(
        "burden",
        not over or bool(reason),
        _("Nobody is asked for more than %(count)d minutes this quarter.")
        % {"count": burden_limit()}
        if not (over and reason)
        else _("More than %(count)d minutes this quarter, with a reason everybody can read.")
        % {"count": burden_limit()},
        _("Too much this quarter for %(units)s. Ask less, later, or write why.")
        % {"units": _listed(over)},
    )
    if survey.plan_id is not None:
        # A round passes over each person who was asked; its roll must still be free of them.
        roll = survey.roll.values_list("person_id", flat=True)
        asked = asked_recently(roll, opens_on=opens_on, besides=survey, planned_at=at)
        yield _check(
            "peace",
            not asked,
            _("Everybody has eight weeks of peace between two surveys."),
            _("Some people were asked within eight weeks. Fix the groups again."),
        )
        return
    close = clashes(units, opens_on=opens_on, besides=survey)
    yield _check(
        "peace",
        not close,
        _("Everybody has eight weeks of peace between two surveys."),
        _("Asked too recently: %(units)s. Open it on %(day)s or later.")
        % {
            "units": _listed([one.name for one in close]),
            "day": date_format(max((one.free_on for one in close), default=opens_on)),
        },
    )


def units_of(survey: Survey, people: Sequence[Person]) -> list[tuple[str, str]]:
    """Key and name of the units whose people are asked: of the cells, or as they stand now."""
    cells = survey.cells.values_list("units", flat=True)
    units = {unit["key"]: unit["name"] for row in cells for unit in row}
    if not units:
        ids = {getattr(person, "unit_id", None) for person in people} - {None}
        units = dict(_names(ids))
    return sorted(units.items(), key=lambda unit: (unit[1], unit[0]))


def _names(unit_ids: set[int | None]) -> Iterator[tuple[str, str]]:
    yield from Unit.objects.filter(pk__in=unit_ids).values_list("key", "name")


def _listed(names: Sequence[str]) -> str:
    if len(names) <= MOST_NAMES:
        return ", ".join(names)
    return _("%(names)s and %(count)d more") % {
        "names": ", ".join(names[:MOST_NAMES]),
        "count": len(names) - MOST_NAMES,
    }


def planned_reminders(survey: Survey) -> list[dt.datetime]:
    """When people will be reminded: as chosen, or the third day and two days before the end.

    On working days: the next one, and the last one in time.
    """
    chosen = list(survey.reminders.values_list("send_at", flat=True))
    if chosen or survey.opens_at is None or survey.closes_at is None:
        return chosen
    zone = times.local_zone()
    opens_on, closes_on = times.local_date(survey.opens_at), times.local_date(survey.closes_at)
    days = {
        next_working_day(opens_on + dt.timedelta(days=2)),
        last_working_day(closes_on - dt.timedelta(days=2)),
    }
    moments = sorted(dt.datetime.combine(day, REMINDER_AT, zone) for day in days)
    return [one for one in moments if survey.opens_at < one < survey.closes_at]
