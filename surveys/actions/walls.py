"""An open survey on the walls of those it asks. By the clock and by HR, never by an answer."""

import datetime as dt
from collections.abc import Sequence

from engagement import times
from engagement.live import actions as live
from engagement.live.models import Stream
from engagement.people.models import Employer, Site, Unit
from engagement.people.tree import Tree
from surveys.access import Place, places_of
from surveys.cards import render_cards
from surveys.models import Survey
from surveys.queries import people_in
from surveys.queries.audience import place_ids

KIND = "survey"
# More names than these say less than their number does.
MOST_NAMES = 3


def show_on_walls(survey: Survey) -> None:
    """Puts the card of an opened survey into the streams of whom it asks, until it closes.

    Call it last in a transaction: other celebrations of these streams wait for the commit.
    """
    assert survey.opened_at is not None
    assert survey.closes_at is not None
    places = places_of(survey)
    minutes = max(survey.cells.values_list("minutes", flat=True), default=0)
    live.celebrate(
        kind=KIND,
        source=survey.key,
        cards=render_cards(survey, asked=_names(places), minutes=minutes),
        streams=_streams(places, day=times.local_date(survey.opened_at)),
        show_from=survey.opened_at,
        show_until=survey.closes_at,
    )


def take_off_walls(survey: Survey, *, at: dt.datetime) -> None:
    """Withdraws the card from all walls."""
    live.withdraw_celebrations(sources=[survey.key], at=at)


def _names(places: Sequence[Place]) -> list[str]:
    return [place.name for place in places] if len(places) <= MOST_NAMES else []


def _streams(places: Sequence[Place], *, day: dt.date) -> list[Stream]:
    """Where those asked look up: their units, their sites. A wall of a site hears its site only."""
    employers = [place for place in places if isinstance(place, Employer)]
    sites = {place.pk: place for place in places if isinstance(place, Site)}
    if employers:
        tree = Tree.on(day)
        there = {place_ids(person)[1] for person in people_in(employers, day=day, tree=tree)}
        sites |= {key: site for key, site in tree.sites.items() if key in there}
    units = [place for place in places if isinstance(place, Unit)]
    return live.ensure_streams(units=units, sites=sites.values(), employers=employers)
