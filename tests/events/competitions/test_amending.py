"""What a judge or a program entered is corrected and struck by whoever runs the competition today."""

import re
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import AuditEntry, Person, RoleAssignment
from events import actions
from events.models import Competition, Entry, EntryChange, GroupSum, Judge
from events.queries.competing_own import own_data
from tests import factories
from tests.conftest import Cast, sign_in
from tests.events.competitions.arena import (
    DAY,
    ENDS,
    HOUR,
    MIDDLE,
    RUNS,
    STARTS,
    Arena,
    group_of_unit,
    told,
)

Role = RoleAssignment.Role


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(RUNS, tick=False):
        yield


def judged(arena: Arena, cast: Cast, value: str = "60", **facts: Any) -> Entry:
    """What the keeper entered for Nordlys, who judges no more."""
    competition = arena.started(by_judge=True, judges=[cast.keeper, cast.bob], **facts)
    values = {group_of_unit(competition, arena.nordlys).key: Decimal(value)}
    [entry] = actions.add_judged_entries(
        competition=competition, values=values, by=cast.keeper, at=RUNS - HOUR
    )
    Judge.objects.filter(person=cast.keeper).delete()
    return entry


def amend(entry: Entry, value: str | None, by: Person, **facts: Any) -> Entry:
    given: dict[str, Any] = {"reason": "Et null for mye", "at": RUNS + HOUR}
    number = None if value is None else Decimal(value)
    return actions.amend_entry(entry=entry, value=number, by=by, **given | facts)


def refused(entry: Entry, value: str | None, by: Person, **facts: Any) -> ValidationError:
    """Why; nothing is written."""
    before = (list(Entry.objects.values()), EntryChange.objects.count())
    with pytest.raises(ValidationError) as error:
        amend(entry, value, by, **facts)
    assert (list(Entry.objects.values()), EntryChange.objects.count()) == before
    assert AuditEntry.objects.filter(verb__startswith="entry-").count() == 0
    return error.value


# --- what is done ---------------------------------------------------------------------------------


