"""Roster files and what comes of them: nights, clocks that change, overlaps, counts, the end."""

import contextlib
import datetime as dt
import io

import pytest
import xlsxwriter
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from engagement.people.models import Person, RoleAssignment
from engagement.people.roster.values import Unclear
from events import slots
from events.actions.rosters import (
    ShiftsRefused,
    Slot,
    apply_shifts,
    purge_shifts,
    set_head_counts,
    set_shifts,
    upload_shifts,
)
from events.models import HeadCount, RosterDay, RosterShift
from events.queries.rosters import PersonRoster, compare, own_data
from events.queries.shift_plan import ShiftPlan, plan_file
from events.shift_files import clock, read_sheet
from tests import factories as people
from tests.conftest import Cast
from tests.events.factories import FRIDAY
from tests.events.guard.shifts import ZONE, add_shift

AT = dt.datetime(2026, 11, 23, 9, tzinfo=dt.UTC)
HEADING = "Ansattnummer;Dato;Fra;Til"
DAY = dt.timedelta(days=1)


@pytest.fixture
def manager(cast: Cast) -> Person:
    mona = people.make_person("Mona", "Moe", unit=cast.department)
    people.give_role(mona, RoleAssignment.Role.SITE_MANAGER, site=cast.trondheim)
    return mona


def plan_of(manager: Person, *rows: str, heading: str = HEADING, at: dt.datetime = AT) -> ShiftPlan:
    return plan_file("\n".join([heading, *rows]).encode(), by=manager, at=at)


def import_rows(manager: Person, *rows: str, heading: str = HEADING) -> ShiftPlan:
    content = "\n".join([heading, *rows]).encode()
    file = upload_shifts(filename="v.csv", content=content, by=manager, at=AT)
    seen = plan_file(content, by=manager, at=AT).fingerprint()
    return apply_shifts(file=file, seen=seen, by=manager, at=AT)


def reasons(plan: ShiftPlan) -> list[tuple[int | None, str]]:
    return [(one.row, one.reason) for one in plan.problems]


def hours(person: Person) -> list[tuple[str, str]]:
    return [
        (f"{one.starts_at:%d %H:%M}", f"{one.ends_at:%d %H:%M}")
        for one in RosterShift.objects.filter(person=person).order_by("starts_at")
    ]


def test_night_ends_the_next_day_and_belongs_to_the_day_it_starts(
    cast: Cast, manager: Person
) -> None:
    import_rows(manager, f"{cast.bob.employee_number};27.11.2026;22:00;06:00")
    assert hours(cast.bob) == [("27 21:00", "28 05:00")]
    assert list(RosterDay.objects.values_list("day", flat=True)) == [FRIDAY]


@pytest.mark.parametrize(
    ("day", "lasts"), [("2027-03-27", 7), ("2026-10-24", 9), ("2026-11-27", 8)]
)
def test_night_in_which_the_clock_changes_is_as_long_as_it_is(
    cast: Cast, manager: Person, day: str, lasts: int
) -> None:
    at = dt.datetime(2026, 10, 20, tzinfo=dt.UTC)
    if day.startswith("2027"):
        at = dt.datetime(2027, 3, 20, tzinfo=dt.UTC)
    plan = plan_of(manager, f"{cast.bob.employee_number};{day};22:00;06:00", at=at)
    [[starts_at, ends_at]] = plan.difference.changes[0].after
    assert ends_at - starts_at == dt.timedelta(hours=lasts)


@pytest.mark.parametrize("text", ["8", "08:00", "8.00", "0800", "08:00:00", "0.3333333333"])
def test_time_is_read_as_people_and_spreadsheets_write_it(text: str) -> None:
    assert clock(text) == dt.time(8)


@pytest.mark.parametrize("text", ["25:00", "8:60", "åtte", "-1", "08:00:00:00", "2026-13-01 08:00"])
def test_what_is_no_time_is_told(text: str) -> None:
    with pytest.raises(Unclear):
        clock(text)


@given(text=st.text(max_size=30))
def test_no_text_breaks_the_clock(text: str) -> None:
    with contextlib.suppress(Unclear):
        assert isinstance(clock(text), dt.time | dt.datetime)


@given(content=st.binary(max_size=300))
def test_no_file_breaks_the_reader(content: bytes) -> None:
    assert read_sheet(content).rows is not None


