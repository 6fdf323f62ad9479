"""What people are told about their places."""

from collections.abc import Sequence

from django.utils.translation import gettext_lazy as _

from engagement import times
from engagement.notices.kinds import Kind, Parameters, Way, register_kind
from events.links import place_url
from events.models import SignUp, SignUpQuerySet

WITH_ALL = ("person", "event__series", "sitting__site", "job")


def _load(parameters: Sequence[Parameters], standing: SignUpQuerySet) -> list[Parameters | None]:
    keys = {one["signup"] for one in parameters}
    found: dict[str, Parameters] = {
        signup.key: {"signup": signup, "place_url": place_url(signup)}
        for signup in standing.filter(key__in=keys, event__cancelled_at__isnull=True)
        .filter(sitting__cancelled_at__isnull=True)
        .select_related(*WITH_ALL)
    }
    return [found.get(one["signup"]) for one in parameters]


def load_offers(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The sign-ups behind the keys; None once the offer was answered or has run out."""
    offered = SignUp.objects.filter(state=SignUp.State.OFFERED, offer_until__gt=times.now())
    return _load(parameters, offered)


def load_places(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The same; None once the place was left."""
    return _load(parameters, SignUp.objects.filter(state=SignUp.State.PLACED))


def load_lapsed(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The same; None once its person has signed up again."""
    return _load(parameters, SignUp.objects.filter(state=SignUp.State.LAPSED))


def load_drawn(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Each reader's own sign-up for the event, with what they have by now; None once they left."""
    told = [(one["event"], one["reader_id"]) for one in parameters]
    live = SignUp.objects.live().filter(
        event__key__in={key for key, _reader in told},
        person__in={reader for _key, reader in told},
        lot__isnull=False,
        event__cancelled_at__isnull=True,
    )
    found: dict[tuple[str, int], Parameters] = {
        (one.event.key, one.person_id): {"signup": one, "place_url": place_url(one)}
        for one in live.select_related(*WITH_ALL)
    }
    return [found.get(one) for one in told]


PLACE_OFFERED = register_kind(
    Kind(
        key="place_offered",
        title=_("A place is free for you"),
        about=_("When you are next in the queue. The offer has a time limit."),
        icon="calendar",
        load=load_offers,
    )
)
PLACE_GIVEN = register_kind(
    Kind(
        key="place_given",
        title=_("You got a place from the queue"),
        about=_("When it is so close that there is no time to ask you first."),
        icon="calendar",
        load=load_places,
    )
)
OFFER_LAPSED = register_kind(
    Kind(
        key="offer_lapsed",
        title=_("A place went on to the next"),
        about=_("When you did not answer an offer in time."),
        mail_default=Way.DIGEST,
        may_hide=True,
        icon="clock",
        load=load_lapsed,
    )
)
LOTS_DRAWN = register_kind(
    Kind(
        key="lots_drawn",
        title=_("Lots are drawn"),
        about=_("Whether you got a place, or where you stand in the queue."),
        icon="calendar",
        load=load_drawn,
    )
)
