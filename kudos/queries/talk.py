"""What has been said to kudos: reactions counted, comments in order."""

from collections.abc import Sequence
from typing import NamedTuple

from django.db.models import Count, Q, prefetch_related_objects

from engagement.people.models import Person
from kudos.models import Comment, Kudos, Reaction, Tally
from kudos.queries.leavers import veil_leavers, veil_leavers_in

COMMENTS_SHOWN = 200


def with_talk(kudos: Sequence[Kudos], viewer: Person) -> list[Kudos]:
    """``kudos``, each with its ``tallies`` and ``comment_count`` as ``viewer`` sees them, those named
    with @, and people who have left named as HR has chosen.

    Two queries, one more when somebody has left, two more when somebody is named.
    """
    prefetch_related_objects([one for one in kudos if "@" in one.message], "mentions__person")
    veil_leavers_in(kudos, viewer)
    keys = [one.pk for one in kudos]
    counted: dict[tuple[int, str], tuple[int, int]] = {}
    mine = Count("pk", filter=Q(person=viewer))
    rows = Reaction.objects.filter(kudos__in=keys).values("kudos", "kind")
    for row in rows.annotate(count=Count("pk"), mine=mine).order_by():
        counted[row["kudos"], row["kind"]] = (row["count"], row["mine"])
    said = Comment.objects.standing().filter(kudos__in=keys).values_list("kudos")
    comments = dict(said.annotate(count=Count("pk")).order_by())
    for one in kudos:
        one.comment_count = comments.get(one.pk, 0)
        one.tallies = [
            Tally(kind, str(label), number, bool(own))
            for kind, label in Reaction.Kind.choices
            for number, own in [counted.get((one.pk, kind), (0, 0))]
        ]
    return list(kudos)


def without_talk(kudos: Kudos) -> None:
    """The same for one that was given this moment: nobody has said anything yet. No query."""
    kudos.comment_count = 0
    kudos.tallies = [
        Tally(kind, str(label), number=0, is_mine=False) for kind, label in Reaction.Kind.choices
    ]


def comments_on(kudos: Kudos) -> list[Comment]:
    """The comments on ``kudos``, the oldest first, with authors and mentions. Three queries."""
    standing = Comment.objects.standing().filter(kudos=kudos).select_related("author__employer")
    shown = list(standing.prefetch_related("mentions__person").order_by("pk")[:COMMENTS_SHOWN])
    veil_leavers(one.author for one in shown)
    return shown


class Reacted(NamedTuple):
    """The people who gave one reaction, by name."""

    kind: str
    label: str
    people: list[Person]


def people_who_reacted(kudos: Kudos) -> list[Reacted]:
    """Who reacted, in the order of the palette; those not given are left out. One query."""
    found: dict[str, list[Person]] = {}
    rows = Reaction.objects.filter(kudos=kudos).select_related("person")
    reacted = list(rows.order_by("person__sort_name", "pk"))
    veil_leavers(row.person for row in reacted)
    for row in reacted:
        found.setdefault(row.kind, []).append(row.person)
    return [
        Reacted(kind, str(label), found[kind])
        for kind, label in Reaction.Kind.choices
        if kind in found
    ]
