"""Who may read, withdraw, report or hide a kudos, and what is said to it."""

import datetime as dt
from collections.abc import Sequence
from typing import NoReturn

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.utils.translation import gettext as _

from engagement import times
from engagement.live.models import Stream
from engagement.people.access import (
    can_administer_everybody,
    can_administer_people,
    can_administer_person,
    has_role,
    is_key,
    leads,
    roles_of,
)
from engagement.people.models import Employer, Membership, Person, RoleAssignment, Site, Unit
from engagement.people.receivers import Receiver, resolve_receivers
from engagement.people.tree import Tree
from kudos.circles import circle_of
from kudos.models import (
    Comment,
    Counter,
    Decision,
    Goal,
    Kudos,
    KudosReach,
    Praise,
    PraiseRule,
    Report,
)
from kudos.moderators import Thing, author_id_of, is_moderator, kudos_of, moderators_of
from kudos.praise_circle import CHECKING, praise_circle_of

# How long before somebody's first day their lead can write to them.
WELCOMED_BEFORE = dt.timedelta(days=14)


def can_view(person: Person, kudos: Kudos, *, at: dt.datetime) -> bool:
    """Giver at once; receivers and the audience after the hold, or when its day has come."""
    if kudos.giver_id == person.pk:
        return True
    if kudos.show_from > at or kudos.is_planned:
        return False
    receivers = list(kudos.receivers.all())
    if any(receiver.person_id == person.pk for receiver in receivers):
        return True
    circle = circle_of(person, day=times.local_date(at))
    if any(circle.is_thanked_by(receiver) for receiver in receivers):
        return True
    streams = Stream.objects.filter(circle.streams("all"))
    return KudosReach.objects.filter(kudos=kudos, stream__in=streams).exists()


def can_withdraw(person: Person, kudos: Kudos) -> bool:
    """Only its giver withdraws a kudos."""
    return kudos.giver_id == person.pk and kudos.withdrawn_at is None


def can_take_off_walls(person: Person, kudos: Kudos) -> bool:
    """Whoever is thanked or thanks may take it off every wall."""
    return kudos.wants_wall and (kudos.giver_id == person.pk or is_thanked(person, kudos))


def is_thanked(person: Person, kudos: Kudos) -> bool:
    """Whether ``person`` is thanked by name."""
    return any(receiver.person_id == person.pk for receiver in kudos.receivers.all())


def can_withdraw_comment(person: Person, comment: Comment) -> bool:
    """Only its author withdraws a comment."""
    return comment.author_id == person.pk and comment.withdrawn_at is None


def can_edit_values(person: Person) -> bool:
    return has_role(person, RoleAssignment.Role.HR, RoleAssignment.Role.ADMINISTRATOR)


def can_report(person: Person, thing: Thing) -> bool:
    """Whoever may read a thing may report it, but for its author."""
    return author_id_of(thing) != person.pk


def can_moderate(person: Person, thing: Thing, *, at: dt.datetime) -> bool:
    """Whether ``person`` may hide a kudos or a comment, or say that it stays (`kudos.moderators`)."""
    return is_moderator(person) and person in moderators_of(thing, at=at)


def can_edit_policy(person: Person) -> bool:
    """The list of words and what becomes of leavers' thanks: HR of the whole organisation."""
    return can_administer_everybody(person)


def can_keep_counters(person: Person) -> bool:
    """What the whole centre counts is kept by HR and administrators of the whole organisation."""
    return can_administer_everybody(person)


def get_counter_to_keep(person: Person, key: str) -> Counter:
    """403 for everybody else: that there are counters is no secret."""
    if not can_keep_counters(person):
        raise PermissionDenied
    counter = Counter.objects.filter(key=key).first()
    if counter is None:
        raise Http404
    return counter


def get_goal_to_remove(person: Person, key: str) -> Goal:
    if not can_keep_counters(person):
        raise PermissionDenied
    goal = Goal.objects.select_related("counter").filter(key=key).first() if is_key(key) else None
    if goal is None:
        raise Http404
    return goal


COVERAGE_ROLES = (
    RoleAssignment.Role.LEAD,
    RoleAssignment.Role.SITE_MANAGER,
    RoleAssignment.Role.HR,
    RoleAssignment.Role.ADMINISTRATOR,
)
Scope = Unit | Site | Employer | None


def scopes_to_cover(person: Person) -> list[Scope]:
    """Of what ``person`` may see how many are thanked: their units, sites and employers, by name;
    None for everybody. Only those who answer for people."""
    held = [one for one in roles_of(person) if one.role in COVERAGE_ROLES]
    named = {one.scope.key: one.scope for one in held if one.scope}
    everybody: list[Scope] = [None] if any(one.scope is None for one in held) else []
    return [*everybody, *sorted(named.values(), key=lambda one: (one.name, one.key))]


