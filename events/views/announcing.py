"""The pages of those who announce: drafts, and what becomes of what was sent."""

import datetime as dt
from collections.abc import Callable
from typing import Protocol

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse, JsonResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.http.templatetags.vaffel import moment
from engagement.people.access import require
from engagement.people.forms.picking import answer_list
from engagement.people.models import Person
from engagement.people.queries import person_options
from engagement.people.requests import PersonRequest
from engagement.people.tree import Tree
from events.access import announcing as access
from events.access.planning import reach_of
from events.actions import announcing as actions
from events.announcement_cards import card_facts, card_label
from events.announcement_forms import (
    AnnouncementForm,
    CorrectionForm,
    PublishForm,
    WithdrawForm,
)
from events.models import Announcement
from events.queries import announcements as queries
from events.queries.audiences import recipients_on

LONGEST_SEARCH = 100


class _Form(Protocol):
    def is_valid(self) -> bool: ...

    def perform(self, *, by: Person, at: dt.datetime) -> Announcement: ...

    def add_refusal(self, error: ValidationError) -> None: ...


@never_cache
@require_GET
def written(request: PersonRequest) -> HttpResponse:
    """What I have begun, what waits for its time, and what I have sent."""
    require(access.can_create_announcements(request.user))
    after = request.GET.get("after", "")
    context = {
        "drafts": [] if after else queries.drafts_of(request.user),
        "page": queries.page_of_sent(request.user, after=after),
    }
    return render(request, "events/decisions/written.html", context)


