"""What every page shows around its content."""

from collections.abc import Callable
from functools import cache
from typing import Any

from django.conf import settings
from django.db import DatabaseError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext as _

from engagement import times
from engagement.demo.personas import sign_in_buttons
from engagement.demo.surveys.keys import find_key
from engagement.notices.queries import unread_count
from engagement.people import access as people_access
from engagement.people.models import Person
from engagement.themes import preview
from engagement.themes.calendar import Theme, theme_for, theme_for_everybody, theme_in_memory
from engagement.wallboards import access as wall_access


def page(request: HttpRequest) -> dict[str, Any]:
    """Navigation, unread count and the demo's own parts.

    Made when a template first asks: what htmx swaps into a page has none of it.
    """
    person = getattr(request, "user", None)
    context: dict[str, Any] = {"is_demo": settings.DEMO}
    if person is None or not person.is_authenticated:
        if settings.DEMO:
            # Asked for on the sign-in page only: a screen's page must open without a database.
            context["demo_personas"] = SimpleLazyObject(sign_in_buttons)
        # Likewise.
        context["theme"] = _once(_theme_for_everybody)
        return context
    match = request.resolver_match
    here = match.view_name if match else ""
    context["navigation"] = _once(lambda: _navigation(person, here))
    context["unread_notice_count"] = _once(lambda: unread_count(person))
    at = times.now()
    context["theme_preview"] = preview.seen_in(request, at=at)
    context["theme"] = context["theme_preview"] or theme_for(person, at)
    if settings.DEMO and match and here == "surveys:count":
        context["demo_key"] = find_key(match.kwargs["key"])
    return context


def _once(make: Callable[[], Any]) -> Callable[[], Any]:
    """What templates call when they meet it; made once, however often they do."""
    return cache(make)


def _theme_for_everybody() -> Theme | None:
    try:
        return theme_for_everybody(times.now())
    except DatabaseError:
        # The sign-in page needs no database to be shown, and no dress.
        return None


class DressMiddleware:
    """Gives error pages what they would wear, without a question (`engagement.http.errors`).

    Comes after the language: from there on the person of a request has been read.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        person = request.user if request.user.is_authenticated else None
        request.dress = lambda: theme_in_memory(person, times.now())  # type: ignore[attr-defined]
        return self.get_response(request)


def _navigation(person: Person, here: str) -> list[dict[str, Any]]:
    places = [
        ("today", _("Today"), "home"),
        ("kudos:feed", _("Thanks"), "heart"),
        ("surveys:index", _("Surveys"), "poll"),
        ("events:index", _("Events"), "calendar"),
        ("people:directory", _("People"), "people"),
    ]
    if wall_access.can_keep_screens(person):
        places.append(("wallboards:fleet", _("Walls"), "wall"))
    if people_access.can_administer_people(person):
        places.append(("people:administration", _("Administration"), "settings"))
    room = here.split(":")[0]
    return [
        {
            "url": reverse(name),
            "label": label,
            "icon": icon,
            # Five words fit as tabs on a phone: there these are under the face.
            "is_secondary": name in ("people:administration", "wallboards:fleet"),
            "is_current": here == name
            or (room == name.split(":")[0] and ":" in name and room != "people")
            or (room in ("people", "api_tokens") and name == _people_place(here))
            or (here == "notices:status" and name == "people:administration")
            or (room == "themes" and name == "events:index"),
        }
        for name, label, icon in places
    ]


def _people_place(view_name: str) -> str:
    """Directory and administration live in one room and are two places in the navigation."""
    directory = {
        "people:directory",
        "people:person",
        "people:unit",
        "people:me",
        "people:me-sign-in",
    }
    return "people:directory" if view_name in directory else "people:administration"
