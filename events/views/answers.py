"""What pages answer when somebody has acted on a place: the sittings as they are now, and a word."""

import datetime as dt
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from engagement import times
from engagement.http.requests import next_path
from engagement.people.requests import PersonRequest
from events.actions import NotInvited
from events.models import Event, SignUp
from events.queries.places import places_for


def sittings_context(
    request: PersonRequest, event: Event, *, at: dt.datetime, fresh: SignUp | None = None
) -> dict[str, Any]:
    """What ``events/signup/sittings.html`` needs."""
    places = places_for(event, request.user, at=at, fresh=fresh)
    return {"event": event, "places": places, "at": at}


def answer(
    request: PersonRequest,
    event: Event,
    text: str,
    *,
    undo_url: str = "",
    level: str = "success",
    fresh: SignUp | None = None,
) -> HttpResponse:
    """A swap for htmx, else the page one came from. A refusal (``level="error"``) is a 422."""
    if not request.headers.get("HX-Request"):
        say = messages.error if level == "error" else messages.success
        say(request, text, extra_tags=undo_tag(undo_url))
        return redirect(next_path(request) or reverse("events:detail", args=[event.key]))
    context = sittings_context(request, event, at=times.now(), fresh=fresh)
    context |= {"toast_text": text, "toast_level": level, "undo_url": undo_url}
    context["seconds"] = _undo_seconds()
    return render(
        request, "events/signup/swap.html", context, status=422 if level == "error" else 200
    )


def undo_tag(undo_url: str) -> str:
    """The tag of a message that offers Undo at ``undo_url``; empty without one."""
    return f"undo:{undo_url}#{_undo_seconds()}" if undo_url else ""


def _undo_seconds() -> int:
    """Leaving can be undone for a little longer than this, so whoever sees Undo can press it."""
    return max(1, settings.SHOUTOUT_HOLD_SECONDS)


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
