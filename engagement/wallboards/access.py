"""Who may hang screens, and which screen a key belongs to."""

import datetime as dt
import hashlib

from django.core.exceptions import PermissionDenied
from django.http import Http404

from engagement.people.access import has_role, is_key
from engagement.people.models import Person, RoleAssignment
from engagement.wallboards.models import Board, Screen

KEEPERS = (RoleAssignment.Role.SCREEN_KEEPER, RoleAssignment.Role.ADMINISTRATOR)


def digest(secret: str) -> str:
    """What is stored of a device's secret. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def can_keep_screens(person: Person) -> bool:
    return has_role(person, *KEEPERS)


def keepers(*, at: dt.datetime) -> list[Person]:
    """Those who look after the screens, administrators not among them."""
    held = RoleAssignment.objects.held(at).filter(role=RoleAssignment.Role.SCREEN_KEEPER)
    return [role.person for role in held.select_related("person")]


def get_board_to_keep(person: Person, key: str) -> Board:
    """404 for unknown keys, 403 for those who keep no screens; a keeper keeps all boards."""
    board = Board.objects.filter(key=key).first() if is_key(key) else None
    if board is None:
        raise Http404
    if not can_keep_screens(person):
        raise PermissionDenied
    return board


def get_screen_to_keep(person: Person, key: str) -> Screen:
    screens = Screen.objects.select_related("board").filter(key=key)
    screen = screens.first() if is_key(key) else None
    if screen is None:
        raise Http404
    if not can_keep_screens(person):
        raise PermissionDenied
    return screen


def get_screen_by_key(secret: str) -> Screen | None:
    """The hanging screen whose device holds ``secret``; None when revoked or unknown."""
    if not secret or len(secret) > 128:
        return None
    return (
        Screen.objects.hanging()
        .select_related("board__site", "board__unit")
        .filter(key_hash=digest(secret))
        .first()
    )
