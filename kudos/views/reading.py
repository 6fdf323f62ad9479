"""Feeds, and the page of one kudos."""

from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from engagement import times
from engagement.people.access import get_person_to_view, get_unit_to_view
from engagement.people.forms import WallForm
from engagement.people.requests import PersonRequest
from kudos import access, queries
from kudos.circles import Scope
from kudos.forms import CommentForm
from kudos.models import Kudos
from kudos.views.giving import give_box
from kudos.views.praise import praise_link

SCOPES: dict[str, Scope] = {"all": "all", "site": "site", "team": "team", "mine": "mine"}


@require_GET
def feed(request: PersonRequest) -> HttpResponse:
    """The thanks I may read: everybody's, my site's, my team's, or mine."""
    scope = _scope_or_400(request)
    page = _page_or_400(request, scope)
    at = times.now()
    context: dict[str, object] = {"page": page, "scope": scope, "at": at}
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "kudos/items.html", context)
    context["waiting_reports"] = queries.waiting_report_count(request.user, at=at)
    return render(request, "kudos/feed.html", context | give_box(request) | praise_link(request))


def _scope_or_400(request: PersonRequest) -> Scope:
    try:
        return SCOPES[request.GET.get("scope", "all")]
    except KeyError as error:
        raise BadRequest("no such scope") from error


def _page_or_400(request: PersonRequest, scope: Scope) -> queries.FeedPage:
    try:
        return queries.feed_page(
            request.user, scope=scope, after=request.GET.get("after"), at=times.now()
        )
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
    page = queries.thanks_to_person(request.user, person, at=times.now())
    return render(request, "kudos/received.html", {"page": page, "who": person, "at": times.now()})


@require_GET
def of_unit(request: PersonRequest, key: str) -> HttpResponse:
    unit = get_unit_to_view(request.user, key)
    page = queries.thanks_to_unit(request.user, unit, at=times.now())
    return render(request, "kudos/received.html", {"page": page, "who": unit, "at": times.now()})
