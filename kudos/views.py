"""Giving thanks, reading them, and taking them back."""

import json
from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import get_person_to_view, get_unit_to_view
from engagement.people.forms import WallForm
from engagement.people.models import Person, Unit
from engagement.people.queries import search_receivers
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.circles import Scope
from kudos.forms import GiveForm
from kudos.models import Kudos

SCOPES: dict[str, Scope] = {"all": "all", "site": "site", "team": "team", "mine": "mine"}


@require_GET
def feed(request: PersonRequest) -> HttpResponse:
    """The thanks I may read: everybody's, my site's, my team's, or mine."""
    scope = _scope_or_400(request)
    page = _page_or_400(request, scope)
    context = {"page": page, "scope": scope, "at": times.now()}
    if request.headers.get("HX-Request") and request.GET.get("after"):
        return render(request, "kudos/items.html", context)
    return render(request, "kudos/feed.html", context | give_box(request))


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


def give_box(request: PersonRequest, form: GiveForm | None = None) -> dict[str, object]:
    """What the box to thank with needs, on whichever page it stands."""
    form = form or GiveForm(giver=request.user)
    return {
        "give_form": form,
        "recent_json": _as_json(queries.recent_receivers(request.user)),
        "chosen_json": _as_json(form.receivers),
    }


def _as_json(ones: Sequence[Person | Unit]) -> str:
    return json.dumps(queries.receiver_options(ones, day=times.today()), ensure_ascii=False)


@require_http_methods(["GET", "POST"])
def give(request: PersonRequest) -> HttpResponse:
    """The box on a page of its own; ``?to=key`` has somebody chosen already."""
    if request.method == "POST":
        return _give(request)
    form = GiveForm(giver=request.user)
    if key := request.GET.get("to", ""):
        try:
            form.receivers = access.get_receivers(by=request.user, keys=[key], at=times.now())
        except ValidationError as error:
            messages.warning(request, error.messages[0])
    return render(request, "kudos/give.html", give_box(request, form))


def _give(request: PersonRequest) -> HttpResponse:
    form = GiveForm(request.POST, giver=request.user)
    if form.is_valid():
        try:
            kudos = actions.give_kudos(
                by=request.user,
                to=form.receivers,
                message=form.cleaned_data["message"],
                value=form.cleaned_data["value"],
                audience=form.cleaned_data["audience"],
                wants_wall=form.cleaned_data["wall"],
                once=form.cleaned_data["once"],
                at=times.now(),
            )
            return _given(request, kudos)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "kudos/give.html", give_box(request, form), status=422)


def _given(request: PersonRequest, kudos: Kudos) -> HttpResponse:
    seconds = max(0, round((kudos.show_from - times.now()).total_seconds()))
    undo = reverse("kudos:withdraw", args=[kudos.key])
    if seconds:
        messages.success(request, _("Thanks sent"), extra_tags=f"undo:{undo}#{seconds}")
    else:
        messages.success(request, _("Thanks sent"))
    following = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(following, allowed_hosts=None):
        following = reverse("kudos:feed")
    return redirect(following)


@require_GET
def detail(request: PersonRequest, key: str) -> HttpResponse:
    kudos = access.get_kudos_to_view(request.user, key)
    context = {
        "kudos": kudos,
        "at": times.now(),
        "can_withdraw": access.can_withdraw(request.user, kudos),
        "can_take_off_walls": access.can_take_off_walls(request.user, kudos)
        and queries.is_on_walls(kudos, at=times.now()),
        "wall_form": _wall_form(request, kudos),
    }
    return render(request, "kudos/detail.html", context)


def _wall_form(request: PersonRequest, kudos: Kudos) -> WallForm | None:
    """Asked once: of a receiver who has not chosen yet."""
    is_receiver = any(one.person_id == request.user.pk for one in kudos.receivers.all())
    return WallForm() if is_receiver and not request.user.wall_choice else None


@require_POST
def withdraw(request: PersonRequest, key: str) -> HttpResponse:
    kudos = access.get_kudos_to_withdraw(request.user, key)
    actions.withdraw_kudos(kudos=kudos, by=request.user, at=times.now())
    messages.info(request, _("Taken back. Nobody sees it any more."))
    return redirect("kudos:feed")


@require_POST
def take_off_walls(request: PersonRequest, key: str) -> HttpResponse:
    kudos = access.get_kudos_to_take_off_walls(request.user, key)
    actions.take_off_walls(kudos=kudos, by=request.user, at=times.now())
    messages.success(request, _("Off every wall. It stays in the feed."))
    return redirect("kudos:detail", key=kudos.key)


@require_POST
def choose_wall(request: PersonRequest) -> HttpResponse:
    form = WallForm(request.POST)
    if not form.is_valid():
        raise BadRequest("no such choice")
    actions.choose_wall(by=request.user, choice=form.cleaned_data["choice"], at=times.now())
    messages.success(request, _("Saved. You can change it on your own page."))
    following = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(following, allowed_hosts=None)
    return redirect(following if is_ours else "today")


@require_GET
def options(request: PersonRequest) -> JsonResponse:
    """People and units for the type-ahead: ``{"options": [{id, name, detail, initials, hue, kind}]}``."""
    found = search_receivers(request.GET.get("q", "")[:100], viewer=request.user, day=times.today())
    return JsonResponse({"options": [option.as_dict() for option in found]})


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
