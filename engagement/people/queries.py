"""Reads that join: who was where, who is found, who leads what."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any, NamedTuple

from allauth.account.models import EmailAddress
from django.db import connection
from django.db.models import Count, F, FilteredRelation, Q
from django.db.models.expressions import Case, Value, When
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from engagement.people import access
from engagement.people.audit_words import AUDIT_FACTS, AUDIT_WORDS
from engagement.people.models import (
    ActivationCode,
    AuditEntry,
    Employer,
    Membership,
    Person,
    PersonQuerySet,
    RoleAssignment,
    Site,
    Unit,
    UnitPlacement,
    folded,
)
from engagement.people.tree import Tree

__all__ = ["Tree"]

WORDS_SEARCHED = 6
TEXT_SEARCHED = 100


# --- Who was where -------------------------------------------------------------------------------

MEMBERS_ON = """
WITH RECURSIVE tree (unit_id, site_id, path) AS (
    SELECT unit_id, site_id, ARRAY[unit_id]
    FROM people_unitplacement
    WHERE parent_id IS NULL AND from_on <= %(day)s AND (to_on IS NULL OR to_on > %(day)s)
  UNION ALL
    SELECT below.unit_id, COALESCE(below.site_id, tree.site_id), tree.path || below.unit_id
    FROM people_unitplacement below JOIN tree ON below.parent_id = tree.unit_id
    WHERE below.from_on <= %(day)s AND (below.to_on IS NULL OR below.to_on > %(day)s)
      AND below.unit_id <> ALL (tree.path)
)
SELECT person.*, place.unit_id AS unit_id, tree.site_id AS site_id
FROM people_person person
LEFT JOIN people_membership place
    ON place.person_id = person.id
    AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
LEFT JOIN tree ON tree.unit_id = place.unit_id
WHERE person.started_on <= %(day)s AND (person.left_on IS NULL OR person.left_on > %(day)s)
  AND (%(unit)s::bigint IS NULL OR %(unit)s::bigint = ANY (tree.path))
  AND (%(site)s::bigint IS NULL OR tree.site_id = %(site)s::bigint)
