"""How many came."""

from dataclasses import dataclass

from django.db.models import Count, Q

from engagement.people.access import is_key
from engagement.people.models import Person
from events.models import Event, SignUp, Sitting


@dataclass(frozen=True)
class Came:
    """Numbers of people, for those who organise; nobody sees who."""

    came: int
    expected: int


def came_to(sitting: Sitting) -> Came:
    """Who helps and eats counts once. One query."""
    placed = SignUp.objects.filter(sitting=sitting, state=SignUp.State.PLACED)
    return Came(
        **placed.aggregate(
            came=Count("person", distinct=True, filter=Q(came_at__isnull=False)),
            expected=Count("person", distinct=True),
        )
    )


def presence_of(person: Person, key: str) -> SignUp | None:
    """By what ``person`` has come to the sitting ``key``, if they have said so. One query."""
    if not is_key(key):
        return None
    mine = SignUp.objects.filter(sitting__key=key, person=person, came_at__isnull=False)
    standing = mine.filter(state=SignUp.State.PLACED).order_by("came_at", "pk")
    return standing.select_related("job", "sitting__site", "sitting__event__series").first()


def came_to_event(event: Event) -> int:
    """How many people checked in at ``event``, each once. One query."""
    came = SignUp.objects.filter(event=event, state=SignUp.State.PLACED, came_at__isnull=False)
    return came.values("person").distinct().count()