def get_scope_to_cover(person: Person, key: str, *, tree: Tree) -> Scope:
    """What ``key`` names, or the widest of their own; 404 for what there is not, 403 for the rest."""
    scopes = scopes_to_cover(person)
    if not scopes:
        raise PermissionDenied
    if not key:
        return scopes[0]
    unit = tree.by_key(key)
    if unit is not None:
        allowed = has_role(person, *COVERAGE_ROLES, unit=unit, tree=tree)
        scope: Scope = unit
    else:
        known = is_key(key)
        site = Site.objects.filter(key=key).first() if known else None
        employer = Employer.objects.filter(key=key).first() if known and not site else None
        scope = site or employer
        if scope is None:
            raise Http404
        allowed = has_role(person, *COVERAGE_ROLES, site=site, employer=employer)
    if not allowed:
        raise PermissionDenied
    return scope


def get_kudos_to_view(person: Person, key: str, *, at: dt.datetime | None = None) -> Kudos:
    """404 for whoever its audience does not include, and for everybody once it is withdrawn."""
    at = at or times.now()
    standing = Kudos.objects.standing().filter(key=key) if is_key(key) else Kudos.objects.none()
    kudos = standing.with_everything(person).first()
    if kudos is None or not can_view(person, kudos, at=at):
        raise Http404
    return kudos


def get_kudos_to_withdraw(person: Person, key: str) -> Kudos:
    kudos = get_kudos_to_view(person, key)
    if not can_withdraw(person, kudos):
        raise PermissionDenied
    return kudos


def get_kudos_to_take_off_walls(person: Person, key: str) -> Kudos:
    kudos = get_kudos_to_view(person, key)
    if not can_take_off_walls(person, kudos):
        raise PermissionDenied
    return kudos


def get_kudos_to_keep_private(person: Person, key: str) -> Kudos:
    kudos = get_kudos_to_view(person, key)
    if not is_thanked(person, kudos):
        raise PermissionDenied
    return kudos


def get_comment_to_view(person: Person, key: str) -> Comment:
    """404 for whoever may not read its kudos, and for everybody once it is gone."""
    standing = Comment.objects.standing().select_related("kudos__giver", "author")
    comment = standing.filter(key=key).first() if is_key(key) else None
    if comment is None or comment.kudos.withdrawn_at or comment.kudos.hidden_at:
        raise Http404
    if not can_view(person, comment.kudos, at=times.now()):
        raise Http404
    return comment


def get_comment_to_withdraw(person: Person, key: str) -> Comment:
    comment = get_comment_to_view(person, key)
    if not can_withdraw_comment(person, comment):
        raise PermissionDenied
    return comment


def get_thing_to_report(person: Person, key: str) -> Thing:
    """A kudos or a comment by its key; 403 for its own author."""
    thing = _find_thing(person, key)
    if thing is None or not can_view(person, kudos_of(thing), at=times.now()):
        raise Http404
    if not can_report(person, thing):
        raise PermissionDenied(_("You wrote this yourself. Take it back instead."))
    return thing


def get_thing_to_moderate(person: Person, key: str) -> Thing:
    """A kudos or a comment to decide about. What moderators cannot read otherwise they may only
    once somebody has reported it: 404 until then.
    """
    thing, at = _find_thing(person, key), times.now()
    if thing is None:
        raise Http404
    is_readable = can_view(person, kudos_of(thing), at=at)
    is_reported = is_moderator(person) and Report.objects.about(thing).exists()
    if not can_moderate(person, thing, at=at):
        _refuse(person, thing, is_known=is_readable)
    if not is_readable and not is_reported:
        raise Http404
    return thing


def get_thing_to_decide(person: Person, key: str) -> Thing:
    """A kudos or a comment that was reported, also when it is gone meanwhile."""
    thing: Thing | None = None
    if is_key(key):
        said = Comment.objects.select_related("kudos__giver", "author").filter(key=key)
        thing = Kudos.objects.with_everything(person).filter(key=key).first() or said.first()
    if thing is None or not is_moderator(person):
        raise Http404
    if not Report.objects.about(thing).exists():
        raise Http404
    if not can_moderate(person, thing, at=times.now()):
        _refuse(person, thing, is_known=False)
    return thing


def get_decision_to_moderate(person: Person, key: str) -> Decision:
    """A decision about a kudos or a comment, for whoever could have made it."""
    if not is_moderator(person):
        raise PermissionDenied
    found = Decision.objects.select_related("kudos__giver", "comment__author", "comment__kudos")
    decision = found.filter(key=key).first() if is_key(key) else None
    if decision is None:
        raise Http404
    if not can_moderate(person, decision.thing, at=times.now()):
        _refuse(person, decision.thing, is_known=False)
    return decision


