"""Letting screens in, choosing what they show, and sending them away."""

import datetime as dt
import secrets
from typing import Literal

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from engagement.live import ring
from engagement.people.actions import record
from engagement.people.models import Person, Site, Unit
from engagement.wallboards.access import digest
from engagement.wallboards.models import Board, Pairing, Screen
from engagement.wallboards.texts import SYMBOL_NAMES

# No vowels, no letters that look or sound like others (RFC 8628, section 6.1).
CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
CODE_LIFE = dt.timedelta(minutes=10)


@transaction.atomic
def create_board(
    *,
    by: Person,
    name: str,
    at: dt.datetime,
    site: Site | None = None,
    unit: Unit | None = None,
    language: str = "nb",
    preset: str = Board.Preset.NORMAL,
    is_quiet: bool = False,
    night_from: dt.time | None = None,
    night_to: dt.time | None = None,
) -> Board:
    board = Board(
        name=name.strip(),
        site=site,
        unit=unit,
        language=language,
        preset=preset,
        is_quiet=is_quiet,
        night_from=night_from,
        night_to=night_to,
    )
    board.full_clean()
    board.save()
    record(verb="board-created", by=by, subject=board, at=at, name=board.name)
    return board


@transaction.atomic
def change_board(*, board: Board, by: Person, at: dt.datetime) -> Board:
    """Saves a board changed by a form; its screens fetch everything anew within seconds."""
    board.full_clean()
    board.version = F("version") + 1
    board.save()
    board.refresh_from_db()
    record(verb="board-changed", by=by, subject=board, at=at, name=board.name)
    transaction.on_commit(lambda: ring.command(what="changed", boards=[board.key]), robust=True)
    return board


def start_pairing(*, at: dt.datetime) -> tuple[Pairing, str]:
    """A code for a new screen to show, and the secret by which the device asks for the answer.

    The secret becomes the screen's key when a keeper confirms.
    """
    secret = secrets.token_urlsafe(32)
    Pairing.objects.filter(expires_at__lt=at - dt.timedelta(hours=1)).delete()
    while True:
        code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
        pairing, is_new = Pairing.objects.get_or_create(
            code=code,
            defaults={
                "symbol": secrets.choice(list(SYMBOL_NAMES)),
                "device_hash": digest(secret),
                "created_at": at,
                "expires_at": at + CODE_LIFE,
            },
        )
        if is_new:
            return pairing, secret


def find_pairing(*, code: str, at: dt.datetime) -> Pairing:
    """The waiting pairing with ``code``, typed in any case, with or without spaces and hyphens.

    Raises ValidationError when there is none.
    """
    typed = "".join(letter for letter in code.upper() if letter.isalnum())[: CODE_LENGTH + 1]
    pairing = Pairing.objects.filter(
        code=typed, expires_at__gt=at, confirmed_at__isnull=True
    ).first()
    if pairing is None:
        raise ValidationError(
            {
                "code": _(
                    "No screen shows this code now. Read it again: it changes every ten minutes."
                )
            }
        )
    return pairing


@transaction.atomic
def confirm_pairing(*, code: str, board: Board, name: str, by: Person, at: dt.datetime) -> Screen:
    """Lets the screen that shows ``code`` in. Twice gives the same screen once."""
    pairing = find_pairing(code=code, at=at)
    pairing = Pairing.objects.select_for_update().get(pk=pairing.pk)
    if pairing.confirmed_at:
        raise ValidationError({"code": _("This screen has just been paired.")})
    screen = Screen(
        name=name.strip() or board.name,
        symbol=pairing.symbol,
        board=board,
        key_hash=pairing.device_hash,
        paired_at=at,
        paired_by=by,
        last_seen_at=at,
    )
    screen.full_clean()
    screen.save()
    pairing.confirmed_at = at
    pairing.screen = screen
    pairing.save(update_fields=["confirmed_at", "screen"])
    record(verb="screen-paired", by=by, subject=screen, at=at, name=screen.name)
    return screen


@transaction.atomic
def revoke_screen(*, screen: Screen, by: Person, at: dt.datetime) -> None:
    """Sends the screen away for good: its socket closes and it forgets its cards. Cannot be undone."""
    if Screen.objects.filter(pk=screen.pk, revoked_at__isnull=True).update(revoked_at=at):
        record(verb="screen-revoked", by=by, subject=screen, at=at, name=screen.name)
        transaction.on_commit(
            lambda: ring.command(what="revoked", screens=[screen.key]), robust=True
        )


@transaction.atomic
def change_screen(
    *, screen: Screen, name: str, board: Board, by: Person, at: dt.datetime
) -> Screen:
    """Renames a screen or hangs it on another board."""
    screen.name, screen.board = name.strip(), board
    screen.full_clean()
    screen.save(update_fields=["name", "board"])
    record(verb="screen-changed", by=by, subject=screen, at=at, name=screen.name)
    transaction.on_commit(lambda: ring.command(what="changed", screens=[screen.key]), robust=True)
    return screen


def direct_screen(
    *, screen: Screen, what: Literal["identify", "reload", "blank", "unblank"], by: Person
) -> None:
    """Asks a screen to show its name, load itself anew, go black or come back."""
    if what in ("blank", "unblank"):
        Screen.objects.filter(pk=screen.pk).update(is_blank=what == "blank")
    ring.command(what=what, screens=[screen.key])


def note_screen(
    *,
    screen: Screen,
    at: dt.datetime,
    build: str | None = None,
    uptime_s: int | None = None,
    heap_mb: int | None = None,
    error: str = "",
) -> None:
    """Notes that a screen was heard of, and what it said of itself."""
    facts: dict[str, object] = {"last_seen_at": at, "silence_told_at": None}
    if build is not None:
        facts |= {
            "build": build[:40],
            "uptime_s": uptime_s,
            "heap_mb": heap_mb,
            "last_error": error.replace("\x00", "")[:300],
        }
    Screen.objects.filter(pk=screen.pk).update(**facts)
