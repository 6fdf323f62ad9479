"""Who may make and revoke tokens."""

from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement.api.models import ApiToken
from engagement.people.access import can_administer_everything
from engagement.people.models import Person


def can_manage_tokens(person: Person) -> bool:
    """Administrators of the whole organisation make tokens that act as themselves, and see and
    revoke everybody's."""
    return can_administer_everything(person)


def require_token_manager(person: Person) -> None:
    """Raises PermissionDenied for everybody who does not manage tokens."""
    if not can_manage_tokens(person):
        raise PermissionDenied


def get_token_to_revoke(person: Person, key: str) -> ApiToken:
    """403 for those who manage no tokens, before they learn which exist; 404 for unknown keys."""
    require_token_manager(person)
    token = ApiToken.objects.select_related("person").filter(key=key).first()
    if token is None:
        raise Http404
    return token
