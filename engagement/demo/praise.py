"""What made-up customers say through the made-up system «Stemmen», so that the lead's page lives.

Names and numbers in the texts are nobody's: numbers of the series that are never given out.
"""

import datetime as dt
from typing import Any, NamedTuple

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, RoleAssignment
from engagement.people.queries import members_on
from kudos import actions as kudos
from kudos.actions import PraiseFacts
from kudos.models import Kudos, Praise, PraiseRule, Value
from kudos.praise_text import without_personal

SOURCE = "stemmen"
RULES: tuple[dict[str, Any], ...] = (
    {"kind": PraiseRule.Kind.TOO_SHORT, "count": 40},
    {"kind": PraiseRule.Kind.LOW_SCORE, "score": 0.5, "source": SOURCE},
    {"kind": PraiseRule.Kind.WEEKLY, "count": 5},
)


class Said(NamedTuple):
    """One text: how many hours ago, what about, and how sure «Stemmen» is."""

    number: int
    hours: int
    topic: str
    score: float
    text: str
    is_passed_on: bool = False


SAID = (
    Said(1, 30, "Faktura", 0.94, "Jeg hadde ringt tre ganger om fakturaen. {name} tok seg tid, fant "
         "feilen og sendte meg en SMS da det var ordnet. Tusen takk!", is_passed_on=True),
    Said(2, 26, "Support", 0.91, "Endelig noen som forklarer uten fagord. Nå virker TV-en igjen, og "
         "jeg forstår til og med hvorfor.", is_passed_on=True),
    Said(3, 20, "Flytting", 0.96, "{name} ordnet flyttingen fra Tyttebærveien 7 til Bjørkestien 12 B "
         "på ti minutter. Ring gjerne 99 00 00 12 hvis dere vil høre mer.\nHilsen Oddny Tangvik"),
    Said(4, 9, "Svindel", 0.97, "Mor på 84 fikk en ekkel SMS og ble redd. Han på telefonen var rolig og "
         "tålmodig, sperret kortet og ringte opp igjen dagen etter. Svar til turid.eikås@epost.example."),
    Said(5, 5, "Mobil", 0.88, "I have never had support this friendly. Got my number back in five "
         "minutes. Best regards, Margaret Whitlock"),
    Said(6, 2, "Bredbånd", 0.83, "Takk for at du ikke ga deg! Fjerde gang var det du som fant feilen i "
         "skapet, og ungene fikk sett ferdig filmen."),
    Said(7, 14, "Chat", 0.9, "Bra service, takk!"),
    Said(8, 11, "Nettside", 0.31, "Helt greit svar på chatten, men nettsiden deres er fortsatt treg og "
         "jeg fant aldri frem til fakturaen min."),
)  # fmt: skip


def fill(*, at: dt.datetime) -> int:
    """Lets «Stemmen» send what it has not sent; returns how many came. Waits for the founding."""
    lead = Person.objects.filter(employee_number=BY_SLUG["lead"].number).first()
    role = lead and lead.roles.filter(role=RoleAssignment.Role.LEAD, unit__isnull=False).first()
    if not lead or not role or not role.unit:
        return 0
    day = times.local_date(at)
    agents = [one for one in members_on(day, unit=role.unit) if one != lead]
    agents.sort(key=lambda one: one.employee_number)
    if not agents:
        return 0
    _make_rules(at)
    sent = set(Praise.objects.filter(source=SOURCE).values_list("external_id", flat=True))
    new = [said for said in SAID if str(said.number) not in sent]
    for said in new:
        _say(said, agents[said.number % len(agents)], lead, at)
    return len(new)


def _make_rules(at: dt.datetime) -> None:
    administrator = Person.objects.filter(employee_number=BY_SLUG["admin"].number).first()
    if administrator is None or PraiseRule.objects.exists():
        return
    for facts in RULES:
        kudos.save_praise_rule(rule=PraiseRule(**facts), by=administrator, at=at)


def _say(said: Said, agent: Person, lead: Person, at: dt.datetime) -> None:
    came_at = at - dt.timedelta(hours=said.hours)
    facts = PraiseFacts(
        source=SOURCE,
        external_id=str(said.number),
        text=said.text.format(name=agent.given_name),
        agent=agent,
        language="en" if "regards" in said.text else "nb",
        topic=said.topic,
        score=said.score,
        happened_at=came_at - dt.timedelta(minutes=20),
    )
    praise = kudos.receive_praise(facts=facts, at=came_at).praise
    if said.is_passed_on and praise.state == "waiting":
        kudos.approve_praise(
            praise=praise,
            by=lead,
            message=without_personal(praise),
            value=Value.objects.in_use().first(),
            audience=Kudos.Audience.SITE,
            wants_wall=True,
            hold=dt.timedelta(0),
            at=came_at + dt.timedelta(hours=1),
        )
