"""What people are told about kudos."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, register_kind
from kudos.models import Kudos


def load_received(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The kudos behind the keys; None for one that was withdrawn."""
    keys = [one["kudos"] for one in parameters]
    standing = Kudos.objects.standing().filter(key__in=keys).select_related("giver", "value")
    found = {kudos.key: kudos for kudos in standing}
    return [
        {"kudos": found[key], "face": found[key].giver} if key in found else None for key in keys
    ]


KUDOS_RECEIVED = register_kind(
    Kind(
        key="kudos_received",
        title=_("Somebody thanks you"),
        about=_("As soon as the thank-you can no longer be undone."),
        icon="heart",
        load=load_received,
    )
)