ORDER BY person.sort_name, person.id
"""


def members_on(day: dt.date, *, unit: Unit | None = None, site: Site | None = None) -> list[Person]:
    """Everybody employed on ``day``, in ``unit`` or below it and at ``site`` as they stood then.

    One query. Each person carries ``unit_id`` and ``site_id`` of that day (None: in no unit).
    """
    facts = {"day": day, "unit": unit.pk if unit else None, "site": site.pk if site else None}
    return list(Person.objects.raw(MEMBERS_ON, facts))


TIME_ZONES_ON = """
WITH RECURSIVE climb (person_id, parent_id, site_id) AS (
    SELECT place.person_id, own.parent_id, own.site_id
    FROM people_membership place JOIN people_unitplacement own ON own.unit_id = place.unit_id
    WHERE place.person_id = ANY (%(people)s)
      AND place.from_on <= %(day)s AND (place.to_on IS NULL OR place.to_on > %(day)s)
      AND own.from_on <= %(day)s AND (own.to_on IS NULL OR own.to_on > %(day)s)
  UNION
    SELECT climb.person_id, above.parent_id, above.site_id
    FROM climb JOIN people_unitplacement above ON above.unit_id = climb.parent_id
    WHERE climb.site_id IS NULL
      AND above.from_on <= %(day)s AND (above.to_on IS NULL OR above.to_on > %(day)s)
)
SELECT climb.person_id, site.timezone FROM climb JOIN people_site site ON site.id = climb.site_id
"""


def time_zones_on(day: dt.date, person_ids: Iterable[int]) -> dict[int, str]:
    """The wall clock of each person's site on ``day``, by row number; without a site none.

    One query, however many people.
    """
    with connection.cursor() as cursor:
        cursor.execute(TIME_ZONES_ON, {"day": day, "people": list(person_ids)})
        return dict(cursor.fetchall())


class Place(NamedTuple):
    unit: Unit | None
    site: Site | None


def place_of(person: Person, day: dt.date, *, tree: Tree | None = None) -> Place:
    """The unit and the site ``person`` belonged to on ``day``. Two queries, one with a ``tree``."""
    tree = tree or Tree.on(day)
    unit_id = (
        Membership.objects.on(day).filter(person=person).values_list("unit_id", flat=True).first()
    )
    return Place(tree.unit(unit_id), tree.site_of(unit_id))


def placed_people(day: dt.date) -> PersonQuerySet:
    """Everybody employed on ``day``, each with the ``unit_id`` of that day in the same query."""
    then = Q(memberships__from_on__lte=day) & (
        Q(memberships__to_on__isnull=True) | Q(memberships__to_on__gt=day)
    )
    placed: PersonQuerySet = access.visible_people(day).annotate(
        place=FilteredRelation("memberships", condition=then), unit_id=F("place__unit_id")
    )
    return placed


def unit_id_of(person: Person) -> int | None:
    """The row number of the unit that `members_on` or `placed_people` read with ``person``."""
    unit_id: int | None = getattr(person, "unit_id", None)
    return unit_id


def history_of(person: Person) -> list[Membership]:
    """All the units a person has belonged to, newest first."""
    return list(person.memberships.select_related("unit").order_by("-from_on"))


def head_counts(day: dt.date) -> dict[int, int]:
    """How many people each unit had on ``day``, without the units below it. One query."""
    rows = placed_people(day).filter(unit_id__isnull=False).values_list("unit_id")  # type: ignore[misc] # annotated
    return dict(rows.annotate(count=Count("id")).order_by())


def head_counts_with_below(tree: Tree, counts: dict[int, int]) -> dict[int, int]:
    """``counts`` with each unit's people added to all units above it, stated ones included."""
    totals: dict[int, int] = {}
    for unit_id, node in tree.nodes.items():
        count = counts.get(unit_id, 0) + (node.unit.stated_headcount or 0)
        for one in tree.ancestor_ids(unit_id):
            totals[one] = totals.get(one, 0) + count
    return totals


def leads_of(units: Iterable[Unit], *, at: dt.datetime) -> dict[int, list[Person]]:
    """The people who lead each of ``units`` at ``at``, by the unit's row number. One query."""
    held = (
        RoleAssignment.objects.held(at)
        .filter(role=RoleAssignment.Role.LEAD, unit__in=[unit.pk for unit in units])
        .select_related("person__employer")
        .order_by("person__sort_name")
    )
    found: dict[int, list[Person]] = {}
    for role in held:
        if role.person.is_active and role.unit_id:
            found.setdefault(role.unit_id, []).append(role.person)
    return found


# --- Search --------------------------------------------------------------------------------------


def words_of(text: str) -> list[str]:
    """What is searched for: at most six folded words, without what the database cannot hold."""
    cleaned = "".join(c for c in text[:TEXT_SEARCHED] if c.isprintable() or c.isspace())
    return folded(cleaned).replace(",", " ").split()[:WORDS_SEARCHED]


def matching(people: PersonQuerySet, text: str) -> PersonQuerySet:
    """Those of whom some word (name, number, e-mail) begins with each word of ``text``."""
    for word in words_of(text):
        people = people.filter(search_text__contains=f" {word}")
    return people


def ranked(
    people: PersonQuerySet, text: str, *, viewer: Person, tree: Tree, near: Place
) -> PersonQuerySet:
    """First names that begin so first, then the viewer's own team, own site, then by name."""
    words = words_of(text)
    site_units = tree.unit_ids_at(near.site.pk) if near.site else set()
    return people.annotate(
        is_other_name=Case(
            *([When(search_text__startswith=f" {words[0]}", then=Value(0))] if words else []),
            default=Value(1),
        ),
        distance=Case(
            *([When(unit_id=near.unit.pk, then=Value(0))] if near.unit else []),
            *([When(unit_id__in=site_units, then=Value(1))] if site_units else []),
            default=Value(2),
        ),
    ).order_by("is_other_name", "distance", "sort_name", "id")


