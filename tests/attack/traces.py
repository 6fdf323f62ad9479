"""S2 and S4: what stands readable in files. Databases, WAL, dumps, backups, logs.

**Required**: no comment, no sheet and no counting key of a witness stands anywhere before the count.
After it, comments stand in the table of comments (and its log of changes) and nowhere beside a person;
sheets nowhere, keys nowhere. The logs hold none of them, no receipt, no digest, no voter's address on
the side of the ballots, and no line with both a person and a survey.
"""

import base64
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from surveys.models import Survey
from surveys.protocol.sealing import info_of, open_sealed
from tests.attack.history import Round
from tests.attack.naive import MARK
from tests.attack.report import Report
from tests.attack.stage import ARCHIVE, Stage
from tests.attack.voters import CANARY, VOTERS_ADDRESS, Ballot
from tests.attack.wal import archived_log

# How every sheet looks inside its envelope, and nothing else.
SHEET = b'"answers":{"'
# Of so many lines of the rolls the digests are looked for.
DIGESTS = 14
_COMMENTS_BEGIN = b"COPY public.surveys_comment "
_COMMENTS_END = b"\n\\.\n"


def files_below(*folders: Path) -> list[Path]:
    return [
        path
        for folder in folders
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.is_symlink() and path.stat().st_size
    ]


def files_with(files: Iterable[Path], marks: Sequence[bytes]) -> list[Path]:
    """Those that hold any of ``marks``, as they are."""
    return [path for path in files if _has(path, marks)]


def _has(path: Path, marks: Sequence[bytes]) -> bool:
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return False  # it went meanwhile
    return any(mark in data for mark in marks)


def pages_in_logs(stage: Stage, folder: Path) -> list[Path]:
    """Every page that stands in the archived logs, once all that was written is on disk."""
    for cluster in (stage.identity, stage.ballots):
        archived_log(cluster).save_full_pages(folder / cluster.name)
    return files_below(folder)


def search_before_count(stage: Stage, rounds: Sequence[Round], folder: Path) -> Report:
    """S2. The witnessed rounds are closed and not yet counted; everything is on the server."""
    report = Report("S2")
    pages = pages_in_logs(stage, folder / "pages-before")
    dumps = [
        stage.dump(stage.identity, folder / "identity-before.sql"),
        stage.dump(stage.ballots, folder / "ballots-before.sql"),
    ]
    files = [
        *files_below(stage.data, stage.servers, stage.backup(folder / "before")),
        *pages,
        *dumps,
    ]
    size = sum(path.stat().st_size for path in files if path.exists()) // 2**20
    wanted = (
        ("comments", [CANARY.encode()]),
        ("sheets", [SHEET]),
        ("the voters' address", [VOTERS_ADDRESS.encode()]),
    )
    for name, marks in wanted:
        found = files_with(files, marks)
        report.holds(
            f"{name} in {len(files)} files ({size} MB: databases, WAL, dumps, backup, logs) before "
            "the count",
            _named(found, stage),
            "none",
            not found,
        )
    witnessed = [made for made in rounds if made.survey.level == Survey.Level.WITNESSED]
    _keys(report, files, witnessed, stage, "of a witness, before the count")
    _sealed_is_readable(report, stage, rounds[-1], files, folder)
    _roll_is_gone(report, stage, rounds, files)
    marked = files_with(files, [MARK.encode()])
    places = {
        "a data file": any(path.parent.parent.name == "base" for path in marked),
        "the WAL": any(path.parent.name in {"pg_wal", ARCHIVE} for path in marked),
    }
    report.caught(
        "answers of the two tables, by the same search",
        f"in {' and '.join(name for name, is_there in places.items() if is_there) or 'nothing'}",
        "in data files and WAL",
        all(places.values()),
    )
    return report


