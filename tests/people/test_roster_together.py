"""Several people, several workers, one truth."""

import threading
import time
from collections.abc import Callable

import pytest
from django.db import connection, connections

from engagement import times
from engagement.people.actions import roster as actions
from engagement.people.models import AuditEntry, Membership, Person, RosterImport, Unit
from engagement.people.roster.stages import Stage, stage_of
from engagement.people.views import roster as views
from tests import factories
from tests.conftest import Cast
from tests.people.roster_files import as_csv, line, organisation

pytestmark = pytest.mark.django_db(transaction=True)


def together(*acts: Callable[[], object]) -> None:
    """Runs all at once, each on a connection of its own; what one raises is raised here."""
    start = threading.Barrier(len(acts))
    raised: list[BaseException] = []

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(10)
            act()
        except BaseException as error:
            raised.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    for error in raised:
        raise error


def everybody(cast: Cast) -> list[dict]:
    return [
        line(cast.alice.employee_number, "Alice Aas", email=cast.alice.email),
        line(cast.bob.employee_number, "Bob Berg", email=cast.bob.email),
        line(cast.keeper.employee_number, "Kari Keeper", unit="Kundeservice"),
        line(cast.admin.employee_number, "Anne Admin", unit="Kundeservice", email=cast.admin.email),
    ]


def test_two_imports_at_once_double_nothing(cast: Cast) -> None:
    factories.give_role(cast.alice, "hr")
    new = [line(f"n{i}", f"Ny Person{i}", unit="Kundeservice / Team Ny") for i in range(40)]
    content = as_csv([*everybody(cast), *new])
    sent = [
        actions.upload_roster(filename="r.csv", content=content, by=by, at=times.now())
        for by in (cast.admin, cast.alice)
    ]
    together(actions.work_on_rosters, actions.work_on_rosters)
    for one in sent:
        one.refresh_from_db()
        assert one.summary["new"] == 40

    def confirm(one: RosterImport, by: Person) -> Callable[[], object]:
        return lambda: actions.confirm_roster(
            roster=one, seen=one.compared_with, accepts_leaving=False, by=by, at=times.now()
        )

    together(*(confirm(one, by) for one in sent for by in (cast.admin, cast.alice)))
    together(actions.work_on_rosters, actions.work_on_rosters)
    stages = []
    for one in sent:
        one.refresh_from_db()
        stages.append(stage_of(one, times.now()))
    assert sorted(stages) == [Stage.DONE, Stage.NOTHING]
    assert Person.objects.filter(employee_number__startswith="n").count() == 40
    assert Membership.objects.filter(unit__name="Team Ny").count() == 40
    assert Unit.objects.filter(name="Team Ny").count() == 1
    assert AuditEntry.objects.filter(verb="roster-imported").count() == 1


def test_two_commands_at_once_double_nothing() -> None:
    content = as_csv(organisation(60))

    def run() -> None:
        actions.import_roster(
            filename="r.csv", content=content, is_dry_run=False, accepts_leaving=False,
            at=times.now(),
        )  # fmt: skip

    together(run, run, run)
    assert Person.objects.count() == 60
    assert RosterImport.objects.count() == 1


def test_many_workers_take_one_import_once(cast: Cast) -> None:
    actions.upload_roster(
        filename="r.csv", content=as_csv(everybody(cast)), by=cast.admin, at=times.now()
    )
    done: list[int] = []
    together(*(lambda: done.append(actions.work_on_rosters()) for _ in range(4)))
    assert sorted(done) == [0, 0, 0, 1]


def test_web_process_does_the_work_when_nobody_else_does(cast: Cast) -> None:
    one = actions.upload_roster(
        filename="r.csv", content=as_csv(everybody(cast)), by=cast.admin, at=times.now()
    )
    views.help_out()
    deadline = time.monotonic() + 30
    while one.compared_at is None and time.monotonic() < deadline:
        time.sleep(0.05)
        one.refresh_from_db()
    assert stage_of(one, times.now()) == Stage.NOTHING
    assert views._helping.acquire(timeout=10)
    views._helping.release()


def test_progress_is_seen_while_it_is_read(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    one = actions.upload_roster(
        filename="r.csv", content=as_csv(organisation(1000)), by=cast.admin, at=times.now()
    )
    seen: list[tuple[int, int | None]] = []

    def look() -> None:
        """From another connection, as the page does."""
        one.refresh_from_db(fields=["rows_read", "row_count"])
        seen.append((one.rows_read, one.row_count))
        connection.close()

    real = actions.times.now

    def clock() -> object:
        thread = threading.Thread(target=look)
        thread.start()
        thread.join(10)
        return real()

    actions.work_on_rosters(clock=clock)
    rows = [read for read, count in seen if count == 1000]
    assert rows == sorted(rows)
    assert {250, 500, 750} <= set(rows)
