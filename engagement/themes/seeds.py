"""The default plan: days as data, with where each comes from.

Switched on from the start are those that no one need take a stand on: days by law or by decision of
the United Nations, the Sámi people or a profession, the turn of the year, and waffles. What belongs
to a faith, to love, to a cause or to a custom that not everybody shares waits for HR (decision 0094).
"""

from dataclasses import dataclass

from django.utils.translation import gettext_noop

from engagement.themes import rules
from engagement.themes.rules import Rule


@dataclass(frozen=True)
class Seed:
    key: str
    look: str
    name_nb: str
    name_en: str
    greeting_nb: str
    greeting_en: str
    rule: Rule
    reference: str
    is_on: bool = False


def _fixed(month: int, day: int, days_count: int = 1) -> Rule:
    return Rule(rules.FIXED, month=month, day=day, days_count=days_count)


SEEDS = (
    Seed("sami", "sami", "Samefolkets dag", "Sámi National Day",
         "Lihkku beivviin. Gratulerer med dagen.", "Lihkku beivviin. A good Sámi National Day.",
         _fixed(2, 6), gettext_noop("15th Sámi Conference, Helsinki 1992"), True),
    Seed("valentine", "valentine", "Valentinsdagen", "Valentine’s Day",
         "En god dag å si noe fint på", "A good day to say something kind",
         _fixed(2, 14), gettext_noop("Custom")),
    Seed("women", "women", "Kvinnedagen", "International Women’s Day",
         "Gratulerer med kvinnedagen", "Happy International Women’s Day",
         _fixed(3, 8), gettext_noop("UN General Assembly, resolution 32/142, 1977"), True),
    Seed("waffles", "festive", "Vaffeldagen", "Waffle Day",
         "I dag lukter det vaffel", "Today it smells of waffles",
         _fixed(3, 25), gettext_noop("Custom"), True),
    Seed("easter", "easter", "Påske", "Easter",
         "God påske", "Happy Easter",
         Rule(rules.EASTER, offset=-3, days_count=5), gettext_noop("Public holidays by law")),
    Seed("constitution", "constitution", "Grunnlovsdagen", "Constitution Day",
         "Gratulerer med dagen", "A good 17 May to all",
         _fixed(5, 17), gettext_noop("Act on 1 and 17 May as public days, 1947"), True),
    Seed("pride", "pride", "Pride", "Pride",
         "Her er det plass til alle", "There is room for everybody here",
         _fixed(6, 22, 7), gettext_noop("In memory of Stonewall, 28 June 1969")),
    Seed("service", "festive", "Kundeopplevelsens dag", "Customer Experience Day",
         "Dagen for alle som hjelper", "The day of everybody who helps",
         Rule(rules.NTH, month=10, weekday=1, nth=1), gettext_noop("CX Day, first Tuesday of October"), True),
    Seed("wellbeing", "wellbeing", "Verdensdagen for psykisk helse", "World Mental Health Day",
         "Spør noen hvordan de har det", "Ask somebody how they are",
         _fixed(10, 10), gettext_noop("World Health Organization, since 1992"), True),
    Seed("halloween", "halloween", "Halloween", "Halloween",
         "Uhyggelig hyggelig her", "Spookily nice here",
         _fixed(10, 31), gettext_noop("Custom")),
    Seed("advent", "advent", "Adventstiden", "Advent",
         "Så tenner vi et lys", "So we light a candle",
         Rule(rules.ADVENT, nth=1, days_count=24), gettext_noop("The four Sundays before Christmas")),
    Seed("lucia", "lucia", "Lucia", "Lucia",
         "Lys i mørket", "Light in the dark",
         _fixed(12, 13), gettext_noop("Custom")),
    Seed("christmas", "christmas", "Jul", "Christmas",
         "God jul", "Happy Christmas",
         _fixed(12, 23, 4), gettext_noop("Public holidays by law")),
    Seed("newyear", "newyear", "Nyttår", "New Year",
         "Godt nytt år", "Happy New Year",
         _fixed(12, 31, 2), gettext_noop("Public holidays by law"), True),
)  # fmt: skip