class Placed(NamedTuple):
    """A person with the place they have now, as lists show them."""

    person: Person
    unit: Unit | None
    site: Site | None


def search_people(
    text: str,
    *,
    viewer: Person,
    day: dt.date,
    limit: int = 20,
    offset: int = 0,
    site: Site | None = None,
    unit: Unit | None = None,
    tree: Tree | None = None,
) -> list[Placed]:
    """People found by the beginnings of words, whatever case, accents and order. Three queries.

    Without ``text`` everybody, by name. Only people employed on ``day``.
    """
    tree = tree or Tree.on(day)
    people = matching(placed_people(day), text)
    if site is not None:
        people = people.filter(unit_id__in=tree.unit_ids_at(site.pk))  # type: ignore[misc] # annotated
    if unit is not None:
        people = people.filter(unit_id__in=tree.descendant_ids(unit.pk))  # type: ignore[misc] # annotated
    if words_of(text):
        near = place_of(viewer, day, tree=tree)
        people = ranked(people, text, viewer=viewer, tree=tree, near=near)
    else:
        people = people.order_by("sort_name", "id")
    return [
        Placed(person, tree.unit(unit_id_of(person)), tree.site_of(unit_id_of(person)))
        for person in people[offset : offset + limit]
    ]


def search_units(text: str, *, tree: Tree, limit: int = 20) -> list[Unit]:
    """Units whose name has words that begin so; in the tree of its day."""
    return tree.find(" ".join(words_of(text)))[:limit]


# --- Choices in type-ahead fields ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a type-ahead field. ``id`` is the public key; ``kind`` is person or unit."""

    id: str
    name: str
    detail: str
    initials: str
    hue: int
    kind: str

    def as_dict(self) -> dict[str, str | int]:
        return asdict(self)


def _joined(*parts: str | None) -> str:
    return " · ".join(part for part in parts if part)


def person_option(person: Person, unit: Unit | None, site: Site | None) -> Option:
    detail = _joined(unit.name if unit else person.title, site.name if site else None)
    return Option(person.key, person.name, detail, person.initials, person.hue, "person")


def unit_option(unit: Unit, *, tree: Tree) -> Option:
    site, above = tree.site_of(unit.pk), tree.parent(unit.pk)
    detail = _joined(
        _("Team") if tree.is_leaf(unit.pk) else _("Unit"),
        above.name if above else None,
        site.name if site else None,
    )
    return Option(unit.key, unit.name, detail, unit.initials, unit.hue, "unit")


def person_options(
    text: str, *, viewer: Person, day: dt.date, limit: int = 8, tree: Tree | None = None
) -> list[Option]:
    """People for a type-ahead field, best first."""
    found = search_people(text, viewer=viewer, day=day, limit=limit, tree=tree)
    return [person_option(*one) for one in found]


def unit_options(
    text: str, *, day: dt.date, limit: int = 8, tree: Tree | None = None
) -> list[Option]:
    """Units for a type-ahead field, best first."""
    tree = tree or Tree.on(day)
    return [unit_option(unit, tree=tree) for unit in search_units(text, tree=tree, limit=limit)]


# --- Pages ---------------------------------------------------------------------------------------

# Roles that colleagues should know of; HR and technical ones are nobody's business.
PUBLIC_ROLES = (
    RoleAssignment.Role.LEAD,
    RoleAssignment.Role.SITE_MANAGER,
    RoleAssignment.Role.SAFETY_DELEGATE,
    RoleAssignment.Role.UNION_REPRESENTATIVE,
)


def public_roles(person: Person) -> list[RoleAssignment]:
    return [role for role in access.roles_of(person) if role.role in PUBLIC_ROLES]


def visible_manager(person: Person) -> Person | None:
    """The person's manager, unless that one has left."""
    manager = person.manager
    return manager if manager is not None and manager.is_active else None


