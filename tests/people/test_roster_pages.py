"""The roster import in the browser, from the file to the people."""

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from engagement import times
from engagement.people.actions import roster as actions
from engagement.people.models import AuditEntry, Person, RosterImport
from engagement.people.views import roster as views
from tests import factories
from tests.conftest import Cast, sign_in
from tests.people.roster_files import as_csv, line, organisation

pytestmark = pytest.mark.django_db


def fjordtel(cast: Cast) -> list[dict]:
    return [
        line(cast.alice.employee_number, "Alice Aas", email=cast.alice.email),
        line(cast.bob.employee_number, "Bob Berg", email=cast.bob.email),
        line(cast.keeper.employee_number, "Kari Keeper", unit="Kundeservice"),
        line(cast.admin.employee_number, "Anne Admin", unit="Kundeservice", email=cast.admin.email),
    ]


def send(client: Client, content: bytes, name: str = "roster.csv") -> RosterImport:
    answer = client.post(
        reverse("people:roster"), {"file": SimpleUploadedFile(name, content)}, follow=False
    )
    assert answer.status_code == 302, answer.content.decode()
    one = RosterImport.objects.latest("uploaded_at")
    assert answer["Location"] == reverse("people:roster-import", args=[one.key])
    return one


def look(client: Client, one: RosterImport, query: str = "", **headers: str) -> str:
    answer = client.get(reverse("people:roster-import", args=[one.key]) + query, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


def confirm(client: Client, one: RosterImport, **more: str):
    one.refresh_from_db()
    return client.post(
        reverse("people:roster-confirm", args=[one.key]), {"seen": one.compared_with, **more}
    )


def test_file_goes_from_upload_to_people(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "<i>Ny</i> Person", title="=1+1")]))
    assert 'data-stage="waiting"' in look(as_admin, one)
    assert actions.work_on_rosters() == 1
    page = look(as_admin, one)
    assert 'data-stage="preview"' in page
    assert "&lt;i&gt;Ny&lt;/i&gt; Person" in page
    assert "<i>Ny" not in page
    assert confirm(as_admin, one).status_code == 302
    assert 'data-stage="applying"' in look(as_admin, one)
    actions.work_on_rosters()
    assert 'data-stage="done"' in look(as_admin, one)
    one.refresh_from_db()
    assert one.content is None
    assert Person.objects.get(employee_number="n1").title == "=1+1"
    assert AuditEntry.objects.get(verb="roster-imported").actor == cast.admin


def test_htmx_gets_only_the_part_that_moves(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv(fjordtel(cast)))
    part = look(as_admin, one, hx_request="true")
    assert part.lstrip().startswith('<div id="roster-stage"')
    assert 'hx-trigger="every 1s"' in part
    actions.work_on_rosters()
    part = look(as_admin, one, hx_request="true")
    assert 'data-stage="nothing"' in part
    assert "hx-trigger" not in part


def test_errors_are_listed_and_come_as_a_file(as_admin: Client) -> None:
    bad = {"email": "=cmd|' /C calc'!A0", "employer": "Annet AS"}
    lines = [line(str(i), "Kari", **bad) for i in range(700)]
    one = send(as_admin, as_csv(lines))
    actions.work_on_rosters()
    page = look(as_admin, one)
    assert 'data-stage="errors"' in page
    assert page.count("<tr><td") == 100
    one.refresh_from_db()
    assert (one.error_count, len(one.errors), one.content) == (700, 500, None)
    answer = as_admin.get(reverse("people:roster-errors", args=[one.key]))
    rows = answer.content.decode("utf-8-sig").splitlines()
    assert len(rows) == 501
    assert rows[1].split(";")[2].startswith("'=cmd")
    assert not Person.objects.filter(employer__name="Annet AS").exists()


def test_refused_file_says_why(as_admin: Client) -> None:
    for content, where in ((b"", "Velg"), (b"x" * (10 * 1024 * 1024 + 1), "MB")):
        answer = as_admin.post(
            reverse("people:roster"), {"file": SimpleUploadedFile("r.csv", content)}
        )
        assert answer.status_code == 422, where
        assert 'data-testid="roster-refused"' in answer.content.decode()
    assert as_admin.post(reverse("people:roster")).status_code == 422
    assert not RosterImport.objects.exists()


def test_who_may_not_import_is_sent_away(as_bob: Client, cast: Cast) -> None:
    assert as_bob.get(reverse("people:roster")).status_code == 403
    one = RosterImport.objects.create(filename="x", uploaded_at=times.now())
    for name in ("roster-import", "roster-errors"):
        assert as_bob.get(reverse(f"people:{name}", args=[one.key])).status_code == 403
    for name in ("roster-confirm", "roster-abandon"):
        assert as_bob.post(reverse(f"people:{name}", args=[one.key])).status_code == 403


