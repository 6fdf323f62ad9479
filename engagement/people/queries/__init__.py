"""Reads that join: who was where, who is found, who leads what."""

from engagement.people.queries.administration import (
    administered_employers,
    audit_page,
    codes_waiting,
    has_administrator,
    roles_held,
    told,
)
from engagement.people.queries.membership import (
    Place,
    head_counts,
    head_counts_with_below,
    history_of,
    leads_of,
    members_on,
    place_of,
    placed_people,
    time_zones_on,
    unit_id_of,
)
from engagement.people.queries.options import (
    Option,
    person_option,
    person_options,
    placed_options,
    unit_option,
)
from engagement.people.queries.own_data import own_data
from engagement.people.queries.pages import Coming, coming_changes, public_roles, visible_manager
from engagement.people.queries.search import matching, ranked, search_people, search_units, words_of

__all__ = [
    "Coming",
    "Option",
    "Place",
    "administered_employers",
    "audit_page",
    "codes_waiting",
    "coming_changes",
    "has_administrator",
    "head_counts",
    "head_counts_with_below",
    "history_of",
    "leads_of",
    "matching",
    "members_on",
    "own_data",
    "person_option",
    "person_options",
    "place_of",
    "placed_options",
    "placed_people",
    "public_roles",
    "ranked",
    "roles_held",
    "search_people",
    "search_units",
    "time_zones_on",
    "told",
    "unit_id_of",
    "unit_option",
    "visible_manager",
    "words_of",
]
