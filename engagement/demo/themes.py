"""Fjordtel's theme days: what HR has switched on, the company's own day next week, one in Vilnius."""

import datetime as dt

from engagement import times
from engagement.demo.personas import BY_SLUG
from engagement.people.models import Person, Site
from engagement.themes import actions, rules
from engagement.themes.models import ThemeDay

SWITCHED_ON = ("valentine", "easter", "pride", "advent", "lucia", "christmas")
OWN = "Fjordtel-dagen"
DAYS_AHEAD = 6


def fill(*, at: dt.datetime) -> None:
    """Once; what is planned in the demo afterwards stays so."""
    if ThemeDay.objects.filter(name_nb=OWN).exists():
        return
    actions.make_default_plan(at=at)
    hr = Person.objects.get(employee_number=BY_SLUG["hr"].number)
    for day in ThemeDay.objects.filter(seed__in=SWITCHED_ON, is_on=False):
        actions.switch_theme_day(day=day, is_on=True, by=hr, at=at)
    ahead = times.local_date(at) + dt.timedelta(days=DAYS_AHEAD)
    if not rules.exists_every_year(ahead.month, ahead.day):
        ahead += dt.timedelta(days=1)
    own = ThemeDay(
        name_nb=OWN,
        name_en="Fjordtel Day",
        greeting_nb="I dag feirer vi hverandre",
        greeting_en="Today we celebrate one another",
        look="festive",
        month=ahead.month,
        day=ahead.day,
        reference="Fjordtel, 2009",
        is_on=True,
    )
    actions.create_theme_day(day=own, by=hr, at=at)
    vilnius = Site.objects.filter(name="Vilnius", closed_on=None).first()
    if vilnius:
        lithuania = ThemeDay(
            name_nb="Litauens frihetsdag",
            name_en="Lithuania’s Restoration of the State",
            greeting_nb="Su švente, Vilnius",
            greeting_en="Su švente, Vilnius",
            look="easter",
            month=2,
            day=16,
            reference="Lietuvos valstybės atkūrimo diena, 1918",
            is_on=True,
        )
        actions.create_theme_day(day=lithuania, sites=[vilnius], by=hr, at=at)
