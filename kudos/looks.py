"""How a card looks. Each look has a class of its name in the style sheets of pages and walls."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PLAIN = "plain"


@dataclass(frozen=True)
class Look:
    key: str
    name: str | Promise


LOOKS = {
    look.key: look
    for look in (
        Look(PLAIN, _("Plain")),
        Look("waffle", _("Waffle")),
        Look("sun", _("Sun")),
        Look("fjord", _("Fjord")),
        Look("flowers", _("Flowers")),
        Look("stars", _("Stars")),
    )
}
