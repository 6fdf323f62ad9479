"""Who may plan, read, witness and count surveys. Answers are not among what anybody may see."""

from collections.abc import Iterable

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement import times
from engagement.people.access import has_role, is_key, is_person, roles_of
from engagement.people.models import Employer, Membership, Person, RoleAssignment, Site, Unit
from engagement.people.tree import Tree
from surveys.models import Cell, Instrument, PulsePlan, Review, RollEntry, Survey

Role = RoleAssignment.Role
REPRESENTATIVES = (Role.SAFETY_DELEGATE, Role.UNION_REPRESENTATIVE)
Viewer = Person | AnonymousUser
Place = Unit | Site | Employer


def places_of(survey: Survey) -> list[Place]:
    """Whom a survey asks, as HR chose them."""
    rows = survey.audience.select_related("unit__employer", "site", "employer").order_by("pk")
    return [place for row in rows if (place := row.unit or row.site or row.employer)]


def covers(person: Viewer, roles: Iterable[str], places: Iterable[Place]) -> bool:
    """Whether ``person`` holds one of ``roles`` in a scope that takes in each of ``places``."""
    roles = tuple(roles)
    if not has_role(person, *roles):
        return False
    tree: Tree | None = None
    for place in places:
        if isinstance(place, Unit):
            tree = tree or Tree.on(times.today())
            is_covered = has_role(person, *roles, unit=place, tree=tree)
        elif isinstance(place, Site):
            is_covered = has_role(person, *roles, site=place)
        else:
            is_covered = has_role(person, *roles, employer=place)
        if not is_covered:
            return False
    return True


def can_edit_surveys(person: Viewer) -> bool:
    """HR, whatever its scope: opens the pages on which surveys are planned."""
    return has_role(person, Role.HR)


def can_ask(person: Viewer, places: Iterable[Place]) -> bool:
    """HR whose scope covers all of ``places``."""
    return covers(person, [Role.HR], places)


def can_edit_survey(person: Viewer, survey: Survey) -> bool:
    """HR whose scope covers everybody the survey asks; nobody yet: any HR."""
    return can_ask(person, places_of(survey))


def can_review(person: Viewer, survey: Survey) -> bool:
    """A safety delegate or union representative for everybody the survey asks."""
    places = places_of(survey)
    return bool(places) and covers(person, REPRESENTATIVES, places)


def can_witness(person: Viewer, survey: Survey) -> bool:
    """Whoever may review it may hold the counting key of a witnessed survey."""
    return survey.level == Survey.Level.WITNESSED and can_review(person, survey)


def can_count(person: Viewer, survey: Survey) -> bool:
    """Whoever holds a copy of the counting key of a witnessed survey."""
    return (
        is_person(person)
        and survey.level == Survey.Level.WITNESSED
        and Review.objects.filter(survey=survey, person_id=person.pk, is_witness=True).exists()
    )


def is_asked(person: Viewer, survey: Survey) -> bool:
    """Whether ``person`` is on the roll, or was in one of the cells when the survey opened."""
    if not is_person(person) or survey.launched_at is None or survey.opens_at is None:
        return False
    if RollEntry.objects.filter(survey=survey, person_id=person.pk).exists():
        return True
    if survey.closed_at is None:
        return False
    # The roll is gone; where people were that day is not.
    units = Cell.objects.filter(survey=survey).values_list("units", flat=True)
    keys = {unit["key"] for row in units for unit in row}
    day = times.local_date(survey.opens_at)
    return Membership.objects.on(day).filter(person_id=person.pk, unit__key__in=keys).exists()


def can_view_all_surveys(person: Viewer) -> bool:
    """Whoever plans surveys, looks after them, or reads them before the launch."""
    return has_role(person, Role.HR, Role.ADMINISTRATOR, *REPRESENTATIVES)


def can_view_survey(person: Viewer, survey: Survey) -> bool:
    """HR and representatives at all times; whoever is asked from the launch on."""
    if not is_person(person):
        return False
    return (
        can_view_all_surveys(person)
        or Review.objects.filter(survey=survey, person_id=person.pk).exists()
        or is_asked(person, survey)
    )


