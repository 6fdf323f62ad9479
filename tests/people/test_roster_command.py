"""``manage.py import_roster``: the words and the exit codes."""

from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation

from engagement.people.models import AuditEntry, Person
from tests.people.roster_files import as_csv, as_xlsx, line, organisation

pytestmark = pytest.mark.django_db


def run(path: Path, *options: str) -> tuple[int, str, str]:
    out, err = StringIO(), StringIO()
    try:
        with translation.override("en"):
            call_command("import_roster", str(path), *options, stdout=out, stderr=err)
    except SystemExit as end:
        return int(end.code or 0), out.getvalue(), err.getvalue()
    return 0, out.getvalue(), err.getvalue()


@pytest.fixture
def roster(tmp_path: Path) -> Path:
    path = tmp_path / "roster.csv"
    path.write_bytes(as_csv(organisation(20)))
    return path


def test_dry_run_says_the_same_and_changes_nothing(roster: Path) -> None:
    code, told, _err = run(roster, "--dry-run")
    assert code == 0
    assert told.splitlines() == [
        "20 new, 2 role changes, 8 new places; 0 unchanged",
        "Dry run: nothing was changed.",
    ]
    assert not Person.objects.exists()
    assert run(roster)[1].splitlines()[0] == told.splitlines()[0]
    assert Person.objects.count() == 20


def test_second_run_has_nothing_to_do(roster: Path) -> None:
    run(roster)
    assert run(roster) == (0, "Nothing to do; 20 unchanged\n", "")


def test_errors_end_with_one(roster: Path) -> None:
    roster.write_bytes(as_csv([line("1", "Kari Hansen", email="nei")]))
    code, told, err = run(roster)
    assert (code, told) == (1, "")
    assert err.splitlines() == [
        "row 2, e-mail: “nei” Not an e-mail address. Leave it empty for people without one.",
        "1 errors. Nothing was changed.",
    ]


def test_mass_leaving_ends_with_three(roster: Path) -> None:
    run(roster)
    roster.write_bytes(as_xlsx(organisation(20)[:15]))
    code, _told, err = run(roster)
    assert code == 3
    assert "5 of 20 people of Fjordtel would leave" in err
    assert Person.objects.filter(left_on=None).count() == 20
    assert run(roster, "--dry-run")[0] == 3
    assert run(roster, "--confirm-leavers")[0] == 0
    assert AuditEntry.objects.filter(verb="roster-imported", actor=None).count() == 2


def test_missing_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="cannot be read: No such file"):
        call_command("import_roster", str(tmp_path / "no.csv"))


def test_sample_file_is_a_roster() -> None:
    path = settings.BASE_DIR / "docs" / "sample-roster.csv"
    code, told, err = run(path)
    assert (code, err) == (0, "")
    assert told.splitlines() == [
        "11 new, 7 role changes, 13 new places; 0 unchanged",
        "Imported.",
    ]
    assert run(path)[1] == "Nothing to do; 11 unchanged\n"
