"""The pages for when something is wrong. They say what, why and what to do.

None of them asks the database anything: no context processors, no session, no person. They must
work when nothing else does. Those that are about a request, not about us, wear the theme day when
that is known without asking. ``urls.py`` names them as ``handler400`` … ``handler500`` and, for
django-allauth's limits, ``handler429``; ``CSRF_FAILURE_VIEW`` is ``csrf_failure``.
"""

import logging
import sys
from http import HTTPStatus
from typing import Any

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template import loader
from django.utils.translation import get_language, gettext
from django.utils.translation import gettext_lazy as _

logger = logging.getLogger(__name__)

PROBLEM = "application/problem+json"

# What is answered to programs, and when even the page cannot be made.
TITLES = {
    400: _("The request could not be understood"),
    403: _("You do not have access to this"),
    404: _("There is nothing here"),
    429: _("That was a little too fast"),
    500: _("Something went wrong on our side"),
    503: _("Vaffel is taking a short break"),
}
# Seconds after which it is worth asking a database again that did not answer.
DATABASE_BACK_IN = 5

# The page for when templates or static files are broken too. Both languages, no links to anything.
LAST_RESORT = """<!doctype html><html lang="nb"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Vaffel</title></head>
<body><main><h1>Noe gikk galt hos oss</h1>
<p>Feilen er skrevet i loggen. Prøv igjen om litt, eller gå til <a href="/">I dag</a>.</p>
<div lang="en"><h2>Something went wrong on our side</h2>
<p>It is written in the log. Try again in a moment, or go to <a href="/">Today</a>.</p></div>
</main></body></html>
"""


def _wants_problem(request: HttpRequest) -> bool:
    """Programs get problem details (RFC 9457): the API, and whoever prefers JSON to a page."""
    if request.path.startswith(
        ("/api/", "/screen/feed", "/screen/pairing", "/screen/photos", "/screen/report")
    ):
        return True
    best = request.get_preferred_type(["text/html", "application/json", PROBLEM])
    return best in {"application/json", PROBLEM}


def _problem(request: HttpRequest, status: int, detail: str = "") -> HttpResponse:
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    body["detail"] = detail or str(TITLES[status])
    return JsonResponse(body, status=status, content_type=PROBLEM)


def _page(
    request: HttpRequest, status: int, *, template: str = "", reason: str = ""
) -> HttpResponse:
    """An error page in the language the request had got to. Never raises, never queries."""
    try:
        if _wants_problem(request):
            return _problem(request, status, reason)
        content = loader.render_to_string(
            template or f"errors/{status}.html",
            {
                "reason": reason,
                "request_id": getattr(request, "request_id", ""),
                "back": _way_back(request),
                "theme": _dress(request, status),
            },
        )
    except Exception:  # the page about the error must not become the next error
        logger.exception("error_page_failed")
        return HttpResponse(LAST_RESORT, status=status)
    response = HttpResponse(content, status=status)
    response.headers["Content-Language"] = get_language() or "nb"
    response.headers["Cache-Control"] = "no-store"
    return response


def _dress(request: HttpRequest, status: int) -> Any:
    """What the page wears: nothing when it is our own trouble, or when asking for it fails."""
    if status >= 500 or not hasattr(request, "dress"):
        return None
    try:
        return request.dress()
    except Exception:  # the page about the error matters more than its colours
        logger.exception("error_page_undressed")
        return None


def _way_back(request: HttpRequest) -> str:
    """The page the person came from, when it is one of ours; else nothing."""
    came_from = request.META.get("HTTP_REFERER", "")
    try:
        home = f"{request.scheme}://{request.get_host()}/"
    except Exception:  # a forged Host is one of the errors told about here
        return ""
    here = request.build_absolute_uri()
    if came_from.startswith(home) and came_from != here:
        return "/" + came_from.removeprefix(home)
    return ""


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """The request was malformed."""
    return _page(request, 400)


def permission_denied(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A colleague without the right. ``PermissionDenied("why")`` puts the why on the page."""
    return _page(request, 403, reason=_told_why(exception))


def page_not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Nothing here, or nothing for this person: the page does not tell which."""
    return _page(request, 404)


def rate_limited(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Too fast, without knowing for how long: a minute."""
    return too_many_requests(request, retry_after=60)


def server_error(request: HttpRequest) -> HttpResponse:
    """Our own mistake. Already in the log under the request's id, which the page shows.

    A database that is away, full or overrun is no mistake of anybody's: that is a 503.
    """
    if isinstance(sys.exception(), OperationalError | InterfaceError):
        return unavailable(request, retry_after=DATABASE_BACK_IN)
    return _page(request, 500)


def unavailable(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """A 503: nothing was saved, and it is worth trying again after ``retry_after`` seconds."""
    response = _page(request, 503)
    response.headers["Retry-After"] = str(retry_after)
    return response


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token was missing or old: nearly always a page left open overnight."""
    logger.info("csrf_refused", extra={"reason": reason})
    response = _page(request, 403, template="errors/csrf.html")
    # Lets a script that posts say "load the page again" instead of "not open to you".
    response.headers["X-Problem"] = "csrf"
    return response


def too_many_requests(request: HttpRequest, *, retry_after: int) -> HttpResponse:
    """A 429 that says how long to wait, in whole seconds."""
    minutes = max(1, -(-retry_after // 60))
    reason = gettext("You can try again in a minute.")
    if minutes > 1:
        reason = gettext("You can try again in %(minutes)d minutes.") % {"minutes": minutes}
    response = _page(request, 429, reason=reason)
    response.headers["Retry-After"] = str(max(1, retry_after))
    return response


def offline(request: HttpRequest) -> HttpResponse:
    """The page a browser keeps for when there is no network."""
    return HttpResponse(loader.render_to_string("errors/offline.html", {}))


def _told_why(exception: Exception | None) -> str:
    """The sentence an access function gave, if it gave one."""
    words = exception.args[0] if exception and exception.args else ""
    return str(words) if words and len(str(words)) <= 300 else ""