def test_midnight_and_moments_and_offsets_mean_what_they_say(cast: Cast, manager: Person) -> None:
    number = cast.bob.employee_number
    import_rows(
        manager,
        f"{number};2026-11-24;16:00;24:00",
        f"{number};;2026-11-25 22:00;2026-11-26 06:00",
        f"{number};;2026-11-27T08:00:00+00:00;16:30",
    )
    assert hours(cast.bob) == [
        ("24 15:00", "24 23:00"), ("25 21:00", "26 05:00"), ("27 08:00", "27 15:30"),
    ]  # fmt: skip


def test_xlsx_with_dates_and_times_is_read_alike(cast: Cast, manager: Person) -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, ["Employee number", "Date", "Start", "End"])
    sheet.write_string(1, 0, cast.bob.employee_number)
    day, time = (
        book.add_format({"num_format": "dd.mm.yyyy"}),
        book.add_format({"num_format": "hh:mm"}),
    )
    sheet.write_datetime(1, 1, dt.datetime(2026, 11, 27), day)
    sheet.write_datetime(1, 2, dt.time(8), time)
    sheet.write_number(1, 3, 16 / 24)
    book.close()
    plan = plan_file(target.getvalue(), by=manager, at=AT)
    assert plan.problems == []
    [change] = plan.difference.changes
    assert change.after == [slots.span_of(FRIDAY, dt.time(8), dt.time(16), ZONE)]


def test_csv_of_a_norwegian_spreadsheet_is_read(cast: Cast, manager: Person) -> None:
    text = f"Lønnsnummer,Dato,Fra,Til\r\n{cast.bob.employee_number},27.11.2026,08:00,16:00\r\n"
    for encoding in ("utf-8-sig", "cp1252", "utf-16"):
        plan = plan_file(text.encode(encoding), by=manager, at=AT)
        assert (plan.problems, len(plan.difference.changes)) == ([], 1)


def test_file_speaks_for_all_its_days_of_the_people_in_it(cast: Cast, manager: Person) -> None:
    for day in (FRIDAY - DAY, FRIDAY, FRIDAY + 7 * DAY):
        add_shift(cast.bob, day=day)
        add_shift(cast.alice, day=day)
    import_rows(
        manager,
        f"{cast.bob.employee_number};2026-11-25;08:00;16:00",
        f"{cast.bob.employee_number};2026-11-27;;",
    )
    assert [one for one, _ends in hours(cast.bob)] == ["25 07:00", "04 07:00"]
    assert len(hours(cast.alice)) == 3
    days = RosterDay.objects.filter(person=cast.bob).order_by("day")
    assert [one.day.day for one in days] == [25, 26, 27, 4]


def test_rows_that_cannot_be_are_named_by_their_rows(cast: Cast, manager: Person) -> None:
    bob, alice = cast.bob.employee_number, cast.alice.employee_number
    plan = plan_of(
        manager,
        f"{bob};2026-11-27;08:00;16:00",
        f"{bob};2026-11-27;15:00;22:00",
        f"{alice};2026-11-27;16:00;08:00",
        f"{alice};;2026-11-25 12:00;2026-11-25 09:00",
    )
    assert reasons(plan) == [
        (3, "shifts_overlap"), (4, "shift_too_long"), (5, "shift_ends_first"),
    ]  # fmt: skip
    assert plan.problems[0].facts == {"other": 2}
    spoiled = plan_of(
        manager,
        f"{bob};2026-11-27;08:00;",
        ";2026-11-27;08:00;16:00",
        f"{bob};i morgen;08:00;16:00",
        f"{bob};;08:00;16:00",
        f"{bob};2026-11-28;2026-11-27 08:00;16:00",
        f"{bob};2026-11-27;16:00;08:00",
    )
    # All at once: nobody sends a file five times to hear of five errors.
    assert reasons(spoiled) == [
        (2, "half_a_shift"), (3, "needed"), (4, "not_a_date"), (5, "needed"),
        (6, "day_and_moment"), (7, "shift_too_long"),
    ]  # fmt: skip


def test_day_off_and_shift_on_one_day_is_a_contradiction(cast: Cast, manager: Person) -> None:
    bob = cast.bob.employee_number
    plan = plan_of(manager, f"{bob};2026-11-27;08:00;16:00", f"{bob};2026-11-27;;")
    assert reasons(plan) == [(3, "off_and_on")]


