"""One's own places, the page behind the link in a mail, and the draw to check."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods

from engagement import times
from engagement.notices.views import secret_address
from engagement.people.requests import PersonRequest
from events import actions
from events.access.planning import get_event_to_view
from events.access.signing import get_signup_by_link
from events.queries.lots import draw_of
from events.queries.places import my_places, past_places, position_of

ANSWERS = {
    "accept": actions.accept_offer,
    "decline": actions.decline_offer,
    "leave": actions.leave_sitting,
}


@require_GET
def mine(request: PersonRequest) -> HttpResponse:
    at = times.now()
    context = {
        "places": my_places(request.user, at=at),
        "past": past_places(request.user, at=at),
        "at": at,
    }
    return render(request, "events/signup/mine.html", context)


# Whoever has the mail needs no cookie: the token says whose place it is.
@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@secret_address
def place(request: HttpRequest, token: str) -> HttpResponse:
    """Looking changes nothing, because programs that check mails look at every link."""
    at = times.now()
    signup = get_signup_by_link(token, at=at)
    if signup is None:
        return render(request, "events/signup/link_unknown.html", status=404)
    context: dict[str, Any] = {"at": at}
    with translation.override(signup.person.language):
        if request.method == "POST" and (act := ANSWERS.get(request.POST.get("do", ""))):
            try:
                act(signup=signup, at=at)
            except ValidationError as error:
                context["problem"] = " ".join(error.messages)
        context["signup"] = signup = get_signup_by_link(token, at=at)
        context["position"] = position_of(signup) if signup else None
        return render(request, "events/signup/place.html", context)


@require_GET
def lots(request: PersonRequest, key: str) -> HttpResponse:
    event = get_event_to_view(request.user, key)
    context = {"event": event, "draw": draw_of(event, viewer_id=request.user.pk)}
    return render(request, "events/signup/lots.html", context)
