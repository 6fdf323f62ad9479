"""People come, change, move between units and leave. Periods are ended, never overwritten."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F, Q
from django.db.models.functions import Greatest
from django.utils.translation import gettext as _

from engagement.people.actions.audit import record
from engagement.people.actions.common import (
    day_of,
    explained,
    lock_organisation,
    locked,
    plain,
    ring_for_leavers,
    saved,
    start_of,
    told,
)
from engagement.people.models import (
    ActivationCode,
    Employer,
    Membership,
    Person,
    RoleAssignment,
    ShiftPattern,
    Unit,
)

BATCH = 1000
# What `change_person` may change. Places and leaving have actions of their own.
CHANGEABLE = (
    "employee_number",
    "given_name",
    "family_name",
    "email",
    "phone",
    "title",
    "language",
    "manager",
    "shift_pattern",
    "started_on",
)
PLAIN_TEXTS = ("employee_number", "given_name", "family_name", "phone", "title")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What is known about somebody who starts.

    ``started_on`` is the first day and ``left_on`` the first day after the last. They belong to
    ``unit`` from their first day, or from the day the unit opened when that is later.
    """

    employer: Employer
    employee_number: str
    given_name: str
    started_on: dt.date
    family_name: str = ""
    email: str = ""
    phone: str = ""
    title: str = ""
    language: str = Person.Language.NORWEGIAN
    manager: Person | None = None
    shift_pattern: ShiftPattern | None = None
    unit: Unit | None = None
    left_on: dt.date | None = None


def hire_person(*, facts: PersonFacts, by: Person | None, at: dt.datetime) -> Person:
    return hire_people(facts=[facts], by=by, at=at)[0]


@transaction.atomic
def hire_people(
    *, facts: Sequence[PersonFacts], by: Person | None, at: dt.datetime
) -> list[Person]:
    """New people with their places, in the order given; a handful of queries for any number."""
    if not facts:
        return []
    lock_organisation()
    unusable = make_password(None)
    people = [_new_person(one, unusable) for one in facts]
    with explained(Person):
        Person.objects.bulk_create(people, batch_size=BATCH)
    units = {unit.pk: unit for unit in locked([one.unit for one in facts if one.unit])}
    memberships = []
    for person, one in zip(people, facts, strict=True):
        if one.unit is not None:
            unit = units[one.unit.pk]
            from_on = max(one.started_on, unit.opened_on)
            _refuse_unit_closed_on(unit, from_on)
            if one.left_on is None or one.left_on > from_on:
                memberships.append(
                    Membership(person=person, unit=unit, from_on=from_on, to_on=one.left_on)
                )
    with explained(Membership):
        Membership.objects.bulk_create(memberships, batch_size=BATCH)
    _record_about("people-hired", people, by=by, at=at)
    return people


def _new_person(facts: PersonFacts, unusable_password: str) -> Person:
    person = Person(
        employer=facts.employer,
        employee_number=plain(facts.employee_number),
        given_name=plain(facts.given_name),
        family_name=plain(facts.family_name),
        email=_cleaned_email(facts.email),
        phone=plain(facts.phone),
        title=plain(facts.title),
        language=facts.language,
        manager=facts.manager,
        shift_pattern=facts.shift_pattern,
        started_on=facts.started_on,
        left_on=facts.left_on,
        password=unusable_password,
    )
    _check_fields(person)
    return person


def _cleaned_email(email: str) -> str:
    return plain(email).replace(" ", "").lower()


def _check_fields(person: Person) -> None:
    """Everything that can be checked without a query; the database holds the rest."""
    person.clean_fields(exclude={"employer", "manager", "shift_pattern", "password"})
    if person.left_on is not None and person.left_on < person.started_on:
        raise ValidationError(_("The last day cannot be before the first."))
    person.derive_texts()


def _record_about(
    verb: str, people: Sequence[Person], *, by: Person | None, at: dt.datetime, **detail: Any
) -> None:
    """One entry for one act, however many people it concerns."""
    subject = people[0] if len(people) == 1 else ""
    many = {"count": len(people), "people": [person.key for person in people]}
    record(verb=verb, by=by, at=at, subject=subject, **detail, **(many if len(people) > 1 else {}))


