"""What those signed up are told when a planner changes or cancels their sitting."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext_lazy as _

from engagement.notices.kinds import Kind, Parameters, register_kind
from engagement.people.models import Person
from events.access.planning import managed_sites
from events.models import Event, Sitting
from events.queries.coming import when_of

# As many days are said.
MOST_DAYS_SAID = 4


def load_changed(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Sittings as they are now; None for one that is not held any more: another notice says so."""
    keys = [one["sitting"] for one in parameters]
    found = _by_key(Sitting.objects.standing().filter(key__in=keys))
    return [found.get(key) for key in keys]


def load_cancelled(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """Sittings that are not held; None for one that is held again."""
    keys = [one["sitting"] for one in parameters]
    found = _by_key(Sitting.objects.filter(key__in=keys, cancelled_at__isnull=False))
    return [found.get(key) for key in keys]


def _by_key(sittings: Iterable[Sitting]) -> dict[str, Parameters]:
    rows = Sitting.objects.filter(pk__in=[one.pk for one in sittings])
    return {
        one.key: {
            "sitting": one,
            "event": one.event,
            "when": SimpleLazyObject(partial(when_of, one)),
        }
        for one in rows.select_related("event__series", "site")
    }


def load_replaced(parameters: Sequence[Parameters]) -> Sequence[Parameters | None]:
    """The title, and which of the days are held (as they stand now) and which are not (as they were);
    None for notices of before, which know neither title nor days."""
    keys = {key for one in parameters for key in one["events"]}
    standing = Event.objects.standing().filter(key__in=keys)
    held = dict(standing.values_list("key", "day"))
    return [_replaced(one, held) if "title" in one else None for one in parameters]


def _replaced(told: Parameters, held: Mapping[str, dt.date]) -> Parameters:
    days: dict[str, str] = told["events"]
    return {
        "title": told["title"],
        "held": _said(held[key] for key in days if key in held),
        "gone": _said(dt.date.fromisoformat(day) for key, day in days.items() if key not in held),
    }


def _said(days: Iterable[dt.date]) -> dict[str, object]:
    """The first few, and how many more; empty without any."""
    ordered = sorted(days)
    more = len(ordered[MOST_DAYS_SAID:])
    return {"days": ordered[:MOST_DAYS_SAID], "more_count": more} if ordered else {}


def manages_a_site(person: Person) -> bool:
    return bool(managed_sites(person))


EVENT_CHANGED = register_kind(
    Kind(
        key="event_changed",
        title=_("An event at another time or place"),
        about=_("When you are signed up and the time or the place changes."),
        icon="calendar",
        load=load_changed,
    )
)
EVENT_CANCELLED = register_kind(
    Kind(
        key="event_cancelled",
        title=_("An event is cancelled"),
        about=_("When you are signed up and it is not held, with the reason."),
        icon="calendar",
        load=load_cancelled,
    )
)
OWN_SITTINGS_REPLACED = register_kind(
    Kind(
        key="own_sittings_replaced",
        title=_("Your site’s own sittings are replaced"),
        about=_(
            "When whoever made a series replaces what you changed on single days at your site."
        ),
        icon="calendar",
        is_for=manages_a_site,
        load=load_replaced,
    )
)
