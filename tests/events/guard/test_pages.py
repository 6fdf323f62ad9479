"""What site managers see and do, and what others do not."""

import datetime as dt

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engagement.people.models import RoleAssignment
from events.models import CoverageLift, CoverageRule, RosterDay, RosterShift, ShiftFile
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.guard.shifts import add_shift, fill_team, make_rule

FRIDAY = factories.FRIDAY
TODAY = dt.datetime(2026, 11, 26, 9, tzinfo=dt.UTC)


@pytest.fixture(autouse=True)
def today() -> object:
    with time_machine.travel(TODAY, tick=False):
        yield


@pytest.fixture
def as_manager(waffles: WaffleFriday) -> Client:
    waffles.manager.language = "en"
    waffles.manager.save()
    return sign_in(Client(headers={"Accept-Language": "en"}), waffles.manager)


def test_manager_sees_teams_of_the_site_with_their_load(
    as_manager: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.department, percent=20)
    factories.make_signup(waffles.sitting, team[0])
    page = as_manager.get("/events/coverage/", {"day": FRIDAY.isoformat()})
    assert [one.unit for one in page.context["teams"]] == [cast.team]
    text = page.content.decode()
    assert "12:00–12:30: 1 of 5 away" in text
    assert "From Kundeservice." in text
    assert cast.partner_team.name not in text
    assert not [one for one in team if one.name in text]


