"""What calendar programs read: somebody's own calendar, and one sitting as a file."""

from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.http import quote_etag
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_safe

from engagement import times
from engagement.http.errors import page_not_found, too_many_requests
from engagement.http.requests import client_address
from engagement.people.requests import PersonRequest
from events import actions
from events.access.calendar import get_sitting_to_view
from events.ics import MEDIA_TYPE, write_calendar
from events.models import SignUp
from events.queries.feed import Feed, entries_of, entry_of, find_feed


@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at a secret address. Asks for no cookie and sets none; most answers are a 304."""
    at, today = times.now(), times.today()
    feed = find_feed(secret, at=at, day=today)
    if feed is None:
        return _wrong_secret(request)
    actions.note_reading(link_id=feed.link_id, known=feed.last_read_on, on=today)
    etag = quote_etag(feed.tag)
    response = get_conditional_response(request, etag=etag)
    if not isinstance(response, HttpResponseNotModified):
        response = HttpResponse(_file(feed), content_type=MEDIA_TYPE)
    response.headers["ETag"] = etag
    # Kept by nobody in between, and asked for anew each time: that is what the 304 is for.
    response.headers["Cache-Control"] = "private, no-cache"
    return response


def _file(feed: Feed) -> bytes:
    with translation.override(feed.language):
        return write_calendar(entries_of(feed, at=times.now()), name="Vaffel")


def _wrong_secret(request: HttpRequest) -> HttpResponse:
    """Says so without a line in the log: most wrong addresses are old or mistyped ones."""
    taking = actions.count_wrong_secret(address=client_address(request), at=times.now())
    response = page_not_found(request)
    if not taking.is_allowed:
        response = too_many_requests(request, retry_after=round(taking.wait) + 1)
    response._has_been_logged = True  # type: ignore[attr-defined] # Django's own way to say it
    return response


@require_GET
def sitting_file(request: PersonRequest, key: str) -> HttpResponse:
    """One sitting, to be put into any calendar by hand."""
    sitting = get_sitting_to_view(request.user, key)
    mine = SignUp.objects.live().filter(sitting=sitting, person=request.user)
    entry = entry_of(sitting, mine.select_related("job").order_by("pk"), at=times.now())
    assert entry is not None
    day = times.local_date(sitting.starts_at, sitting.zone)
    name = f"{slugify(sitting.event.title) or 'vaffel'}-{day}.ics"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "private, no-store",
    }
    return HttpResponse(write_calendar([entry]), content_type=MEDIA_TYPE, headers=headers)
