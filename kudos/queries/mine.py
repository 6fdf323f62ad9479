"""What is one's own: what waits for one's choice, what is planned, and all of it to take along."""

import datetime as dt

from engagement.live.models import Celebration
from engagement.people.models import Person
from kudos.models import Comment, Kudos, KudosReceiver, Milestone, Reaction
from kudos.queries.moderation import own_decisions, own_reports, reasons_hidden
from kudos.queries.praise import own_praise


def is_asked_for_wall_choice(person: Person, *, at: dt.datetime) -> Kudos | None:
    """The newest kudos that waits for its receiver's choice about walls, if there is one."""
    if person.wall_choice:
        return None
    received = KudosReceiver.objects.shown(at).filter(person=person, kudos__wants_wall=True)
    row = received.select_related("kudos__giver").order_by("-show_from").first()
    return row.kudos if row else None


def is_on_walls(kudos: Kudos, *, at: dt.datetime) -> bool:
    """Whether some wall may show it now or, after its hold, soon."""
    return Celebration.objects.current(at).filter(source=kudos.key).exists()


def planned_by(person: Person) -> list[Kudos]:
    """What ``person`` has written for days to come, the nearest first. Constant queries."""
    return list(Kudos.objects.planned().filter(giver=person).with_everything(person))


def own_data(person: Person, *, at: dt.datetime) -> dict[str, object]:
    """The thanks ``person`` gave and got, as they may take them along, oldest first.

    Not what is still on hold or was withdrawn before it could be read: that never reached them.
    """
    kudos = Kudos.objects.with_everything(person).order_by("pk")
    received = kudos.shown(at).filter(receivers__person=person)
    mine = {row.kudos_id: row for row in KudosReceiver.objects.filter(person=person)}
    given = list(kudos.filter(giver=person))
    comments = list(Comment.objects.filter(author=person).select_related("kudos").order_by("pk"))
    hidden = reasons_hidden([*given, *comments])
    reactions = Reaction.objects.filter(person=person).select_related("kudos").order_by("pk")
    return {
        "kudos_given": [
            {
                **_told(one),
                "to": [to.one.name for to in one.named],
                "wants_wall": one.wants_wall,
                "withdrawn_at": _moment(one.withdrawn_at),
                "hidden_at": _moment(one.hidden_at),
                "hidden_because": hidden.get(one.key),
            }
            for one in given
        ],
        "kudos_received": [
            {
                **_told(one),
                "from": one.sender_name,
                "off_wall_at": _moment(mine[one.pk].off_wall_at),
                "is_private": mine[one.pk].is_private,
            }
            for one in received
        ],
        "kudos_comments": [
            {
                "id": one.key,
                "kudos": one.kudos.key,
                "at": one.created_at.isoformat(),
                "text": one.text,
                "withdrawn_at": _moment(one.withdrawn_at),
                "hidden_at": _moment(one.hidden_at),
                "hidden_because": hidden.get(one.key),
            }
            for one in comments
        ],
        "kudos_reactions": [
            {"kudos": one.kudos.key, "at": one.at.isoformat(), "reaction": one.kind}
            for one in reactions
        ],
        "kudos_reports": own_reports(person),
        "kudos_decisions": own_decisions(person),
        **own_praise(person),
        "milestones": [
            {
                "kind": one.kind,
                "years": one.years,
                "on": one.on.isoformat(),
                "celebrated_at": _moment(one.celebrated_at),
            }
            for one in Milestone.objects.filter(person=person).order_by("on", "pk")
        ],
    }


def _told(kudos: Kudos) -> dict[str, object]:
    return {
        "id": kudos.key,
        "at": kudos.created_at.isoformat(),
        "message": kudos.message,
        "value": kudos.value.key if kudos.value else None,
        "audience": kudos.audience,
        "look": kudos.look,
    }


def _moment(at: dt.datetime | None) -> str | None:
    return at.isoformat() if at else None
