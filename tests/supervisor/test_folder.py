import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from engagement.supervisor import folder
from engagement.supervisor.folder import FolderLock, make_private_folder, prepare_folder
from engagement.supervisor.logfiles import last_line, open_log, rotate
from engagement.supervisor.problems import CannotStart


def test_lock_of_a_running_platform_is_refused_with_its_pid(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    with FolderLock(tmp_path), pytest.raises(CannotStart) as refusal, FolderLock(tmp_path):
        pass
    assert str(refusal.value) == (
        f"Vaffel is already running on {tmp_path} (process {os.getpid()}): stop that one first, or "
        "set DATA_DIR and PORT to run another beside it."
    )
    with FolderLock(tmp_path):
        pass  # given back


def test_lock_waits_for_children_of_a_killed_supervisor(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folder, "_PATIENCE_SECONDS", 0.2)
    prepare_folder(tmp_path)
    with FolderLock(tmp_path) as lock:
        orphan = subprocess.Popen(["sleep", "60"], pass_fds=[lock.for_children])
    began = time.monotonic()
    with FolderLock(tmp_path):
        assert orphan.wait(1) == -9
    assert time.monotonic() - began < 15


def test_data_folder_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("99\n")
    with pytest.raises(CannotStart, match=r"written by a newer Vaffel \(folder version 99"):
        prepare_folder(tmp_path)


def test_full_disk_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "free_megabytes", lambda path: 12)
    with pytest.raises(CannotStart) as refusal:
        prepare_folder(tmp_path)
    assert str(refusal.value) == (
        f"The disk of {tmp_path} has 12 MB free and Vaffel needs 300: free some space, or set "
        "DATA_DIR to another disk."
    )


def test_data_folder_that_is_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("")
    with pytest.raises(CannotStart, match="which is a file"):
        prepare_folder(tmp_path / "var")


def test_secret_key_is_made_once_and_closed_to_others(tmp_path: Path) -> None:
    first = folder.secret_key(tmp_path)
    assert folder.secret_key(tmp_path) == first
    assert len(first) >= 50
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600


def test_socket_folder_is_short_below_a_deep_data_folder(tmp_path: Path) -> None:
    deep = tmp_path / ("deep" * 40)
    found = folder.socket_folder(deep, "postgres")
    assert len(str(found / ".s.PGSQL.5432")) <= folder.LONGEST_SOCKET_PATH
    assert found != folder.socket_folder(tmp_path / ("other" * 40), "postgres")
    assert folder.socket_folder(tmp_path / "with space", "valkey").parent.name in {"run", "tmp"}


def test_socket_folder_that_others_may_enter_is_refused(tmp_path: Path) -> None:
    place = tmp_path / "sockets"
    place.mkdir(mode=0o755)
    with pytest.raises(CannotStart, match="closed to others"):
        make_private_folder(place)


def test_socket_folder_that_is_a_link_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    (tmp_path / "sockets").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(CannotStart, match="somebody else made it"):
        make_private_folder(tmp_path / "sockets")


def test_log_is_cut_while_a_child_writes_to_it(tmp_path: Path) -> None:
    log = open_log(tmp_path, "web")
    os.write(log, b"old\n" * 100)
    rotate(tmp_path, most_bytes=100)
    os.write(log, b"new\n")
    os.close(log)
    assert (tmp_path / "web.log").read_text() == "new\n"
    assert (tmp_path / "web.log.1").read_text() == "old\n" * 100
    assert last_line(tmp_path, "web") == "new"


def test_lock_file_of_a_dead_supervisor_is_taken(tmp_path: Path) -> None:
    prepare_folder(tmp_path)
    script = (
        "import os, signal, sys; from pathlib import Path;"
        "from engagement.supervisor.folder import FolderLock;"
        "FolderLock(Path(sys.argv[1])).__enter__(); os.kill(os.getpid(), signal.SIGKILL)"
    )
    subprocess.run([sys.executable, "-c", script, str(tmp_path)], check=False)
    with FolderLock(tmp_path), (tmp_path / "lock").open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
