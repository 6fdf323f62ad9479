"""How a card looks. Each look has a class of its name in the style sheets of pages and walls."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from engagement.themes.looks import LOOKS as LOOKS_OF_DAYS

PLAIN = "plain"


@dataclass(frozen=True)
class Look:
    key: str
    name: str | Promise


# Those to choose from on any day.
LOOKS = {
    look.key: look
    for look in (
        Look(PLAIN, pgettext_lazy("card", "Plain")),
        Look("waffle", pgettext_lazy("card", "Waffle")),
        Look("sun", pgettext_lazy("card", "Sun")),
        Look("fjord", pgettext_lazy("card", "Fjord")),
        Look("flowers", pgettext_lazy("card", "Flowers")),
        Look("stars", pgettext_lazy("card", "Stars")),
    )
}
# All that cards can have: a theme day's is chosen on its day only, and kept by the card.
DRAWN = LOOKS | {look.key: Look(look.key, look.name) for look in LOOKS_OF_DAYS.values()}
# For programs, under a name of its own.
CHOICES = list(DRAWN)