def units_of_plan(plan: PulsePlan) -> list[Unit]:
    """The units that the plan asks. Closed ones count only when no other is left."""
    units = list(Unit.objects.filter(key__in=plan.facts.get("units", [])))
    today = times.today()
    return [one for one in units if one.closed_on is None or one.closed_on > today] or units


def can_view_plans(person: Viewer) -> bool:
    """Whoever plans surveys, looks after them, or reads them before the launch."""
    return can_view_all_surveys(person)


def can_edit_plan(person: Viewer, plan: PulsePlan) -> bool:
    """HR whose scope covers everybody the plan asks."""
    return can_ask(person, units_of_plan(plan))


def can_confirm_plan(person: Viewer, plan: PulsePlan) -> bool:
    """A representative for all units of the plan."""
    return covers(person, REPRESENTATIVES, units_of_plan(plan))


def can_view_burden_limit(person: Viewer) -> bool:
    """Those who plan and read surveys see how much people may be asked."""
    return can_view_all_surveys(person)


def can_set_burden_limit(person: Viewer) -> bool:
    """HR of the whole organisation: the limit holds for everybody."""
    return any(one.role == Role.HR and one.scope is None for one in roles_of(person))


def get_survey_to_view(person: Viewer, key: str) -> Survey:
    """404 for whoever is not concerned, and for unknown keys."""
    survey = (
        Survey.objects.select_related("feedback_owner", "plan").filter(key=key).first()
        if is_person(person) and is_key(key)
        else None
    )
    if survey is None or not can_view_survey(person, survey):
        raise Http404
    return survey


def get_survey_to_edit(person: Viewer, key: str) -> Survey:
    survey = get_survey_to_view(person, key)
    if not can_edit_survey(person, survey):
        raise PermissionDenied
    return survey


def get_survey_to_review(person: Viewer, key: str) -> Survey:
    survey = get_survey_to_view(person, key)
    if not can_review(person, survey):
        raise PermissionDenied
    return survey


def get_survey_to_witness(person: Viewer, key: str) -> Survey:
    survey = get_survey_to_view(person, key)
    if not can_witness(person, survey):
        raise PermissionDenied
    return survey


def get_survey_to_count(person: Viewer, key: str) -> Survey:
    survey = get_survey_to_view(person, key)
    if not can_count(person, survey):
        raise PermissionDenied
    return survey


def get_plan_to_view(person: Viewer, key: str) -> PulsePlan:
    """404 for whoever is not concerned, and for unknown keys."""
    plan = (
        PulsePlan.objects.select_related("created_by", "confirmed_by").filter(key=key).first()
        if can_view_plans(person) and is_key(key)
        else None
    )
    if plan is None:
        raise Http404
    return plan


def get_plan_to_edit(person: Viewer, key: str) -> PulsePlan:
    """A pulse plan, for HR whose scope covers its units."""
    plan = get_plan_to_view(person, key)
    if not can_edit_plan(person, plan):
        raise PermissionDenied
    return plan


def get_plan_to_confirm(person: Viewer, key: str) -> PulsePlan:
    """A pulse plan, for a representative for all its units."""
    plan = get_plan_to_view(person, key)
    if not can_confirm_plan(person, plan):
        raise PermissionDenied
    return plan


def can_read_instruments(person: Viewer) -> bool:
    """Those who may see what is asked may see what can be."""
    return can_view_all_surveys(person)


def get_instrument_to_view(person: Viewer, key: str) -> Instrument:
    """403 before anybody learns which there are; 404 for unknown keys."""
    if not can_read_instruments(person):
        raise PermissionDenied
    instrument = Instrument.objects.filter(key=key).first()
    if instrument is None:
        raise Http404
    return instrument


def get_instrument_to_edit(person: Viewer, key: str) -> Instrument:
    """HR, whatever its scope: an instrument is the whole organisation's."""
    instrument = get_instrument_to_view(person, key)
    if not can_edit_surveys(person):
        raise PermissionDenied
    return instrument
