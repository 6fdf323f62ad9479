"""How a card looks. Each look has a class of its name in the style sheets of pages and walls."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

PLAIN = "plain"


@dataclass(frozen=True)
class Look:
    key: str
    name: str | Promise


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
