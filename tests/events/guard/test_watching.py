"""Those who manage a site are told once when a roster or a rule breaks the rule after sign-up."""

import datetime as dt
from collections.abc import Iterator

import pytest
import time_machine
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from engagement.notices.actions import choose_ways, deliver_mail
from engagement.notices.models import Delivery, Notice
from engagement.notices.words import lines_of, plain_words
from engagement.people.models import Person, RoleAssignment
from events.actions.guarding import lift_rule, set_rule
from events.actions.rosters import Slot, apply_shifts, set_head_counts, set_shifts, upload_shifts
from events.actions.watching import watch_coverage
from events.models import CoverageBreach, RosterShift, SignUp, Sitting
from events.notices import COVERAGE_BROKEN
from events.queries.rosters import PersonRoster
from events.queries.shift_plan import plan_file
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events import factories
from tests.events.conftest import WaffleFriday
from tests.events.factories import FRIDAY
from tests.events.guard.shifts import MORNING, ZONE, add_shift, fill_team, make_rule

AT = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
FIVE_MINUTES = dt.timedelta(minutes=5)
Role = RoleAssignment.Role


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(AT, tick=False), override("en"):
        yield


@pytest.fixture
def team(cast: Cast, waffles: WaffleFriday) -> list[Person]:
    """Ten on shift, one in five may go, and the first two of them do."""
    everybody = fill_team(cast, 10)
    make_rule(cast.team, percent=20)
    for person in everybody[:2]:
        factories.make_signup(waffles.sitting, person)
    return everybody


def send_off(team: list[Person], by: Person) -> None:
    """The roster that gives these people Friday off; the same again does nothing."""
    rosters = [PersonRoster(person, [], ZONE) for person in team]
    set_shifts(rosters=rosters, first=FRIDAY, last=FRIDAY, by=by, at=AT)


def bring_back(team: list[Person]) -> None:
    for person in team:
        add_shift(person, clock=MORNING)


def told(person: Person) -> list[str]:
    """What ``person`` reads now, the oldest first."""
    notices = Notice.objects.filter(person=person, kind=COVERAGE_BROKEN.key).order_by("pk")
    return [plain_words(line) for line in lines_of(list(notices))]


def notice_count() -> int:
    return Notice.objects.filter(kind=COVERAGE_BROKEN.key).count()


def places() -> list[str]:
    return list(SignUp.objects.order_by("pk").values_list("state", flat=True))


def test_roster_that_breaks_no_rule_is_no_news(team: list[Person], waffles: WaffleFriday) -> None:
    assert watch_coverage(at=AT) == 0
    send_off(team[2:3], waffles.manager)
    set_rule(
        unit=team[0].memberships.get().unit, most_away_percent=23, least_on_phones=7,
        by=waffles.manager, at=AT,
    )  # fmt: skip
    assert watch_coverage(at=AT) == 0
    assert (notice_count(), CoverageBreach.objects.count()) == (0, 0)


