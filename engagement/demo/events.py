"""What Fjordtel does together: waffle Friday at every site and in every shift, a course, a quiz, a walk.

Made by the same actions as everybody uses, at the time somebody would have planned them.
"""

import datetime as dt

from django.utils.translation import override

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, Site, Unit, sortable
from engagement.people.queries import placed_people, unit_id_of
from engagement.people.tree import Tree
from events import actions
from events.blueprints import BLUEPRINTS, Blueprint
from events.facts import Audience, JobFacts, SeriesFacts, SittingFacts
from events.models import Series
from events.queries.suggesting import Suggestion, suggest_sittings

# So long ago the first waffles were made.
HISTORY = dt.timedelta(weeks=22)
FRIDAY, WEDNESDAY = 4, 2


def fill(*, at: dt.datetime) -> None:
    """All events, the first time; later only what the clock has not made yet."""
    if not Series.objects.exists():
        with override("nb"):
            _plan(at=at)
    actions.extend_series(at=at)


def _plan(*, at: dt.datetime) -> None:
    tree = Tree.on(times.local_date(at))
    manager, lead, hr = (
        Person.objects.get(employee_number=BY_SLUG[slug].number)
        for slug in ("manager", "lead", "hr")
    )
    team, here = _place_of(lead, tree)
    for site in sorted(_open_sites(tree), key=lambda one: sortable(one.name)):
        _waffles(site, by=manager if site == here else hr, tree=tree, at=at)
    today = times.local_date(at)
    _make("quiz", "Quizlunsj", [here], by=manager, tree=tree, day=_next(today, WEDNESDAY), at=at,
          rule="FREQ=MONTHLY;BYDAY=2WE")  # fmt: skip
    _make("walk", "Gåtur langs elva", [here], by=lead, tree=tree, day=_next(today, 1), at=at,
          rule="FREQ=WEEKLY;BYDAY=TU", invited=[team])  # fmt: skip
    _make("course", "Kurs i rolige samtaler", [here], by=manager, tree=tree,
          day=_next(today + dt.timedelta(days=7), 3), at=at)  # fmt: skip


def _open_sites(tree: Tree) -> list[Site]:
    return [site for site in tree.sites.values() if site.closed_on is None]


def _place_of(person: Person, tree: Tree) -> tuple[Unit, Site]:
    unit = tree.unit(unit_id_of(placed_people(tree.day).get(pk=person.pk)))
    site = tree.site_of(unit.pk) if unit else None
    assert unit is not None
    assert site is not None
    return unit, site


def _next(day: dt.date, weekday: int) -> dt.date:
    """``day`` or the first ``weekday`` after it."""
    return day + dt.timedelta(days=(weekday - day.weekday()) % 7)


def _waffles(site: Site, *, by: Person, tree: Tree, at: dt.datetime) -> None:
    began_at = at - HISTORY
    first = _next(times.local_date(began_at), FRIDAY)
    _make("waffle", "Vaffelfredag", [site], by=by, tree=tree, day=first, at=began_at,
          rule="FREQ=WEEKLY;BYDAY=FR")  # fmt: skip


def _make(
    key: str,
    title: str,
    sites: list[Site],
    *,
    by: Person,
    tree: Tree,
    day: dt.date,
    at: dt.datetime,
    rule: str = "",
    invited: list[Audience] | None = None,
) -> Series:
    blueprint = BLUEPRINTS[key]
    return actions.create_series(
        facts=SeriesFacts(
            title=title,
            description=blueprint.in_words(blueprint.description) if key != "course" else COURSE,
            emblem=blueprint.emblem,
            rule=rule,
            starts_on=day,
            sittings=_sittings(blueprint, sites, day=day, tree=tree),
            jobs=[JobFacts(blueprint.in_words(name), hands) for name, hands in blueprint.jobs],
            invited=list(sites) if invited is None else invited,
        ),
        by=by,
        at=at,
    )


COURSE = (
    "Tre grep som gjør en sint samtale kortere, og en øvelse på hverandre. Du trenger ikke kunne noe "
    "fra før."
)


def _sittings(
    blueprint: Blueprint, sites: list[Site], *, day: dt.date, tree: Tree
) -> list[SittingFacts]:
    return [
        SittingFacts(
            site=one.site,
            starts_at=one.starts_at,
            ends_at=one.ends_at,
            place=blueprint.in_words(blueprint.place),
            capacity=_places(blueprint, one),
            shift_pattern=one.pattern,
        )
        for one in suggest_sittings(sites, blueprint, day=day, tree=tree)
    ]


def _places(blueprint: Blueprint, one: Suggestion) -> int | None:
    """One in eight of a shift: canteens are small, and queues worth looking at."""
    if one.pattern is None or blueprint.capacity is None:
        return blueprint.capacity
    return min(blueprint.capacity, max(2, one.people // 8))
