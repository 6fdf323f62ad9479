"""The pages that join the rooms, Today and one's own data; and the page without network."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from engagement import times
from engagement.export import everything_about
from engagement.people.forms import WallForm
from engagement.people.requests import PersonRequest
from events.queries.announcements import newest_unread
from events.queries.coming import this_week
from events.queries.competing_now import running_for
from kudos import queries as kudos
from kudos.views.fairness import nudge
from kudos.views.giving import give_box
from surveys.queries.duties import duties_of
from surveys.queries.mine import survey_to_answer

LATEST = 5


@require_GET
def today(request: PersonRequest) -> HttpResponse:
    """One thing that waits for me, the kudos box open and ready, the latest thanks in my circle."""
    at = times.now()
    waiting = kudos.is_asked_for_wall_choice(request.user, at=at)
    context = {
        "at": at,
        "shift": request.user.shift_pattern,
        "is_new": kudos.is_asked_about_first_day(request.user, at=at),
        "wall_kudos": waiting,
        "wall_form": WallForm() if waiting else None,
        "duty": next(iter(duties_of(request.user, day=times.local_date(at))), None),
        "asked": survey_to_answer(request.user, at=at),
        "news": newest_unread(request.user, at=at),
        "nudge": nudge(request),
        "week": this_week(request.user, at=at),
        "contest": running_for(request.user, at=at),
        "latest": kudos.feed_page(request.user, limit=LATEST, at=at).items,
    }
    return render(request, "today.html", context | give_box(request))


@require_GET
def export(request: PersonRequest) -> JsonResponse:
    """Everything that is stored about me, as a file."""
    answer = JsonResponse(
        everything_about(request.user, at=times.now()),
        json_dumps_params={"ensure_ascii": False, "indent": 2},
    )
    answer["Content-Disposition"] = 'attachment; filename="vaffel-me.json"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_GET
def offline(request: HttpRequest) -> HttpResponse:
    # Browsers keep it for weeks: it wears no day.
    return render(request, "errors/offline.html", {"theme": None})
