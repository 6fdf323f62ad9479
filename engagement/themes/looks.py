"""The designed looks that a theme day can wear.

Each has a class ``is-theme-KEY`` and a card ``look-KEY`` in ``vaffel/css/themes.css``, drawings of
its name in ``vaffel/looks/`` and ``wallboards/looks/``, a strip in ``wallboards/strips/``, and its
colours for walls in ``wall.css``. `tests/look/test_themes.py` holds all of them to the contrasts.
"""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy


@dataclass(frozen=True)
class Look:
    """A key of small letters, as walls take it, and what people call the look."""

    key: str
    name: str | Promise


LOOKS = {
    look.key: look
    for look in (
        Look("valentine", pgettext_lazy("look of a day", "Hearts")),
        Look("sami", pgettext_lazy("look of a day", "Sun and moon")),
        Look("women", pgettext_lazy("look of a day", "Mimosa")),
        Look("easter", pgettext_lazy("look of a day", "Catkins")),
        Look("constitution", pgettext_lazy("look of a day", "Rosette")),
        Look("pride", pgettext_lazy("look of a day", "Rainbow")),
        Look("wellbeing", pgettext_lazy("look of a day", "Green ribbon")),
        Look("halloween", pgettext_lazy("look of a day", "Pumpkins")),
        Look("advent", pgettext_lazy("look of a day", "Four candles")),
        Look("lucia", pgettext_lazy("look of a day", "Crown of lights")),
        Look("christmas", pgettext_lazy("look of a day", "Woven heart")),
        Look("newyear", pgettext_lazy("look of a day", "Fireworks")),
        Look("festive", pgettext_lazy("look of a day", "Bunting")),
    )
}
# For programs, under a name of its own.
CHOICES = list(LOOKS)
