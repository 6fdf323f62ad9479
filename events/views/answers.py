"""What pages answer when somebody has acted on a place: the sittings as they are now, and a word."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from engagement import times
from engagement.http.requests import next_path
from engagement.people.requests import PersonRequest
from events.actions import NotInvited
from events.models import Event
from events.queries.places import places_for


def sittings_context(request: PersonRequest, event: Event, *, at: dt.datetime) -> dict[str, Any]:
    """What ``events/signup/sittings.html`` needs."""
    return {"event": event, "places": places_for(event, request.user, at=at), "at": at}


def answer(
    request: PersonRequest, event: Event, text: str, *, undo_url: str = "", level: str = "success"
) -> HttpResponse:
    """A swap for htmx, else the page one came from. A refusal (``level="error"``) is a 422."""
    if not request.headers.get("HX-Request"):
        say = messages.error if level == "error" else messages.success
        say(request, text, extra_tags=f"undo:{undo_url}" if undo_url else "")
        return redirect(next_path(request) or reverse("events:detail", args=[event.key]))
    context = sittings_context(request, event, at=times.now())
    context |= {"toast_text": text, "toast_level": level, "undo_url": undo_url}
    return render(
        request, "events/signup/swap.html", context, status=422 if level == "error" else 200
    )


def telling_refusals(
    find: Callable[..., Any],
) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For a view that acts on what ``find(person, key)`` gives: its ``event`` is where a refusal is
    told. Strangers get 404."""

    def decorate(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def guarded(request: PersonRequest, key: str) -> HttpResponse:
            found = find(request.user, key)
            try:
                return view(request, found)
            except NotInvited as error:
                raise Http404 from error
            except ValidationError as error:
                return answer(request, found.event, " ".join(error.messages), level="error")

        return guarded

    return decorate