class Coming(NamedTuple):
    """A change that is planned: on which day, what it concerns and what it is."""

    day: dt.date
    name: str
    what: str


def coming_changes(day: dt.date, *, limit: int = 20) -> list[Coming]:
    """What is already decided about units after ``day``, soonest first. Three queries."""
    moves = (
        UnitPlacement.objects.filter(from_on__gt=day)
        .select_related("unit", "parent")
        .order_by("from_on")
    )[:limit]
    closing = Unit.objects.filter(closed_on__gt=day).order_by("closed_on")[:limit]
    leaving = (
        Person.objects.filter(left_on__gt=day)
        .values_list("left_on")
        .annotate(count=Count("id"))
        .order_by("left_on")
    )[:limit]
    found = [
        Coming(
            one.from_on,
            one.unit.name,
            _("opens") if one.unit.opened_on == one.from_on else _("moves"),
        )
        for one in moves
    ]
    found += [Coming(unit.closed_on, unit.name, _("closes")) for unit in closing if unit.closed_on]
    found += [
        Coming(left_on, ngettext("%(count)d person", "%(count)d people", count)
               % {"count": count}, _("no longer here"))
        for left_on, count in leaving
        if left_on
    ]  # fmt: skip
    return sorted(found)[:limit]


# --- Administration ------------------------------------------------------------------------------


def codes_waiting(people: Iterable[Person], *, at: dt.datetime) -> set[int]:
    """The row numbers of those who hold a code they have not used."""
    waiting = ActivationCode.objects.filter(used_at__isnull=True, expires_at__gt=at)
    return set(waiting.filter(person__in=list(people)).values_list("person_id", flat=True))


def roles_held(*, at: dt.datetime, viewer: Person) -> list[RoleAssignment]:
    """All roles that hold at ``at`` and that ``viewer`` may see in the list of roles."""
    held = (
        RoleAssignment.objects.held(at)
        .select_related("person__employer", "employer", "site", "unit")
        .order_by("role", "person__sort_name", "id")
    )
    if access.can_administer_everybody(viewer):
        return list(held)
    return [one for one in held if access.can_administer_person(viewer, one.person)]


def administered_employers(viewer: Person) -> list[Employer]:
    """The employers whose people ``viewer`` administers, the own company first."""
    everyone = Employer.objects.order_by("is_partner", "name")
    return [one for one in everyone if access.can_administer_employer(viewer, one)]


def audit_page(*, before: int | None, limit: int = 50) -> list[AuditEntry]:
    """Audit entries, newest first, older than the entry with row number ``before``."""
    entries = AuditEntry.objects.select_related("actor").order_by("-id")
    return list((entries.filter(pk__lt=before) if before else entries)[:limit])


KEYS_NAMED = 20


class AuditLine(NamedTuple):
    """An audit entry in words."""

    entry: AuditEntry
    words: str
    subject: str
    detail: str


def told(entries: Sequence[AuditEntry]) -> list[AuditLine]:
    """Entries with names instead of keys. Two queries for any number of entries."""
    keys: set[str] = set()
    for entry in entries:
        keys.add(entry.subject)
        for value in entry.detail.values():
            values = value[:KEYS_NAMED] if isinstance(value, list) else [value]
            keys.update(one for one in values if isinstance(one, str) and access.is_key(one))
    names = dict(Unit.objects.filter(key__in=keys).values_list("key", "name"))
    names |= {person.key: person.name for person in Person.objects.filter(key__in=keys)}
    return [
        AuditLine(
            entry,
            str(AUDIT_WORDS.get(entry.verb, entry.verb.replace("-", " "))),
            names.get(entry.subject, "")
            or str(entry.detail.get("name") or entry.detail.get("filename") or entry.subject),
            _told_detail(entry.detail, names),
        )
        for entry in entries
    ]


