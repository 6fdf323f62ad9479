"""Who may make, read, judge and enter a competition.

Those who plan events make one for groups within their reach. Everybody concerned reads it; to all
others it does not exist.
"""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef, Q
from django.http import Http404

from engagement import times
from engagement.people.access import is_key, is_person
from engagement.people.lines import line_of
from engagement.people.models import Person
from engagement.people.tree import Tree
from events.access.planning import can_create_events, reach_of
from events.facts import Audience
from events.models import Competition, Entry, Group, GroupMember, Judge

WITH = ("organiser", "for_site", "for_unit")


def can_create_competitions(person: Person | AnonymousUser) -> bool:
    """Whoever may plan events; how far: `planning.reach_of`."""
    return can_create_events(person)


def concerned(person: Person) -> Q:
    """The competitions that ``person`` may read without planning them: those of their groups, those
    they judge or made, and those for everybody. One query, when it is made."""
    line = line_of(person, day=times.today())
    of_this = {"competition": OuterRef("pk")}
    mine = Q(unit__in=line.units) | Q(site=line.site) if line.site else Q(unit__in=line.units)
    place = Q(for_unit__in=line.units)
    if line.site:
        place |= Q(for_site=line.site)
    return (
        Q(is_for_everybody=True)
        | Q(organiser=person)
        | place
        | Q(Exists(Group.objects.filter(mine, **of_this)))
        | Q(Exists(GroupMember.objects.filter(person=person, **of_this)))
        | Q(Exists(Judge.objects.filter(person=person, **of_this)))
    )


def can_change_competition(
    person: Person | AnonymousUser, competition: Competition, *, tree: Tree | None = None
) -> bool:
    """Whoever made it, and those whose role reaches all its groups."""
    if not is_person(person):
        return False
    if competition.organiser_id == person.pk:
        return True
    return can_amend_entries(person, competition, tree=tree)


def can_amend_entries(
    person: Person | AnonymousUser, competition: Competition, *, tree: Tree | None = None
) -> bool:
    """Those whose role reaches all its groups today: correcting or striking what somebody else entered
    for a group. Having made it is not enough, for roles end; what people entered for themselves is
    nobody else's."""
    if not can_create_competitions(person):
        return False
    reach = reach_of(person, tree=tree or Tree.on(times.today()))
    groups = competition.groups.select_related("unit", "site")
    places: list[Audience] = [one for group in groups if (one := group.unit or group.site)]
    places += [one for one in (competition.for_unit, competition.for_site) if one]
    return reach.covers([], places)


def can_judge(person: Person | AnonymousUser, competition: Competition) -> bool:
    """Those named as judges."""
    return is_person(person) and competition.judges.filter(person=person).exists()


def can_send_entries(person: Person, competition: Competition) -> bool:
    """For a group with a program: judges, and whoever may change the competition."""
    return can_judge(person, competition) or can_change_competition(person, competition)


def get_competition_to_view(person: Person | AnonymousUser, key: str) -> Competition:
    """404 for those it does not concern, unless they may change it."""
    if not is_person(person) or not is_key(key):
        raise Http404
    found = Competition.objects.select_related(*WITH).filter(key=key).first()
    if found is None:
        raise Http404
    is_concerned = Competition.objects.filter(concerned(person), pk=found.pk).exists()
    if not is_concerned and not can_change_competition(person, found):
        raise Http404
    return found


def get_competition_to_change(person: Person | AnonymousUser, key: str) -> Competition:
    """404 for strangers, 403 for colleagues who only read."""
    found = get_competition_to_view(person, key)
    if not can_change_competition(person, found):
        raise PermissionDenied
    return found


def get_competition_to_judge(person: Person | AnonymousUser, key: str) -> Competition:
    """404 for strangers, 403 for those who are no judges."""
    found = get_competition_to_view(person, key)
    if not can_judge(person, found):
        raise PermissionDenied
    return found


def get_entry_to_change(person: Person | AnonymousUser, key: str) -> Entry:
    """An entry for whoever entered it; 404 for everybody else."""
    found = (
        Entry.objects.select_related("competition", "group", "round").filter(key=key, by=person.pk)
        if is_person(person) and is_key(key)
        else None
    )
    entry = found.first() if found is not None else None
    if entry is None:
        raise Http404
    return entry


def get_competition_to_amend_entries(person: Person | AnonymousUser, key: str) -> Competition:
    """404 for strangers, 403 for colleagues and former organisers."""
    found = get_competition_to_view(person, key)
    if not can_amend_entries(person, found):
        raise PermissionDenied
    return found


def get_entry_to_amend(person: Person | AnonymousUser, key: str) -> Entry:
    """An entry of a judge or a program, for those who may amend it; 403 for colleagues whom the
    competition concerns. 404 for strangers, and for whatever somebody entered for themselves."""
    found = (
        Entry.objects.for_groups().select_related("competition", "group", "round").filter(key=key)
        if is_person(person) and is_key(key)
        else None
    )
    entry = found.first() if found is not None else None
    if entry is None:
        raise Http404
    get_competition_to_amend_entries(person, entry.competition.key)
    return entry
