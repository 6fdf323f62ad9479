"""Taking back, and what those thanked decide."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from engagement import times
from engagement.http.requests import next_path
from engagement.people.forms import WallForm
from engagement.people.requests import PersonRequest
from kudos import access, actions


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
    return redirect(next_path(request) or "today")


@require_POST
def keep_private(request: PersonRequest, key: str) -> HttpResponse:
    kudos = access.get_kudos_to_keep_private(request.user, key)
    is_private = request.POST.get("private") == "yes"
    actions.keep_private(kudos=kudos, by=request.user, is_private=is_private, at=times.now())
    if is_private:
        messages.success(request, _("Kept between you and the giver."))
    else:
        messages.success(request, _("Others can read it again."))
    return redirect("kudos:detail", key=kudos.key)