def test_overlap_with_what_is_known_of_the_day_before_is_found(cast: Cast, manager: Person) -> None:
    add_shift(cast.bob, day=FRIDAY - DAY, clock=(dt.time(22), dt.time(6)))
    plan = plan_of(manager, f"{cast.bob.employee_number};2026-11-27;05:00;12:00")
    assert reasons(plan) == [(2, "shift_overlaps_known")]
    plan = plan_of(manager, f"{cast.bob.employee_number};2026-11-27;06:00;12:00")
    assert plan.problems == []


def test_days_that_have_passed_are_left_alone(cast: Cast, manager: Person) -> None:
    bob = cast.bob.employee_number
    add_shift(cast.bob, day=dt.date(2026, 11, 20))
    plan = import_rows(manager, f"{bob};2026-11-19;08:00;16:00", f"{bob};2026-11-27;08:00;16:00")
    assert plan.difference.passed_count == 1
    assert [one for one, _ends in hours(cast.bob)] == ["20 07:00", "27 07:00"]


def test_year_mistyped_is_told(cast: Cast, manager: Person) -> None:
    bob = cast.bob.employee_number
    plan = plan_of(manager, f"{bob};2026-11-27;08:00;16:00", f"{bob};2062-11-28;08:00;16:00")
    assert reasons(plan) == [(None, "too_many_days")]


def test_number_at_two_employers_needs_the_employer(cast: Cast) -> None:
    cast.charlie.employee_number = cast.bob.employee_number
    cast.charlie.save()
    bob = cast.bob.employee_number
    plan = plan_of(cast.admin, f"{bob};2026-11-27;08:00;16:00")
    assert reasons(plan) == [(2, "number_of_several")]
    plan = plan_of(
        cast.admin, f"{bob};nordsvar;2026-11-27;08:00;16:00",
        heading="Nr;Arbeidsgiver;Dato;Fra;Til",
    )  # fmt: skip
    assert [one.person for one in plan.difference.changes] == [cast.charlie]


def test_head_counts_come_by_file(cast: Cast, manager: Person) -> None:
    heading = "Enhet;Dato;Fra;Til;Antall"
    rows = ["Team Nordlys;2026-11-27;08:00;08:30;4", "team nordlys;2026-11-27;22:00;02:00;2"]
    import_rows(manager, *rows, heading=heading)
    counts = HeadCount.objects.order_by("starts_at").values_list("unit", "count")
    assert list(counts) == [(cast.team.pk, 4), (cast.team.pk, 2)]
    assert plan_of(manager, *rows, heading=heading).change_count == 0
    wrong = plan_of(
        manager,
        "Team Mjøsa;2026-11-27;08:00;08:30;4",
        "Team Nordlys;2026-11-27;08:00;09:00;4",
        "Team Nordlys;2026-11-27;08:45;09:30;4",
        "Team Nordlys;2026-11-27;10:10;10:30;4",
        heading=heading,
    )
    assert wrong.unknown == [(2, "Team Mjøsa")]
    assert reasons(wrong) == [(4, "slots_overlap"), (5, "slot_uneven")]
    for count in ("-1", "5001", "x", ""):
        assert plan_of(
            manager, f"Team Nordlys;2026-11-27;08:00;09:00;{count}", heading=heading
        ).problems
    plan = plan_of(cast.admin, "Kundeservice;2026-11-27;08:00;09:00;4", heading=heading)
    assert reasons(plan) == [(2, "not_a_team")]


@pytest.mark.parametrize("count", [1, 30])
def test_a_file_asks_the_same_however_long(cast: Cast, manager: Person, count: int) -> None:
    rows = [
        f"{people.make_person(f'F{n}', unit=cast.team).employee_number};2026-11-27;08:00;16:00"
        for n in range(count)
    ]
    manager.refresh_from_db()
    with CaptureQueriesContext(connection) as asked:
        plan = plan_of(manager, *rows)
    assert (len(asked), plan.change_count) == (5, count)


