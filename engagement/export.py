"""Everything personal about one person, from every room, for that person to take along."""

import datetime as dt

from engagement.api import queries as api
from engagement.notices import queries as notices
from engagement.people import queries as people
from engagement.people.models import Person
from engagement.wallboards import queries as wallboards
from events.queries import after, announcements, ideas, places, rosters
from events.queries import competing_own as competitions
from events.queries import feed as calendars
from events.queries import series as events
from kudos import queries as kudos
from surveys.queries import mine as surveys


def everything_about(person: Person, *, at: dt.datetime) -> dict[str, object]:
    """What the rooms store about ``person``, as JSON. Secrets are never stored, so never here.

    Of others it holds what ``person`` may read anyway: who thanked them, and whom they thanked.
    """
    return {
        **people.own_data(person, at=at),
        **kudos.own_data(person, at=at),
        **surveys.own_data(person),
        **rosters.own_data(person),
        **competitions.own_data(person),
        **announcements.own_data(person),
        "events_planned": events.own_data(person),
        "sign_ups": places.own_data(person),
        **ideas.own_data(person),
        **after.own_data(person),
        "notices": notices.own_data(person, at=at),
        "notice_choices": notices.chosen_ways(person),
        "notice_hours": notices.own_hours(person),
        "calendar_links": calendars.own_data(person),
        "api_tokens": api.own_data(person),
        "screens_let_in": wallboards.own_data(person),
    }
