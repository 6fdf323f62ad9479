"""What an import does to the people, once it is carried out."""

import datetime as dt
import time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement import times
from engagement.people.actions.roster import Outcome, import_roster
from engagement.people.models import (
    AuditEntry,
    Employer,
    Membership,
    Person,
    RoleAssignment,
    RosterImport,
    Site,
    Unit,
)
from engagement.people.roster.world import Importer, World
from engagement.people.roster.writing import current_roster
from engagement.people.tree import Tree
from tests.people.roster_files import as_csv, as_xlsx, line, organisation

pytestmark = pytest.mark.django_db


def bring_in(lines: list, *, accepts_leaving: bool = False, is_dry_run: bool = False) -> Outcome:
    return import_roster(
        filename="roster.csv",
        content=as_csv(lines),
        is_dry_run=is_dry_run,
        accepts_leaving=accepts_leaving,
        at=times.now(),
    )


def test_first_roster_builds_the_organisation() -> None:
    outcome = bring_in(
        [
            line("1", "Kari Hansen", email="Kari@Fjordtel.example", role="site_manager",
                 unit="Kundeservice / Trondheim"),
            line("2", "Berg, Ola", manager="1", role="Teamleder", unit="Kundeservice / Trondheim / Nord"),
            line("3", "Amina Hassan", manager="2", unit="Kundeservice > Bergen > Sør", site="Bergen"),
        ]
    )  # fmt: skip
    assert outcome.plan.problems == []
    assert outcome.is_applied
    tree = Tree.on(times.today())
    kari, ola, amina = Person.objects.order_by("employee_number")
    assert (ola.given_name, ola.family_name, ola.manager) == ("Ola", "Berg", kari)
    assert kari.email == "kari@fjordtel.example"
    assert amina.manager == ola
    unit = amina.memberships.get().unit
    assert tree.path_name(unit.pk) == "Kundeservice / Bergen / Sør"
    assert tree.site_of(unit.pk).name == "Bergen"
    assert tree.site_of(ola.memberships.get().unit_id).name == "Trondheim"
    assert tree.site_of(tree.roots[0].pk) is None
    assert {(r.person.name, r.role, str(r.scope)) for r in RoleAssignment.objects.all()} == {
        ("Kari Hansen", "site_manager", "Trondheim"),
        ("Ola Berg", "lead", "Nord"),
    }
    assert Employer.objects.get().is_partner is False


def test_second_run_does_nothing() -> None:
    lines = organisation(40)
    bring_in(lines)
    audit = AuditEntry.objects.count()
    again = bring_in(lines)
    assert again.plan.is_empty
    assert again.plan.summary()["unchanged"] == 40
    assert AuditEntry.objects.count() == audit
    assert RosterImport.objects.count() == 1


def test_csv_and_xlsx_of_the_same_people_are_the_same() -> None:
    lines = organisation(20)
    bring_in(lines)
    again = import_roster(
        filename="x.xlsx", content=as_xlsx(lines), is_dry_run=False, accepts_leaving=False,
        at=times.now(),
    )  # fmt: skip
    assert again.plan.problems == []
    assert again.plan.is_empty


def test_change_move_and_leave_keep_history() -> None:
    lines = organisation(33)
    bring_in(lines)
    yesterday = times.today() - dt.timedelta(days=1)
    Membership.objects.update(from_on=yesterday)
    Unit.objects.update(opened_on=yesterday)
    lines[5]["phone"] = "123 45 678"
    lines[6]["unit"] = lines[20]["unit"]
    lines[6]["site"] = lines[20]["site"]
    gone = lines.pop(8)
    outcome = bring_in(lines)
    assert outcome.plan.problems == []
    summary = {k: v for k, v in outcome.plan.summary().items() if v}
    assert summary == {"changed": 1, "moved": 1, "leaving": 1, "rows": 32, "unchanged": 30}
    moved = Person.objects.get(employee_number=lines[6]["number"])
    first, second = moved.memberships.order_by("from_on")
    assert first.to_on == second.from_on == times.today()
    left = Person.objects.get(employee_number=gone["number"])
    assert left.left_on == times.today()
    assert left.memberships.get().to_on == times.today()
    assert bring_in(lines).plan.is_empty


def test_person_who_left_comes_back_as_the_same() -> None:
    lines = organisation(30)
    bring_in(lines)
    Person.objects.filter(employee_number="10003").update(left_on=times.today() - dt.timedelta(3))
    Membership.objects.filter(person__employee_number="10003").delete()
    outcome = bring_in(lines)
    assert outcome.plan.summary()["returning"] == 1
    person = Person.objects.get(employee_number="10003")
    assert person.left_on is None
    assert person.memberships.get().from_on == times.today()
    assert bring_in(lines).plan.is_empty


def test_last_day_is_the_last_day_at_work() -> None:
    today = times.today()
    soon = today + dt.timedelta(days=10)
    lines = organisation(30)
    bring_in(lines)
    lines[4]["end"] = soon.isoformat()
    bring_in(lines)
    person = Person.objects.get(employee_number="10004")
    assert person.left_on == soon + dt.timedelta(days=1)
    assert person.memberships.get().to_on == person.left_on
    assert bring_in(lines).plan.is_empty
    lines[4]["end"] = ""
    bring_in(lines)
    person.refresh_from_db()
    assert (person.left_on, person.memberships.get().to_on) == (None, None)
    lines[4]["end"] = (today - dt.timedelta(days=1)).isoformat()
    assert bring_in(lines).plan.summary()["leaving"] == 1
    person.refresh_from_db()
    assert person.left_on == today
    assert bring_in(lines).plan.is_empty


