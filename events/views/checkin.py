"""The sign at the door, and what a phone shows that has read it."""

from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.http.qr import qr_drawing
from engagement.people.requests import PersonRequest
from events import actions, checkin
from events.access.calendar import get_sitting_to_hang_sign, get_sitting_to_view
from events.models import Sitting
from events.queries.came import came_to, presence_of
from events.queries.feed import event_path


@never_cache
@require_GET
def sign(request: PersonRequest, key: str) -> HttpResponse:
    """The sign to hang up, which changes by itself, and how many came."""
    sitting, at = get_sitting_to_hang_sign(request.user, key), times.now()
    context = _facts(sitting) | {"count": came_to(sitting)}
    if checkin.is_open(sitting, at):
        shown = checkin.sign_of(sitting, at=at)
        seconds = max(5, round((shown.next_at - at).total_seconds()))
        context |= {"qr": qr_drawing(shown.address), "seconds": min(seconds, 30)}
    elif at < sitting.starts_at:
        context["opens"] = times.wall_clock(sitting.starts_at - checkin.OPENS_BEFORE, sitting.zone)
    # The part alone, when the page asks for the next sign.
    is_part = request.headers.get("HX-Request") == "true"
    return render(request, f"events/calendar/{'sign_part' if is_part else 'sign'}.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def here(request: PersonRequest, token: str) -> HttpResponse:
    """Who has read the sign says here that they have come. Opening the page notes nothing."""
    at = times.now()
    key = checkin.read_sign(token, at=at)
    if key is None:
        return _old(request, token)
    sitting, refusal = get_sitting_to_view(request.user, key), ""
    if request.method == "POST":
        try:
            actions.check_in(sitting=sitting, by=request.user, at=at)
            return redirect("events:here", token=token)
        except Sitting.DoesNotExist as error:
            raise Http404 from error
        except ValidationError as error:
            refusal = error.messages[0]
    context = _facts(sitting) | {"presence": presence_of(request.user, sitting.key)}
    context |= {"refusal": refusal, "is_open": checkin.is_open(sitting, at)}
    status = 422 if refusal else 200
    return render(request, "events/calendar/here.html", context, status=status)


def _old(request: PersonRequest, token: str) -> HttpResponse:
    """A sign that works no more; whoever had come by then still sees that they have."""
    presence = presence_of(request.user, token.partition(".")[0])
    if presence is None or request.method == "POST":
        return render(request, "events/calendar/sign_old.html", status=410)
    context = _facts(presence.sitting) | {"presence": presence}
    return render(request, "events/calendar/here.html", context)


def _facts(sitting: Sitting) -> dict[str, object]:
    """What tells one sitting from another, by its own wall clock."""
    return {
        "sitting": sitting,
        "event_url": event_path(sitting.event.key),
        "day": times.local_date(sitting.starts_at, sitting.zone),
        "starts": times.wall_clock(sitting.starts_at, sitting.zone),
        "ends": times.wall_clock(sitting.ends_at, sitting.zone),
    }
