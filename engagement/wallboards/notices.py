"""What keepers are told about screens."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, register_kind
from engagement.wallboards.access import can_keep_screens
from engagement.wallboards.models import Screen


def load_silent(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The screens behind the keys; None for one that was taken down."""
    keys = [one["screen"] for one in parameters]
    found = {
        s.key: s for s in Screen.objects.hanging().filter(key__in=keys).select_related("board")
    }
    return [{"screen": found[key]} if key in found else None for key in keys]


SCREEN_SILENT = register_kind(
    Kind(
        key="screen_silent",
        title=_("A screen is silent"),
        about=_("When a screen has not been heard of for ten minutes in opening hours."),
        icon="wall",
        load=load_silent,
        is_for=can_keep_screens,
    )
)
