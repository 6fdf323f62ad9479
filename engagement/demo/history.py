"""Eighteen months of thanks, day by day, the newest first; where a stopped run ends, the next goes on."""

import datetime as dt
import random
from collections.abc import Callable, Iterator
from typing import Any

from django.db.models import Max, Min

from engagement import times
from engagement.demo import words
from engagement.demo.organisation import AGE
from engagement.people.models import AuditEntry, Membership, Person, Unit
from engagement.people.receivers import Receiver
from kudos import actions as kudos
from kudos.actions import PastKudos
from kudos.actions.history import TALKED_AFTER
from kudos.cards import CARD_LIFE
from kudos.looks import LOOKS, PLAIN
from kudos.models import Kudos, Reaction, Value

RECENT = dt.timedelta(days=60)
# Thanks a day and person: three in four people are thanked within two months.
RATE = 0.045
SEED = 20240517
# Hearts most of all.
REACTIONS = ["heart", "heart", *Reaction.Kind.values]
Told = Callable[[dt.date, int, int], None]


class NotOurs(Exception):
    """The database holds something else than the demo."""


def refuse_other_data() -> bool:
    """Whether the demo has been founded here. Raises NotOurs when somebody else lives here."""
    if AuditEntry.objects.filter(verb="demo-founded").exists():
        return True
    if Person.objects.exists() or Unit.objects.exists():
        raise NotOurs
    return False


def fill_recent(*, at: dt.datetime, told: Told) -> None:
    """The last sixty days, or what is missing of them since the demo last ran, up to now."""
    today = times.local_date(at)
    newest = Kudos.objects.aggregate(newest=Max("created_at"))["newest"]
    first = today - RECENT
    if newest is not None:
        first = max(first, times.local_date(newest) + dt.timedelta(days=1))
    days = [first + dt.timedelta(days=n) for n in range((today - first).days + 1)]
    for number, day in enumerate(days, start=1):
        _fill_day(day, until=at)
        told(day, number, len(days))


def fill_history(*, at: dt.datetime, told: Told) -> None:
    """What lies before, back to the founding."""
    founded = AuditEntry.objects.filter(verb="demo-founded").earliest("at").at
    first = times.local_date(founded) - AGE + dt.timedelta(days=1)
    oldest = Kudos.objects.aggregate(oldest=Min("created_at"))["oldest"]
    last = times.local_date(oldest) if oldest else times.local_date(at)
    days = [last - dt.timedelta(days=n) for n in range(1, (last - first).days + 1)]
    for number, day in enumerate(days, start=1):
        _fill_day(day, until=at)
        told(day, number, len(days))


def _fill_day(day: dt.date, *, until: dt.datetime) -> None:
    """All thanks of one day in one transaction; those of the last hours also reach the walls."""
    dice = random.Random(f"{SEED} {day.isoformat()}")  # noqa: S311 - a story, not a secret
    given = [one for one in _thanks(day, dice) if one.at < until]
    on_walls = [one for one in given if one.at > until - CARD_LIFE]
    past = [one for one in given if one.at <= until - CARD_LIFE]
    if past:
        kudos.record_past_kudos(past, day=day)
    for one in on_walls:
        given_now = kudos.give_kudos(
            by=one.giver, to=one.to, message=one.message, value=one.value, look=one.look,
            audience=one.audience, wants_wall=one.wants_wall, at=one.at, hold=dt.timedelta(0),
        )  # fmt: skip
        if one.at + TALKED_AFTER < until:
            kudos.record_past_talk([(given_now, one)])


def _thanks(day: dt.date, dice: random.Random) -> Iterator[PastKudos]:
    here = list(
        Membership.objects.on(day)
        .filter(unit__closed_on=None, person__left_on=None)
        .select_related("person", "unit")
        .order_by("person__employee_number")
    )
    if len(here) < 2:
        return
    teams: dict[int, list[Person]] = {}
    for membership in here:
        teams.setdefault(membership.unit_id, []).append(membership.person)
    values = {value.key: value for value in Value.objects.in_use()}
    busy = 1.0 if day.isoweekday() < 6 else 0.3
    for moment in _moments(day, dice, count=round(len(here) * RATE * busy)):
        yield _one(moment, dice, here, teams, values)


def _moments(day: dt.date, dice: random.Random, *, count: int) -> list[dt.datetime]:
    midnight = dt.datetime.combine(day, dt.time(0), tzinfo=times.local_zone())
    minutes = [dice.triangular(6.5 * 60, 22.5 * 60, 13 * 60) for _ in range(count)]
    return sorted(midnight + dt.timedelta(minutes=minute) for minute in minutes)


def _one(
    at: dt.datetime,
    dice: random.Random,
    here: list[Membership],
    teams: dict[int, list[Person]],
    values: dict[str, Value],
) -> PastKudos:
    place = dice.choice(here)
    giver = place.person
    mates = [mate for mate in teams[place.unit_id] if mate != giver]
    roll = dice.random()
    to: list[Receiver]
    if roll < 0.06:
        other = dice.choice(here).unit
        to, (key, text) = [other], dice.choice(words.TO_TEAMS)
    else:
        # Two in three thank somebody in their own team, the others look further.
        near = mates if mates and roll < 0.68 else [m.person for m in here if m.person != giver]
        to = list(dice.sample(near, k=min(len(near), 1 if dice.random() < 0.9 else 2)))
        phrases = words.ENGLISH if giver.language == "en" else words.NORWEGIAN
        key, text = dice.choice(phrases)
    audience = dice.choices(["company", "site", "team", "private"], [70, 14, 12, 4])[0]
    return PastKudos(
        giver=giver,
        to=to,
        message=text,
        value=values.get(key),
        audience=audience,
        at=at,
        wants_wall=audience != "private" and dice.random() < 0.85,
        look=dice.choice(list(LOOKS)) if dice.random() < 0.12 else PLAIN,
        **_talk(dice, giver, mates, audience),
    )


def _talk(dice: random.Random, giver: Person, mates: list[Person], audience: str) -> dict[str, Any]:
    """What the giver's team said to it. Not to what is between two."""
    here = [] if audience == "private" else mates
    some = dice.sample(here, k=min(len(here), dice.choice([0, 0, 0, 1, 2, 4])))
    talks = some[:1] if dice.random() < 0.25 else []
    words_said = words.COMMENTS_ENGLISH if giver.language == "en" else words.COMMENTS
    return {
        "reactions": [(one, dice.choice(REACTIONS)) for one in some],
        "comments": [(one, dice.choice(words_said)) for one in talks],
    }


def live_a_little(*, at: dt.datetime, dice: random.Random) -> Kudos | None:
    """One kudos out of the blue, so that the demo's walls live. Personas are left in peace."""
    one = next((one for one in _thanks(times.local_date(at), dice)), None)
    if one is None:
        return None
    is_persona = any(
        isinstance(who, Person) and who.employee_number[1:4] == "000"
        for who in [one.giver, *one.to]
    )
    if is_persona:
        return None
    return kudos.give_kudos(
        by=one.giver, to=one.to, message=one.message, value=one.value, audience=one.audience,
        wants_wall=True, at=at,
    )  # fmt: skip
