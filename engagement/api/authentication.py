"""Who calls: a token in ``Authorization: Bearer``, or a signed-in person in the same browser."""

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from engagement import times
from engagement.api.actions import note_use
from engagement.api.models import ApiToken
from engagement.api.queries import token_for_hash
from engagement.api.tokens import SECRET_PREFIX, digest
from engagement.people.models import Person

CHALLENGE = 'Bearer realm="Vaffel"'


class BearerAuthentication(BaseAuthentication):
    """A token's calls act as its person. Wrong, expired, revoked and leavers' tokens look alike."""

    def authenticate(self, request: Request) -> tuple[Person, ApiToken] | None:
        scheme, _space, secret = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        at = times.now()
        secret = secret.strip()
        token = token_for_hash(digest(secret), at=at) if secret.startswith(SECRET_PREFIX) else None
        if token is None or not token.person.is_active:
            raise AuthenticationFailed(_("This token is wrong, expired or revoked."))
        note_use(token=token, on=times.today())
        return token.person, token

    def authenticate_header(self, request: Request) -> str:
        if request.META.get("HTTP_AUTHORIZATION"):
            return CHALLENGE + ', error="invalid_token"'
        return CHALLENGE


class BrowserSession(SessionAuthentication):
    """The documentation page and our own scripts: the session cookie, with CSRF token on writes."""
