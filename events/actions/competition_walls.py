"""Standings and results on the walls of those concerned."""

import datetime as dt

from engagement import times
from engagement.live import actions as live
from engagement.live.models import Celebration, Stream
from engagement.people.tree import Tree
from events.competition_cards import render_result, render_standing
from events.models import Competition
from events.queries.competing import Row
from events.standings import COUNTED

STANDING, RESULT = "standing", "result"
# How far the clocks of walls may be from ours.
CLOCKS_DIFFER = dt.timedelta(seconds=10)
# A card of a standing ends by itself, should the clock stop; the clock makes a new one before.
STANDING_LASTS = dt.timedelta(hours=26)
RESULT_LASTS = dt.timedelta(hours=24)
# What changes with every card, and tells nothing new.
PASSING = ("id", "kind", "show_from", "show_until", "at")


def show_standing(held: Competition, rows: list[Row], *, at: dt.datetime) -> bool:
    """Hangs the standing where it has changed, then takes the one before down, so that no wall is
    without it for a moment. Nothing while no group has a number. Call it with ``held`` locked."""
    if not held.shows_on_walls or not any(row.line.state == COUNTED for row in rows):
        return False
    show_until = min(held.ends_at, at + STANDING_LASTS)
    # A wall whose clock is a little behind would else be without one until then.
    show_from = at - CLOCKS_DIFFER
    cards = render_standing(held, rows, show_from=show_from, show_until=show_until)
    before = Celebration.objects.standing().filter(source=held.wall_source).first()
    if before is not None and _says(before.cards["nb"]) == _says(cards["nb"]):
        is_young = before.show_until > at + STANDING_LASTS / 2
        if is_young or before.show_until == held.ends_at:
            return False
    old = held.wall_source
    held.card_count += 1
    held.save(update_fields=["card_count"])
    live.celebrate(
        kind=STANDING, source=held.wall_source, cards=cards, streams=_streams(held, at=at),
        show_from=show_from, show_until=show_until,
    )  # fmt: skip
    live.withdraw_celebrations(sources=[old], at=at)
    return True


def _says(card: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in card.items() if name not in PASSING}


def show_result(held: Competition, rows: list[Row], *, at: dt.datetime) -> None:
    """Hangs the result for a day, in place of the standing. Call it with ``held`` locked."""
    take_down(held, at=at)
    if not held.shows_on_walls or not any(row.line.place == 1 for row in rows):
        return
    show_until = at + RESULT_LASTS
    live.celebrate(
        kind=RESULT, source=held.key,
        cards=render_result(held, rows, show_from=at, show_until=show_until),
        streams=_streams(held, at=at), show_from=at, show_until=show_until,
    )  # fmt: skip


def take_down(held: Competition, *, at: dt.datetime) -> None:
    live.withdraw_celebrations(sources=[held.wall_source], at=at)


def _streams(competition: Competition, *, at: dt.datetime) -> list[Stream]:
    """Everybody's, or those of its teams and of the sites where they are."""
    if competition.is_for_everybody:
        return live.ensure_streams(everybody=True)
    groups = list(competition.groups.select_related("unit", "site"))
    units = [group.unit for group in groups if group.unit]
    sites = [group.site for group in groups if group.site]
    if competition.for_unit:
        units.append(competition.for_unit)
    if competition.for_site:
        sites.append(competition.for_site)
    if units:
        tree = Tree.on(times.local_date(at))
        sites += [site for unit in units if (site := tree.site_of(unit.pk))]
    if not units and not sites:
        return live.ensure_streams(everybody=True)
    unique = {site.pk: site for site in sites}
    return live.ensure_streams(units=units, sites=unique.values())
