"""What a token may do. What its person may do is decided in each room's ``access``."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from engagement.api.models import ApiToken

READING = {"GET", "HEAD", "OPTIONS"}


def needed_scope(view: Any, method: str) -> str | None:
    """The scope ``view`` asks for: its ``read_scope`` or ``write_scope``. None: closed to tokens."""
    name = "read_scope" if method in READING else "write_scope"
    scope: str | None = getattr(view, name, None)
    return scope


class HasScope(BasePermission):
    """Signed in; a token also needs the view's scope. A browser session is the person itself."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user or not request.user.is_authenticated:
            return False
        if not isinstance(request.auth, ApiToken):
            return True
        # A method the view does not have answers 405, not a question of rights.
        if getattr(view, "action", "") is None:
            return True
        scope = needed_scope(view, request.method or "")
        if scope is None or scope not in request.auth.scopes:
            raise PermissionDenied(
                _("This token lacks the scope %(scope)s.") % {"scope": scope or "—"}, code="scope"
            )
        return True