def test_load_is_counts_from_today_on(
    as_manager: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    factories.make_signup(waffles.sitting, team[0])
    address = f"/events/coverage/{cast.team.key}/"
    page = as_manager.get(address, {"day": FRIDAY.isoformat()})
    rows = [
        (f"{one.starts_at:%H:%M}", one.load.rostered, one.load.away, one.load.allowed)
        for one in page.context["team"].runs
    ]
    assert rows == [("07:00", 5, 0, 1), ("11:00", 5, 1, 1), ("11:30", 5, 0, 1)]
    assert not [one for one in team if one.name in page.content.decode()]
    for asked in ("2026-11-01", "rubbish", "9999-12-31", ""):
        day = as_manager.get(address, {"day": asked}).context["day"]
        assert dt.date(2026, 11, 26) <= day <= dt.date(2027, 1, 25)


@pytest.mark.parametrize("clock", [(dt.time(22), dt.time(6)), (dt.time(23), dt.time(7))])
def test_night_reaches_into_the_next_day(
    as_manager: Client, cast: Cast, clock: tuple[dt.time, dt.time]
) -> None:
    add_shift(cast.alice, clock=clock)
    address = f"/events/coverage/{cast.team.key}/"
    for day, ends in ((FRIDAY, dt.time(0)), (FRIDAY + dt.timedelta(days=1), clock[1])):
        [run] = as_manager.get(address, {"day": day.isoformat()}).context["team"].runs
        local = run.ends_at.astimezone(dt.timezone(dt.timedelta(hours=1)))
        assert local.time() == ends


def test_roster_that_changed_afterwards_is_told_and_nobody_is_thrown_out(
    as_manager: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    team = fill_team(cast, 5)
    make_rule(cast.team, percent=20)
    signup = factories.make_signup(waffles.sitting, team[0])
    assert as_manager.get("/events/coverage/").context["over"] == []
    RosterShift.objects.filter(person=team[4]).delete()
    page = as_manager.get("/events/coverage/")
    [over] = page.context["over"]
    assert (over.unit, over.day, over.run.load.away, over.run.load.allowed) == (
        cast.team, FRIDAY, 1, 0,
    )  # fmt: skip
    assert "More are away than the rule allows" in page.content.decode()
    signup.refresh_from_db()
    assert signup.state == "placed"


def test_rule_is_set_for_one_team_or_for_all_at_the_site_and_removed(
    as_manager: Client, cast: Cast
) -> None:
    sol = people.make_unit("Team Sol", parent=cast.department, site=cast.trondheim)
    address = f"/events/coverage/{cast.team.key}/rule/"
    sent = {"most_away_percent": "15", "least_on_phones": "4"}
    assert as_manager.post(address, sent).status_code == 302
    assert list(CoverageRule.objects.values_list("unit", "most_away_percent")) == [
        (cast.team.pk, 15)
    ]
    as_manager.post(address, sent | {"for_others": "on"})
    assert set(CoverageRule.objects.values_list("unit", flat=True)) == {cast.team.pk, sol.pk}
    as_manager.post(f"{address}remove/")
    assert list(CoverageRule.objects.values_list("unit", flat=True)) == [sol.pk]


@pytest.mark.parametrize("wrong", ["", "-1", "101", "2.5", "x", "9" * 30])
def test_rule_that_cannot_be_is_explained(as_manager: Client, cast: Cast, wrong: str) -> None:
    answer = as_manager.post(
        f"/events/coverage/{cast.team.key}/rule/",
        {"most_away_percent": wrong, "least_on_phones": "4"},
    )
    assert (answer.status_code, CoverageRule.objects.count()) == (422, 0)
    assert 'value="4"' in answer.content.decode()


def test_rule_is_lifted_with_a_reason_and_holds_again(
    as_manager: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    make_rule(cast.team)
    address = f"/events/coverage/{cast.team.key}/lift/{waffles.sitting.key}/"
    assert as_manager.post(address, {"reason": " "}).status_code == 422
    assert as_manager.post(address, {"reason": "Ti år <b>"}).status_code == 302
    page = as_manager.get(f"/events/coverage/{cast.team.key}/", {"day": FRIDAY.isoformat()})
    assert "The rule is lifted: Ti år &lt;b&gt;" in page.content.decode()
    as_manager.post(f"{address}end/")
    assert not CoverageLift.objects.exists()
    assert as_manager.post(f"{address}end/").status_code == 404


def test_sitting_that_is_over_or_cancelled_cannot_be_lifted(
    as_manager: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    past = factories.make_event(waffles.series, FRIDAY - dt.timedelta(days=7))
    old = factories.make_sitting(past)
    waffles.event.cancelled_at = TODAY
    waffles.event.save()
    for sitting in (old, waffles.sitting):
        address = f"/events/coverage/{cast.team.key}/lift/{sitting.key}/"
        assert as_manager.post(address, {"reason": "x"}).status_code == 404


def test_only_those_who_plan_for_a_unit_get_in(
    as_manager: Client, as_alice: Client, cast: Cast, waffles: WaffleFriday
) -> None:
    there = f"/events/coverage/{cast.partner_team.key}/"
    lift = f"{there}lift/{waffles.sitting.key}/"
    for address in (there, f"{there}rule/", lift):
        assert as_manager.get(address).status_code == 403
        assert as_alice.get(address).status_code == 403
    for address in (f"{there}rule/", f"{there}rule/remove/", lift, f"{lift}end/"):
        assert as_manager.post(address, {"reason": "x"}).status_code == 403
    assert as_manager.get("/events/coverage/x123/").status_code == 404
    lead = people.make_person("Liv", "Leder", unit=cast.team)
    people.give_role(lead, RoleAssignment.Role.LEAD, unit=cast.team)
    assert sign_in(Client(), lead).get("/events/coverage/").status_code == 403


# --- Files ----------------------------------------------------------------------------------------


def send(client: Client, text: str | bytes, name: str = "vakter.csv") -> ShiftFile:
    content = text if isinstance(text, bytes) else text.encode()
    client.post("/events/shifts/", {"file": SimpleUploadedFile(name, content)})
    return ShiftFile.objects.latest("pk")


def week(*people_: str) -> str:
    rows = [f"{number};2026-11-27;08:00;16:00" for number in people_]
    return "\n".join(["Ansattnummer;Dato;Fra;Til", *rows])


def test_file_is_previewed_imported_and_then_does_nothing(as_manager: Client, cast: Cast) -> None:
    file = send(as_manager, week(cast.alice.employee_number, cast.bob.employee_number))
    page = as_manager.get(f"/events/shifts/{file.key}/")
    assert "2 new days" in page.content.decode()
    assert cast.alice.name in page.content.decode()
    assert RosterDay.objects.count() == 0
    seen = page.context["fingerprint"]
    done = as_manager.post(f"/events/shifts/{file.key}/apply/", {"seen": seen})
    assert (done.status_code, RosterShift.objects.count()) == (302, 2)
    assert ShiftFile.objects.count() == 0
    # Sent twice it is one.
    assert as_manager.post(f"/events/shifts/{file.key}/apply/", {"seen": seen}).status_code == 404
    again = send(as_manager, week(cast.alice.employee_number, cast.bob.employee_number))
    page = as_manager.get(f"/events/shifts/{again.key}/")
    assert "Nothing to do" in page.content.decode()
    as_manager.post(f"/events/shifts/{again.key}/abandon/")
    assert (RosterShift.objects.count(), ShiftFile.objects.count()) == (2, 0)


def test_preview_that_was_overtaken_is_not_carried_out(as_manager: Client, cast: Cast) -> None:
    file = send(as_manager, week(cast.alice.employee_number))
    seen = as_manager.get(f"/events/shifts/{file.key}/").context["fingerprint"]
    add_shift(cast.alice, clock=None)
    answer = as_manager.post(f"/events/shifts/{file.key}/apply/", {"seen": seen})
    assert (answer.status_code, RosterShift.objects.count()) == (422, 0)
    assert "The preview has changed." in answer.content.decode()
    assert "<del>off</del>" in answer.content.decode()


def test_unknown_people_are_listed_and_left_out(as_manager: Client, cast: Cast) -> None:
    file = send(as_manager, week(cast.alice.employee_number, "999", cast.charlie.employee_number))
    page = as_manager.get(f"/events/shifts/{file.key}/")
    assert page.context["unknown"] == [(3, "999"), (4, cast.charlie.employee_number)]
    # Somebody elsewhere is told apart from nobody by nothing.
    assert cast.charlie.name not in page.content.decode()
    as_manager.post(f"/events/shifts/{file.key}/apply/", {"seen": page.context["fingerprint"]})
    assert list(RosterDay.objects.values_list("person", flat=True)) == [cast.alice.pk]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"%PDF-1.4 not a table", "neither a CSV nor an XLSX"),
        (b"PK\x03\x04broken", "damaged"),
        (b"a;b\n1;2\n", "needs a column with employee numbers"),
        (b"Ansattnummer;Dato;Fra\n1;2026-11-27;08:00\n", "no such column"),
        (b"   ", "empty"),
    ],
)
def test_wrong_file_is_explained(as_manager: Client, content: bytes, said: str) -> None:
    file = send(as_manager, content)
    page = as_manager.get(f"/events/shifts/{file.key}/")
    assert said in page.content.decode()
    refused = as_manager.post(f"/events/shifts/{file.key}/apply/", {"seen": ""})
    assert (refused.status_code, RosterDay.objects.count()) == (422, 0)


def test_upload_without_file_and_too_large(as_manager: Client) -> None:
    assert as_manager.post("/events/shifts/").status_code == 422
    large = SimpleUploadedFile("x.csv", b"x" * (10 * 1024 * 1024 + 1))
    assert as_manager.post("/events/shifts/", {"file": large}).status_code == 422
    assert as_manager.post("/events/shifts/", {"file": SimpleUploadedFile("x", b"")}).status_code
    assert not ShiftFile.objects.exists()


def test_file_is_seen_by_who_sent_it_only(
    as_manager: Client, as_admin: Client, as_alice: Client, cast: Cast
) -> None:
    file = send(as_manager, week(cast.alice.employee_number))
    assert as_admin.get(f"/events/shifts/{file.key}/").status_code == 404
    assert as_alice.get(f"/events/shifts/{file.key}/").status_code == 403
    assert as_alice.post("/events/shifts/").status_code == 403
    assert as_alice.get("/events/shifts/sample/people/").status_code == 403


def test_samples_are_read_without_an_error(as_manager: Client) -> None:
    for kind in ("people", "counts"):
        sample = as_manager.get(f"/events/shifts/sample/{kind}/").content
        file = send(as_manager, sample)
        page = as_manager.get(f"/events/shifts/{file.key}/")
        assert page.context["problems"] == []


def test_people_see_their_own_shifts(as_alice: Client, cast: Cast) -> None:
    add_shift(cast.bob)
    assert as_alice.get("/events/shifts/mine/").context["days"] == []
    add_shift(cast.alice, clock=(dt.time(10), dt.time(18)))
    page = as_alice.get("/events/shifts/mine/").content.decode()
    assert "10:00–18:00" in page
    assert "08:00" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_pages_ask_the_same_whatever_there_is(
    as_manager: Client, cast: Cast, waffles: WaffleFriday, count: int
) -> None:
    make_rule(cast.team, percent=50)
    team = fill_team(cast, 2 + count)
    for n in range(count):
        unit = people.make_unit(f"Team {n}", parent=cast.department, site=cast.trondheim)
        people.make_person(f"Z{n}", unit=unit)
        quiz = factories.make_event(factories.make_series(waffles.manager, f"Quiz {n}"))
        sitting = factories.make_sitting(quiz, site=cast.trondheim)
        factories.make_signup(sitting, team[n])
    asked = {}
    for name in ("", f"{cast.team.key}/", f"{cast.team.key}/rule/"):
        with CaptureQueriesContext(connection) as queries:
            as_manager.get(f"/events/coverage/{name}", {"day": FRIDAY.isoformat()})
        asked[name.replace(cast.team.key, "team")] = len(queries)
    assert asked == {"": 19, "team/": 14, "team/rule/": 7}
