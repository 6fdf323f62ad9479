"""Rows as somebody with the database files sees them: where they lie, and who wrote them when."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from tests.attack.stage import Stage

_PLACE = "((ctid::text::point)[0])::int, ((ctid::text::point)[1])::int"
_SYSTEM = f"{_PLACE}, xmin::text::bigint, cmin::text::bigint"


class RollRow(NamedTuple):
    """One person who has collected a ballot."""

    ctid: tuple[int, int]
    xmin: int
    cmin: int
    id: int
    digest: bytes
    person: int
    cell: str


class BallotRow(NamedTuple):
    """``chunk`` is the number of its envelope in the TOAST table; ``toast`` where that lies."""

    ctid: tuple[int, int]
    xmin: int
    cmin: int
    chunk: int
    toast: tuple[int, int]
    receipt: str
    prefix: bytes
    sig: bytes
    cell: str


class CommentRow(NamedTuple):
    ctid: tuple[int, int]
    xmin: int
    cmin: int
    id: int
    group: str
    item: str
    text: str


def roll_rows(stage: Stage, survey: int) -> list[RollRow]:
    found = stage.ask_identity(
        f"SELECT {_SYSTEM.replace('ctid', 'r.ctid').replace('xmin', 'r.xmin').replace('cmin', 'r.cmin')},"
        " r.id, r.blinded_digest, r.person_id, c.key"
        " FROM surveys_rollentry r JOIN surveys_cell c ON c.id = r.cell_id"
        " WHERE r.survey_id = %s AND r.is_collected",
        [survey],
    )
    return [RollRow((a, b), *rest) for a, b, *rest in found]


def ballot_rows(stage: Stage, survey: str) -> list[BallotRow]:
    chunks = _chunks(stage)
    found = stage.ask_ballots(
        f"SELECT {_SYSTEM}, pg_column_toast_chunk_id(sealed)::bigint, receipt, prefix, sig, cell"
        " FROM ballot WHERE survey = %s",
        [survey],
    )
    return [
        BallotRow((a, b), xmin, cmin, chunk, chunks[chunk], *rest)
        for a, b, xmin, cmin, chunk, *rest in found
    ]


def _chunks(stage: Stage) -> dict[int, tuple[int, int]]:
    """Where the first piece of each envelope lies."""
    ((table,),) = stage.ask_ballots(
        "SELECT reltoastrelid::regclass::text FROM pg_class WHERE oid = 'ballot'::regclass"
    )
    found = stage.ask_ballots(f"SELECT chunk_id::bigint, {_PLACE} FROM {table} WHERE chunk_seq = 0")
    return {chunk: (page, offset) for chunk, page, offset in found}


def comment_rows(stage: Stage, survey: int) -> list[CommentRow]:
    found = stage.ask_identity(
        f"SELECT {_SYSTEM.replace('ctid', 'm.ctid').replace('xmin', 'm.xmin').replace('cmin', 'm.cmin')},"
        " m.id, m.group_key, m.item_key, m.text"
        " FROM surveys_comment m JOIN surveys_count n ON n.id = m.count_id WHERE n.survey_id = %s",
        [survey],
    )
    return [CommentRow((a, b), *rest) for a, b, *rest in found]


def ordered(
    rows: Iterable[Any], by: Callable[[Any], Any], name: Callable[[Any], Hashable]
) -> list[Hashable]:
    """The names of ``rows`` in the order of ``by``."""
    return [name(row) for row in sorted(rows, key=by)]