def change_person(*, person: Person, by: Person | None, at: dt.datetime, **facts: Any) -> Person:
    """Changes the given facts, see `CHANGEABLE`. The same values again change nothing."""
    changed = change_people(changes=[(person, facts)], by=by, at=at)
    return changed[0] if changed else person


@transaction.atomic
def change_people(
    *,
    changes: Sequence[tuple[Person, Mapping[str, Any]]],
    by: Person | None,
    at: dt.datetime,
) -> list[Person]:
    """Changes many at once and returns those that differ now. E-mail addresses may be swapped."""
    current = {person.pk: person for person in locked([person for person, _facts in changes])}
    changed: dict[int, Person] = {}
    names: set[str] = set()
    with_new_email: list[int] = []
    for given, facts in changes:
        person = current[given.pk]
        differing = _apply(person, facts)
        if differing:
            changed[person.pk] = person
            names |= differing
        if "email" in differing:
            with_new_email.append(person.pk)
    if not changed:
        return []
    people = list(changed.values())
    with explained(Person):
        # Two people may swap addresses: nobody has one while the new ones are written.
        Person.objects.filter(pk__in=with_new_email).update(email="")
        columns = [*names, "search_text", "sort_name"]
        Person.objects.bulk_update(people, columns, batch_size=BATCH)
    forget_old_addresses(with_new_email)
    _record_about("people-changed", people, by=by, at=at, fields=sorted(names))
    return people


def forget_old_addresses(person_ids: Iterable[int]) -> None:
    """A replaced e-mail address opens no door any more."""
    EmailAddress.objects.filter(user_id__in=list(person_ids)).delete()


def _apply(person: Person, facts: Mapping[str, Any]) -> set[str]:
    """Sets ``facts`` on ``person`` and returns the names of those that differ from before."""
    differing = set()
    for name, given in facts.items():
        if name not in CHANGEABLE:
            raise TypeError(f"{name} is changed by an action of its own")
        value = plain(given) if name in PLAIN_TEXTS else given
        if name == "email":
            value = _cleaned_email(given)
        if getattr(person, name) != value:
            setattr(person, name, value)
            differing.add(name)
    if person.manager_id == person.pk:
        raise ValidationError({"manager": _("Nobody is their own manager.")})
    if differing:
        _check_fields(person)
    return differing


def move_person(
    *, person: Person, unit: Unit, on: dt.date, by: Person | None, at: dt.datetime
) -> None:
    """From ``on`` the person belongs to ``unit``."""
    move_people(people=[person], unit=unit, on=on, by=by, at=at)


@transaction.atomic
def move_people(
    *, people: Sequence[Person], unit: Unit, on: dt.date, by: Person | None, at: dt.datetime
) -> list[Person]:
    """From ``on`` all of them belong to ``unit``; returns those for whom that is new.

    Refused when somebody has a later move already or is not employed on ``on``.
    """
    lock_organisation()
    [target] = locked([unit])
    _refuse_unit_closed_on(target, on)
    moving = locked(people)
    known = _memberships_from(moving, on)
    ending: list[Membership] = []
    corrected: list[Membership] = []
    starting: list[Membership] = []
    for person in moving:
        _refuse_not_employed(person, on)
        current = _only_one(person, known.get(person.pk, []), on)
        if current is not None and current.unit_id == target.pk:
            continue
        if current is not None and current.from_on == on:
            current.unit = target
            corrected.append(current)
            continue
        if current is not None:
            current.to_on = on
            ending.append(current)
        starting.append(Membership(person=person, unit=target, from_on=on, to_on=person.left_on))
    with explained(Membership):
        Membership.objects.bulk_update([*ending, *corrected], ["to_on", "unit"], batch_size=BATCH)
        Membership.objects.bulk_create(starting, batch_size=BATCH)
    touched = {one.person_id for one in (*starting, *corrected)}
    moved = [person for person in moving if person.pk in touched]
    if moved:
        _record_about("people-moved", moved, by=by, at=at, unit=target.key, on=on.isoformat())
    return moved


