"""Reported and hidden ideas: say that one should not stand, let it stay, show it again."""

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.requests import PersonRequest
from events import actions
from events.access import ideas as access
from events.idea_forms import ReportIdeaForm
from events.queries.idea_reports import hidden_ideas, reported_ideas

TABS = ("waiting", "hidden")


@never_cache
@require_http_methods(["GET", "POST"])
def report_idea(request: PersonRequest, key: str) -> HttpResponse:
    """Says that an idea should not stand."""
    idea = access.get_idea_to_report(request.user, key)
    sent = request.POST if request.method == "POST" else None
    form = ReportIdeaForm(sent)
    if form.is_valid() and form.perform(idea=idea, by=request.user, at=times.now()):
        messages.success(request, _("Thank you. Somebody reads it, and you hear what comes of it."))
        return redirect("events:ideas")
    status = 422 if form.errors else 200
    return render(request, "events/ideas/report.html", {"form": form, "idea": idea}, status=status)


@never_cache
@require_GET
def idea_reports(request: PersonRequest) -> HttpResponse:
    """What colleagues say should not stand, and what is hidden."""
    if not access.can_settle_ideas(request.user):
        raise PermissionDenied(_("Site managers, HR and administrators decide about ideas."))
    tab = request.GET.get("show", "waiting")
    if tab not in TABS:
        raise BadRequest("no such tab")
    is_waiting = tab == "waiting"
    rows = (
        reported_ideas(request.user, at=times.now()) if is_waiting else hidden_ideas(request.user)
    )
    context = {"tab": tab, "rows": rows}
    return render(request, "events/ideas/reports.html", context)


@require_POST
def keep_idea(request: PersonRequest, key: str) -> HttpResponse:
    """It stays."""
    idea = access.get_idea_to_judge(request.user, key)
    if actions.keep_idea(idea=idea, by=request.user, at=times.now()):
        messages.success(request, _("It stays. Those who reported it are told."))
    else:
        messages.info(request, _("Somebody else has decided it, or it was taken back."))
    return redirect("events:idea-reports")


@require_POST
def show_idea_again(request: PersonRequest, key: str) -> HttpResponse:
    """Hidden no more."""
    idea = access.get_idea_to_judge(request.user, key)
    if actions.show_idea_again(idea=idea, by=request.user, at=times.now()):
        messages.success(request, _("Shown again, to everybody who could read it before."))
    else:
        messages.info(request, _("It is shown already, or its author took it back."))
    return redirect("events:idea", key=idea.key)
