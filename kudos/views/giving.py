"""Giving thanks."""

import datetime as dt
import json
from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.http.requests import next_path
from engagement.people.receivers import Receiver, search_receivers
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.forms import GiveForm
from kudos.models import Kudos


def give_box(request: PersonRequest, form: GiveForm | None = None) -> dict[str, object]:
    """What the box to thank with needs, on whichever page it stands."""
    form = form or GiveForm(giver=request.user)
    return {
        "give_form": form,
        "recent_json": _as_json(queries.recent_receivers(request.user, day=times.today())),
        "chosen_json": _as_json(form.receivers),
    }


def _as_json(ones: Sequence[Receiver]) -> str:
    return json.dumps(queries.receiver_options(ones, day=times.today()), ensure_ascii=False)


@require_http_methods(["GET", "POST"])
def give(request: PersonRequest) -> HttpResponse:
    """The box on a page of its own; ``?to=key`` has somebody chosen already, ``&on=2026-12-24`` a
    day to come."""
    if request.method == "POST":
        return _give(request)
    form = GiveForm(giver=request.user, initial=_planned_for(request.GET.get("on", "")))
    if key := request.GET.get("to", ""):
        try:
            form.receivers = access.get_receivers(by=request.user, keys=[key], at=times.now())
        except ValidationError as error:
            messages.warning(request, error.messages[0])
    return render(request, "kudos/give.html", give_box(request, form))


def _planned_for(raw: str) -> dict[str, dt.datetime]:
    """Nine o'clock on the day written in ``raw``; nothing for today, for the past and for no day."""
    try:
        at = times.moment_of(dt.date.fromisoformat(raw), dt.time(9))
    except ValueError:
        return {}
    return {"release_at": at} if at > times.now() else {}


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
                look=form.cleaned_data["look"],
                from_unit=form.from_unit,
                mentioned=form.mentioned,
                release_at=form.cleaned_data["release_at"],
                once=form.cleaned_data["once"],
                at=times.now(),
            )
            return _given(request, kudos)
        except ValidationError as error:
            form.add_error(None, error)
    return render(request, "kudos/give.html", give_box(request, form), status=422)


def _given(request: PersonRequest, kudos: Kudos) -> HttpResponse:
    if kudos.is_planned:
        messages.success(request, _("Planned. You find it among your planned thanks until then."))
        return redirect("kudos:planned")
    seconds = max(0, round((kudos.show_from - times.now()).total_seconds()))
    undo = reverse("kudos:withdraw", args=[kudos.key])
    if seconds:
        messages.success(request, _("Thanks sent"), extra_tags=f"undo:{undo}#{seconds}")
    else:
        messages.success(request, _("Thanks sent"))
    return redirect(next_path(request) or "kudos:feed")


@require_GET
def planned(request: PersonRequest) -> HttpResponse:
    """What I have written for days to come."""
    return render(request, "kudos/planned.html", {"planned": queries.planned_by(request.user)})


@require_GET
def options(request: PersonRequest) -> JsonResponse:
    """People and units for the type-ahead: ``{"options": [{id, name, detail, initials, hue, kind}]}``."""
    found = search_receivers(request.GET.get("q", "")[:100], viewer=request.user, day=times.today())
    return JsonResponse({"options": [option.as_dict() for option in found]})
