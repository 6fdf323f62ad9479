"""What a screen shows, as data."""

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q

from engagement import times
from engagement.live import queries as live
from engagement.live.hub import Standing
from engagement.live.models import Celebration, Stream
from engagement.people.access import is_key
from engagement.people.models import Employer, Person, Site
from engagement.people.tree import Tree
from engagement.themes.calendar import coming_for_wall, current_plan
from engagement.wallboards.models import SILENT_AFTER, Board, Screen
from events.queries.photo_walls import picture_for_wall


def streams_of(board: Board, *, day: dt.date) -> list[int]:
    """The ids of the streams a board listens to: everybody, its place, and what its place is part of."""
    return streams_of_boards([board], day=day)[board.pk]


def streams_of_boards(boards: Collection[Board], *, day: dt.date) -> dict[int, list[int]]:
    """`streams_of` for many boards at once, in two queries."""
    return _streams_in(boards, Tree.on(day))


def _streams_in(boards: Collection[Board], tree: Tree) -> dict[int, list[int]]:
    units = {board.pk: tree.ancestor_ids(board.unit_id) for board in boards}
    sites = {board.pk: _site_in(board, tree) for board in boards}
    employers = {
        board.pk: {unit.employer_id for one in units[board.pk] if (unit := tree.unit(one))}
        for board in boards
    }
    streams = Stream.objects.filter(
        Q(unit__in={unit for some in units.values() for unit in some})
        | Q(site__in={site for site in sites.values() if site})
        | Q(employer__in={employer for some in employers.values() for employer in some})
        | Q(unit__isnull=True, site__isnull=True, employer__isnull=True)
    )
    heard: dict[int, list[int]] = {board.pk: [] for board in boards}
    for stream in streams.order_by("pk"):
        for board in boards:
            if (
                (stream.unit_id and stream.unit_id in units[board.pk])
                or (stream.site_id and stream.site_id == sites[board.pk])
                or (stream.employer_id and stream.employer_id in employers[board.pk])
                or not (stream.unit_id or stream.site_id or stream.employer_id)
            ):
                heard[board.pk].append(stream.pk)
    return heard


def _site_in(board: Board, tree: Tree) -> int | None:
    return board.site_id or _key(tree.site_of(board.unit_id))


def _key(site: Site | None) -> int | None:
    return site.pk if site else None


def standing_of_screens(keys: Collection[str], *, at: dt.datetime) -> Mapping[str, Standing]:
    """What each hanging screen of ``keys`` may hear; revoked and unknown ones are left out.

    Also notes that these screens are connected.
    """
    screens = list(Screen.objects.hanging().filter(key__in=keys).select_related("board"))
    Screen.objects.filter(pk__in=[screen.pk for screen in screens]).update(
        last_seen_at=at, silence_told_at=None
    )
    boards = {screen.board_id: screen.board for screen in screens}
    tree = Tree.on(times.today())
    streams = _streams_in(list(boards.values()), tree)
    plan = current_plan()
    return {
        screen.key: Standing(
            board=screen.board.key,
            version=screen.board.version,
            language=screen.board.language,
            streams=tuple(streams[screen.board_id]),
            plan=plan.stamp(_site_in(screen.board, tree), screen.board.language),
        )
        for screen in screens
    }


def page_for(screen: Screen, *, after: str, at: dt.datetime) -> live.Page:
    """What ``screen`` missed since the cursor ``after``.

    Everything it may show, when there is no cursor, a forged one, or one of another board.
    """
    streams = streams_of(screen.board, day=times.local_date(at))
    seqs = live.seqs_of(after)
    language = screen.board.language
    if seqs is not None and set(seqs) == set(streams):
        return live.changes_after(seqs, language=language, at=at)
    return live.whole_state(streams, language=language, at=at)


def picture_for(screen: Screen, key: str, *, at: dt.datetime) -> bytes | None:
    """The picture of the card ``key``, when it hangs on the board of ``screen`` at this moment; else
    None. WebP."""
    if not is_key(key):
        return None
    streams = streams_of(screen.board, day=times.local_date(at))
    cards = Celebration.objects.current(at).filter(key=key, events__stream__in=streams)
    source = cards.values_list("source", flat=True).first()
    return picture_for_wall(source, at=at) if source else None


def board_as_dict(screen: Screen, *, at: dt.datetime) -> dict[str, Any]:
    """The screen's board as the screen gets it (docs/wall-protocol.md)."""
    board = screen.board
    night = None
    if board.night_from and board.night_to:
        night = {"from": f"{board.night_from:%H:%M}", "to": f"{board.night_to:%H:%M}"}
    zone = board.site.timezone if board.site else "Europe/Oslo"
    site_id = _site_id(board, times.local_date(at, zone))
    return {
        "key": board.key,
        "name": board.name,
        "screen": screen.name,
        "symbol": screen.symbol,
        "organisation": organisation_name(),
        "language": board.language,
        "preset": board.preset,
        "timezone": zone,
        "night": night,
        "quiet": board.is_quiet,
        "blank": screen.is_blank,
        "version": board.version,
        "days": coming_for_wall(site_id, zone, language=board.language, at=at),
        "plan": current_plan().stamp(site_id, board.language),
    }


def _site_id(board: Board, day: dt.date) -> int | None:
    """Where a board hangs, as far as theme days differ by place: nothing else is asked for it."""
    if board.site_id or not board.unit_id or not current_plan().differs_by_site:
        return board.site_id
    return _key(Tree.on(day).site_of(board.unit_id))


def organisation_name() -> str:
    """The name of the employer that is nobody's partner: the company itself."""
    return (
        Employer.objects.filter(is_partner=False)
        .order_by("pk")
        .values_list("name", flat=True)
        .first()
        or ""
    )


def fleet(*, at: dt.datetime) -> list[Screen]:
    """The hanging screens, the silent ones first, each with ``is_silent``."""
    screens = list(
        Screen.objects.hanging().select_related("board").order_by("board__name", "name", "pk")
    )
    for screen in screens:
        screen.is_silent = screen.last_seen_at < at - SILENT_AFTER  # type: ignore[attr-defined]
    return sorted(screens, key=lambda screen: not screen.is_silent)  # type: ignore[attr-defined]


def own_data(person: Person) -> list[dict[str, object]]:
    """The screens that ``person`` let in, as they may take them along."""
    return [
        {"screen": screen.name, "at": screen.paired_at.isoformat()}
        for screen in Screen.objects.filter(paired_by=person).order_by("pk")
    ]
