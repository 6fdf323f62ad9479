"""What was decided or will be done, for those it affects."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from engagement import times
from engagement.http.requests import next_path
from engagement.people.requests import PersonRequest
from events.access import announcing as access
from events.actions import announcing as actions
from events.models import Announcement
from events.queries import announcements as queries
from events.views.announcing import draft_page

LONGEST_NUMBER = 5


@never_cache
@require_GET
def announcements(request: PersonRequest) -> HttpResponse:
    """What was sent to me, first what is new; or all decisions that hold for me."""
    is_in_force = request.GET.get("show") == "in-force"
    find = queries.page_in_force if is_in_force else queries.page_of_mine
    context = {
        "page": find(request.user, at=times.now(), after=request.GET.get("after", "")),
        "is_in_force": is_in_force,
        "is_first_page": "after" not in request.GET,
        "can_create": access.can_create_announcements(request.user),
    }
    return render(request, "events/decisions/index.html", context)


@never_cache
@require_GET
def announcement(request: PersonRequest, key: str) -> HttpResponse:
    """One, with what was corrected. A draft is shown to its author as others will see it."""
    found = access.get_announcement_to_read(request.user, key)
    if found.published_at is None:
        return draft_page(request, found)
    at = times.now()
    context = {
        "announcement": found,
        "is_new": queries.is_new_to(request.user, found, at=at),
        "is_mine": found.author_id == request.user.pk,
        "corrections": queries.corrections_of(found),
        "belonging": queries.event_of(found, request.user, today=times.local_date(at)),
        **_for_authors(request, found),
    }
    return render(request, "events/decisions/detail.html", context)


def _for_authors(request: PersonRequest, found: Announcement) -> dict[str, Any]:
    if not access.can_change_announcement(request.user, found):
        return {"can_change": False}
    return {
        "can_change": True,
        "audience": queries.audience_in_words(found),
        "read_counts": queries.read_counts_of(found),
    }


@require_POST
def read(request: PersonRequest, key: str) -> HttpResponse:
    """ "Got it", for the revision that the page showed."""
    found = access.get_announcement_to_note(request.user, key)
    raw = request.POST.get("revision", "")[:LONGEST_NUMBER]
    seen = int(raw) if raw.isascii() and raw.isdecimal() else 0
    actions.read_announcement(announcement=found, revision=seen, by=request.user, at=times.now())
    if seen < found.revision:
        messages.info(request, _("It was corrected meanwhile. This is how it reads now."))
        return redirect("events:announcement", key=found.key)
    messages.success(request, _("Noted. Nobody sees who has read it."))
    return redirect(next_path(request) or "events:announcements")