def _sealed_is_readable(
    report: Report, stage: Stage, made: Round, files: Sequence[Path], folder: Path
) -> None:
    """What an operator who acts while a *Sealed* survey runs can read, as is said: the key lies in the
    counting process's file. The same searches must find it, and a sheet that it opens."""
    found = files_with(files, list(_written(made.secret)))
    one = made.ballots[0]
    info = info_of(made.manifest.hash, one.cell)
    opened = folder / "opened"
    opened.write_bytes(
        open_sealed(found[0].read_bytes(), info, one.prepared.sealed) if found else b""
    )
    report.caught(
        "the key of the Sealed survey while it runs, and a sheet that it opens",
        _named(found, stage),
        "in the counting process's folder only, opens",
        [path.parent.name for path in found] == ["counting-keys"]
        and files_with([opened], [SHEET]) == [opened],
    )


def _roll_is_gone(
    report: Report, stage: Stage, rounds: Sequence[Round], files: Sequence[Path]
) -> None:
    """What is left of the rolls of closed surveys. From a dump or a backup: nothing."""
    closed = "JOIN surveys_survey s ON s.id = x.survey_id WHERE s.closed_at IS NOT NULL"
    ((rows,),) = stage.ask_identity(f"SELECT count(*) FROM surveys_rollentry x {closed}")
    ((keys,),) = stage.ask_identity(f"SELECT count(x.signing_key) FROM surveys_cell x {closed}")
    report.holds(
        "rolls and signing keys of closed surveys in the database",
        f"{rows} people, {keys} keys",
        "none",
        not rows and not keys,
    )
    ended = [made for made in rounds if made.survey.level == Survey.Level.WITNESSED]
    found = files_with(files, _digests(ended))
    kept = [path for path in found if path.suffix in {".sql", ".dump"}]
    report.holds("their digests in dumps and backups", _named(kept, stage), "none", not kept)
    standing = files_with(files, _digests([made for made in rounds if made not in ended]))
    seen = any(path.suffix == ".sql" for path in standing)
    report.caught(
        "digests of the roll that still stands, in the same dumps",
        "found" if seen else "not found",
        "found",
        seen,
    )
    raw = len(found) - len(kept)
    report.assumed(
        "their digests in data files and WAL, until those are written anew", f"{raw} files"
    )