def _told_detail(detail: dict[str, Any], names: dict[str, str]) -> str:
    parts = []
    for name, value in detail.items():
        if (
            name in {"name", "names"}
            or value is None
            or (name == "scope" and "scope_name" in detail)
        ):
            continue
        values = value if isinstance(value, list) else [value]
        told_values = [
            names.get(one) or _told_value(name, one) for one in map(str, values[:KEYS_NAMED])
        ]
        if len(values) > KEYS_NAMED:
            told_values.append("…")
        parts.append(f"{AUDIT_FACTS.get(name, name.replace('_', ' '))}: {', '.join(told_values)}")
    return " · ".join(parts)


def _told_value(name: str, value: str) -> str:
    """Roles, fields and days in the reader's words; all else as it stands."""
    if name == "role" and value in RoleAssignment.Role.values:
        return str(RoleAssignment.Role(value).label)
    if name == "fields":
        return str(AUDIT_FACTS.get(value, value))
    if name == "on":
        return date_format(dt.date.fromisoformat(value))
    return value


def has_administrator(*, at: dt.datetime) -> bool:
    """Whether anybody can administer the whole organisation at ``at``, or will be able to."""
    # Also who was made administrator a moment after ``at``: two first ones may race for the role.
    lasting = Q(to_at__isnull=True) | Q(to_at__gt=at)
    employed = Q(person__left_on__isnull=True) | Q(person__left_on__gt=timezone.localdate(at))
    return RoleAssignment.objects.filter(
        lasting,
        employed,
        role=RoleAssignment.Role.ADMINISTRATOR,
        employer=None,
        site=None,
        unit=None,
    ).exists()


def own_data(person: Person, *, at: dt.datetime) -> dict[str, object]:
    """What this room stores about a person, as they may take it with them."""
    return {
        "id": person.key,
        "employee_number": person.employee_number,
        "employer": person.employer.name,
        "given_name": person.given_name,
        "family_name": person.family_name,
        "email": person.email,
        "phone": person.phone,
        "title": person.title,
        "language": person.language,
        "manager": person.manager.name if person.manager else None,
        "shift_pattern": person.shift_pattern.key if person.shift_pattern else None,
        "wall_choice": person.wall_choice,
        "keeps_thanks_private": person.keeps_thanks_private,
        "is_thanked_by_partners": person.is_thanked_by_partners,
        "celebrates_milestones": person.celebrates_milestones,
        "started_on": person.started_on.isoformat(),
        "left_on": person.left_on.isoformat() if person.left_on else None,
        "last_signed_in_at": person.last_login.isoformat() if person.last_login else None,
        "memberships": [
            {
                "unit": one.unit.name,
                "from": one.from_on.isoformat(),
                "to": one.to_on.isoformat() if one.to_on else None,
            }
            for one in history_of(person)
        ],
        "roles": [
            {
                "role": one.role,
                "scope": str(one.scope) if one.scope else None,
                "from": one.from_at.isoformat(),
                "to": one.to_at.isoformat() if one.to_at else None,
            }
            for one in person.roles.select_related("employer", "site", "unit").order_by("from_at")
        ],
        "sign_in_addresses": [
            {"email": one.email, "verified": one.verified}
            for one in EmailAddress.objects.filter(user=person).order_by("pk")
        ],
        "activation_codes": [
            {
                "created_at": one.created_at.isoformat(),
                "expires_at": one.expires_at.isoformat(),
                "used_at": one.used_at.isoformat() if one.used_at else None,
            }
            for one in person.activation_codes.order_by("pk")
        ],
        "audit_log": [
            {
                "at": one.at.isoformat(),
                "by_me": one.actor_id == person.pk,
                "verb": one.verb,
                "subject": one.subject,
            }
            for one in AuditEntry.objects.filter(
                Q(actor=person) | Q(subject=person.key) | Q(detail__people__contains=[person.key])
            ).order_by("pk")
        ],
        "rosters_sent": [
            {"at": one.uploaded_at.isoformat(), "filename": one.filename}
            for one in person.roster_imports.defer("content").order_by("pk")
        ],
        "exported_at": at.isoformat(),
    }
