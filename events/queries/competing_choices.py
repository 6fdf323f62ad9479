"""What a planner can choose among, and how people are dealt into mixed groups."""

import hashlib
import json
import random
from collections.abc import Sequence

from engagement.people.models import Person, Site, Unit, sortable
from engagement.people.queries import head_counts, placed_people
from engagement.people.tree import Tree
from events.access.planning import Reach
from events.competition_facts import CompetitionFacts, GroupFacts
from events.models import Competition
from events.standings import FEWEST


def unit_choices(reach: Reach, tree: Tree) -> list[tuple[Unit, int]]:
    """Teams (units with nothing below) of five or more within ``reach``, by name, with their heads.
    One query."""
    counts = head_counts(tree.day)
    return [
        (unit, counts.get(unit.pk, 0))
        for _depth, unit in tree.walk()
        if tree.is_leaf(unit.pk)
        and counts.get(unit.pk, 0) >= FEWEST
        and (reach.is_everywhere or unit.pk in reach.units)
    ]


def site_choices(reach: Reach, tree: Tree) -> list[tuple[Site, int]]:
    """Open sites of five or more within ``reach``, by name, with their heads. One query."""
    counts = head_counts(tree.day)
    heads = {
        site: sum(counts.get(pk, 0) for pk in tree.unit_ids_at(site.pk))
        for site in tree.sites.values()
        if site.closed_on is None and reach.invites(site)
    }
    found = [(site, count) for site, count in heads.items() if count >= FEWEST]
    return sorted(found, key=lambda one: sortable(one[0].name))


def people_at(place: Unit | Site | None, tree: Tree) -> list[Person]:
    """Everybody placed at ``place`` on the tree's day (None: everywhere), by unit. One query."""
    people = placed_people(tree.day).exclude(unit_id=None)  # type: ignore[misc] # annotated
    if isinstance(place, Unit):
        people = people.filter(unit_id__in=tree.descendant_ids(place.pk))  # type: ignore[misc]
    elif place is not None:
        people = people.filter(unit_id__in=tree.unit_ids_at(place.pk))  # type: ignore[misc]
    return list(people.order_by("unit_id", "pk"))


def deal(people: Sequence[Person], names: Sequence[str], dice: random.Random) -> list[GroupFacts]:
    """``people``, who come by unit, into groups of the same size give or take one, each unit spread
    over all of them."""
    hands: list[list[Person]] = [[] for _name in names]
    order = list(people)
    by_unit: dict[int, list[Person]] = {}
    for person in order:
        by_unit.setdefault(person.unit_id, []).append(person)  # type: ignore[attr-defined]
    place = dice.randrange(len(names)) if names else 0
    for unit in by_unit.values():
        dice.shuffle(unit)
        for person in unit:
            hands[place % len(names)].append(person)
            place += 1
    return [GroupFacts(name=name, members=hand) for name, hand in zip(names, hands, strict=True)]


OF_COMPETITION = (
    "title", "description", "emblem", "unit_word", "kind", "by_people", "by_judge", "by_api",
    "is_joined_freely", "for_site", "for_unit", "is_for_everybody", "tie_rule", "most_per_entry",
    "most_per_day", "shows_on_walls", "starts_at", "ends_at", "cancelled_at", "closed_at",
)  # fmt: skip


def version_of(competition: Competition) -> str:
    """A fingerprint of all that a planner can change; entries, and who joined by themselves, do not
    count. At most five queries."""
    facts = [
        Competition.objects.filter(pk=competition.pk).values_list(*OF_COMPETITION).get(),
        list(competition.groups.order_by("number").values_list("name", "unit", "site")),
        list(competition.rounds.order_by("number").values_list("starts_at", "ends_at")),
        list(competition.judges.order_by("person").values_list("person", flat=True)),
    ]
    if not competition.is_joined_freely:
        members = competition.members.order_by("group__number", "person")
        facts.append(list(members.values_list("group__number", "person")))
    return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()[:20]


def facts_of(competition: Competition) -> CompetitionFacts:
    """``competition`` as a planner would say it. Five queries."""
    members: dict[int, list[Person]] = {}
    if not competition.is_joined_freely:
        for member in competition.members.select_related("person").order_by("pk"):
            members.setdefault(member.group_id, []).append(member.person)
    groups = competition.groups.select_related("unit", "site").order_by("number")
    rounds = competition.rounds.order_by("number").values_list("starts_at", "ends_at")
    judges = competition.judges.select_related("person").order_by("pk")
    return CompetitionFacts(
        title=competition.title,
        description=competition.description,
        emblem=competition.emblem,
        unit_word=competition.unit_word,
        kind=competition.kind,
        groups=[
            GroupFacts(one.name if not (one.unit or one.site) else "", one.unit, one.site,
                       members.get(one.pk, []))
            for one in groups
        ],
        rounds=list(rounds),
        by_people=competition.by_people,
        by_judge=competition.by_judge,
        by_api=competition.by_api,
        judges=[one.person for one in judges],
        tie_rule=competition.tie_rule,
        most_per_entry=competition.most_per_entry,
        most_per_day=competition.most_per_day,
        is_joined_freely=competition.is_joined_freely,
        for_site=competition.for_site,
        for_unit=competition.for_unit,
        is_for_everybody=competition.is_for_everybody,
        shows_on_walls=competition.shows_on_walls,
    )  # fmt: skip
