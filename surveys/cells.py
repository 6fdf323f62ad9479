"""The groups answers are counted in: whom with whom. Pure, and the same for the same input.

A team of six or more is a cell. A smaller one is joined with its nearest sibling, smallest first;
where there is none under the same parent, with what is nearest further up. Leaders are counted with
other leaders: what a team says of its leader must not hold the leader's own answer.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

AIM = 6
FEWEST = 5
WHOLE = "whole"
TEAM, MERGED, LEADERS = "team", "merged", "leaders"


class TooFew(ValueError):
    """Fewer people than one cell needs."""


@dataclass(frozen=True)
class Place:
    """A unit of the tree. ``name`` orders siblings of the same size."""

    key: str
    name: str
    parent: str | None = None


@dataclass(frozen=True)
class Asked:
    """One invited person: in which unit (None: in none), and which units they lead, if any."""

    person: int
    unit: str | None
    is_leader: bool = False
    leads: frozenset[str] = frozenset()


@dataclass(frozen=True)
class MadeCell:
    """``units`` are those the people belong to, ``parent`` is where the cell hangs in the tree."""

    kind: str
    parent: str
    units: tuple[str, ...]
    people: tuple[int, ...]
    path: tuple[str, ...] = ()


@dataclass
class _Group:
    """People who are counted together so far, at ``anchor``: their nearest common place."""

    anchor: str
    people: list[Asked]
    is_leaders: bool = False
    # Of how many teams it was put together.
    parts: int = 1
    order: tuple[str, ...] = field(default=())

    @property
    def size(self) -> int:
        return len(self.people)

    @property
    def rank(self) -> tuple[int, tuple[str, ...]]:
        return self.size, self.order


def make_cells(places: Iterable[Place], people: Iterable[Asked]) -> list[MadeCell]:
    """Cells in the order of the tree, each of `FEWEST` or more, together everybody once.

    :raises TooFew: when there are not even `FEWEST` people.
    """
    tree = _Tree(places)
    everybody = sorted(people, key=lambda one: one.person)
    if len({one.person for one in everybody}) != len(everybody):
        raise ValueError("somebody stands twice")
    if len(everybody) < FEWEST:
        raise TooFew(len(everybody))
    teams = _merged(tree, _team_groups(tree, [one for one in everybody if not one.is_leader]))
    peers = _merged(tree, _leader_groups(tree, [one for one in everybody if one.is_leader]))
    groups = _with_leftovers(tree, teams, peers)
    in_teams = {one.unit for one in everybody if not one.is_leader}
    cells = [_cell(tree, group, in_teams) for group in groups]
    return sorted(cells, key=lambda cell: (tree.position(cell), cell.people))


class _Tree:
    def __init__(self, places: Iterable[Place]) -> None:
        self.places: Mapping[str, Place] = {one.key: one for one in places}
        self._paths: dict[str, tuple[str, ...]] = {}
        self.parents = {one.parent for one in self.places.values()}

    def parent(self, key: str) -> str:
        """The place above; `WHOLE` above the top, and above itself."""
        place = self.places.get(key)
        return place.parent if place and place.parent in self.places else WHOLE  # type: ignore[return-value]

    def path(self, key: str) -> tuple[str, ...]:
        """From the top down to ``key``, without `WHOLE`."""
        if key not in self.places:
            return ()
        if key not in self._paths:
            self._paths[key] = (*self.path(self.parent(key)), key)
        return self._paths[key]

    def common(self, one: str, other: str) -> str:
        """The lowest place that both lie under or are."""
        shared = WHOLE
        for mine, yours in zip(self.path(one), self.path(other), strict=False):
            if mine != yours:
                break
            shared = mine
        return shared

    def order(self, key: str) -> tuple[str, ...]:
        """What sorts places: names from the top down, keys where names are equal."""
        return tuple(
            text for one in self.path(key) for text in (self.places[one].name.casefold(), one)
        )

    def has_children(self, key: str) -> bool:
        return key in self.parents

    def position(self, cell: MadeCell) -> tuple[object, ...]:
        kinds = {LEADERS: 0, TEAM: 1, MERGED: 1}
        return (
            self.order(cell.parent),
            kinds[cell.kind],
            min((self.order(unit) for unit in cell.units), default=()),
        )


def _team_groups(tree: _Tree, people: Sequence[Asked]) -> list[_Group]:
    """Everybody with those of the same unit; who sits right in a department is a group there."""
    by_unit: dict[str, list[Asked]] = {}
    for one in people:
        unit = one.unit if one.unit is not None and one.unit in tree.places else WHOLE
        by_unit.setdefault(unit, []).append(one)
    groups = []
    for unit, members in by_unit.items():
        # A team hangs under its parent; the people right in a department hang in it.
        anchor = unit if unit == WHOLE or tree.has_children(unit) else tree.parent(unit)
        groups.append(_Group(anchor, members, order=tree.order(unit)))
    return sorted(groups, key=lambda group: group.order)


def _leader_groups(tree: _Tree, people: Sequence[Asked]) -> list[_Group]:
    """Leaders with their peers: those whose units stand under the same parent."""
    by_anchor: dict[str, list[Asked]] = {}
    for one in people:
        led = sorted(
            (unit for unit in one.leads if unit in tree.places),
            key=lambda unit: (len(tree.path(unit)), tree.order(unit)),
        )
        if led:
            anchor = tree.parent(led[0])
        elif one.unit is not None and one.unit in tree.places:
            anchor = one.unit if tree.has_children(one.unit) else tree.parent(one.unit)
        else:
            anchor = WHOLE
        by_anchor.setdefault(anchor, []).append(one)
    groups = [
        _Group(anchor, members, is_leaders=True, order=tree.order(anchor))
        for anchor, members in by_anchor.items()
    ]
    return sorted(groups, key=lambda group: group.order)


def _merged(tree: _Tree, groups: list[_Group]) -> list[_Group]:
    """Joins until each has `AIM` or more, or only one is left."""
    groups = list(groups)
    # From the leaves up: what finds no partner at its place goes one place higher.
    while len(groups) > 1:
        small = [group for group in groups if group.size < AIM]
        if not small:
            break
        deepest = max(len(tree.path(group.anchor)) for group in small)
        group = min(
            (one for one in small if len(tree.path(one.anchor)) == deepest),
            key=lambda one: one.rank,
        )
        partner = _partner(tree, group, groups)
        if partner is None:
            group.anchor = tree.parent(group.anchor)
            continue
        groups.remove(group)
        groups.remove(partner)
        groups.append(_joined(tree, group, partner))
    return groups


def _partner(tree: _Tree, group: _Group, groups: Sequence[_Group]) -> _Group | None:
    """The nearest other: the smallest at the same place, else the smallest below it."""
    others = [one for one in groups if one is not group]
    beside = [one for one in others if one.anchor == group.anchor]
    if beside:
        return min(beside, key=lambda one: one.rank)
    below = [
        one for one in others if group.anchor == WHOLE or group.anchor in tree.path(one.anchor)
    ]
    return min(below, key=lambda one: one.rank, default=None)


def _joined(tree: _Tree, one: _Group, other: _Group) -> _Group:
    return _Group(
        anchor=tree.common(one.anchor, other.anchor),
        people=sorted([*one.people, *other.people], key=lambda asked: asked.person),
        is_leaders=one.is_leaders and other.is_leaders,
        parts=one.parts + other.parts,
        order=min(one.order, other.order),
    )


def _with_leftovers(tree: _Tree, teams: list[_Group], peers: list[_Group]) -> list[_Group]:
    """Both kinds together. A handful that is no cell by itself joins the nearest of the other kind.

    Leaders go, where there is a choice, to people they do not lead.
    """
    few_peers = [group for group in peers if group.size < FEWEST]
    few_teams = [group for group in teams if group.size < FEWEST]
    if few_peers and teams:
        [few] = peers
        led = {unit for one in few.people for unit in one.leads}

        def distance(group: _Group) -> tuple[bool, int, tuple[int, tuple[str, ...]]]:
            is_theirs = any(led & set(tree.path(one.unit or WHOLE)) for one in group.people)
            near = len(tree.path(tree.common(few.anchor, group.anchor)))
            return is_theirs, -near, group.rank

        host = min(teams, key=distance)
        teams = [group for group in teams if group is not host]
        return [*teams, _joined(tree, host, few)]
    if few_teams and peers:
        [few] = teams
        host = min(
            peers,
            key=lambda group: (-len(tree.path(tree.common(few.anchor, group.anchor))), group.rank),
        )
        peers = [group for group in peers if group is not host]
        return [*peers, _joined(tree, host, few)]
    return [*teams, *peers]


def _cell(tree: _Tree, group: _Group, in_teams: set[str | None]) -> MadeCell:
    units = {
        one.unit
        for one in group.people
        # A leader who joined another team does not bring the name of their own, which has a cell.
        if group.is_leaders or not one.is_leader or one.unit not in in_teams
    }
    kind = MERGED if group.parts > 1 else TEAM
    if group.is_leaders:
        kind = LEADERS
    return MadeCell(
        kind=kind,
        parent=group.anchor if group.anchor in tree.places else WHOLE,
        units=tuple(
            sorted((one for one in units if one is not None and one in tree.places), key=tree.order)
        ),
        people=tuple(one.person for one in group.people),
        path=tree.path(group.anchor),
    )