def test_corrected_number_counts_and_all_of_it_is_kept(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    actions.refresh_standings(at=RUNS)
    amend(entry, "6", arena.manager)
    actions.refresh_standings(at=RUNS + 2 * HOUR)
    assert told(entry.competition)[0] == ("Team Nordlys", "counted", "1.00", 1)
    change = EntryChange.objects.get()
    assert (change.value, change.until, change.by, change.reason, change.is_strike) == (
        Decimal(60), RUNS + HOUR, arena.manager, "Et null for mye", False,
    )  # fmt: skip
    log = AuditEntry.objects.get(verb="entry-corrected")
    assert (log.actor, log.subject) == (arena.manager, entry.competition.key)
    assert log.detail == {
        "title": "Til Nordkapp", "group": "Team Nordlys", "before": "60.00", "after": "6",
        "reason": "Et null for mye",
    }  # fmt: skip
    assert "Keeper" not in str(log.detail)


def test_struck_entry_counts_no_more_and_counts_again_with_a_number(
    arena: Arena, cast: Cast
) -> None:
    entry = judged(arena, cast)
    for _twice in range(2):
        struck = amend(entry, None, arena.manager)
        assert (struck.withdrawn_at, struck.value) == (RUNS + HOUR, Decimal(60))
    assert Entry.objects.counted().count() == 0
    assert EntryChange.objects.get().is_strike
    assert AuditEntry.objects.filter(verb="entry-struck").count() == 1
    again = amend(entry, "60", arena.manager, at=RUNS + 2 * HOUR)
    assert (again.withdrawn_at, again.value) == (None, Decimal(60))
    assert list(EntryChange.objects.order_by("pk").values_list("is_strike", flat=True)) == [
        True, False,
    ]  # fmt: skip


def test_entry_of_a_round_that_is_over_is_corrected_until_the_end(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast, rounds=[(STARTS, MIDDLE), (MIDDLE + DAY, ENDS)])
    assert amend(entry, "5", arena.manager, at=MIDDLE + HOUR).value == 5
    assert amend(entry, "4", arena.manager, at=MIDDLE + 2 * DAY).value == 4
    with pytest.raises(ValidationError) as error:
        amend(entry, "3", arena.manager, at=ENDS)
    assert error.value.code == "closed"


def test_entry_of_a_judge_who_has_left_is_struck(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    Person.objects.filter(pk=cast.keeper.pk).update(left_on=RUNS.date())
    assert amend(entry, None, arena.manager).withdrawn_at == RUNS + HOUR


def test_judge_does_not_bring_back_what_was_struck(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    Judge.objects.create(competition=entry.competition, person=cast.keeper)
    amend(entry, None, arena.manager)
    with pytest.raises(ValidationError) as error:
        actions.restore_entry(entry=entry, by=cast.keeper, at=RUNS + 2 * HOUR)
    assert error.value.code == "struck"
    amend(entry, "7", arena.manager, at=RUNS + 2 * HOUR)
    actions.withdraw_entry(entry=entry, by=cast.keeper, at=RUNS + 3 * HOUR)
    assert actions.restore_entry(entry=entry, by=cast.keeper, at=RUNS + 4 * HOUR).value == 7


def test_program_that_sends_again_does_not_bring_back_what_was_struck(arena: Arena) -> None:
    competition = arena.started(by_api=True)
    group = group_of_unit(competition, arena.nordlys)
    facts = {"competition": competition, "group": group, "value": Decimal(90), "at": RUNS}
    entry = actions.add_sent_entry(by=arena.manager, external_id="d1", **facts)
    amend(entry, None, arena.manager)
    again = actions.add_sent_entry(by=arena.manager, external_id="d1", **facts)
    assert (again.pk, again.withdrawn_at) == (entry.pk, RUNS + HOUR)


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "facts", "part"),
    [
        ("6", {"reason": " \u200b"}, "reason"),
        (None, {"reason": ""}, "reason"),
        ("6", {"reason": "x" * 201}, "reason"),
        ("0", {}, "value"),
        ("-1", {}, "value"),
        ("NaN", {}, "value"),
        ("1e9", {}, "value"),
        ("0.001", {}, "value"),
        ("60", {}, "value"),
    ],
)
def test_what_is_wrong_is_named(
    arena: Arena, cast: Cast, value: str | None, facts: dict[str, Any], part: str
) -> None:
    error = refused(judged(arena, cast), value, arena.manager, **facts)
    assert list(error.message_dict) == [part]


def test_two_who_look_at_the_same_do_not_undo_one_another(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    seen = entry.version
    amended = amend(entry, "6", cast.admin, seen=seen)
    with pytest.raises(ValidationError) as error:
        amend(entry, "7", arena.manager, seen=seen, at=RUNS + 2 * HOUR)
    assert error.value.code == "stale"
    assert amend(entry, "7", arena.manager, seen=amended.version, at=RUNS + 2 * HOUR).value == 7


def test_nothing_is_amended_once_it_is_cancelled(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    actions.cancel_competition(
        competition=entry.competition, reason="Is", by=arena.manager, at=RUNS
    )
    assert refused(entry, "6", arena.manager).code == "cancelled"


@pytest.mark.parametrize("who", ["member", "judge", "author", "stranger", "lead", "former"])
def test_wrong_roles_amend_nothing(arena: Arena, cast: Cast, who: str) -> None:
    """A lead of one group's team reaches one of two; whoever made it has the right no more."""
    entry = judged(arena, cast)
    lead = factories.make_person("Leda", "Lind", unit=arena.sorlys)
    factories.give_role(lead, Role.LEAD, unit=arena.sorlys)
    person = {
        "member": cast.alice, "judge": cast.bob, "author": cast.keeper, "stranger": cast.charlie,
        "lead": lead, "former": arena.manager,
    }[who]  # fmt: skip
    if who == "former":
        RoleAssignment.objects.filter(person=arena.manager).delete()
        person = Person.objects.get(pk=arena.manager.pk)
    before = list(Entry.objects.values())
    for value in ("6", None):
        with pytest.raises(PermissionDenied):
            amend(entry, value, person)
    client = sign_in(Client(), person)
    for address in (
        f"/events/competitions/{entry.competition.key}/entries/",
        f"/events/entries/{entry.key}/amend/",
    ):
        # The keeper and the stranger have nothing to do with it.
        unknown = who in ("stranger", "author")
        assert client.get(address).status_code == (404 if unknown else 403)
    page = client.get(f"/events/competitions/{entry.competition.key}/").content.decode()
    assert f"/events/competitions/{entry.competition.key}/entries/" not in page
    assert list(Entry.objects.values()) == before
    assert AuditEntry.objects.filter(verb__startswith="entry-").count() == 0


@pytest.mark.parametrize("who", ["manager", "admin"])
def test_nobody_amends_or_sees_what_people_entered_for_themselves(
    arena: Arena, cast: Cast, who: str
) -> None:
    judged_one = judged(arena, cast)
    own = actions.add_entry(
        competition=judged_one.competition, value=Decimal("77.31"), by=cast.bob, at=RUNS
    )
    person = {"manager": arena.manager, "admin": cast.admin}[who]
    with pytest.raises(Entry.DoesNotExist):
        amend(own, None, person)
    client = sign_in(Client(), person)
    assert client.get(f"/events/entries/{own.key}/amend/").status_code == 404
    sent = {"act": "strike", "reason": "x", "seen": own.version}
    assert client.post(f"/events/entries/{own.key}/amend/", sent).status_code == 404
    shown = client.get(f"/events/competitions/{judged_one.competition.key}/entries/")
    assert "77" not in re.sub(r'"[^"]*"', "", shown.content.decode())
    own.refresh_from_db()
    assert (own.value, own.withdrawn_at) == (Decimal("77.31"), None)


def test_database_keeps_no_change_by_another_without_a_reason(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    for facts in (
        {"by": cast.bob},
        {"reason": "x"},
        {"is_strike": True},
    ):
        with (
            pytest.raises(IntegrityError, match="entry_change_by_another_says_why"),
            transaction.atomic(),
        ):
            EntryChange.objects.create(entry=entry, value=1, until=RUNS, **facts)


# --- the pages ------------------------------------------------------------------------------------


def test_page_corrects_then_strikes_and_keeps_what_was_typed(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    client = sign_in(Client(), arena.manager)
    listed = f"/events/competitions/{entry.competition.key}/entries/"
    address = f"/events/entries/{entry.key}/amend/"
    assert listed in client.get(f"/events/competitions/{entry.competition.key}/").content.decode()
    assert address in client.get(listed).content.decode()
    seen = entry.version
    wrong = client.post(address, {"value": "mye", "reason": "Rett tall", "seen": seen})
    assert (wrong.status_code, "mye" in wrong.content.decode()) == (422, True)
    assert "Rett tall" in wrong.content.decode()
    empty = client.post(address, {"value": "", "reason": "Rett tall", "seen": seen})
    assert (empty.status_code, Entry.objects.get(pk=entry.pk).value) == (422, Decimal(60))
    sent = {"value": "6,5", "reason": "<b>Komma</b>\u202e", "seen": seen, "act": "correct"}
    done = client.post(address, sent)
    assert (done.status_code, done.headers["Location"]) == (302, listed)
    stale = client.post(address, {"reason": "Nei", "seen": seen, "act": "strike"})
    assert (stale.status_code, "Nei" in stale.content.decode()) == (422, True)
    again = re.search(r'name="seen" value="(\d+)"', stale.content.decode())
    assert again
    struck = {"reason": "Feil lag", "seen": again[1], "act": "strike"}
    assert client.post(address, struck).status_code == 302
    shown = client.get(listed).content.decode()
    for told_there in ("&lt;b&gt;Komma&lt;/b&gt;", "Feil lag", "Mona Moe", "6,5"):
        assert told_there in shown
    # Judges read it too.
    judges = sign_in(Client(), cast.bob).get(f"/events/competitions/{entry.competition.key}/judge/")
    assert "Feil lag" in judges.content.decode()
    entry.refresh_from_db()
    assert (entry.value, entry.withdrawn_at) == (Decimal("6.5"), RUNS)


def test_number_that_may_be_one_persons_is_shown_and_logged_nowhere(
    arena: Arena, cast: Cast
) -> None:
    entry = judged(arena, cast, value="431.77")
    GroupSum.objects.filter(group=entry.group).update(head_count=4)
    client = sign_in(Client(), arena.manager)
    listed = f"/events/competitions/{entry.competition.key}/entries/"
    address = f"/events/entries/{entry.key}/amend/"
    for page in (listed, address):
        assert "431" not in client.get(page).content.decode()
    sent = {"value": "43.18", "reason": "Komma", "seen": entry.version, "act": "correct"}
    assert client.post(address, sent).status_code == 302
    shown = client.get(listed).content.decode()
    assert [number for number in ("431", "43,18", "43.18") if number in shown] == []
    assert "Komma" in shown
    assert AuditEntry.objects.get(verb="entry-corrected").detail == {
        "title": "Til Nordkapp", "group": "Team Nordlys", "reason": "Komma",
    }  # fmt: skip


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_however_many_there_are(
    arena: Arena, cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    entry = judged(arena, cast)
    group = entry.group.key
    for number in range(count - 1):
        values = {group: Decimal(number + 1)}
        actions.add_judged_entries(
            competition=entry.competition, values=values, by=cast.bob, at=RUNS
        )
    for one in Entry.objects.all():
        amend(one, "50", arena.manager)
    client = sign_in(Client(), arena.manager)
    address = f"/events/competitions/{entry.competition.key}/entries/"
    client.get(address)
    with django_assert_num_queries(12):
        answer = client.get(address)
    assert answer.content.decode().count('data-testid="group-entry"') == count


def test_every_entry_is_reached_page_by_page(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    held = Competition.objects.get(pk=entry.competition.pk)
    Entry.objects.bulk_create(
        Entry(
            competition=held, round=entry.round, group=entry.group, way="judge", by=cast.bob,
            value=number + 1, entered_at=RUNS, changed_at=RUNS,
        )
        for number in range(100)
    )  # fmt: skip
    client, found, tail = sign_in(Client(), arena.manager), [], ""
    for _page in range(3):
        answer = client.get(f"/events/competitions/{held.key}/entries/{tail}")
        found += [one.key for one in answer.context["entries"]]
        tail = f"?before={answer.context['next_cursor']}"
    assert (len(found), tail) == (101, "?before=")
    assert set(found) == set(Entry.objects.values_list("key", flat=True))
    assert client.get(f"/events/competitions/{held.key}/entries/?before=<b>").status_code == 200


def test_export_tells_what_one_amended(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    amend(entry, None, arena.manager)
    assert own_data(arena.manager)["competition_entries_amended"] == [
        {"competition": "Til Nordkapp", "at": (RUNS + HOUR).isoformat(), "is_strike": True,
         "reason": "Et null for mye"}
    ]  # fmt: skip
    assert own_data(cast.keeper)["competition_entries_amended"] == []


def test_same_number_is_refused_but_where_that_would_confirm_a_guess(
    arena: Arena, cast: Cast
) -> None:
    entry = judged(arena, cast)
    assert refused(entry, "60", arena.manager).message_dict.keys() == {"value"}
    GroupSum.objects.filter(group=entry.group).update(head_count=4)
    amend(entry, "60", arena.manager)
    assert EntryChange.objects.get().reason == "Et null for mye"
    assert AuditEntry.objects.get(verb="entry-corrected").detail == {
        "title": "Til Nordkapp", "group": "Team Nordlys", "reason": "Et null for mye",
    }  # fmt: skip


def test_striking_again_wants_a_reason_too(arena: Arena, cast: Cast) -> None:
    entry = judged(arena, cast)
    amend(entry, None, arena.manager)
    with pytest.raises(ValidationError) as error:
        amend(entry, None, arena.manager, reason=" ")
    assert list(error.value.message_dict) == ["reason"]
    assert EntryChange.objects.count() == 1


def test_judges_read_what_they_entered_for_a_small_group_and_no_more(
    arena: Arena, cast: Cast
) -> None:
    entry = judged(arena, cast, value="431.77")
    values = {entry.group.key: Decimal("58.25")}
    actions.add_judged_entries(
        competition=entry.competition, values=values, by=cast.bob, at=RUNS
    )  # fmt: skip
    amend(entry, "43.18", arena.manager)
    address = f"/events/competitions/{entry.competition.key}/judge/"

    def numbers() -> list[str]:
        page = sign_in(Client(), cast.bob).get(address).content.decode()
        page = re.sub(r'"[^"]*"', "", page)
        return [number for number in ("431", "43,18", "58,25") if number in page]

    assert numbers() == ["431", "43,18", "58,25"]
    GroupSum.objects.filter(group=entry.group).update(head_count=4)
    assert numbers() == ["58,25"]
