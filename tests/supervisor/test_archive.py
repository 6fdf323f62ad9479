import datetime as dt
import os
import tarfile
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from engagement.supervisor import archive
from engagement.supervisor.problems import CannotStart

AT = dt.datetime(2026, 11, 20, 8, 30, tzinfo=dt.UTC)
DATABASE = "vaffel_archive_test"


@pytest.fixture
def url() -> str:
    """A database of its own beside the one under test."""
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {DATABASE}")
    return make_conninfo(server, dbname=DATABASE)


def _ask(url: str, question: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        cursor = connection.execute(question)
        return cursor.fetchall() if cursor.description else []


def _house(folder: Path) -> Path:
    (folder / "media").mkdir(parents=True)
    (folder / "media" / "waffle.png").write_bytes(b"waffle")
    (folder / "secret-key").write_text("hush")
    return folder


def _write(target: Path, url: str, house: Path) -> None:
    archive.write(target, database_url=url, data_dir=house, migrations=["people.0001"], at=AT)


def test_restored_database_and_files_are_those_of_the_backup(tmp_path: Path, url: str) -> None:
    _ask(url, "CREATE TABLE kept AS SELECT 'ÆØÅ' AS name")
    target = tmp_path / "backup.tar"
    _write(target, url, _house(tmp_path / "old"))
    assert target.stat().st_mode & 0o777 == 0o600
    _ask(url, "DROP TABLE kept; CREATE TABLE newer (id int)")
    new = tmp_path / "new"
    (new / "media").mkdir(parents=True)
    (new / "media" / "other.png").write_bytes(b"other")
    with archive.unpacked(target, near=tmp_path) as (manifest, folder):
        archive.load_database(folder / archive.DUMP, database_url=url)
        archive.put_files(folder, new, at=AT)
    assert (manifest.created_at, manifest.migrations) == (AT.isoformat(), ["people.0001"])
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    assert (_ask(url, tables), _ask(url, "SELECT name FROM kept")) == ([("kept",)], [("ÆØÅ",)])
    assert {path.relative_to(new).as_posix() for path in new.rglob("*") if path.is_file()} == {
        "media/waffle.png",
        "media-before-20261120T083000/other.png",
        "secret-key",
    }
    assert (new / "secret-key").stat().st_mode & 0o777 == 0o600


def test_restore_that_fails_leaves_the_database_as_it_was(tmp_path: Path, url: str) -> None:
    _ask(url, "CREATE TABLE kept AS SELECT 1 AS number")
    _write(tmp_path / "backup.tar", url, _house(tmp_path / "old"))
    with archive.unpacked(tmp_path / "backup.tar", near=tmp_path) as (_, folder):
        dump = folder / archive.DUMP
        dump.write_bytes(dump.read_bytes()[:-20])
        with pytest.raises(CannotStart, match="pg_restore failed"):
            archive.load_database(dump, database_url=url)
    assert _ask(url, "SELECT number FROM kept") == [(1,)]


def test_backup_never_overwrites_and_leaves_nothing_half_written(tmp_path: Path, url: str) -> None:
    house = _house(tmp_path / "old")
    target = tmp_path / "backup.tar"
    target.write_text("precious")
    with pytest.raises(CannotStart, match="exists: choose another name"):
        _write(target, url, house)
    with pytest.raises(CannotStart, match="pg_dump failed"):
        _write(tmp_path / "second.tar", make_conninfo(url, dbname="nowhere"), house)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup.tar", "old"]
    assert target.read_text() == "precious"


def test_archives_that_are_not_ours_are_refused(tmp_path: Path) -> None:
    note = tmp_path / "manifest.json"
    evil = tmp_path / "evil"
    evil.write_text("x")

    def refusal(manifest: str, *members: str) -> str:
        note.write_text(manifest)
        with tarfile.open(tmp_path / "odd.tar", "w") as tar:
            tar.add(note, arcname="manifest.json")
            for name in members:
                tar.add(evil, arcname=name)
        with (
            pytest.raises(CannotStart) as refused,
            archive.unpacked(tmp_path / "odd.tar", near=tmp_path),
        ):
            pass
        return str(refused.value)

    digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
    head = '{"created_at": "now", "migrations": [], "format": 1, "files": {%s}}'
    assert "no backup of Vaffel" in refusal("{}")
    assert "newer Vaffel" in refusal(head.replace('"format": 1', '"format": 7') % "")
    assert "does not announce" in refusal(head % "", "evil")
    assert "does not announce" in refusal(head % f'"../../evil": "{digest}"', "../../evil")
    assert "is damaged" in refusal(head % '"database.dump": "00"', "database.dump")
    assert "not complete" in refusal(head % f'"database.dump": "{digest}"')
    assert not (tmp_path.parent / "evil").exists()
