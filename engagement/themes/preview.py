"""Seeing the whole product as on a theme day, for planners, in one browser and for a while."""

import datetime as dt

from django.http import HttpRequest

from engagement import times
from engagement.themes.access import can_plan_theme_days
from engagement.themes.calendar import Theme, current_plan
from engagement.themes.models import ThemeDay

KEY = "theme_preview"
LASTS = dt.timedelta(minutes=10)


def begin(request: HttpRequest, day: ThemeDay, *, at: dt.datetime) -> None:
    """From here on this browser sees ``day``, for `LASTS`."""
    request.session[KEY] = {"day": day.key, "until": times.milliseconds(at + LASTS)}


def end(request: HttpRequest) -> None:
    request.session.pop(KEY, None)


def seen_in(request: HttpRequest, *, at: dt.datetime) -> Theme | None:
    """What this browser looks at ahead of its day; None when that is over, or no longer allowed."""
    kept = request.session.get(KEY)
    if not isinstance(kept, dict) or kept.get("until", 0) <= times.milliseconds(at):
        return None
    if not can_plan_theme_days(request.user):
        return None
    return current_plan().by_key(str(kept.get("day", "")))
