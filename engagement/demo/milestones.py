"""What the demo celebrates together: years of service of this week, somebody's first day to come,
and a counter that is about to reach five million."""

import datetime as dt
import random

from django.db import transaction

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people import actions as people
from engagement.people.actions import PersonFacts
from engagement.people.models import Membership, Person, RoleAssignment, Unit
from kudos import actions as kudos
from kudos.anniversaries import anniversary_of
from kudos.models import Counter

COUNTER = "conversations"
FIVE_MILLION = 5_000_000
# So many are missing when the demo begins: reached while somebody looks on.
MISSING = 360
# For every third colleague: whoever wants it is nobody special.
EVERY = 3
# Years of service, in how many days.
ANNIVERSARIES = ((5, 0), (10, 0), (1, 0), (3, 3), (15, 5))


def fill(*, at: dt.datetime) -> None:
    """Once; then only what the clock has to celebrate by now."""
    if not Counter.objects.filter(key=COUNTER).exists():
        _begin(at)
    kudos.celebrate_milestones(at=at)
    kudos.tell_leads(at=at)


@transaction.atomic
def _begin(at: dt.datetime) -> None:
    hr = Person.objects.get(employee_number=BY_SLUG["hr"].number)
    _count(hr, at)
    for person in list(_ordinary_people(times.local_date(at)))[::EVERY]:
        _want(person, at)
    _complete_years(at)
    _expect_somebody(at)


def _count(hr: Person, at: dt.datetime) -> None:
    a_year_ago = at - dt.timedelta(days=400)
    counter = kudos.create_counter(
        key=COUNTER, name_nb="Kundesamtaler siden 2012",
        name_en="Customer conversations since 2012", value=3_999_871, by=hr, at=a_year_ago,
    )  # fmt: skip
    kudos.set_goal(
        counter=counter, target=4_000_000, words_nb="Fire millioner ganger har noen fått hjelp",
        words_en="Four million times somebody got help", by=hr, at=a_year_ago,
    )  # fmt: skip
    kudos.set_counter(counter=counter, value=4_000_112, by=hr, at=a_year_ago)
    kudos.set_goal(
        counter=counter, target=FIVE_MILLION,
        words_nb="Fem millioner samtaler. Takk til dere alle.",
        words_en="Five million conversations. Thank you, all of you.", by=hr, at=a_year_ago,
    )  # fmt: skip
    kudos.set_counter(counter=counter, value=FIVE_MILLION - MISSING, by=hr, at=at)


def _ordinary_people(day: dt.date) -> list[Person]:
    """Neither personas nor leads, in the order of their numbers."""
    leads = RoleAssignment.objects.filter(role=RoleAssignment.Role.LEAD).values("person")
    personas = [persona.number for persona in BY_SLUG.values()]
    ordinary = Person.objects.employed_on(day).exclude(pk__in=leads)
    return list(ordinary.exclude(employee_number__in=personas).order_by("employee_number"))


def _want(person: Person, at: dt.datetime) -> None:
    people.choose_thanks(
        person=person,
        keeps_private=person.keeps_thanks_private,
        by_partners=person.is_thanked_by_partners,
        milestones=True,
        by=person,
        at=at,
    )


def _complete_years(at: dt.datetime) -> None:
    """Gives a few in Trondheim the first day that makes this week theirs; the first in the
    personas' own team."""
    today = times.local_date(at)
    nordlys = _nordlys(today)
    near = [
        person
        for person in _ordinary_people(today)
        if person.wall_choice == Person.WallChoice.ANY and person.employer_id == nordlys.employer_id
    ]
    mates = set(Membership.objects.on(today).filter(unit=nordlys).values_list("person", flat=True))
    near.sort(key=lambda person: person.pk not in mates)
    for person, (years, days) in zip(near, ANNIVERSARIES, strict=False):
        on = today + dt.timedelta(days=days)
        people.change_person(person=person, started_on=anniversary_of(on, -years), by=None, at=at)
        person.refresh_from_db()
        _want(person, at)


def _expect_somebody(at: dt.datetime) -> None:
    """Somebody starts in the personas' team on the next working day."""
    starts_on = times.local_date(at) + dt.timedelta(days=1)
    while starts_on.isoweekday() > 5:
        starts_on += dt.timedelta(days=1)
    nordlys = _nordlys(starts_on)
    newcomer = PersonFacts(
        employer=nordlys.employer, employee_number="19901", given_name="Thea", family_name="Lie",
        title="Kundebehandler", started_on=starts_on, unit=nordlys,
    )  # fmt: skip
    people.hire_people(facts=[newcomer], by=None, at=at)


def _nordlys(day: dt.date) -> Unit:
    agent = Person.objects.get(employee_number=BY_SLUG["agent"].number)
    return Membership.objects.on(day).select_related("unit__employer").get(person=agent).unit


def count_a_little(*, at: dt.datetime, dice: random.Random) -> None:
    """A few more conversations, so that the goal is reached while the demo runs."""
    counter = Counter.objects.filter(key=COUNTER).first()
    if counter is not None:
        hr = Person.objects.get(employee_number=BY_SLUG["hr"].number)
        kudos.add_to_counter(counter=counter, by_count=dice.randint(6, 18), by=hr, at=at)
