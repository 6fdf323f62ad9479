"""What the OpenAPI document says beyond what it reads off the views.

Problem details on every operation, the bearer scheme, the scope each operation needs, and the
``Idempotency-Key`` header. Texts stay English whatever the language of the caller: the document
is committed.
"""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from engagement.api.models import IDEMPOTENCY_KEY_LENGTH
from engagement.api.permissions import needed_scope
from engagement.api.problems import MEDIA_TYPE

MISTAKE = {
    "type": "object",
    "required": ["detail", "code"],
    "properties": {
        "pointer": {"type": "string", "description": "Where in the body, as in `#/to/0`."},
        "parameter": {"type": "string", "description": "Which query parameter."},
        "header": {"type": "string", "description": "Which header."},
        "detail": {"type": "string"},
        "code": {"type": "string", "description": "The same for every language."},
    },
}
PROBLEM = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "format": "uri-reference"},
        "errors": {"type": "array", "items": MISTAKE},
    },
}
WORDS = {
    "400": "Something in the request is not right; `errors` says where.",
    "401": "No token, or one that is wrong, expired or revoked.",
    "403": "The token lacks the scope, or its person the right.",
    "404": "Nothing here, or nothing for this person.",
    "406": "Answers are JSON.",
    "409": "A request with the same Idempotency-Key is being worked on, or it contradicts what is stored.",
    "413": "The body is larger than 256 kB.",
    "415": "The body must be application/json.",
    "422": "The Idempotency-Key was used with another body, or the body names what is not here.",
    "429": "Too many requests; Retry-After says when to come again.",
}
ALWAYS = ("400", "401", "403", "404", "406", "429")
WITH_BODY = ("413", "415")
IDEMPOTENT = ("409", "422")
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "A fresh random text (a UUID, say) for each act. The same request sent again "
    "with the same key within 24 hours is not done twice: the first answer comes again, with "
    "`Idempotency-Replayed: true`.",
    "schema": {"type": "string", "minLength": 1, "maxLength": IDEMPOTENCY_KEY_LENGTH},
}
SECONDS = {"schema": {"type": "integer", "minimum": 0}, "description": "Seconds to wait."}


class BearerScheme(OpenApiAuthenticationExtension):
    target_class = "engagement.api.authentication.BearerAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made under Administration, or by `manage.py create_api_token`. "
            "It acts as its person, within its scopes.",
        }


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = "engagement.api.authentication.BrowserSession"
    name = "session"
    # Before drf-spectacular's own, which knows the parent class.
    priority = 1

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, Any]:
        return {
            "type": "apiKey",
            "in": "cookie",
            # The real name carries the port of the instance.
            "name": "vaffel_session",
            "description": "Signed in in this browser. Writes need the header X-CSRFToken.",
        }


class ProblemSchema(AutoSchema):
    """The operation as REST framework describes it, plus what every operation has here."""

    def get_operation(self, *args: Any, **kwargs: Any) -> dict[str, Any] | None:
        operation: dict[str, Any] | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        codes = list(ALWAYS)
        if "requestBody" in operation:
            codes += WITH_BODY
        if self._is_idempotent():
            codes += IDEMPOTENT
            operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
        for code in codes:
            operation["responses"].setdefault(code, self._problem(code))
        operation["responses"] = dict(sorted(operation["responses"].items()))
        if scope := needed_scope(self.view, self.method):
            said = operation.get("description", "").strip()
            operation["description"] = f"{said}\n\nScope: `{scope}`.".strip()
        return operation

    def _is_idempotent(self) -> bool:
        handler = getattr(self.view, getattr(self.view, "action", "") or "", None)
        return bool(getattr(handler, "is_idempotent", False))

    def _problem(self, code: str) -> dict[str, Any]:
        component = ResolvedComponent(
            name="Problem", type=ResolvedComponent.SCHEMA, schema=PROBLEM, object="Problem"
        )
        self.registry.register_on_missing(component)
        answer: dict[str, Any] = {
            "description": WORDS[code],
            "content": {MEDIA_TYPE: {"schema": component.ref}},
        }
        if code in ("409", "429"):
            answer["headers"] = {"Retry-After": SECONDS}
        return answer


def one_spelling(result: dict[str, Any], **_kwargs: Any) -> dict[str, Any]:
    """Paths without the closing slash: both spellings are served, one is documented."""
    result["paths"] = {path.rstrip("/"): item for path, item in result["paths"].items()}
    return result
