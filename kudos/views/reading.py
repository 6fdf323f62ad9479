"""Feeds, and the page of one kudos."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_GET

from engagement import times
from engagement.people.access import get_person_to_view, get_unit_to_view
from engagement.people.forms import WallForm
from engagement.people.models import Person, Unit
from engagement.people.requests import PersonRequest
from engagement.text import clean_line
from kudos import access, queries
from kudos.circles import Scope
from kudos.forms import CommentForm, GiveForm
from kudos.models import Kudos, Value
from kudos.views.fairness import nudge
from kudos.views.giving import give_box
from kudos.views.praise import praise_link

SCOPES: dict[str, Scope] = {"all": "all", "site": "site", "team": "team", "mine": "mine"}
SCOPE_NAMES = {
    "all": _("Everybody"),
    "site": _("My site"),
    "team": _("My team"),
    "mine": _("Mine"),
}


@dataclass(frozen=True)
class Asked:
    """What a feed shows: one scope, perhaps one value, perhaps only what has some words."""

    scope: Scope
    value: Value | None
    text: str
    values: list[Value]

    def address(self, **changes: str) -> str:
        """The feed that differs from this one by ``changes``."""
        facts = {
            "scope": "" if self.scope == "all" else self.scope,
            "value": self.value.key if self.value else "",
            "q": self.text,
        } | changes
        query = urlencode({name: fact for name, fact in facts.items() if fact})
        return reverse("kudos:feed") + (f"?{query}" if query else "")

    @property
    def scope_links(self) -> list[tuple[str, str, bool]]:
        """The address and the label of each scope, and whether it is the current one."""
        return [
            (self.address(scope="" if scope == "all" else scope), str(label), scope == self.scope)
            for scope, label in SCOPE_NAMES.items()
        ]

    @property
    def value_links(self) -> list[tuple[str, Value, bool]]:
        """As `scope_links`; the current value leads back to all of them."""
        return [
            (self.address(value="" if one == self.value else one.key), one, one == self.value)
            for one in self.values
        ]


@require_GET
def feed(request: PersonRequest) -> HttpResponse:
    """The thanks I may read: everybody's, my site's, my team's, or mine; by value and by words."""
    asked = _asked_or_400(request)
    page = _page_or_400(request, asked)
    following = asked.address(after=page.next) if page.next else ""
    at = times.now()
    context: dict[str, object] = {"page": page, "asked": asked, "following": following, "at": at}
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "kudos/items.html", context)
    context |= _around(request, asked, at) | praise_link(request)
    # Who looks for something is not asked something else.
    if not asked.text:
        in_use = [one for one in asked.values if one.retired_at is None]
        box = give_box(request, GiveForm(giver=request.user, values=in_use))
        context |= {"nudge": nudge(request)} | box
    return render(request, "kudos/feed.html", context)


def _around(request: PersonRequest, asked: Asked, at: dt.datetime) -> dict[str, object]:
    """What stands beside a feed: people who fit the words, and what waits for whom."""
    return {
        "people": queries.people_found(asked.text, viewer=request.user, day=times.local_date(at)),
        "waiting_reports": queries.waiting_report_count(request.user, at=at),
        "covers": bool(access.scopes_to_cover(request.user)),
    }


def _asked_or_400(request: PersonRequest) -> Asked:
    values = list(Value.objects.order_by("position", "key"))
    key = request.GET.get("value", "")
    value = next((one for one in values if one.key == key), None)
    scope = SCOPES.get(request.GET.get("scope", "all"))
    if scope is None or (key and value is None):
        raise BadRequest("no such feed")
    in_use = [one for one in values if one.retired_at is None or one == value]
    return Asked(scope, value, clean_line(request.GET.get("q", "")[:100]), in_use)


def _page_or_400(request: PersonRequest, asked: Asked) -> queries.FeedPage:
    facts: dict[str, Any] = {
        "scope": asked.scope,
        "value": asked.value,
        "after": request.GET.get("after"),
        "at": times.now(),
    }
    try:
        if asked.text:
            return queries.search_page(request.user, asked.text, **facts)
        return queries.feed_page(request.user, **facts)
    except ValueError as error:
        raise BadRequest("no such page") from error


@require_GET
def detail(request: PersonRequest, key: str) -> HttpResponse:
    kudos = access.get_kudos_to_view(request.user, key)
    return render(request, "kudos/detail.html", detail_context(request, kudos, CommentForm()))


def detail_context(request: PersonRequest, kudos: Kudos, form: CommentForm) -> dict[str, object]:
    """All that the page of one kudos shows."""
    me, at = request.user, times.now()
    queries.with_talk([kudos], me)
    return {
        "kudos": kudos,
        "at": at,
        "comments": queries.comments_on(kudos),
        "reacted": queries.people_who_reacted(kudos),
        "comment_form": form,
        "mine": next((one for one in kudos.named if one.person_id == me.pk), None),
        "can_withdraw": access.can_withdraw(me, kudos),
        "can_take_off_walls": access.can_take_off_walls(me, kudos)
        and queries.is_on_walls(kudos, at=at),
        "wall_form": _wall_form(request, kudos),
        "can_report": access.can_report(me, kudos),
        "can_hide": access.can_moderate(me, kudos, at=at),
    }


def _wall_form(request: PersonRequest, kudos: Kudos) -> WallForm | None:
    """Asked once: of a receiver who has not chosen yet."""
    is_receiver = access.is_thanked(request.user, kudos)
    return WallForm() if is_receiver and not request.user.wall_choice else None


@require_GET
def of_person(request: PersonRequest, key: str) -> HttpResponse:
    """What somebody has been thanked for, as a part of their page."""
    person = get_person_to_view(request.user, key)
    return _received(request, person, partial(queries.thanks_to_person, request.user, person))


@require_GET
def of_unit(request: PersonRequest, key: str) -> HttpResponse:
    unit = get_unit_to_view(request.user, key)
    return _received(request, unit, partial(queries.thanks_to_unit, request.user, unit))


def _received(
    request: PersonRequest, who: Person | Unit, find: Callable[..., queries.FeedPage]
) -> HttpResponse:
    after, at = request.GET.get("after"), times.now()
    try:
        page = find(after=after, at=at)
    except ValueError as error:
        raise BadRequest("no such page") from error
    following = f"{request.path}?{urlencode({'after': page.next})}" if page.next else ""
    context = {
        "page": page,
        "who": who,
        "at": at,
        "is_more": bool(after),
        "following": following,
    }
    return render(request, "kudos/received.html", context)
