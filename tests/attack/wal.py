"""S2: the archived WAL of both clusters, read with ``pg_waldump``: who committed what when.

**Required**: neither log names the writer of anything readable. A comment's place in the log is no
nearer to its ballot, or to its writer's line on the roll, than chance. (That no plaintext stands in the
log is searched for in `tests.attack.traces`.)

**Assumed, and said**: commit times of both logs, laid side by side, link a person to a sealed ballot.
"""

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg

from engagement.supervisor.postgres import Postgres, programs
from tests.attack.chance import Links
from tests.attack.history import Round
from tests.attack.linking import (
    BALLOT_PLACES,
    LINKED,
    ROLL_PLACES,
    ballots_to_people,
    comments_to_ballots,
    comments_to_people,
)
from tests.attack.naive import NaiveSurvey
from tests.attack.report import Report
from tests.attack.rows import BallotRow, CommentRow, RollRow
from tests.attack.stage import ARCHIVE, Stage

_COMMIT = re.compile(r"tx:\s+(\d+), lsn: (\S+),.*desc: COMMIT (\S+ \S+)")
_INSERT = re.compile(r"desc: (?:INSERT|MULTI_INSERT)(?:\+INIT)?\b(.*?), blkref #0: .*? blk (\d+)")
_ARCHIVED_WITHIN_S = 60.0
SEGMENT = re.compile(r"[0-9A-F]{24}")


@dataclass(frozen=True)
class Log:
    """What the archived log of one cluster says."""

    folder: Path
    first: str
    last: str

    def lines(self, *options: str) -> Iterator[str]:
        words = [str(programs() / "pg_waldump"), "--path", str(self.folder), *options]
        with subprocess.Popen(
            [*words, self.first, self.last],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        ) as process:
            assert process.stdout
            yield from process.stdout

    def save_full_pages(self, folder: Path) -> None:
        """The images of pages in the log; they are compressed there, and no search sees into them."""
        for _line in self.lines(f"--save-fullpage={folder}", "--quiet"):
            pass

    def commits(self) -> dict[int, int]:
        """The place in the order of commits, by transaction."""
        found = [
            (told.group(3), number, int(told.group(1)))
            for number, line in enumerate(self.lines("--rmgr=Transaction"))
            if (told := _COMMIT.search(line))
        ]
        return {xid: place for place, (_at, _number, xid) in enumerate(sorted(found))}

    def inserts(self, relation: str) -> list[tuple[int, int]]:
        """Where rows were put into ``relation`` (tablespace/database/file), in the log's order."""
        found = []
        for line in self.lines(f"--relation={relation}"):
            if told := _INSERT.search(line):
                page = int(told.group(2))
                found += [(page, offset) for offset in _offsets(told.group(1))]
        return found


def _offsets(told: str) -> list[int]:
    several = re.search(r"offsets: \[([\d, ]+)\]", told)
    if several:
        return [int(one) for one in several.group(1).split(",")]
    one = re.search(r"\boff:? (\d+)", told)
    return [int(one.group(1))] if one else []


def archived_log(cluster: Postgres) -> Log:
    """Everything up to now, once the archive has it."""
    with psycopg.connect(cluster.url, autocommit=True) as db:
        db.execute("CHECKPOINT")
        row = db.execute("SELECT pg_walfile_name(pg_switch_wal())").fetchone()
        assert row
    folder, last = cluster.folder / ARCHIVE, row[0]
    deadline = time.monotonic() + _ARCHIVED_WITHIN_S
    while not (folder / last).exists():
        if time.monotonic() > deadline:
            raise RuntimeError(f"{cluster.name}: {last} was not archived")
        time.sleep(0.1)
    segments = sorted(one.name for one in folder.iterdir() if SEGMENT.fullmatch(one.name))
    return Log(folder, segments[0], last)


def relation_of(url: str, table: str) -> str:
    words = (
        "SELECT '1663/' || (SELECT oid FROM pg_database WHERE datname = current_database())"
        " || '/' || pg_relation_filenode(%s)"
    )
    with psycopg.connect(url, autocommit=True) as db:
        row = db.execute(words.encode(), [table]).fetchone()
    assert row
    return str(row[0])


def attack_wal(stage: Stage, rounds: Sequence[Round], naive: NaiveSurvey) -> Report:
    """S2, the links. To be called when all is counted, and before the naive tables are rewritten in
    random order or after: whose transactions they were was noted at once."""
    report = Report("S2")
    identity, ballots = archived_log(stage.identity), archived_log(stage.ballots)
    ours, theirs = identity.commits(), ballots.commits()
    links = _naive_links(naive, ours)
    report.caught(
        "two tables, by commit times in the WAL, however they were rewritten since",
        links,
        "≥ 80 % right",
        links.share >= LINKED,
    )
    written = {
        place: number
        for number, place in enumerate(
            identity.inserts(relation_of(stage.identity.url, "surveys_comment"))
        )
    }
    seen = sum(row.ctid in written for made in rounds for row in made.comment_rows)
    there = sum(len(made.comment_rows) for made in rounds)
    report.caught("comments found again in the WAL", f"{seen} of {there}", "all", seen == there > 0)

    def in_log(row: CommentRow) -> int:
        return written[row.ctid]

    def roll_commit(row: RollRow) -> int:
        return ours[row.xmin]

    def ballot_commit(row: BallotRow) -> int:
        return theirs[row.xmin]

    report.assumed(
        "person → sealed ballot by commit times of both logs",
        ballots_to_people(rounds, roll_commit, ballot_commit),
    )
    for tried, links in (
        ("comment → person: place in the log × commits", comments_to_people(rounds, in_log, roll_commit)),
        ("comment → sealed ballot: place in the log × commits", comments_to_ballots(rounds, in_log, ballot_commit)),
        ("comment → person: place in the log × rows", comments_to_people(rounds, in_log, ROLL_PLACES["ctid"])),
        ("comment → sealed ballot: place in the log × rows", comments_to_ballots(rounds, in_log, BALLOT_PLACES["ctid"])),
    ):  # fmt: skip
        report.holds(tried, links, "p > 1e-6", links.is_chance)
    return report


def _naive_links(naive: NaiveSurvey, commits: dict[int, int]) -> Links:
    people, answers = (
        [naive.written[table][xid] for xid in sorted(naive.written[table], key=commits.__getitem__)]
        for table in ("answered", "answers")
    )
    return naive.links_of(people, answers)
