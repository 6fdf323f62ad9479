"""Who plans theme days: HR and administrators of the whole organisation. Everybody sees the plan."""

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement.people.access import can_administer_everybody, is_key, is_person
from engagement.people.models import Person
from engagement.themes.models import ThemeDay


def can_plan_theme_days(person: Person | AnonymousUser) -> bool:
    """A day's look meets everybody, so only those whose scope is the whole organisation."""
    return can_administer_everybody(person)


def get_theme_day_to_view(person: Person | AnonymousUser, key: str) -> ThemeDay:
    """Any theme day, also one that is switched off; 404 for unknown keys."""
    found = None
    if is_person(person) and is_key(key):
        found = ThemeDay.objects.with_sites().filter(key=key).first()
    if found is None:
        raise Http404
    return found


def get_theme_day_to_plan(person: Person | AnonymousUser, key: str) -> ThemeDay:
    """The same for planners; 403 for other colleagues."""
    found = get_theme_day_to_view(person, key)
    if not can_plan_theme_days(person):
        raise PermissionDenied
    return found
