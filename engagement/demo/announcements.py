"""What Fjordtel decided: a break rota that was corrected, a renovation ahead, and one that waits for
its time.

Made by the same actions as everybody uses, at the time somebody would have written them.
"""

import datetime as dt
from typing import Any

from django.utils.translation import override

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, Site, Unit
from engagement.people.queries import members_on, placed_people, unit_id_of
from engagement.people.tree import Tree
from events.actions import announcing
from events.announcement_facts import WORDS, AnnouncementFacts, Words
from events.models import Announcement

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
# Of ten who got it, so many have pressed "Got it".
READ_OF_TEN = 7


def fill(*, at: dt.datetime) -> None:
    """All of them, the first time."""
    if Announcement.objects.exists():
        return
    with override("nb"):
        _announce(at=at)


def _announce(*, at: dt.datetime) -> None:
    tree = Tree.on(times.local_date(at))
    manager, lead = (
        Person.objects.get(employee_number=BY_SLUG[slug].number) for slug in ("manager", "lead")
    )
    team, site = _place_of(lead, tree)
    _decide(manager, site, at=at)
    _activity(manager, site, at=at)
    _later(lead, team, at=at)


def _place_of(person: Person, tree: Tree) -> tuple[Unit, Site]:
    unit = tree.unit(unit_id_of(placed_people(tree.day).get(pk=person.pk)))
    site = tree.site_of(unit.pk) if unit else None
    assert unit is not None
    assert site is not None
    return unit, site


def _send(by: Person, at: dt.datetime, **facts: Any) -> Announcement:
    made = announcing.create_announcement(facts=AnnouncementFacts(**facts), by=by, at=at)
    return announcing.publish_announcement(announcement=made, by=by, at=at, by_mail=False)


def _decide(manager: Person, site: Site, *, at: dt.datetime) -> None:
    """Sent four days ago, corrected the day after, and read by most."""
    sent_at = at - 4 * DAY
    starts_on = times.local_date(at) + 5 * DAY
    made = _send(
        manager,
        sent_at,
        title="Kveldspausen flyttes",
        decided="Pausen på kveldsvakta flyttes fra 19:00 til 20:00.",
        why="Køen er lengst mellom klokka 19 og 20. Da er vi for få, og de som er igjen får det travelt.",
        affects="Du som jobber kveld: du spiser en time senere. Dagvakta merker ingenting.",
        next_step="Ny pauseliste henger ved kantina. Snakk med teamlederen din om tiden ikke passer.",
        next_on=starts_on,
        body_name="Ledermøtet",
        audiences=[site],
    )
    _read(made, site, at=sent_at + 3 * HOUR)
    words = {name: getattr(made, name) for name in WORDS}
    words["decided"] = "Pausen på kveldsvakta flyttes fra 19:00 til 20:30."
    announcing.correct_announcement(
        announcement=made,
        words=Words(**words),
        note="Klokkeslettet var feil: pausen er 20:30, når køen er under ti.",
        by=manager,
        at=sent_at + DAY,
        by_mail=False,
    )
    made.refresh_from_db()
    _read(made, site, at=sent_at + DAY + 3 * HOUR)
    announcing.count_readers(at=at)


def _read(made: Announcement, site: Site, *, at: dt.datetime) -> None:
    """Most of them, not those the visitor may be: to them it is new."""
    visitors = {persona.number for persona in BY_SLUG.values()}
    for number, person in enumerate(members_on(times.local_date(at), site=site)):
        is_reader = number % 10 < READ_OF_TEN and person.employee_number not in visitors
        if is_reader and made.recipients.filter(person=person).exists():
            announcing.read_announcement(
                announcement=made, revision=made.revision, by=person, at=at
            )


def _activity(manager: Person, site: Site, *, at: dt.datetime) -> None:
    _send(
        manager,
        at - 3 * HOUR,
        kind=Announcement.Kind.ACTIVITY,
        title="Nytt pauserom i andre etasje",
        decided="Vi bygger om møterom 2 til et pauserom med ekte sofa.",
        why="Dere ønsket dere et stille sted å være i pausen. Det var det vanligste forslaget i høst.",
        affects="Alle på huset. Møterom 2 er stengt mens det bygges.",
        next_step="Håndverkerne kommer mandag. Det blir litt støy om formiddagen i to uker.",
        next_on=times.local_date(at) + 7 * DAY,
        audiences=[site],
        wall_days=2,
    )


def _later(lead: Person, team: Unit, *, at: dt.datetime) -> None:
    day = times.local_date(at) + 3 * DAY
    made = announcing.create_announcement(
        facts=AnnouncementFacts(
            title="Morgenmøtet starter 08:15",
            decided="Morgenmøtet begynner et kvarter senere enn før.",
            why="Flere av dere rekker ikke bussen til åtte.",
            affects="Alle i teamet som jobber dag.",
            next_step="Vi prøver det ut året, og ser på det sammen i januar.",
            audiences=[team],
        ),
        by=lead,
        at=at - HOUR,
    )
    announcing.schedule_announcement(
        announcement=made,
        publish_at=times.moment_of(day, dt.time(8)).astimezone(dt.UTC),
        by=lead,
        at=at - HOUR,
    )