def test_partner_sees_only_their_own_imports(as_charlie: Client, cast: Cast) -> None:
    factories.give_role(cast.charlie, "hr", employer=cast.partner)
    secret = RosterImport.objects.create(
        filename="hemmelig.csv", uploaded_by=cast.admin, uploaded_at=times.now()
    )
    assert "hemmelig" not in as_charlie.get(reverse("people:roster")).content.decode()
    for name, verb in (
        ("roster-import", "get"), ("roster-errors", "get"),
        ("roster-confirm", "post"), ("roster-abandon", "post"),
    ):  # fmt: skip
        answer = getattr(as_charlie, verb)(reverse(f"people:{name}", args=[secret.key]))
        assert answer.status_code == 404


def test_same_yes_twice_is_one(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    actions.work_on_rosters()
    assert confirm(as_admin, one).status_code == 302
    assert confirm(as_admin, one).status_code == 302
    actions.work_on_rosters()
    assert confirm(as_admin, one).status_code == 302
    actions.work_on_rosters()
    assert AuditEntry.objects.filter(verb="roster-imported").count() == 1
    assert Person.objects.filter(employee_number="n1").count() == 1


def test_yes_to_something_else_is_refused(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    actions.work_on_rosters()
    answer = as_admin.post(
        reverse("people:roster-confirm", args=[one.key]), {"seen": "what was there yesterday"}
    )
    assert answer.status_code == 422
    one.refresh_from_db()
    assert one.confirmed_at is None


def test_people_changed_meanwhile_make_a_new_preview(as_admin: Client, cast: Cast) -> None:
    content = as_csv([*fjordtel(cast), line("n1", "Ny Person")])
    first, second = send(as_admin, content), send(as_admin, content)
    actions.work_on_rosters()
    confirm(as_admin, first)
    confirm(as_admin, second)
    actions.work_on_rosters()
    assert Person.objects.filter(employee_number="n1").count() == 1
    assert 'data-stage="done"' in look(as_admin, first)
    assert 'data-stage="nothing"' in look(as_admin, second)


def test_overtaken_preview_says_so_and_can_be_confirmed(as_admin: Client, cast: Cast) -> None:
    lines = [*fjordtel(cast), line("n1", "Ny Person"), line("n2", "En Til")]
    one = send(as_admin, as_csv(lines))
    other = send(as_admin, as_csv(lines[:-1]))
    actions.work_on_rosters()
    confirm(as_admin, other)
    actions.work_on_rosters()
    old = RosterImport.objects.get(pk=one.pk).compared_with
    confirm(as_admin, one)
    actions.work_on_rosters()
    assert 'data-testid="roster-overtaken"' in look(as_admin, one)
    one.refresh_from_db()
    assert one.summary["new"] == 1
    answer = as_admin.post(reverse("people:roster-confirm", args=[one.key]), {"seen": old})
    assert answer.status_code == 422
    confirm(as_admin, one)
    actions.work_on_rosters()
    assert 'data-stage="done"' in look(as_admin, one)


def test_mass_leaving_needs_its_box_ticked(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([fjordtel(cast)[0], fjordtel(cast)[3]]))
    actions.work_on_rosters()
    assert 'data-testid="roster-guard"' in look(as_admin, one)
    assert confirm(as_admin, one).status_code == 422
    actions.work_on_rosters()
    assert Person.objects.filter(left_on=None, employer=cast.employer).count() == 4
    assert confirm(as_admin, one, accepts_leaving="yes").status_code == 302
    actions.work_on_rosters()
    assert Person.objects.filter(left_on=None, employer=cast.employer).count() == 2


def test_no_means_the_file_is_forgotten(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    actions.work_on_rosters()
    as_admin.post(reverse("people:roster-abandon", args=[one.key]))
    one.refresh_from_db()
    assert (one.content, one.differences, one.errors) == (None, {}, [])
    assert 'data-stage="abandoned"' in look(as_admin, one)
    assert confirm(as_admin, one).status_code == 422
    assert as_admin.post(reverse("people:roster-abandon", args=[one.key])).status_code == 302


def test_old_imports_are_forgotten_and_counted(as_admin: Client, cast: Cast) -> None:
    done = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    actions.work_on_rosters()
    confirm(as_admin, done)
    actions.work_on_rosters()
    waiting = send(as_admin, as_csv([*fjordtel(cast), line("n2", "Ny Person")]))
    actions.work_on_rosters()
    assert actions.purge_rosters(at=times.now() + dt.timedelta(days=6)) == 0
    later = times.now() + dt.timedelta(days=8)
    actions.purge_rosters(at=later)
    for one in (done, waiting):
        one.refresh_from_db()
        assert (one.content, one.differences, one.errors) == (None, {}, [])
        assert one.summary["new"] == 1
    assert waiting.abandoned_at == later
    assert done.abandoned_at is None
    assert 'data-stage="done"' in look(as_admin, done)


def test_killed_worker_leaves_it_to_the_next(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    assert actions._claim(times.now()).pk == one.pk
    assert actions.work_on_rosters() == 0
    later = times.now() + actions.LEASE + dt.timedelta(seconds=1)
    assert actions.work_on_rosters(clock=lambda: later) == 1
    one.refresh_from_db()
    assert one.compared_at == later


def test_late_worker_does_not_overwrite_the_next(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    slow = actions._claim(times.now())
    later = times.now() + actions.LEASE * 2
    actions.work_on_rosters(clock=lambda: later)
    actions._read_and_compare(slow, times.now)
    one.refresh_from_db()
    assert one.compared_at == later


def test_file_that_kills_every_worker_is_given_up(as_admin: Client, monkeypatch) -> None:
    one = send(as_admin, as_csv(organisation(3)))

    def explode(*args: object, **facts: object) -> None:
        raise MemoryError

    monkeypatch.setattr(actions, "read_table", explode)
    clock = times.now()
    for attempt in range(4):
        actions.work_on_rosters(clock=lambda n=attempt: clock + n * actions.LEASE * 2)
    one.refresh_from_db()
    assert (one.failure, one.content) == ("reading_failed", None)
    assert 'data-stage="failed"' in look(as_admin, one)


def test_failure_while_carrying_out_changes_nothing(as_admin: Client, cast, monkeypatch) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person", role="lead")]))
    actions.work_on_rosters()
    confirm(as_admin, one)

    def explode(**facts: object) -> None:
        raise OSError

    monkeypatch.setattr("engagement.people.actions.roster_apply.assign_roles", explode)
    actions.work_on_rosters()
    assert not Person.objects.filter(employee_number="n1").exists()
    monkeypatch.undo()
    later = times.now() + dt.timedelta(seconds=10)
    actions.work_on_rosters(clock=lambda: later)
    assert Person.objects.filter(employee_number="n1").exists()


def test_importer_who_lost_the_role_imports_nothing(as_admin: Client, cast: Cast) -> None:
    one = send(as_admin, as_csv([*fjordtel(cast), line("n1", "Ny Person")]))
    actions.work_on_rosters()
    confirm(as_admin, one)
    cast.admin.roles.update(to_at=times.now())
    actions.work_on_rosters()
    one.refresh_from_db()
    assert one.failure == "uploader_gone"
    assert not Person.objects.filter(employee_number="n1").exists()


def test_page_helps_out_when_no_worker_comes(as_admin: Client, cast, monkeypatch) -> None:
    asked: list[bool] = []
    monkeypatch.setattr(views, "help_out", lambda: asked.append(True))
    one = send(as_admin, as_csv(fjordtel(cast)))
    look(as_admin, one)
    assert asked == []
    with time_machine.travel(times.now() + dt.timedelta(seconds=20), tick=False):
        page = look(as_admin, one, hx_request="true")
    assert asked == [True]
    assert 'data-stage="waiting"' in page


def test_dead_broker_does_not_lose_the_file(
    as_admin: Client, cast, monkeypatch, django_capture_on_commit_callbacks
) -> None:
    def dead(*args: object, **facts: object) -> None:
        raise ConnectionError("no Valkey")

    monkeypatch.setattr("celery.app.base.Celery.send_task", dead)
    with django_capture_on_commit_callbacks(execute=True):
        one = send(as_admin, as_csv(fjordtel(cast)))
    actions.work_on_rosters()
    assert 'data-stage="nothing"' in look(as_admin, one)


def test_long_sections_are_paged(as_admin: Client, cast: Cast) -> None:
    lines = [*fjordtel(cast), *(line(f"n{i}", f"Ny Person{i}") for i in range(150))]
    one = send(as_admin, as_csv(lines))
    actions.work_on_rosters()
    page = look(as_admin, one)
    assert page.count("<li><div><b>") == 8
    assert "?show=new" in page
    assert look(as_admin, one, "?show=new").count("<li><div><b>") == 100
    assert look(as_admin, one, "?show=new&start=100").count("<li><div><b>") == 50
    assert look(as_admin, one, "?show=../../etc&start=-1e9").count("<li><div><b>") == 8


def test_history_takes_the_same_queries_for_one_and_three(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = sign_in(Client(), cast.admin)
    for count in (1, 2):
        for _ in range(count):
            RosterImport.objects.create(
                filename="x", uploaded_at=times.now(), uploaded_by=cast.admin
            )
        client.get(reverse("people:roster"))
        with django_assert_num_queries(5):
            client.get(reverse("people:roster"))


def test_sample_file_is_served(as_admin: Client) -> None:
    answer = as_admin.get(reverse("people:roster-sample"))
    assert answer.getvalue().decode().startswith("Ansattnummer;Navn;")