def test_shifts_at_one_moment_are_refused_by_the_database(cast: Cast) -> None:
    add_shift(cast.bob)
    day = RosterDay.objects.get()
    starts_at, ends_at = slots.span_of(FRIDAY, dt.time(15), dt.time(20), ZONE)
    for facts, name in (
        ((starts_at, ends_at), "person_is_on_one_shift_at_a_time"),
        ((ends_at, starts_at), "shift_ends_after_it_starts"),
        ((ends_at, ends_at + dt.timedelta(hours=14, seconds=1)), "shift_lasts_at_most_14_hours"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            RosterShift.objects.create(
                roster_day=day, person=cast.bob, starts_at=facts[0], ends_at=facts[1]
            )
    add_shift(cast.alice, clock=(dt.time(15), dt.time(20)))
    counts = {"unit": cast.team, "count": 3, "starts_at": starts_at, "ends_at": ends_at}
    HeadCount.objects.create(**counts)
    with pytest.raises(IntegrityError, match="unit_is_counted_once"), transaction.atomic():
        HeadCount.objects.create(**counts)


def test_set_shifts_is_all_or_nothing(cast: Cast, manager: Person) -> None:
    span = slots.span_of(FRIDAY, dt.time(8), dt.time(16), ZONE)
    good = PersonRoster(cast.alice, [span], ZONE)
    bad = PersonRoster(cast.bob, [span, span], ZONE)
    facts = {"first": FRIDAY, "last": FRIDAY, "by": manager, "at": AT}
    with pytest.raises(ShiftsRefused) as refused:
        set_shifts(rosters=[good, bad], **facts)
    assert [(one.roster, one.shift) for one in refused.value.troubles] == [(1, 1)]
    with pytest.raises(ValidationError):
        set_shifts(rosters=[good, good], **facts)
    with pytest.raises(ValidationError):
        set_shifts(rosters=[good], **facts | {"first": FRIDAY + DAY})
    with pytest.raises(ValidationError):
        set_shifts(rosters=[good], **facts | {"last": FRIDAY + 62 * DAY})
    assert RosterDay.objects.count() == 0
    assert set_shifts(rosters=[good], **facts)
    assert not set_shifts(rosters=[good], **facts)
    assert [one.verb for one in manager.audited_acts.all()] == ["shifts-sent"]


def test_head_counts_replace_their_days_only(cast: Cast, manager: Person) -> None:
    def at(day: dt.date, hour: int, heads: int) -> Slot:
        return Slot(*slots.span_of(day, dt.time(hour), dt.time(hour + 1), ZONE), heads)

    facts = {"unit": cast.team, "zone": ZONE, "by": manager, "at": AT}
    first = [at(FRIDAY, 8, 4), at(FRIDAY + DAY, 8, 4)]
    assert set_head_counts(counts=first, first=FRIDAY, last=FRIDAY + DAY, **facts) == 2
    assert set_head_counts(counts=first[:1], first=FRIDAY, last=FRIDAY, **facts) == 0
    assert set_head_counts(counts=[at(FRIDAY, 9, 2)], first=FRIDAY, last=FRIDAY, **facts) == 2
    assert HeadCount.objects.count() == 2
    for wrong in ([at(FRIDAY + DAY, 8, 1)], [at(FRIDAY, 8, 1), at(FRIDAY, 8, 2)]):
        with pytest.raises(ValidationError):
            set_head_counts(counts=wrong, first=FRIDAY, last=FRIDAY, **facts)


def test_purge_takes_whole_days_and_leaves_what_is_young(cast: Cast) -> None:
    add_shift(cast.bob)
    add_shift(cast.alice, clock=None)
    add_shift(cast.keeper, clock=(dt.time(20), dt.time(6)))
    over = dt.datetime(2026, 12, 12, 2, tzinfo=dt.UTC)
    assert purge_shifts(at=over) == 3
    assert RosterDay.objects.get().person == cast.keeper
    purge_shifts(at=over + DAY)
    assert not RosterDay.objects.exists()


def test_own_data_holds_ones_own_shifts_only(cast: Cast) -> None:
    add_shift(cast.bob)
    assert own_data(cast.alice) == {"roster_days": [], "shifts": [], "shift_files": []}
    assert own_data(cast.bob)["shifts"] == [
        {"starts_at": "2026-11-27T07:00:00+00:00", "ends_at": "2026-11-27T15:00:00+00:00"}
    ]


def test_same_again_changes_nothing(cast: Cast) -> None:
    add_shift(cast.bob, clock=None)
    roster = PersonRoster(cast.bob, [], ZONE)
    assert not compare([roster], first=FRIDAY, last=FRIDAY, at=AT)
    assert len(compare([roster], first=FRIDAY, last=FRIDAY + DAY, at=AT).changes) == 1
