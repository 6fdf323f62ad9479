"""Letting screens in, choosing what they show, and sending them away."""

import datetime as dt
import secrets
from typing import Literal
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from engagement import times
from engagement.api.throttling import Rate, take
from engagement.clock.actions import sweep
from engagement.live import actions as live
from engagement.live import ring
from engagement.notices import actions as notices
from engagement.people.actions import record
from engagement.people.models import Person, Site, Unit
from engagement.wallboards.access import digest, keepers
from engagement.wallboards.models import Board, Pairing, Screen
from engagement.wallboards.notices import SCREEN_SILENT
from engagement.wallboards.texts import SYMBOL_NAMES

Direction = Literal["identify", "reload", "blank", "unblank"]

# No vowels, no letters that look or sound like others (RFC 8628, section 6.1).
CODE_ALPHABET = "BCDFGHJKLMNPQRSTVWXZ"
CODE_LENGTH = 8
# A screen asks for a code every ten minutes; a site's screens may share one address.
NEW_CODES = Rate(per_minute=10, burst=60)
# Five wrong codes, then one more every two minutes.
WRONG_CODES = Rate(per_minute=0.5, burst=5)
# Outside these hours, site time, nobody minds a silent screen.
OPENS_AT, CLOSES_AT = dt.time(7), dt.time(22)
CODE_LIFE = dt.timedelta(minutes=10)
PAIRINGS_KEPT = dt.timedelta(hours=1)
REVOKED_KEPT = dt.timedelta(days=90)


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
    _make_streams(board)
    record(verb="board-created", by=by, subject=board, at=at, name=board.name)
    return board


@transaction.atomic
def change_board(*, board: Board, by: Person, at: dt.datetime) -> Board:
    """Saves a board changed by a form; its screens fetch everything anew within seconds."""
    board.full_clean()
    board.version = F("version") + 1
    board.save()
    board.refresh_from_db()
    _make_streams(board)
    record(verb="board-changed", by=by, subject=board, at=at, name=board.name)
    transaction.on_commit(lambda: ring.command(what="changed", boards=[board.key]), robust=True)
    return board


def _make_streams(board: Board) -> None:
    """So that the board's sockets hear its streams before the first card comes through them."""
    units = [board.unit] if board.unit else []
    live.ensure_streams(units=units, sites=[board.site] if board.site else [], everybody=True)


def may_start_pairing(*, address: str, at: dt.datetime) -> bool:
    """Whether a device at ``address`` may be given another code now."""
    return take(name=f"pairing:{address}"[:80], rate=NEW_CODES, at=at).is_allowed


def count_wrong_code(*, by: Person, at: dt.datetime) -> None:
    """Notes a code that was wrong. After five in a row raises ValidationError: wait a little."""
    if not take(name=f"wrong-code:{by.key}", rate=WRONG_CODES, at=at).is_allowed:
        raise ValidationError(
            {"code": _("Five wrong codes. Wait two minutes, then read the code again.")}
        )


def start_pairing(*, at: dt.datetime) -> tuple[Pairing, str]:
    """A code for a new screen to show, and the secret by which the device asks for the answer.

    The secret becomes the screen's key when a keeper confirms.
    """
    secret = secrets.token_urlsafe(32)
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


def direct_screen(*, screen: Screen, what: Direction, by: Person) -> None:
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


def tell_of_silent_screens(*, at: dt.datetime) -> int:
    """Tells the keepers once of each screen that has gone silent in opening hours."""
    silent = Screen.objects.silent(at).filter(silence_told_at=None).select_related("board__site")

    def tell(screen: Screen) -> None:
        if not _is_open(screen.board, at):
            return
        screen.silence_told_at = at
        screen.save(update_fields=["silence_told_at"])
        notices.notify(
            people=keepers(at=at),
            kind=SCREEN_SILENT,
            source=f"{screen.key}:{times.milliseconds(screen.last_seen_at)}",
            context={"screen": screen.key},
            link=reverse("wallboards:change-screen", args=[screen.key]),
            at=at,
        )

    return sweep(silent, tell)


def _is_open(board: Board, at: dt.datetime) -> bool:
    """Whether people are around: daytime at the board's site, and not its night."""
    clock = at.astimezone(ZoneInfo(board.site.timezone if board.site else "Europe/Oslo")).time()
    if board.night_from and board.night_to:
        is_over_midnight = board.night_from > board.night_to
        after, before = clock >= board.night_from, clock < board.night_to
        if (after or before) if is_over_midnight else (after and before):
            return False
    return OPENS_AT <= clock < CLOSES_AT


def purge_pairings(*, at: dt.datetime) -> int:
    """Deletes codes an hour after they ran out, answered or not."""
    deleted, _by_model = Pairing.objects.filter(expires_at__lte=at - PAIRINGS_KEPT).delete()
    return deleted


def purge_screens(*, at: dt.datetime) -> int:
    """Deletes screens 90 days after they were revoked."""
    old = Screen.objects.filter(revoked_at__lte=at - REVOKED_KEPT)
    deleted: int = old.delete()[1].get("wallboards.Screen", 0)
    return deleted
