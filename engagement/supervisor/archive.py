"""The file a backup is: one tar with a manifest first, checked before anything is restored."""

import contextlib
import datetime as dt
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.conninfo import conninfo_to_dict, make_conninfo

from engagement.supervisor.postgres import programs
from engagement.supervisor.problems import CannotStart

FORMAT = 1
DUMP, KEY, MANIFEST, MEDIA = "database.dump", "secret-key", "manifest.json", "media"


@dataclass(frozen=True)
class Manifest:
    """What the file says about itself. ``files`` maps each name to its SHA-256."""

    created_at: str
    migrations: list[str]
    files: dict[str, str]
    format: int = FORMAT

    @classmethod
    def parse(cls, raw: bytes) -> "Manifest":
        """:raises CannotStart: when it is none, or newer than we know."""
        try:
            data: dict[str, Any] = json.loads(raw)
            manifest = cls(
                created_at=str(data["created_at"]),
                migrations=[str(name) for name in data["migrations"]],
                files={str(name): str(digest) for name, digest in data["files"].items()},
                format=int(data["format"]),
            )
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise CannotStart("Its manifest cannot be read: it is no backup of Vaffel.") from error
        if manifest.format > FORMAT:
            raise CannotStart(
                f"It was written by a newer Vaffel (format {manifest.format}, this one knows "
                f"{FORMAT}): restore it with that version."
            )
        return manifest


def write(target: Path, *, database_url: str, data_dir: Path, migrations: Sequence[str],
          at: dt.datetime) -> int:  # fmt: skip
    """Writes the backup with mode 0600, whole or not at all; returns its size in bytes."""
    if target.exists():
        raise CannotStart(f"{target} exists: choose another name, or remove it first.")
    try:
        with tempfile.TemporaryDirectory(prefix=".vaffel-backup-", dir=target.parent) as folder:
            dump = Path(folder) / DUMP
            client("pg_dump", database_url, "--format=custom", f"--file={dump}")
            sources = {DUMP: dump, **_files_of(data_dir)}
            digests = {name: _digest(path) for name, path in sources.items()}
            manifest = Manifest(at.isoformat(), sorted(migrations), digests)
            note = Path(folder) / MANIFEST
            note.write_text(json.dumps(vars(manifest), indent=1))
            packed = Path(folder) / "packed"
            with packed.open("xb") as file:
                os.fchmod(file.fileno(), 0o600)
                with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
                    for name, path in {MANIFEST: note, **sources}.items():
                        tar.add(path, arcname=name, recursive=False)
                file.flush()
                os.fsync(file.fileno())
            packed.rename(target)
    except OSError as error:
        raise CannotStart(
            f"The backup could not be written to {target} ({error.strerror}): check the folder and "
            "the space on its disk."
        ) from error
    return target.stat().st_size


def _files_of(data_dir: Path) -> dict[str, Path]:
    media = data_dir / MEDIA
    found = {
        f"{MEDIA}/{path.relative_to(media).as_posix()}": path
        for path in sorted(media.rglob("*"))
        if path.is_file() and not path.is_symlink()
    }
    if (data_dir / KEY).exists():
        found[KEY] = data_dir / KEY
    return found


@contextlib.contextmanager
def unpacked(source: Path, *, near: Path) -> Iterator[tuple[Manifest, Path]]:
    """The manifest and a folder with the checked files, in ``near`` and gone afterwards.

    :raises CannotStart: when anything is missing, changed or not announced.
    """
    try:
        with (
            tempfile.TemporaryDirectory(prefix=".vaffel-restore-", dir=near) as folder,
            tarfile.open(source, "r:") as tar,
        ):
            manifest = _unpack(tar, Path(folder))
            yield manifest, Path(folder)
    except (tarfile.TarError, EOFError) as error:
        raise CannotStart(f"{source} is damaged or no backup of Vaffel ({error}).") from error
    except FileNotFoundError as error:
        raise CannotStart(f"{error.filename} does not exist: check the name.") from error


def _unpack(tar: tarfile.TarFile, folder: Path) -> Manifest:
    manifest: Manifest | None = None
    seen: set[str] = set()
    for member in tar:
        content = tar.extractfile(member) if member.isfile() else None
        if content is None:
            raise CannotStart(f"It holds {member.name}, which is no plain file: not ours.")
        if manifest is None:
            if member.name != MANIFEST or member.size > 50_000_000:
                raise CannotStart("It does not begin with a manifest: it is no backup of Vaffel.")
            manifest = Manifest.parse(content.read())
            continue
        path = folder / member.name
        is_inside = not Path(member.name).is_absolute() and ".." not in path.parts
        if member.name not in manifest.files or not is_inside:
            raise CannotStart(f"It holds {member.name}, which its manifest does not announce.")
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            shutil.copyfileobj(content, file)
        if _digest(path) != manifest.files[member.name]:
            raise CannotStart(f"{member.name} in it is damaged: use another backup.")
        seen.add(member.name)
    if manifest is None or DUMP not in seen or seen != set(manifest.files):
        raise CannotStart("It is not complete: use another backup.")
    return manifest


def load_database(dump: Path, *, database_url: str) -> None:
    """Replaces everything in the database by ``dump`` in one transaction."""
    script = dump.with_suffix(".sql")
    client("pg_restore", None, "--no-owner", "--no-privileges", f"--file={script}", str(dump))
    clear = "DROP SCHEMA public CASCADE; CREATE SCHEMA public;"
    quiet = ("--no-psqlrc", "--quiet", "--output=/dev/null", "--single-transaction")
    stop = ("--set=ON_ERROR_STOP=1", f"--command={clear}", f"--file={script}")
    client("psql", database_url, *quiet, *stop)


def put_files(folder: Path, data_dir: Path, *, at: dt.datetime) -> None:
    """Media and key from a checked backup; the media that were here are kept beside."""
    media = data_dir / MEDIA
    if media.exists() and any(media.iterdir()):
        media.rename(data_dir / f"{MEDIA}-before-{at:%Y%m%dT%H%M%S}")
    if (folder / MEDIA).exists():
        if media.exists():
            media.rmdir()
        (folder / MEDIA).rename(media)
    media.mkdir(mode=0o700, exist_ok=True)
    if (folder / KEY).exists():
        (folder / KEY).chmod(0o600)
        (folder / KEY).replace(data_dir / KEY)


def client(program: str, database_url: str | None, *options: str) -> None:
    """Runs one of PostgreSQL's clients; the password does not show in the process list.

    :raises CannotStart: with its own last words.
    """
    environment = dict(os.environ)
    where: list[str] = []
    if database_url is not None:
        parts = conninfo_to_dict(database_url)
        environment["PGPASSWORD"] = str(parts.pop("password", ""))
        where = [
            f"--dbname={make_conninfo('', **{name: str(value) for name, value in parts.items()})}"
        ]
    done = subprocess.run(
        [str(programs() / program), *where, *options],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.strip().splitlines() or ["no message"]
        raise CannotStart(f"{program} failed: {lines[0]}")


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