def test_manager_is_told_once_where_and_when_and_nobody_loses_a_place(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    send_off(team[2:5], waffles.manager)
    assert watch_coverage(at=AT) == 1
    assert told(waffles.manager) == [
        "More are away than the rule allows: Team Nordlys, Vaffelfredag, Friday, November 27"
        " 12:00–12:30"
    ]
    notice = Notice.objects.get(kind=COVERAGE_BROKEN.key)
    assert notice.link == f"/events/coverage/{cast.team.key}/?day=2026-11-27"
    page = sign_in(Client(), waffles.manager).get(notice.link)
    assert (page.status_code, page.context["team"].over[0].load.away) == (200, 2)
    assert places() == ["placed", "placed"]
    # The same roster again, and the clock again and again.
    send_off(team[2:5], waffles.manager)
    for n in range(3):
        assert watch_coverage(at=AT + n * FIVE_MINUTES) == 0
    assert notice_count() == 1


def test_file_that_breaks_many_sittings_of_many_teams_is_one_notice(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    sol = people.make_unit("Team Sol", parent=cast.department, site=cast.trondheim)
    others = [people.make_person(f"Sol{n}", unit=sol) for n in range(5)]
    make_rule(sol, percent=20)
    later = factories.make_sitting(waffles.event, site=cast.trondheim, starts=dt.time(13))
    for person in others:
        add_shift(person)
    for sitting in (waffles.sitting, later):
        sitting.capacity = 20
        sitting.save()
    factories.make_signup(later, others[0])
    for number in range(4):
        quiz = factories.make_event(factories.make_series(waffles.manager, f"Quiz {number}"))
        sitting = factories.make_sitting(quiz, site=cast.trondheim, starts=dt.time(9 + number % 2))
        factories.make_signup(sitting, team[0])
    off = [*team[1:], *others[1:]]
    rows = "\n".join(f"{one.employee_number};27.11.2026;;" for one in off)
    content = f"Ansattnummer;Dato;Fra;Til\n{rows}".encode()
    file = upload_shifts(filename="v.csv", content=content, by=waffles.manager, at=AT)
    seen = plan_file(content, by=waffles.manager, at=AT).fingerprint()
    apply_shifts(file=file, seen=seen, by=waffles.manager, at=AT)
    assert watch_coverage(at=AT) == 1
    [words] = told(waffles.manager)
    assert words.count("Team Nordlys") == 4
    assert words.endswith("and 2 more")
    notice = Notice.objects.get(kind=COVERAGE_BROKEN.key)
    # Several teams: the page of all of them.
    assert notice.link == "/events/coverage/?day=2026-11-27"
    assert sign_in(Client(), waffles.manager).get(notice.link).status_code == 200
    assert watch_coverage(at=AT + FIVE_MINUTES) == 0


def test_what_was_mended_and_breaks_again_is_told_again(
    team: list[Person], waffles: WaffleFriday
) -> None:
    send_off(team[2:5], waffles.manager)
    watch_coverage(at=AT)
    RosterShift.objects.filter(person__in=team[2:5]).delete()
    bring_back(team[2:5])
    assert watch_coverage(at=AT + FIVE_MINUTES) == 0
    assert CoverageBreach.objects.count() == 0
    # What is mended is no news any more.
    assert told(waffles.manager) == []
    send_off(team[2:5], waffles.manager)
    assert watch_coverage(at=AT + 2 * FIVE_MINUTES) == 1
    assert notice_count() == 2
    assert len(told(waffles.manager)) == 1


def test_rule_that_is_made_tighter_is_told_and_what_is_worse_is_not_new(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    for least in (9, 10):
        set_rule(
            unit=cast.team, most_away_percent=20, least_on_phones=least, by=waffles.manager, at=AT
        )
        watch_coverage(at=AT)
    assert notice_count() == 1
    assert places() == ["placed", "placed"]


def test_head_counts_break_a_rule_too(cast: Cast, waffles: WaffleFriday) -> None:
    make_rule(cast.team, percent=20)
    factories.make_signup(waffles.sitting, cast.alice)
    day = (
        dt.datetime(2026, 11, 27, 7, tzinfo=dt.UTC),
        dt.datetime(2026, 11, 27, 15, tzinfo=dt.UTC),
    )
    for heads, notices in ((9, 0), (4, 1)):
        set_head_counts(
            unit=cast.team, counts=[Slot(*day, heads)], first=FRIDAY, last=FRIDAY, zone=ZONE,
            by=waffles.manager, at=AT,
        )  # fmt: skip
        assert watch_coverage(at=AT) == notices


def test_each_site_hears_of_its_own_and_no_other(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    gunn = people.make_person("Gunn", "Gran", unit=cast.partner_team)
    people.give_role(gunn, Role.SITE_MANAGER, site=cast.gjovik)
    elsewhere = people.make_person("Atle", "Alta", unit=cast.team)
    people.give_role(elsewhere, Role.SITE_MANAGER, site=people.make_site("Alta"))
    hr = people.make_person("Hilde", "Hagen", unit=cast.department)
    people.give_role(hr, Role.HR)
    lead = people.make_person("Lars", "Lie", unit=cast.team)
    people.give_role(lead, Role.LEAD, unit=cast.team)
    send_off(team[2:5], waffles.manager)
    assert watch_coverage(at=AT) == 1
    assert [len(told(one)) for one in (waffles.manager, gunn, elsewhere, hr, lead, cast.bob)] == [
        1, 0, 0, 0, 0, 0,
    ]  # fmt: skip
    # Both at once: each their own.
    there = factories.make_sitting(waffles.event, site=cast.gjovik, starts=dt.time(14))
    make_rule(cast.partner_team, percent=20)
    add_shift(cast.charlie)
    factories.make_signup(there, cast.charlie)
    quiz = factories.make_event(factories.make_series(waffles.manager, "Quiz"))
    factories.make_signup(factories.make_sitting(quiz, site=cast.trondheim), cast.alice)
    assert watch_coverage(at=AT + FIVE_MINUTES) == 2
    assert [("Mjøsa" in text, "Nordlys" in text) for text in told(gunn)] == [(True, False)]
    assert [("Mjøsa" in text, "Nordlys" in text) for text in told(waffles.manager)] == [
        (False, True), (False, True),
    ]  # fmt: skip
    assert told(hr) == []


def test_hr_hears_where_nobody_manages_the_site(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    RoleAssignment.objects.filter(person=waffles.manager).delete()
    hr = people.make_person("Hilde", "Hagen", unit=cast.department)
    people.give_role(hr, Role.HR, employer=cast.employer)
    partner_hr = people.make_person("Pia", "Partner", unit=cast.partner_team)
    people.give_role(partner_hr, Role.HR, employer=cast.partner)
    send_off(team[2:5], cast.admin)
    assert watch_coverage(at=AT) == 1
    assert [len(told(one)) for one in (hr, partner_hr, waffles.manager, cast.admin)] == [1, 0, 0, 0]


def test_where_the_rule_is_lifted_nothing_is_told_and_the_page_is_quiet(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    send_off(team[2:5], waffles.manager)
    client = sign_in(Client(), waffles.manager)
    assert len(client.get("/events/coverage/").context["over"]) == 1
    lift_rule(
        unit=cast.department, sitting=waffles.sitting, reason="Ti år", by=waffles.manager, at=AT
    )
    assert watch_coverage(at=AT) == 0
    assert client.get("/events/coverage/").context["over"] == []
    # Who goes elsewhere at that time is counted by themselves: one of seven may.
    quiz = factories.make_event(factories.make_series(waffles.manager, "Quiz"))
    elsewhere = factories.make_sitting(quiz, site=cast.trondheim)
    factories.make_signup(elsewhere, team[5])
    assert watch_coverage(at=AT) == 0
    factories.make_signup(elsewhere, team[6])
    assert watch_coverage(at=AT) == 1
    assert ["Quiz" in words for words in told(waffles.manager)] == [True]


def test_what_is_over_or_far_away_or_cancelled_is_no_news(
    team: list[Person], waffles: WaffleFriday
) -> None:
    send_off(team[2:5], waffles.manager)
    assert watch_coverage(at=AT - dt.timedelta(days=14)) == 0
    assert watch_coverage(at=waffles.sitting.ends_at) == 0
    Sitting.objects.update(cancelled_at=AT)
    assert watch_coverage(at=AT) == 0


def test_manager_chooses_how_they_hear_and_a_mail_says_what_is_still_so(
    team: list[Person], waffles: WaffleFriday
) -> None:
    waffles.manager.language = "en"
    waffles.manager.save()
    send_off(team[2:5], waffles.manager)
    watch_coverage(at=AT)
    deliver_mail(clock=lambda: AT)
    [sent] = mail.outbox
    assert (sent.to, sent.subject) == (
        ["mona@fjordtel.example"], "More are away than the rule allows",
    )  # fmt: skip
    assert "– Team Nordlys: Vaffelfredag, Friday, November 27 12:00–12:30" in str(sent.body)
    choose_ways(ways={COVERAGE_BROKEN.key: "none"}, by=waffles.manager)
    CoverageBreach.objects.all().delete()
    watch_coverage(at=AT)
    assert (notice_count(), Delivery.objects.count()) == (2, 1)


def test_mail_of_what_was_mended_meanwhile_is_not_sent(
    team: list[Person], waffles: WaffleFriday
) -> None:
    send_off(team[2:5], waffles.manager)
    watch_coverage(at=AT)
    SignUp.objects.filter(person=team[0]).delete()
    watch_coverage(at=AT)
    deliver_mail(clock=lambda: AT)
    assert mail.outbox == []


def test_who_manages_the_site_no_more_reads_and_is_mailed_nothing(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    send_off(team[2:5], waffles.manager)
    watch_coverage(at=AT)
    assert len(told(waffles.manager)) == 1
    role = RoleAssignment.objects.get(person=waffles.manager)
    role.site = cast.gjovik
    role.save()
    assert told(waffles.manager) == []
    deliver_mail(clock=lambda: AT)
    assert mail.outbox == []
    page = sign_in(Client(), waffles.manager).get("/notices/").content.decode()
    assert [one for one in ("Team Nordlys", "Vaffelfredag") if one in page] == []
    RoleAssignment.objects.filter(person=waffles.manager).delete()
    assert told(waffles.manager) == []


def test_notice_keeps_what_is_within_reach_still(
    cast: Cast, team: list[Person], waffles: WaffleFriday
) -> None:
    make_rule(cast.partner_team, percent=20)
    add_shift(cast.charlie)
    there = factories.make_sitting(waffles.event, site=cast.gjovik, starts=dt.time(14))
    factories.make_signup(there, cast.charlie)
    people.give_role(waffles.manager, Role.SITE_MANAGER, site=cast.gjovik)
    send_off(team[2:5], waffles.manager)
    assert watch_coverage(at=AT) == 1
    assert [("Mjøsa" in text, "Nordlys" in text) for text in told(waffles.manager)] == [
        (True, True)
    ]
    RoleAssignment.objects.filter(person=waffles.manager, site=cast.trondheim).delete()
    assert [("Mjøsa" in text, "Nordlys" in text) for text in told(waffles.manager)] == [
        (True, False)
    ]


def test_norwegian_reads_it_in_norwegian(team: list[Person], waffles: WaffleFriday) -> None:
    send_off(team[2:5], waffles.manager)
    watch_coverage(at=AT)
    with override("nb"):
        [words] = told(waffles.manager)
    assert "Team Nordlys, Vaffelfredag, fredag 27. november 12:00–12:30" in words


def test_names_are_shown_as_they_are(cast: Cast, team: list[Person], waffles: WaffleFriday) -> None:
    waffles.series.title = "<b>Vafler</b> & co"
    waffles.series.save()
    send_off(team[2:5], waffles.manager)
    watch_coverage(at=AT)
    page = sign_in(Client(), waffles.manager).get("/notices/").content.decode()
    assert "&lt;b&gt;Vafler&lt;/b&gt; &amp; co" in page
    assert "<b>Vafler</b>" not in page


@pytest.mark.parametrize("count", [1, 3])
def test_watching_and_reading_ask_the_same_whatever_there_is(
    cast: Cast, waffles: WaffleFriday, count: int
) -> None:
    for n in range(count):
        unit = people.make_unit(f"Team {n}", parent=cast.department, site=cast.trondheim)
        person = people.make_person(f"Z{n}", unit=unit)
        add_shift(person)
        make_rule(unit, percent=20)
        quiz = factories.make_event(factories.make_series(waffles.manager, f"Quiz {n}"))
        factories.make_signup(factories.make_sitting(quiz, site=cast.trondheim), person)
    watch_coverage(at=AT)
    assert CoverageBreach.objects.count() == count
    with CaptureQueriesContext(connection) as again:
        watch_coverage(at=AT)
    with CaptureQueriesContext(connection) as reading:
        assert len(told(waffles.manager)) == 1
    assert (len(again), len(reading)) == (16, 5)
