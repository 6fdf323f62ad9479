"""What judges and programs entered, for those who run the competition: read, corrected, struck."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.people.access import is_key
from engagement.people.requests import PersonRequest
from events.access import competing as access
from events.entry_forms import AmendForm
from events.queries import competing


@require_GET
def entries(request: PersonRequest, key: str) -> HttpResponse:
    """The latest first, 50 a page, each with what it was before."""
    found = access.get_competition_to_amend_entries(request.user, key)
    before = request.GET.get("before", "")
    shown = competing.judged_entries(found, before=before if is_key(before) else "")
    context = {
        "competition": found,
        "entries": shown,
        "small": competing.small_groups(found),
        "is_open": found.cancelled_at is None and not found.is_over(times.now()),
        "next_cursor": shown[-1].key if len(shown) == competing.ENTRIES_A_PAGE else "",
    }
    return render(request, "events/competitions/entries.html", context)


@require_http_methods(["GET", "POST"])
def amend_entry(request: PersonRequest, key: str) -> HttpResponse:
    """Another number, or none, with the reason."""
    entry = access.get_entry_to_amend(request.user, key)
    is_hidden = entry.group_id in competing.small_groups(entry.competition)
    sent = request.POST if request.method == "POST" else None
    form = AmendForm(sent, entry=entry, is_hidden=is_hidden)
    if sent is not None and form.is_valid():
        try:
            form.perform(by=request.user, at=times.now())
            messages.success(request, _("Struck.") if form.is_strike else _("Corrected."))
            return redirect("events:competition-entries", key=entry.competition.key)
        except ValidationError as error:
            form.add_refusal(error)
    context = {"entry": entry, "competition": entry.competition, "form": form}
    status = 422 if form.errors else 200
    return render(request, "events/competitions/amend.html", context, status=status)