def _find_thing(person: Person, key: str) -> Thing | None:
    if not is_key(key):
        return None
    standing = Kudos.objects.standing()
    if kudos := standing.filter(key=key).with_everything(person).first():
        return kudos
    said = Comment.objects.standing().filter(key=key, kudos__in=standing)
    return said.select_related("kudos__giver", "author").first()


def _refuse(person: Person, thing: Thing, *, is_known: bool) -> NoReturn:
    """404 for a thing that ``person`` must not know of; else 403, with the reason for a party to it."""
    is_party = person.pk in (author_id_of(thing), kudos_of(thing).giver_id) or is_thanked(
        person, kudos_of(thing)
    )
    if is_party and is_moderator(person):
        raise PermissionDenied(_("This is about you. Somebody else has to decide it."))
    if is_known:
        raise PermissionDenied
    raise Http404


def get_receivers(*, by: Person, keys: Sequence[str], at: dt.datetime) -> list[Receiver]:
    """The people, units and shifts behind ``keys``, in their order and each once.

    Raises ValidationError that names the keys that are nobody, or nobody any more.
    """
    day = times.local_date(at)
    people, units, shifts, unknown = resolve_receivers(keys, day=day)
    if unknown:
        starting = _starting(by, unknown, day=day)
        people += starting
        unknown = [key for key in unknown if key not in {one.key for one in starting}]
    if unknown:
        raise ValidationError(
            {
                "to": _("Nobody here goes by: %(keys)s. Search for the name and choose again.")
                % {"keys": ", ".join(key[:40] for key in unknown[:5])}
            }
        )
    ones: list[Receiver] = [*people, *units, *shifts]
    found = {one.key: one for one in ones}
    return [found[key] for key in dict.fromkeys(keys)]


# --- what customers say ---------------------------------------------------------------------------


def can_handle_praise(person: Person) -> bool:
    """Leads, site managers, HR and administrators check what customers said about their people."""
    return has_role(person, *CHECKING)


def can_check_praise(person: Person, praise: Praise) -> bool:
    """Those above the agent, never the agent themselves. Without an agent: HR and administrators
    of the whole organisation."""
    return praise_circle_of(person, day=times.today()).has(praise.agent)


def can_edit_praise_rules(person: Person) -> bool:
    """The rules hold for everybody, so HR and administrators of the whole organisation."""
    return can_administer_everybody(person)


def can_send_praise(person: Person, agent: Person | None = None) -> bool:
    """HR and administrators, whose tokens the sending system carries; within their employer."""
    if agent is None:
        return can_administer_people(person)
    return can_administer_person(person, agent)


def get_praise_to_check(person: Person, key: str) -> Praise:
    """404 for praise of others' people as for unknown keys; 403 for those who check nobody's."""
    if not can_handle_praise(person):
        raise PermissionDenied
    found = Praise.objects.filter(key=key) if is_key(key) else Praise.objects.none()
    praise = found.select_related("agent__employer", "kudos", "approved_by", "dismissed_by").first()
    if praise is None or not can_check_praise(person, praise):
        raise Http404
    return praise


def get_praises_to_check(person: Person, keys: Sequence[str]) -> list[Praise]:
    """Those behind ``keys`` that ``person`` may check, in the order they arrived; others are left
    out. 403 for those who check nobody's."""
    if not can_handle_praise(person):
        raise PermissionDenied
    circle = praise_circle_of(person, day=times.today())
    known = [key for key in keys if is_key(key)]
    found = Praise.objects.filter(key__in=known).select_related("agent").order_by("pk")
    mine = None if circle.is_everybody else set(circle.agent_ids())
    return [
        praise
        for praise in found
        if praise.agent_id != person.pk and (mine is None or praise.agent_id in mine)
    ]


def get_praise_rule_to_edit(person: Person, key: str) -> PraiseRule:
    if not can_edit_praise_rules(person):
        raise PermissionDenied
    rule = PraiseRule.objects.filter(key=key).first() if is_key(key) else None
    if rule is None:
        raise Http404
    return rule


def _starting(by: Person, keys: Sequence[str], *, day: dt.date) -> list[Person]:
    """Those of ``keys`` who start soon in a unit that ``by`` leads: to be welcomed by a kudos
    planned for that day. Nobody else finds them before."""
    soon = Person.objects.select_related("employer").filter(
        key__in=[key for key in keys if is_key(key)],
        started_on__gt=day,
        started_on__lte=day + WELCOMED_BEFORE,
    )
    found = []
    for person in soon:
        place = Membership.objects.on(person.started_on).filter(person=person)
        membership = place.select_related("unit").first()
        if membership is not None and leads(by, membership.unit):
            found.append(person)
    return found
