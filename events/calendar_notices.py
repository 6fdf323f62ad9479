"""What people are reminded of."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from events.models import SignUp


def load_places(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The places behind the keys of sign-ups; None for what is over, called off or given up.

    The sitting's times come as its own wall clock shows them.
    """
    standing = SignUp.objects.filter(
        key__in={one["signup"] for one in parameters},
        state=SignUp.State.PLACED,
        sitting__cancelled_at__isnull=True,
        sitting__event__cancelled_at__isnull=True,
        sitting__ends_at__gt=times.now(),
    ).select_related("sitting__site", "sitting__event__series", "job")
    found = {
        signup.key: {
            "title": signup.sitting.event.title,
            "job": signup.job.name if signup.job else "",
            "day": times.local_date(signup.sitting.starts_at, signup.sitting.zone),
            "clock": times.wall_clock(signup.sitting.starts_at, signup.sitting.zone),
            "place": signup.sitting.place,
        }
        for signup in standing
    }
    return [found.get(one["signup"]) for one in parameters]


SITTING_REMINDER = register_kind(
    Kind(
        key="sitting_reminder",
        title=_("Something you signed up for is about to begin"),
        about=_("An hour before. When you help, the afternoon before."),
        icon="calendar",
        mail_default=Way.AT_ONCE,
        may_hide=True,
        load=load_places,
    )
)
