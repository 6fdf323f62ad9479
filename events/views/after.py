"""When it is over: how it was, and its photos."""

from collections.abc import Callable
from functools import wraps

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.models import Person
from engagement.people.requests import PersonRequest
from events import actions
from events.access import after as access
from events.access import photo_walls as wall_access
from events.access.planning import can_edit_series, get_event_to_view
from events.models import Photo, PhotoTag
from events.photo_forms import PhotoForm
from events.pictures import MOST_BYTES
from events.queries import after as queries
from events.queries.photo_walls import is_wall_open

View = Callable[..., HttpResponse]


def unkept(view: View) -> View:
    """For what may be taken back at any moment: kept neither by browsers nor on the way."""

    @wraps(view)
    def guarded(request: PersonRequest, key: str) -> HttpResponse:
        answer = view(request, key)
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    return guarded


@require_POST
def was_it_good(request: PersonRequest, key: str) -> HttpResponse:
    """One tap, counted."""
    at = times.now()
    event = access.get_event_to_answer(request.user, key, at=at)
    opinion = request.POST.get("opinion", "")
    try:
        actions.answer_was_it_good(event=event, opinion=opinion, by=request.user, at=at)
        messages.success(request, _("Thank you. Only the number is kept."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:detail", key=event.key)


@never_cache
@require_http_methods(["GET", "POST"])
def add_photo(request: PersonRequest, key: str) -> HttpResponse:
    """A photo, and who is on it."""
    at = times.now()
    event = access.get_event_to_photograph(request.user, key, at=at)
    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = PhotoForm(*sent, viewer=request.user, day=times.local_date(at))
    if sent and form.is_valid() and (photo := form.perform(event=event, by=request.user, at=at)):
        messages.success(request, _what_came(photo))
        return redirect("events:detail", key=event.key)
    context = {"form": form, "event": event, "most_megabytes": MOST_BYTES // (1024 * 1024)}
    status = 422 if sent else 200
    return render(request, "events/after/add_photo.html", context, status=status)


def _what_came(photo: Photo) -> str:
    if photo.tags.filter(agreed_at__isnull=True).exists():
        return _("Those on it are asked. Nobody else sees it until all have said yes.")
    return _("The photo is there.")


@unkept
@require_GET
def photo(request: PersonRequest, key: str) -> HttpResponse:
    """A photo, and the question to those who are on it."""
    shown = access.get_photo_to_view(request.user, key)
    tags = list(shown.tags.select_related("person").order_by("person__sort_name", "pk"))
    mine = next((tag for tag in tags if tag.person_id == request.user.pk), None)
    is_uploader = shown.uploader_id == request.user.pk
    context = {
        "photo": shown,
        "event": shown.event,
        "mine": mine,
        "is_uploader": is_uploader,
        # Who is on it is told to them and to whoever said so.
        "tags": tags if is_uploader or mine else [],
        # Not who and not how many: when it is gone, whoever had not answered would have said no.
        "is_waiting": any(tag.agreed_at is None for tag in tags),
        **_wall_of(shown, mine, request.user),
    }
    return render(request, "events/after/photo.html", context)


def _wall_of(photo: Photo, mine: PhotoTag | None, viewer: Person) -> dict[str, object]:
    """What the page says about walls: to those on it, and to who organises."""
    is_open, organises = (
        is_wall_open(photo, at=times.now()),
        can_edit_series(viewer, photo.event.series),
    )
    is_asked = bool(mine and mine.agreed_at and is_open)
    places = wall_access.WallPlaces()
    if is_open and (organises or is_asked):
        places = wall_access.asked_places(photo)
    elif organises:
        places = wall_access.wall_places(photo.event)
    can_hang = not is_open and bool(places)
    return {
        "can_hang": can_hang and wall_access.can_hang_photos(viewer, photo.event, places=places),
        "can_take_off": is_open and organises,
        "places": places,
        "is_asked_of_wall": is_asked,
    }


@require_POST
def hang_photo(request: PersonRequest, key: str) -> HttpResponse:
    """The organiser wants it on the walls."""
    shown = wall_access.get_photo_to_hang(request.user, key)
    try:
        actions.hang_photo(photo=shown, by=request.user, at=times.now())
        messages.success(request, _("It hangs for a day as soon as all on it have said yes."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:photo", key=shown.key)


@require_POST
def take_photo_off_walls(request: PersonRequest, key: str) -> HttpResponse:
    """Down, and nobody is asked any more."""
    shown = wall_access.get_photo_to_take_off(request.user, key)
    actions.take_photo_off_walls(photo=shown, at=times.now())
    messages.success(request, _("It is on no wall."))
    return redirect("events:photo", key=shown.key)


@require_POST
def agree_to_wall(request: PersonRequest, key: str) -> HttpResponse:
    """Yes, on the wall too."""
    shown = access.get_photo_to_agree(request.user, key)
    try:
        actions.agree_to_wall(photo=shown, by=request.user, at=times.now())
        messages.success(request, _("Thank you. You can take it off the wall at any time."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:photo", key=shown.key)


@require_POST
def refuse_wall(request: PersonRequest, key: str) -> HttpResponse:
    """Not on the wall, or not any more."""
    shown = access.get_photo_to_agree(request.user, key)
    actions.refuse_wall(photo=shown, by=request.user, at=times.now())
    messages.success(request, _("It is on no wall. Nobody is told that it was you."))
    return redirect("events:photo", key=shown.key)


@unkept
@require_GET
def photo_full(request: PersonRequest, key: str) -> HttpResponse:
    return _picture(request, key, is_small=False)


@unkept
@require_GET
def photo_small(request: PersonRequest, key: str) -> HttpResponse:
    return _picture(request, key, is_small=True)


def _picture(request: PersonRequest, key: str, *, is_small: bool) -> HttpResponse:
    shown = access.get_photo_to_view(request.user, key)
    content = queries.photo_bytes(shown, is_small=is_small)
    if content is None:
        raise Http404
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Disposition": f'inline; filename="{shown.key}.webp"',
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    return HttpResponse(content, content_type="image/webp", headers=headers)


@require_POST
def agree_to_photo(request: PersonRequest, key: str) -> HttpResponse:
    """Yes, show it."""
    shown = access.get_photo_to_agree(request.user, key)
    try:
        actions.agree_to_photo(photo=shown, by=request.user, at=times.now())
        messages.success(request, _("Thank you. You can take it down at any time."))
    except ValidationError as error:
        messages.error(request, error.messages[0])
    return redirect("events:photo", key=shown.key)


@require_POST
def take_down_photo(request: PersonRequest, key: str) -> HttpResponse:
    """No, or not any more, or that is me: gone at once."""
    shown = access.get_photo_to_view(request.user, key)
    actions.take_down_photo(photo=shown, at=times.now())
    messages.success(request, _("Taken down and deleted. Nobody is told that it was you."))
    try:
        get_event_to_view(request.user, shown.event.key)
    except Http404:
        return redirect("events:index")
    return redirect("events:detail", key=shown.event.key)