def test_new_person_may_start_later_and_change_their_first_day() -> None:
    lines = organisation(12)
    lines[3]["start"] = (times.today() + dt.timedelta(days=20)).isoformat()
    bring_in(lines)
    person = Person.objects.get(employee_number="10003")
    assert person.memberships.get().from_on == times.today() + dt.timedelta(days=20)
    lines[3]["start"] = (times.today() + dt.timedelta(days=30)).isoformat()
    bring_in(lines)
    assert person.memberships.get().from_on == times.today() + dt.timedelta(days=30)
    assert bring_in(lines).plan.is_empty
    lines[3] |= {"unit": lines[11]["unit"], "site": lines[11]["site"]}
    bring_in(lines)
    assert person.memberships.get().unit.name == "Team 2"
    lines.pop(3)
    bring_in(lines)
    assert person.memberships.count() == 0
    assert bring_in(lines).plan.is_empty


def test_employer_absent_from_the_file_is_not_touched(cast) -> None:
    lines = [
        line(p.employee_number, p.name, unit="Kundeservice / Team Nordlys")
        for p in (cast.alice, cast.bob)
    ] + [
        line(p.employee_number, p.name, unit="Kundeservice", site="")
        for p in (cast.keeper, cast.admin)
    ]  # fmt: skip
    assert bring_in(lines).plan.is_empty
    cast.charlie.refresh_from_db()
    assert cast.charlie.left_on is None


def test_more_than_a_tenth_leaving_needs_confirmation() -> None:
    lines = organisation(20)
    bring_in(lines)
    assert bring_in(lines[:18]).is_applied
    Person.objects.update(left_on=None)
    stopped = bring_in(lines[:17])
    assert stopped.is_stopped
    assert not stopped.is_applied
    assert [(one.leaving, one.active) for one in stopped.plan.mass_leavings] == [(3, 20)]
    assert Person.objects.filter(left_on=None).count() == 20
    assert bring_in(lines[:17], accepts_leaving=True).is_applied
    assert Person.objects.filter(left_on=None).count() == 17


def test_dry_run_writes_nothing() -> None:
    outcome = bring_in(organisation(10), is_dry_run=True)
    assert outcome.plan.summary()["new"] == 10
    assert not Person.objects.exists()
    assert not Site.objects.exists()


def test_roles_at_the_own_unit_follow_the_file_and_others_stay() -> None:
    lines = organisation(22)
    bring_in(lines)
    lead = Person.objects.get(employee_number="10011")
    other = Unit.objects.get(name="Team 1")
    RoleAssignment.objects.create(person=lead, role="lead", unit=other, from_at=times.now())
    RoleAssignment.objects.create(person=lead, role="hr", from_at=times.now())
    lines[11]["role"] = "member"
    lines[12]["role"] = "lead"
    outcome = bring_in(lines)
    assert outcome.plan.summary()["roles"] == 2
    held = RoleAssignment.objects.held(times.now()).filter(person=lead)
    assert {(one.role, str(one.scope)) for one in held} == {("lead", "Team 1"), ("hr", "None")}
    new = Person.objects.get(employee_number="10012")
    assert new.roles.get().unit.name == "Team 2"
    assert bring_in(lines).plan.is_empty


def test_addresses_may_be_swapped_and_taken_over_from_leavers() -> None:
    lines = organisation(30)
    for one in lines:
        one["email"] = f"p{one['number']}@x.example"
    bring_in(lines)
    lines[1]["email"], lines[2]["email"] = lines[2]["email"], lines[1]["email"]
    gone = lines.pop(7)
    lines[8]["email"] = gone["email"]
    outcome = bring_in(lines)
    assert [one.reason for one in outcome.plan.warnings] == ["email_released"]
    assert Person.objects.get(employee_number=lines[8]["number"]).email == gone["email"]
    assert Person.objects.get(employee_number=gone["number"]).email == ""
    assert bring_in(lines).plan.is_empty


def test_audit_names_counts_and_file_but_nobody() -> None:
    bring_in(organisation(12))
    entry = AuditEntry.objects.get(verb="roster-imported")
    assert entry.detail == {
        "filename": "roster.csv", "new": 12, "roles": 2, "employers": 1, "sites": 2, "units": 5,
        "rows": 12,
    }  # fmt: skip


def test_3400_rows_take_seconds_and_few_queries() -> None:
    """Seconds of this process: how long the machine lets it wait is not ours to test."""
    lines = organisation(3400)
    started = time.process_time()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        outcome = import_roster(
            filename="big.xlsx", content=as_xlsx(lines), is_dry_run=False, accepts_leaving=False,
            at=times.now(),
        )  # fmt: skip
    seconds = time.process_time() - started
    assert outcome.is_applied
    assert len(queries) < 150
    assert seconds < 10
    for one in lines:
        one["phone"] += "0"
    with CaptureQueriesContext(connection) as queries:
        started = time.process_time()
        assert bring_in(lines).plan.summary()["changed"] == 3400
        seconds = time.process_time() - started
    assert len(queries) < 150
    assert seconds < 10


def test_roster_as_it_is_now_changes_nothing_when_sent_back() -> None:
    bring_in(
        [
            *organisation(40),
            line("007", "Ørjan Æøås", title="=1+1", phone="+47 400 00 000"),
            line("later", "Liv Senere", start=(times.today() + dt.timedelta(days=9)).isoformat()),
        ]
    )
    world = World.load(importer=Importer.of(None), at=times.now(), today=times.today())
    outcome = import_roster(
        filename="roster.xlsx",
        content=current_roster(world),
        is_dry_run=False,
        accepts_leaving=False,
        at=times.now(),
    )
    assert outcome.plan.problems == []
    assert outcome.plan.is_empty
    assert outcome.plan.summary()["unchanged"] == Person.objects.count() == 42
