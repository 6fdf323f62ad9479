"""Ideas: read, vote, propose, decide."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.http.requests import next_path
from engagement.people.requests import PersonRequest
from events import actions
from events.access import ideas as access
from events.idea_forms import IdeaForm, WhyForm
from events.models import Idea
from events.queries import ideas as queries
from events.queries.idea_reports import has_reported, hidings_of, waiting_report_count

ORDERS = ("votes", "newest", "settled", "mine", "decide")


@require_GET
def ideas(request: PersonRequest) -> HttpResponse:
    """What colleagues would like to do, the most wanted first."""
    asked, decides = request.GET.get("show", ""), access.can_settle_ideas(request.user)
    order = asked if asked in ORDERS and (decides or asked != "decide") else "votes"
    start = request.GET.get("start", "")
    page = queries.ideas_for(
        request.user,
        order=order,
        start=int(start[:4]) if start.isascii() and start.isdecimal() else 0,
        day=times.today(),
    )
    context = {
        "page": page,
        "order": order,
        "decides": decides,
        "waiting_reports": waiting_report_count(request.user, at=times.now()),
    }
    return render(request, "events/ideas/index.html", context)


@require_GET
def idea(request: PersonRequest, key: str) -> HttpResponse:
    """One idea, and what becomes of it."""
    shown = access.get_idea_to_view(request.user, key)
    shown.is_mine_voted = queries.has_voted(request.user, shown)
    decides = access.can_settle_idea(request.user, shown)
    context = {
        "idea": shown,
        "event": queries.first_event_of(shown, viewer=request.user, day=times.today()),
        "decides": decides,
        "hidings": hidings_of(shown) if decides else [],
        "judges": access.can_judge_idea(request.user, shown),
        "is_mine": shown.proposer_id == request.user.pk,
        "has_reported": has_reported(request.user, shown),
    }
    return render(request, "events/ideas/detail.html", context)


@require_http_methods(["GET", "POST"])
def propose_idea(request: PersonRequest) -> HttpResponse:
    """One page. What is like it is shown before it is sent."""
    sent = request.POST if request.method == "POST" else None
    form = IdeaForm(sent, viewer=request.user, day=times.today())
    if sent is not None and form.is_valid() and not form.alike:
        try:
            made = form.perform(by=request.user, at=times.now())
            messages.success(request, _("Thank you for the idea. Colleagues can vote for it now."))
            return redirect("events:idea", key=made.key)
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "alike": form.alike}
    status = 422 if sent is not None else 200
    return render(request, "events/ideas/propose.html", context, status=status)


@require_GET
def ideas_alike(request: PersonRequest) -> HttpResponse:
    """Open ideas like the title that is being typed."""
    title = request.GET.get("title", "")[:200]
    alike = queries.ideas_like(title, viewer=request.user, day=times.today())
    return render(request, "events/ideas/alike.html", {"alike": alike})


@require_POST
def vote(request: PersonRequest, key: str) -> HttpResponse:
    """I want this; sent again with ``back`` I do not."""
    shown = access.get_idea_to_view(request.user, key)
    is_back = "back" in request.POST
    act = actions.take_back_vote if is_back else actions.vote_for_idea
    try:
        voted = act(idea=shown, by=request.user, at=times.now())
        shown.vote_count = voted.vote_count
        shown.is_mine_voted = not is_back
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return _reloaded(request, shown)
    if request.headers.get("HX-Request"):
        return render(request, "events/ideas/vote.html", {"idea": shown})
    return redirect(next_path(request) or "events:ideas")


def _reloaded(request: PersonRequest, idea: Idea) -> HttpResponse:
    answer = redirect("events:idea", key=idea.key)
    if request.headers.get("HX-Request"):
        # htmx follows no redirect to another page by itself.
        return HttpResponse(headers={"HX-Redirect": answer.headers["Location"]})
    return answer


@require_POST
def withdraw_idea(request: PersonRequest, key: str) -> HttpResponse:
    """Its proposer takes it back."""
    mine = access.get_idea_to_withdraw(request.user, key)
    try:
        actions.withdraw_idea(idea=mine, by=request.user, at=times.now())
        messages.success(request, _("Taken back. Nobody sees it any more."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:ideas")


@require_http_methods(["GET", "POST"])
def decline_idea(request: PersonRequest, key: str) -> HttpResponse:
    """Not this time, and why."""
    return _why_page(request, key, is_hiding=False)


@require_http_methods(["GET", "POST"])
def hide_idea(request: PersonRequest, key: str) -> HttpResponse:
    """Away with what hurts, and why."""
    return _why_page(request, key, is_hiding=True)


def _why_page(request: PersonRequest, key: str, *, is_hiding: bool) -> HttpResponse:
    get = access.get_idea_to_judge if is_hiding else access.get_idea_to_settle
    shown = get(request.user, key)
    sent = request.POST if request.method == "POST" else None
    form = WhyForm(sent)
    if sent is not None and form.is_valid():
        try:
            form.perform(idea=shown, is_hiding=is_hiding, by=request.user, at=times.now())
            messages.success(request, _("Hidden.") if is_hiding else _("Declined, and told why."))
            return redirect("events:ideas")
        except ValidationError as error:
            form.add_error(None, error)
    context = {"form": form, "idea": shown, "is_hiding": is_hiding}
    status = 422 if form.errors else 200
    return render(request, "events/ideas/why.html", context, status=status)