def _memberships_from(people: Sequence[Person], on: dt.date) -> dict[int, list[Membership]]:
    """Each person's memberships that hold on ``on`` or start later, in order."""
    rows = (
        Membership.objects.filter(person__in=[person.pk for person in people])
        .filter(Q(to_on__isnull=True) | Q(to_on__gt=on))
        .order_by("from_on")
    )
    found: dict[int, list[Membership]] = {}
    for row in rows:
        found.setdefault(row.person_id, []).append(row)
    return found


def _only_one(person: Person, rows: Sequence[Membership], on: dt.date) -> Membership | None:
    """The membership that holds on ``on``; a later one means the past would be rewritten."""
    for row in rows:
        if row.from_on > on:
            raise ValidationError(
                _("%(person)s has a move on %(day)s already. Choose a later day.")
                % {"person": person.name, "day": told(row.from_on)}
            )
    return rows[0] if rows else None


def _refuse_not_employed(person: Person, on: dt.date) -> None:
    if on < person.started_on or (person.left_on is not None and on >= person.left_on):
        raise ValidationError(
            _("%(person)s is not employed on %(day)s.") % {"person": person.name, "day": told(on)}
        )


def _refuse_unit_closed_on(unit: Unit, on: dt.date) -> None:
    if on < unit.opened_on or (unit.closed_on is not None and on >= unit.closed_on):
        raise ValidationError(
            _("%(unit)s is not open on %(day)s.") % {"unit": unit.name, "day": told(on)}
        )
    if unit.stated_headcount is not None:
        raise ValidationError(
            _("%(unit)s is only a head count; nobody can belong to it.") % {"unit": unit.name}
        )


def end_employment(*, person: Person, on: dt.date, by: Person | None, at: dt.datetime) -> Person:
    """See `end_employments`."""
    end_employments(people=[person], on=on, by=by, at=at)
    person.refresh_from_db()
    return person


@transaction.atomic
def end_employments(
    *, people: Sequence[Person], on: dt.date, by: Person | None, at: dt.datetime
) -> None:
    """``on`` is the first day they no longer work here; it may lie ahead.

    Memberships and roles end that day. From that day they cannot sign in and are signed out
    (`Person.is_active`); when it is here already, passwords and unused codes go at once.
    """
    lock_organisation()
    leaving = locked(people)
    ids = [person.pk for person in leaving]
    for person in leaving:
        person.left_on = on
        _check_fields(person)
    with explained(Person):
        Person.objects.bulk_update(leaving, ["left_on"], batch_size=BATCH)
    memberships = Membership.objects.filter(person__in=ids)
    memberships.filter(from_on__gte=on).delete()
    memberships.filter(Q(to_on__isnull=True) | Q(to_on__gt=on)).update(to_on=on)
    roles = RoleAssignment.objects.filter(person__in=ids)
    ends_at = start_of(on)
    roles.filter(Q(to_at__isnull=True) | Q(to_at__gt=ends_at)).update(
        to_at=Greatest(F("from_at"), ends_at)
    )
    if on <= day_of(at):
        # Every session carries a mark of the password: without it none is valid any more.
        Person.objects.filter(pk__in=ids).update(password=make_password(None))
        ActivationCode.objects.filter(person__in=ids, used_at__isnull=True).delete()
    _record_about("people-left", leaving, by=by, at=at, on=on.isoformat())
    ring_for_leavers()


@transaction.atomic
def rehire_person(
    *,
    person: Person,
    on: dt.date,
    unit: Unit | None = None,
    by: Person | None,
    at: dt.datetime,
) -> Person:
    """Somebody who left works here again from ``on``, as the same person with their history.

    They sign in anew: an old password or session does not come back to life.
    """
    lock_organisation()
    [current] = locked([person])
    if current.left_on is None:
        raise ValidationError(_("%(person)s never left.") % {"person": current.name})
    if current.is_forgotten:
        raise ValidationError(
            _("The name was deleted a year after they left. Add them as a new person.")
        )
    if on < current.left_on:
        raise ValidationError(
            _("%(person)s left on %(day)s. Choose that day or a later one.")
            % {"person": current.name, "day": told(current.left_on)}
        )
    current.left_on = None
    current.set_unusable_password()
    saved(current)
    record(verb="person-rehired", by=by, at=at, subject=current, on=on.isoformat())
    ring_for_leavers()
    if unit is not None:
        move_people(people=[current], unit=unit, on=on, by=by, at=at)
    return current