@never_cache
@require_http_methods(["GET", "POST"])
def create(request: PersonRequest) -> HttpResponse:
    """A draft on one page; the next shows how it will be read, and by how many."""
    require(access.can_create_announcements(request.user))
    form = AnnouncementForm(_sent(request), viewer=request.user)
    made = _performed(request, form)
    if made is not None:
        return redirect("events:announcement", key=made.key)
    status = 422 if form.errors else 200
    return render(request, "events/decisions/form.html", {"form": form}, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def edit(request: PersonRequest, key: str) -> HttpResponse:
    """The same for a draft that is there; what was sent is corrected instead."""
    found = access.get_announcement_to_change(request.user, key)
    if found.published_at:
        return redirect("events:announcement-correct", key=key)
    form = AnnouncementForm(_sent(request), viewer=request.user, announcement=found)
    if _performed(request, form) is not None:
        return redirect("events:announcement", key=key)
    context = {"form": form, "announcement": found}
    status = 422 if form.errors else 200
    return render(request, "events/decisions/form.html", context, status=status)


@never_cache
@require_GET
def people(request: PersonRequest) -> JsonResponse:
    """Those the author may announce to, for a type-ahead: ``{"options": […]}`` as in the directory."""
    require(access.can_create_announcements(request.user))
    tree = Tree.on(times.today())
    among = access.people_reached(reach_of(request.user, tree=tree), day=tree.day)
    text = request.GET.get("q", "")[:LONGEST_SEARCH]
    found = person_options(text, viewer=request.user, day=tree.day, tree=tree, among=among)
    return JsonResponse({"options": [option.as_dict() for option in found]})


@require_POST
def people_list(request: PersonRequest) -> JsonResponse:
    """What a pasted list comes to, before anything is saved: see `answer_list`."""
    require(access.can_create_announcements(request.user))
    tree = Tree.on(times.today())
    among = access.people_reached(reach_of(request.user, tree=tree), day=tree.day)
    text = request.POST.get("list", "")
    return JsonResponse(answer_list(text, among=among, viewer=request.user, tree=tree))


@require_POST
def publish(request: PersonRequest, key: str) -> HttpResponse:
    """At once, or at a time."""
    found = access.get_announcement_to_change(request.user, key)
    form = PublishForm(request.POST, announcement=found)
    done = _performed(request, form)
    if done is None:
        return draft_page(request, found, form=form)
    if done.published_at:
        messages.success(request, _("Sent."))
    else:
        told = moment(done.publish_at)
        messages.success(request, _("It will be sent %(when)s.") % {"when": told})
    return redirect("events:announcement", key=key)


def draft_page(
    request: PersonRequest, draft: Announcement, form: PublishForm | None = None
) -> HttpResponse:
    """A draft as those it is for will see it, how many they are, and the way to send it."""
    context = {
        "announcement": draft,
        "form": form or PublishForm(None, announcement=draft),
        "people": len(recipients_on(draft, day=times.today())),
        "audience": queries.audience_in_words(draft),
        "belonging": queries.event_of(draft, request.user, today=times.today()),
        "card": {"label": card_label(draft), "facts": card_facts(draft)},
    }
    status = 422 if form is not None else 200
    return render(request, "events/decisions/draft.html", context, status=status)


@require_POST
def unschedule(request: PersonRequest, key: str) -> HttpResponse:
    found = access.get_announcement_to_change(request.user, key)
    _try(
        request,
        lambda: actions.unschedule_announcement(
            announcement=found, by=request.user, at=times.now()
        ),
        _("It waits for you again."),
    )
    return redirect("events:announcement", key=key)


@require_POST
def delete(request: PersonRequest, key: str) -> HttpResponse:
    found = access.get_announcement_to_change(request.user, key)
    is_done = _try(
        request,
        lambda: actions.delete_draft(announcement=found, by=request.user, at=times.now()),
        _("The draft is deleted."),
    )
    if not is_done:
        return redirect("events:announcement", key=key)
    return redirect("events:announcements-written")


@never_cache
@require_http_methods(["GET", "POST"])
def correct(request: PersonRequest, key: str) -> HttpResponse:
    """New words and why; the old ones stay to be read."""
    found = access.get_announcement_to_change(request.user, key)
    if found.state != Announcement.State.PUBLISHED:
        return redirect("events:announcement", key=key)
    form = CorrectionForm(_sent(request), announcement=found)
    if _performed(request, form) is not None:
        messages.success(request, _("Corrected. Everybody it was sent to is told."))
        return redirect("events:announcement", key=key)
    context = {"form": form, "announcement": found}
    status = 422 if form.errors else 200
    return render(request, "events/decisions/correct.html", context, status=status)


@never_cache
@require_http_methods(["GET", "POST"])
def withdraw(request: PersonRequest, key: str) -> HttpResponse:
    """With the reason, which everybody it was sent to reads."""
    found = access.get_announcement_to_change(request.user, key)
    if found.state != Announcement.State.PUBLISHED:
        return redirect("events:announcement", key=key)
    form = WithdrawForm(_sent(request), announcement=found)
    if _performed(request, form) is not None:
        messages.success(request, _("Withdrawn. Everybody it was sent to is told."))
        return redirect("events:announcement", key=key)
    context = {"form": form, "announcement": found}
    status = 422 if form.errors else 200
    return render(request, "events/decisions/withdraw.html", context, status=status)


@require_POST
def end(request: PersonRequest, key: str) -> HttpResponse:
    found = access.get_announcement_to_change(request.user, key)
    _try(
        request,
        lambda: actions.end_announcement(announcement=found, by=request.user, at=times.now()),
        _("It is over. It can still be read."),
    )
    return redirect("events:announcement", key=key)


def _performed(request: PersonRequest, form: _Form) -> Announcement | None:
    """What a sent form made; None when it was not sent or was refused."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        return form.perform(by=request.user, at=times.now())
    except ValidationError as error:
        form.add_refusal(error)
        return None


def _try(request: PersonRequest, act: Callable[[], object], done: str) -> bool:
    """Does ``act`` and says so, or says why not."""
    try:
        act()
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, done)
    return True


def _sent(request: PersonRequest) -> QueryDict | None:
    return request.POST if request.method == "POST" else None
