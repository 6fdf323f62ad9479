"""What leads are told about praise that waits: how much, once a day, and nothing of what it says."""

from collections.abc import Sequence
from functools import cache

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from engagement.people.access import has_role
from engagement.people.models import Person
from kudos.praise_circle import CHECKING
from kudos.queries.praise import COUNT_MOST, waiting_praise_count


def load_waiting(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """How many wait for each reader now. A list of notices has one reader."""
    people = Person.objects.in_bulk({one["reader_id"] for one in parameters})

    @cache
    def waiting(reader: int) -> Parameters:
        number = waiting_praise_count(people[reader], at=times.now())
        return {"number": number, "is_more": number >= COUNT_MOST}

    return [waiting(one["reader_id"]) if one["reader_id"] in people else None for one in parameters]


def checks_praise(person: Person) -> bool:
    return has_role(person, *CHECKING)


PRAISE_WAITING = register_kind(
    Kind(
        key="praise_waiting",
        title=_("Praise from customers waits for you"),
        about=_("At most once a day, while something waits to be checked."),
        icon="heart",
        mail_default=Way.DIGEST,
        is_for=checks_praise,
        load=load_waiting,
    )
)
