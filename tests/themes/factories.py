"""Theme days for tests. Everything has a default; say what the test is about."""

from typing import Any

from engagement.people.models import Site
from engagement.themes.calendar import forget_plan
from engagement.themes.models import ThemeDay


def make_theme_day(
    name: str = "Valentinsdagen", *, sites: tuple[Site, ...] = (), **facts: Any
) -> ThemeDay:
    """On 14 February, in hearts, switched on; the plan in memory is forgotten."""
    facts = {"look": "valentine", "rule": "fixed", "is_on": True} | facts
    if facts["rule"] == "fixed":
        facts = {"month": 2, "day": 14} | facts
    day = ThemeDay(name_nb=name, name_en=facts.pop("name_en", f"{name} (en)"), **facts)
    day.full_clean()
    day.save()
    day.sites.set(sites)
    forget_plan()
    return day
