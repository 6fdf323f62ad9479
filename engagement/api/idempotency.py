"""``Idempotency-Key``: a POST sent twice is done once, and answered the same both times.

After draft-ietf-httpapi-idempotency-key-header. The row that claims the key is written first, in
the transaction of the act itself. So a second call with the key waits for the first to end; a
crash loses the claim and the act together; and a refused call (4xx) keeps nothing: it changed
nothing, and may be mended and sent again under the same key.
"""

import hashlib
import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.db import OperationalError, connection, transaction
from django.utils.translation import gettext as _
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from engagement import times
from engagement.api.models import IDEMPOTENCY_KEY_LENGTH, ApiToken, IdempotentAnswer
from engagement.api.problems import InvalidRequest, Problem

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
KEPT_HEADERS = ("Location",)
# How long a second call waits for the first before it is told to come again.
PATIENCE = "5s"
LOCK_NOT_AVAILABLE = "55P03"

Handler = Callable[..., Response]


def idempotent(handler: Handler) -> Handler:
    """Decorator for a view set's POST methods."""

    @wraps(handler)
    def answer(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
        key = _key_of(request)
        if key is None:
            return handler(view, request, *args, **kwargs)
        body_hash = _fingerprint(request.data)
        with transaction.atomic():
            earlier = _claim(request, key, body_hash)
            if isinstance(earlier, Response):
                return earlier
            response = handler(view, request, *args, **kwargs)
            if response.status_code >= 400:
                transaction.set_rollback(True)
            else:
                _keep(earlier, response)
        return response

    answer.is_idempotent = True  # type: ignore[attr-defined]  # read by the schema
    return answer


def _key_of(request: Request) -> str | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not 0 < len(key) <= IDEMPOTENCY_KEY_LENGTH or not (key.isascii() and key.isprintable()):
        detail = _("1 to %(most)d printable ASCII characters.") % {"most": IDEMPOTENCY_KEY_LENGTH}
        raise InvalidRequest(errors=[{"header": HEADER, "detail": detail, "code": "invalid"}])
    return key


def _fingerprint(body: Any) -> str:
    """The same for the same JSON, however its members are ordered or spaced."""
    canonical = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def _claim(request: Request, key: str, body_hash: str) -> IdempotentAnswer | Response:
    """A fresh row, or the answer given earlier. Waits while another call holds the key."""
    place = {
        "person": request.user,
        "token": request.auth if isinstance(request.auth, ApiToken) else None,
        "method": request.method,
        "path": request.path.rstrip("/")[:300],
        "key": key,
    }
    row = IdempotentAnswer(**place, body_hash=body_hash, created_at=times.now())
    try:
        _set_lock_timeout(PATIENCE)
        # ON CONFLICT DO NOTHING waits for the other transaction to end, then tells who won.
        IdempotentAnswer.objects.bulk_create([row], ignore_conflicts=True)
        _set_lock_timeout("0")
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") != LOCK_NOT_AVAILABLE:
            raise
        raise Problem(
            _("A request with this key is being worked on. Send it again in a moment."),
            status=409,
            kind="idempotency-key-in-use",
            retry_after=1,
        ) from error
    kept = IdempotentAnswer.objects.get(**place)
    if kept.status == 0:
        return kept
    if kept.body_hash != body_hash:
        raise Problem(
            _("This key was used for another request. Take a new key for a new request."),
            status=422,
            kind="idempotency-key-reused",
            errors=[{"header": HEADER, "detail": _("Used with another body."), "code": "reused"}],
        )
    response = Response(json.loads(kept.body) if kept.body else None, status=kept.status)
    for name, value in kept.headers.items():
        response.headers[name] = value
    response.headers[REPLAYED] = "true"
    return response


def _keep(row: IdempotentAnswer, response: Response) -> None:
    row.status = response.status_code
    row.headers = {name: response.headers[name] for name in KEPT_HEADERS if name in response}
    row.body = "" if response.data is None else JSONRenderer().render(response.data).decode()
    row.save(update_fields=["status", "headers", "body"])


def _set_lock_timeout(limit: str) -> None:
    """For this transaction only; "0" is none, which is what a request starts with."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lock_timeout', %s, true)", [limit])
