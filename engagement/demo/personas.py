"""The ten people a visitor of the demo can be."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from engagement.people.models import Person


@dataclass(frozen=True)
class Persona:
    """``number`` is the employee number that the made-up organisation gives them."""

    slug: str
    number: str
    title: str | Promise


PERSONAS = (
    Persona("agent", "10001", _("Agent in Trondheim")),
    Persona("colleague", "10002", _("A colleague in the same team")),
    Persona("lead", "10003", _("Team lead")),
    Persona("manager", "10004", _("Site manager")),
    Persona("hr", "10005", _("HR")),
    Persona("delegate", "10006", _("Safety delegate")),
    Persona("union", "10007", _("Union representative")),
    Persona("partner", "20001", _("Agent at a partner")),
    Persona("keeper", "10008", _("Keeps the wall screens")),
    Persona("admin", "10009", _("Administrator")),
)
BY_SLUG = {persona.slug: persona for persona in PERSONAS}


def sign_in_buttons() -> list[dict[str, object]]:
    """The buttons of the sign-in page, in the order people meet the product. One query."""
    found = Person.objects.filter(employee_number__in=[persona.number for persona in PERSONAS])
    people = {person.employee_number: person for person in found}
    return [
        {
            "testid": f"demo-{persona.slug}",
            "title": persona.title,
            "name": person.name,
            "initials": person.initials,
            "hue": person.hue,
            "url": reverse("demo:sign-in", args=[persona.slug]),
        }
        for persona in PERSONAS
        if (person := people.get(persona.number))
    ]
