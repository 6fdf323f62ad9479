"""Reporting, and deciding about what was reported."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.core.exceptions import BadRequest, ValidationError
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.models import Comment, Decision
from kudos.moderation_forms import HideForm, ReportForm
from kudos.moderators import Thing, is_moderator, kudos_of

# Shorter than an undo is possible, so that whoever presses in time is in time.
UNDO_SHOWN_S = 20
TABS: dict[str, Callable[..., queries.ModerationPage[Any]]] = {
    "waiting": queries.waiting_cases,
    "decided": queries.decided,
}


@require_http_methods(["GET", "POST"])
def report(request: PersonRequest, key: str) -> HttpResponse:
    """Says that a kudos or a comment should not stand."""
    thing = access.get_thing_to_report(request.user, key)
    form = ReportForm(request.POST if request.method == "POST" else None)
    if form.is_valid() and _performed(request, form, thing):
        messages.success(request, _("Thank you. Somebody reads it, and you hear what comes of it."))
        return redirect(_page_of(thing))
    return _form_page(request, "kudos/moderation/report.html", form, thing)


@require_http_methods(["GET", "POST"])
def hide(request: PersonRequest, key: str) -> HttpResponse:
    """Hides a kudos or a comment that nobody needs to have reported, for a reason."""
    thing = access.get_thing_to_moderate(request.user, key)
    form = HideForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        decision = form.perform(thing=thing, by=request.user, at=times.now())
        _say(request, decision, _("Hidden. Nobody else sees it any more."))
        return redirect("kudos:reports")
    return _form_page(request, "kudos/moderation/hide.html", form, thing)


def _performed(request: PersonRequest, form: ReportForm, thing: Thing) -> bool:
    try:
        form.perform(thing=thing, by=request.user, at=times.now())
    except ValidationError as error:
        form.add_error(None, error)
        return False
    return True


def _form_page(request: PersonRequest, template: str, form: Form, thing: Thing) -> HttpResponse:
    context = {
        "form": form,
        "kudos": kudos_of(thing),
        "comment": thing if isinstance(thing, Comment) else None,
        "thing": thing,
        "back": _page_of(thing),
    }
    return render(request, template, context, status=422 if form.errors else 200)


def _page_of(thing: Thing) -> str:
    page = reverse("kudos:detail", args=[kudos_of(thing).key])
    return f"{page}#{thing.key}" if isinstance(thing, Comment) else page


@require_GET
def reports(request: PersonRequest) -> HttpResponse:
    """What waits for me to decide, and what was decided; a page at a time."""
    require(is_moderator(request.user))
    find = TABS.get(request.GET.get("tab", "waiting"))
    if find is None:
        raise BadRequest("no such tab")
    after = request.GET.get("after")
    try:
        page = find(request.user, after=after, at=times.now())
    except ValueError as error:
        raise BadRequest("no such page") from error
    tab = request.GET.get("tab", "waiting")
    next_url = _address(tab, page.next) if page.next else ""
    context = {"tab": tab, "page": page, "next_url": next_url, "after": after}
    return render(request, "kudos/moderation/reports.html", context)


def _address(tab: str, after: str | None) -> str:
    facts = {"tab": "" if tab == "waiting" else tab, "after": after or ""}
    query = urlencode({name: fact for name, fact in facts.items() if fact})
    return reverse("kudos:reports") + (f"?{query}" if query else "")


@require_POST
def hide_reported(request: PersonRequest, key: str) -> HttpResponse:
    return _decide(request, key, hides=True, done=_("Hidden. Nobody else sees it any more."))


@require_POST
def keep_reported(request: PersonRequest, key: str) -> HttpResponse:
    return _decide(request, key, hides=False, done=_("It stays. Those who reported it are told."))


def _decide(request: PersonRequest, key: str, *, hides: bool, done: str) -> HttpResponse:
    thing = access.get_thing_to_decide(request.user, key)
    decision = actions.decide_reports(thing=thing, by=request.user, hides=hides, at=times.now())
    _say(request, decision, done)
    # Back to the page it stood on.
    return redirect(_address("waiting", request.POST.get("after")))


def _say(request: PersonRequest, decision: Decision | None, done: str) -> None:
    if decision is None:
        messages.info(request, _("Somebody else has decided it, or it was taken back."))
        return
    undo_url = reverse("kudos:undo-decision", args=[decision.key])
    messages.success(request, done, extra_tags=f"undo:{undo_url}#{UNDO_SHOWN_S}")


@require_POST
def undo(request: PersonRequest, key: str) -> HttpResponse:
    """Takes a slip back, before anybody was told."""
    decision = access.get_decision_to_moderate(request.user, key)
    try:
        actions.undo_decision(decision=decision, by=request.user, at=times.now())
    except ValidationError as error:
        messages.error(request, error.messages[0])
    else:
        messages.info(request, _("Undone."))
    return redirect("kudos:reports")


@require_POST
def restore(request: PersonRequest, key: str) -> HttpResponse:
    """Shows again what was hidden."""
    decision = access.get_decision_to_moderate(request.user, key)
    if actions.restore_thing(decision=decision, by=request.user, at=times.now()):
        messages.success(request, _("Shown again, to everybody who could read it before."))
    else:
        messages.info(request, _("It is shown already, or its author took it back."))
    return redirect(_address("decided", request.POST.get("after")))