def _digests(rounds: Sequence[Round]) -> list[bytes]:
    """Of a part of the rolls of ``rounds``, as bytes and as a dump writes them."""
    some = [one.blinded_digest for made in rounds for one in made.ballots[: DIGESTS // len(rounds)]]
    return [form for digest in some for form in (digest, digest.hex().encode())]


def search_after_count(stage: Stage, rounds: Sequence[Round], folder: Path) -> Report:
    """S2. All is counted: what is readable stands in the table of comments only."""
    report = Report("S2")
    pages = pages_in_logs(stage, folder / "pages-after")
    identity = stage.dump(stage.identity, folder / "identity-after.sql").read_bytes()
    start = identity.index(_COMMENTS_BEGIN)
    end = identity.index(_COMMENTS_END, start)
    mark = CANARY.encode()
    inside, outside = identity[start:end], identity[:start] + identity[end:]
    report.caught(
        "comments in the dump's table of comments", inside.count(mark), "> 0", mark in inside
    )
    report.holds("comments elsewhere in the dump", outside.count(mark), "none", mark not in outside)
    people = {one.person_key.encode() for made in rounds for one in made.ballots}
    beside = sum(any(key in line for key in people) for line in inside.splitlines() if mark in line)
    report.holds("people beside comments", beside, "none", not beside)
    others = files_below(stage.ballots.folder, stage.valkey.folder, stage.data)
    others.append(stage.dump(stage.ballots, folder / "ballots-after.sql"))
    others += [path for path in pages if path.parent.name == stage.ballots.name]
    found = files_with(others, [mark])
    report.holds(
        "comments on the ballots' side, queues, logs", _named(found, stage), "none", not found
    )
    backup = stage.backup(folder / "after")
    everywhere = [*files_below(stage.data, stage.servers, backup), *pages, *folder.glob("*.sql")]
    found = files_with(everywhere, [SHEET])
    report.holds("sheets, anywhere, after the count", _named(found, stage), "none", not found)
    _keys(
        report, everywhere, rounds, stage, "of a witness or the counting process, after the count"
    )
    return report


def _keys(
    report: Report, files: list[Path], rounds: Iterable[Round], stage: Stage, whose: str
) -> None:
    secrets = [made.secret for made in rounds]
    marks = [form for secret in secrets for form in _written(secret)]
    found = files_with(files, marks)
    report.holds(f"counting keys {whose}", _named(found, stage), "none", not found)


def _written(secret: bytes) -> Iterator[bytes]:
    """A key as it may stand in a file."""
    yield secret
    yield secret.hex().encode()
    yield base64.b64encode(secret).rstrip(b"=")
    yield base64.urlsafe_b64encode(secret).rstrip(b"=")


def _named(found: Sequence[Path], stage: Stage) -> str:
    names = [str(path.relative_to(stage.folder)) for path in found]
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if names[3:] else "") or "none"


# --- S4: logs ---------------------------------------------------------------------------------------


def log_problems(
    lines: Iterable[bytes], *, ballots: Iterable[Ballot], surveys: Iterable[str], is_box: bool
) -> list[str]:
    """What a log must not say, each with the kind of it."""
    kinds = _kinds(ballots)
    keys, people = [key.encode() for key in surveys], kinds.pop("a person")
    found = []
    for line in lines:
        for kind, marks in kinds.items():
            words = set(re.findall(rb"[A-Za-z0-9_-]{16,}", line))
            if words & marks:
                found.append(kind)
        if CANARY.encode() in line:
            found.append("a comment")
        if any(key in line for key in keys) and set(re.findall(rb"[a-z0-9]{8,}", line)) & people:
            found.append("a person and a survey")
        if is_box and re.search(rb"\d+\.\d+\.\d+\.\d+", line):
            found.append("an address")
        if is_box and VOTERS_ADDRESS.encode() in line:
            found.append("a voter's address")
    return found


def _kinds(ballots: Iterable[Ballot]) -> dict[str, set[bytes]]:
    kinds: dict[str, set[bytes]] = {"a receipt": set(), "a digest": set(), "a blinded message": set(), "a person": set()}  # fmt: skip
    for one in ballots:
        kinds["a receipt"] |= {one.receipt.encode(), one.prepared.digest.hex().encode()}
        kinds["a digest"].add(one.blinded_digest.hex().encode())
        kinds["a blinded message"].add(base64.urlsafe_b64encode(one.prepared.blinded).rstrip(b"="))
        kinds["a person"].add(one.person_key.encode())
    return kinds


def attack_logs(stage: Stage, rounds: Sequence[Round]) -> Report:
    """S4: everything that any process wrote into a log during the run."""
    report = Report("S4")
    ballots = [one for made in rounds for one in made.ballots]
    facts = {"ballots": ballots, "surveys": [made.survey.key for made in rounds]}
    said = 0
    found: list[str] = []
    for path in stage.logs():
        lines = path.read_bytes().splitlines()
        said += len(lines)
        is_box = "ballot" in path.name
        found += [f"{path.name}: {one}" for one in log_problems(lines, is_box=is_box, **facts)]
    report.holds(
        f"comments, receipts, digests, people in {said} lines of {len(stage.logs())} logs",
        ", ".join(sorted(set(found))) or "none",
        "none",
        not found,
    )
    one = ballots[0]
    chatty = [
        f'{VOTERS_ADDRESS} - "POST /surveys/{facts["surveys"][0]}/cast" 204 {one.receipt}'.encode(),
        f"issue {facts['surveys'][0]} {one.person_key} {one.blinded_digest.hex()}".encode(),
        next(
            f"slow query: INSERT INTO comment {remark.text}".encode()
            for ballot in ballots
            for remark in ballot.sheet.comments.values()
        ),
    ]
    seen = set(log_problems(chatty, is_box=True, **facts))
    wanted = {"a receipt", "a digest", "a person and a survey", "a comment", "an address", "a voter's address"}  # fmt: skip
    report.caught("a log as other web servers write it", f"{len(seen)} kinds", "6", seen == wanted)
    return report
