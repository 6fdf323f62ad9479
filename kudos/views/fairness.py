"""Who is seen: how many of a group are thanked, and the private nudge."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_POST

from engagement import times
from engagement.http.requests import next_path
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from engagement.people.tree import Tree
from kudos import access, queries

NUDGE_LEFT = "kudos_nudge_left"
NUDGE_DRAWN = "kudos_nudge_drawn"


@require_GET
def coverage(request: PersonRequest) -> HttpResponse:
    """About how many in my units, my site or everywhere were thanked in 60 days."""
    at = times.now()
    tree = Tree.on(times.local_date(at))
    scope = access.get_scope_to_cover(request.user, request.GET.get("in", ""), tree=tree)
    context = {
        "told": queries.coverage_of(scope, at=at),
        "scope": scope,
        "scopes": access.scopes_to_cover(request.user),
    }
    return render(request, "kudos/coverage.html", context)


def nudge(request: PersonRequest) -> list[Person]:
    """Whom a page may ask about, unless the person wants no more of it this week."""
    at = times.now()
    week = queries.week_of(at)
    if request.session.get(NUDGE_LEFT) == week:
        return []
    # Whom the lot of the week fell on is asked of the database once, not for every page.
    kept = request.session.get(NUDGE_DRAWN)
    if kept is None or kept[0] != week:
        kept = request.session[NUDGE_DRAWN] = [week, queries.draw_nudge(request.user, at)]
    return queries.nudge_for(request.user, at, drawn=kept[1])


@require_POST
def leave_nudge(request: PersonRequest) -> HttpResponse:
    """No more of it until next week."""
    request.session[NUDGE_LEFT] = queries.week_of(times.now())
    return redirect(next_path(request) or "kudos:feed")
