"""What `manage.py start` says when it cannot: one sentence, exit code 1, no traceback."""

import os
import pwd
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from engagement.supervisor import launch
from engagement.supervisor.listening import listen
from engagement.supervisor.problems import CannotStart
from engagement.supervisor.supervisor import Supervisor
from tests.supervisor.ordinary import CHECKOUT, nobody, only_root


def _start(
    data_dir: Path,
    *,
    is_demo: bool = False,
    python: Sequence[str] = (sys.executable,),
    **environment: str,
) -> tuple[int, str, str]:
    script = f"import sys; from engagement.supervisor.launch import main; sys.exit(main(is_demo={is_demo}))"
    done = subprocess.run(
        [*python, "-c", script],
        env={
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(CHECKOUT),
            "DATA_DIR": str(data_dir),
            "PORT": "8190",
            **environment,
        },
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


def test_taken_port_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert _start(tmp_path, PORT=str(port)) == (
            1,
            "",
            f"Vaffel cannot start: Port {port} on 127.0.0.1 is taken by another program: stop that "
            f"one, or choose another port with PORT={port + 10}.\n",
        )


def test_taken_port_of_the_ballot_box_is_told(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert _start(tmp_path, PORT=str(port - 1)) == (
            1,
            "",
            f"Vaffel cannot start: Port {port} on 127.0.0.1 is taken by another program: stop that "
            f"one, or choose another port with PORT={port + 10}.\n",
        )


def test_data_folder_of_a_newer_version_is_told(tmp_path: Path) -> None:
    (tmp_path / "version").write_text("2")
    code, said, told = _start(tmp_path)
    assert (code, said) == (1, "")
    assert told == (
        f"Vaffel cannot start: The data folder {tmp_path} was written by a newer Vaffel (folder "
        "version 2, this one knows 1): start the newer Vaffel, or set DATA_DIR to another folder "
        "and restore a backup into it.\n"
    )


@only_root
def test_missing_right_to_write_is_told() -> None:
    python, environment = nobody()
    assert _start(Path("/usr/vaffel"), python=python, **environment) == (
        1,
        "",
        "Vaffel cannot start: Vaffel cannot write to its data folder /usr/vaffel (Permission "
        f"denied): give user {pwd.getpwnam('nobody').pw_uid} the right to, or set DATA_DIR to a "
        "folder it may write.\n",
    )


@pytest.mark.parametrize(
    ("environment", "reason"),
    [
        ({"BASE_URL": "http://vaffel.example.org"}, "which is not HTTPS"),
        ({"BASE_URL": "vaffel.example.org"}, "which is no address"),
        ({"BALLOT_URL": "ballots"}, "which is no address"),
        ({"BASE_URL": "https://vaffel.example.org"}, "Give both a host name of their own"),
        ({"BALLOT_URL": "https://ballots.example.org"}, "Give both a host name of their own"),
        (
            {
                "BASE_URL": "https://vaffel.example.org",
                "BALLOT_URL": "http://ballots.example.org",
            },
            "browsers seal ballots on HTTPS only",
        ),
        (
            {
                "BASE_URL": "https://vaffel.example.org",
                "BALLOT_URL": "https://vaffel.example.org:8443",
            },
            "one host has one cookie jar",
        ),
        ({"PORT": "eight"}, "PORT is 'eight': set it to a whole number."),
        ({"WEB_WORKERS": "-1"}, "WEB_WORKERS is '-1': set it to a whole number."),
    ],
)
def test_unsafe_or_impossible_environment_is_told(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], reason: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart) as refusal:
        launch.Plan.from_environment(is_demo=False)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    "environment", [{"BASE_URL": "https://vaffel.example.org"}, {"HOST": "0.0.0.0"}]
)
def test_demo_outside_this_machine_is_refused(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str]
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(CannotStart, match="The demo signs anybody in with one click"):
        launch.Plan.from_environment(is_demo=True)


def test_impossible_port_is_told() -> None:
    with pytest.raises(CannotStart, match="check HOST and PORT"):
        listen("127.0.0.1", 99999)


def test_addresses_from_outside_replace_the_embedded_services(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://db.example/vaffel")
    monkeypatch.setenv("REDIS_URL", "redis://valkey.example/0")
    monkeypatch.setenv("BALLOT_DATABASE_URL", "postgresql://db.example/ballots")
    assert launch.embedded(tmp_path) == ([], {})


def test_only_the_ballot_box_reaches_the_ballots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("BALLOT_DATABASE_URL", "postgresql://db.example/ballots")
    plan = launch.Plan.from_environment(is_demo=False)
    common = launch.environment_for(plan, {"DATABASE_URL": "postgresql://db.example/vaffel"})
    assert "BALLOT_DATABASE_URL" not in common
    with socket.socket() as bound:
        child = launch.ballots_child(plan, bound, "postgresql://db.example/ballots")
        own = Supervisor(tmp_path, environment=common, descriptors=[], say=print)._environment_of(
            child
        )
    assert own["BALLOT_DATABASE_URL"] == "postgresql://db.example/ballots"
    assert not {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL"} & set(own)


def test_history_has_a_ballot_box_of_the_past_with_the_ballots_secrets_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    plan = launch.Plan.from_environment(is_demo=True)
    common = launch.environment_for(plan, {"DATABASE_URL": "postgresql://db.example/vaffel"})
    supervisor = Supervisor(tmp_path, environment=common, descriptors=[], say=print)
    with listen("127.0.0.1", 0) as bound:
        box, history = launch.behind_children(plan, bound, "postgresql://db.example/ballots")
        own, other = supervisor._environment_of(box), supervisor._environment_of(history)
        assert other["BALLOT_CONTROL_URL"] == f"http://127.0.0.1:{bound.getsockname()[1]}"
    assert own["BALLOT_DATABASE_URL"] == "postgresql://db.example/ballots"
    assert not {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "EMAIL_URL"} & set(own)
    assert "BALLOT_DATABASE_URL" not in other


def test_demo_without_surveys_has_no_box_of_the_past(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    monkeypatch.setenv("DEMO_SURVEYS", "0")
    plan = launch.Plan.from_environment(is_demo=True)
    with listen("127.0.0.1", 0) as bound:
        [history] = launch.behind_children(plan, bound, "postgresql://db.example/ballots")
    assert history.environment == {}


def test_ballot_box_loads_nothing_of_the_rest() -> None:
    script = (
        "import sys, surveys.ballots.__main__\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'django', 'engagement', 'kudos'}))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[]\n"


def test_of_what_runs_behind_little_is_shown_but_always_that_it_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown: list[str] = []
    monkeypatch.setattr(launch, "say", shown.append)
    hear = launch._behind("history", ["seed_demo"], {}).hear
    assert hear is not None
    for line in ("30 of 489 days", "489 of 489 days", "finished: All in place."):
        hear(line)
    assert shown == ["All in place."]
