"""Every error of the API as problem details (RFC 9457).

``{"type", "title", "status", "detail", "instance", "errors"}``; ``errors`` tells for each mistake
where it is: ``pointer`` into the body ("#/to/0"), or the query ``parameter``, or the ``header``.
"""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, PermissionDenied
from django.core.exceptions import ValidationError as ModelError
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.settings import api_settings

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
BLANK = "about:blank"
# Kinds of problem that a program may want to tell apart. Relative to the documentation.
TYPES = {
    "invalid": "/api/docs/#problem-invalid",
    "scope": "/api/docs/#problem-scope",
    "idempotency-key-reused": "/api/docs/#problem-idempotency-key-reused",
    "idempotency-key-in-use": "/api/docs/#problem-idempotency-key-in-use",
    "praise-differs": "/api/docs/#problem-praise-differs",
    "unknown-agent": "/api/docs/#problem-unknown-agent",
    "too-fast": "/api/docs/#problem-too-fast",
}


class ProblemRenderer(JSONRenderer):
    """Chosen by `problem_response`, never by the client's wish."""

    media_type = MEDIA_TYPE
    charset = None


class Problem(exceptions.APIException):
    """An error with a kind of its own, for the few that programs must tell apart."""

    def __init__(
        self,
        detail: str,
        *,
        status: int,
        kind: str = "",
        errors: list[dict[str, str]] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.status_code = status
        self.kind = kind
        self.errors = errors
        self.wait = retry_after


class InvalidRequest(Problem):
    """400, with the places of the mistakes."""

    def __init__(self, detail: str = "", *, errors: list[dict[str, str]] | None = None) -> None:
        super().__init__(
            detail or _("Something in the request is not right."),
            status=400,
            kind="invalid",
            errors=errors,
        )


def invalid_parameter(name: str, detail: str) -> InvalidRequest:
    """400: the query parameter ``name`` is wrong."""
    return InvalidRequest(errors=[{"parameter": name, "detail": detail, "code": "invalid"}])


def problem_response(exc: Exception, context: Mapping[str, Any]) -> Response | None:
    """REST framework's exception handler. None, and so a 500, for what nobody expected."""
    problem = _as_problem(exc, context)
    if problem is None:
        return None
    request = context.get("request")
    body: dict[str, Any] = {
        "type": TYPES.get(problem.kind, BLANK),
        "title": HTTPStatus(problem.status_code).phrase,
        "status": problem.status_code,
        "detail": str(problem.detail),
    }
    if request is not None:
        body["instance"] = request.path
    if problem.errors:
        body["errors"] = problem.errors
    response = Response(body, status=problem.status_code, content_type=MEDIA_TYPE)
    if header := getattr(exc, "auth_header", None):
        response.headers["WWW-Authenticate"] = header
    if problem.wait is not None:
        response.headers["Retry-After"] = str(problem.wait)
    if request is not None:
        # Negotiation may have failed or found something else; a problem is always JSON.
        request.accepted_renderer = ProblemRenderer()
        request.accepted_media_type = MEDIA_TYPE
    return response


def _as_problem(exc: Exception, context: Mapping[str, Any]) -> Problem | None:
    if isinstance(exc, Problem):
        return exc
    if isinstance(exc, Http404 | exceptions.NotFound):
        return Problem(_("There is nothing here, or nothing for you."), status=404)
    if isinstance(exc, PermissionDenied):
        return Problem(str(exc) or _("You do not have access to this."), status=403)
    if isinstance(exc, ModelError):
        names = getattr(context.get("view"), "api_names", {})
        return InvalidRequest(errors=list(_model_errors(exc, names)))
    if isinstance(exc, exceptions.ValidationError):
        return InvalidRequest(errors=list(_field_errors(exc.get_full_details())))
    if isinstance(exc, exceptions.Throttled):
        wait = max(1, int(getattr(exc, "wait", None) or 1))
        return Problem(
            _("Too many requests. Try again in %(seconds)d s.") % {"seconds": wait},
            status=429,
            kind="too-fast",
            retry_after=wait,
        )
    if isinstance(exc, exceptions.APIException):
        kind = "scope" if exc.get_codes() == "scope" else ""
        return Problem(str(exc.detail), status=exc.status_code, kind=kind)
    return None


def _model_errors(exc: ModelError, names: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Mistakes an action or a constraint found, under the names the API uses."""
    by_field = exc.error_dict if hasattr(exc, "error_dict") else {NON_FIELD_ERRORS: exc.error_list}
    for field, errors in by_field.items():
        name = names.get(field, field)
        pointer = "#" if field == NON_FIELD_ERRORS else f"#/{name}"
        for error in errors:
            for message in error.messages:
                yield {"pointer": pointer, "detail": message, "code": error.code or "invalid"}


def _field_errors(details: Any, pointer: str = "#") -> Iterator[dict[str, str]]:
    """Mistakes a serializer found, walked down to each."""
    if isinstance(details, Mapping) and set(details) == {"message", "code"}:
        yield {"pointer": pointer, "detail": str(details["message"]), "code": str(details["code"])}
    elif isinstance(details, Mapping):
        for name, inner in details.items():
            is_whole = name == api_settings.NON_FIELD_ERRORS_KEY
            step = str(name).replace("~", "~0").replace("/", "~1")
            yield from _field_errors(inner, pointer if is_whole else f"{pointer}/{step}")
    elif isinstance(details, list):
        for place, inner in enumerate(details):
            # A list holds the messages of one field, or an entry for each element of a list field.
            is_message = isinstance(inner, Mapping) and set(inner) == {"message", "code"}
            yield from _field_errors(inner, pointer if is_message else f"{pointer}/{place}")
