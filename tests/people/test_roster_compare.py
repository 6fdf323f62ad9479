"""What is wrong with a file, by row and column; and what somebody should look at."""

import datetime as dt
from typing import Any

import pytest

from engagement import times
from engagement.files import read_table
from engagement.people.models import Person
from engagement.people.roster.comparing import compare
from engagement.people.roster.plan import Plan
from engagement.people.roster.rows import read_rows
from engagement.people.roster.world import Importer, World
from tests import factories
from tests.conftest import Cast
from tests.people.roster_files import HEADING, as_csv, line

pytestmark = pytest.mark.django_db


def plan_for(lines: list[dict[str, Any]], *, by: Person | None = None, **how: Any) -> Plan:
    world = World.load(importer=Importer.of(by), at=times.now(), today=times.today())
    return compare(read_rows(read_table(as_csv(lines, **how))), world)


def found(plan: Plan) -> list[tuple[int | None, str, str]]:
    return [(one.row, one.column, one.reason) for one in plan.problems]


def everybody(cast: Cast) -> list[dict[str, Any]]:
    """Fjordtel as it is, as a file."""
    return [
        line(cast.alice.employee_number, "Alice Aas", email=cast.alice.email),
        line(cast.bob.employee_number, "Bob Berg", email=cast.bob.email),
        line(cast.keeper.employee_number, "Kari Keeper", unit="Kundeservice"),
        line(cast.admin.employee_number, "Anne Admin", unit="Kundeservice", email=cast.admin.email),
    ]


@pytest.mark.parametrize(
    ("facts", "column", "reason"),
    [
        ({"number": "1 2"}, "number", "not_a_number"),
        ({"number": ""}, "number", "required"),
        ({"name": ""}, "name", "required"),
        ({"name": "123"}, "name", "not_a_name"),
        ({"name": "x" * 501}, "name", "cell_too_long"),
        ({"name": "x" * 100}, "name", "value_too_long"),
        ({"name": "Kari\u202enesnaH"}, "name", "turning_character"),
        ({"name": "Kari\x07Hansen"}, "name", "control_character"),
        ({"name": "Kari\0Hansen"}, "name", "control_character"),
        ({"name": "Ka" + "\u0301" * 9 + "ri"}, "name", "stacked_accents"),
        ({"email": "kari"}, "email", "not_an_email"),
        ({"email": "kari@x.example\nbcc: y@z"}, "email", "not_an_email"),
        ({"phone": "ring meg"}, "phone", "not_a_phone"),
        ({"language": "svensk"}, "language", "not_a_language"),
        ({"role": "konge"}, "role", "not_a_role"),
        ({"shift": "aldri"}, "shift", "not_a_shift"),
        ({"start": "i går"}, "start", "not_a_date"),
        ({"start": "31.02.2026"}, "start", "not_a_date"),
        ({"start": "0026-01-01"}, "start", "date_out_of_range"),
        ({"start": "2026-02-01", "end": "2026-01-01"}, "end", "ends_before_start"),
        ({"unit": ""}, "unit", "unit_missing"),
        ({"unit": "/".join("abcdefghijkl")}, "unit", "path_too_deep"),
        ({"manager": "404"}, "manager", "manager_unknown"),
        ({"manager": "7"}, "manager", "manager_self"),
    ],
)
def test_error_names_row_and_column(facts: dict[str, str], column: str, reason: str) -> None:
    plan = plan_for([line("6", "Ola Berg"), line("7", "Kari Hansen") | facts])
    assert found(plan) == [(3, column, reason)]


def test_long_value_is_shown_shortened() -> None:
    [problem] = plan_for([line("1", "K" * 5_000_000)]).problems
    assert (problem.row, problem.column, len(problem.value)) == (2, "name", 60)


def test_all_errors_are_found_in_one_go() -> None:
    plan = plan_for(
        [
            line("1", "Kari", manager="2", email="a@x.example"),
            line("2", "Ola", manager="1", email="A@X.example"),
            line("1", "Per"),
            line("3", "Siri", site="Bergen"),
        ]
    )
    assert found(plan) == [
        (2, "manager", "manager_circle"),
        (3, "email", "email_twice"),
        (3, "manager", "manager_circle"),
        (4, "number", "number_twice"),
        (5, "site", "unit_two_sites"),
    ]
    assert plan.problems[3].facts == {"other": 2}


def test_circle_through_somebody_outside_the_file_is_found(cast: Cast) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(manager=cast.alice)
    lines = everybody(cast)
    lines[0]["manager"] = cast.bob.employee_number
    lines[1].pop("email")
    plan = plan_for([{**one, "manager": one.get("manager", "")} for one in lines])
    assert plan.problems == []
    lines[1]["manager"] = cast.alice.employee_number
    assert {one[2] for one in found(plan_for(lines))} == {"manager_circle"}


def test_address_of_somebody_else_is_refused(cast: Cast) -> None:
    new = line("n", "Ny", email="CHARLIE@nordsvar.example")
    plan = plan_for([*everybody(cast), new])
    assert found(plan) == [(6, "email", "email_taken_by")]
    hr = cast.alice
    factories.give_role(hr, "hr", employer=cast.employer)
    plan = plan_for([*everybody(cast), new], by=hr)
    assert [(one.reason, one.facts) for one in plan.problems] == [("email_taken", {})]


def test_missing_and_double_columns_are_named() -> None:
    plan = plan_for([{"number": "1", "title": "x"}])
    assert found(plan) == [(1, "name", "column_missing"), (1, "unit", "column_missing")]
    heading = HEADING | {"title": "Navn"}
    plan = plan_for([line("1", "Kari", title="Per")], heading=heading)
    assert found(plan) == [(1, "name", "heading_twice")]


def test_norwegian_headings_and_odd_ones_are_understood() -> None:
    heading = {
        "number": "ANSATT-NR.", "name": "Fullt navn", "employer": "Selskap", "site": "Sted",
        "unit": "Enhet", "title": "Skostørrelse",
    }  # fmt: skip
    plan = plan_for([line("007", "Bond, James", title="43")], heading=heading)
    [step] = plan.steps
    assert plan.problems == []
    assert plan.ignored_columns == ["Skostørrelse"]
    assert (step.number, step.name) == ("007", "James Bond")
    assert step.facts["title"] == ""


def test_missing_column_changes_nothing_and_empty_cell_empties(cast: Cast) -> None:
    Person.objects.filter(pk=cast.alice.pk).update(title="Rådgiver", phone="123 456")
    without = [{k: v for k, v in one.items() if k != "email"} for one in everybody(cast)]
    assert plan_for(without).is_empty
    emptied = [one | {"phone": ""} for one in without]
    [step] = plan_for(emptied).steps
    assert step.shown == [{"column": "phone", "old": "123 456", "new": ""}]


def test_how_a_whole_name_is_cut_is_left_alone(cast: Cast) -> None:
    Person.objects.filter(pk=cast.alice.pk).update(given_name="Alice Marie", family_name="Aas Lie")
    lines = everybody(cast)
    lines[0]["name"] = "Alice Marie Aas Lie"
    assert plan_for(lines).is_empty


def test_near_names_are_pointed_out(cast: Cast) -> None:
    lines = everybody(cast)
    plan = plan_for([*lines, line("n", "Ny", site="Trondhiem", unit="Kundeservice / Team Nordlsy")])
    assert [(one.column, one.facts) for one in plan.warnings] == [
        ("site", {"near": "Trondheim"}),
        ("unit", {"near": "Team Nordlys"}),
    ]
    plan = plan_for([*lines, line("n", "Ny", unit="Kundeservice / Team 2")])
    assert plan.warnings == []


def test_eaten_zeros_are_pointed_out(cast: Cast) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(employee_number="0042")
    lines = everybody(cast)
    lines[1] |= {"number": "42", "email": ""}
    plan = plan_for(lines)
    assert [(one.reason, one.facts) for one in plan.warnings] == [("zeros_lost", {"other": "0042"})]


def test_closed_places_are_errors(cast: Cast) -> None:
    day = dt.date(2025, 6, 1)
    closed = factories.make_unit("Team Sol", parent=cast.department)
    closed.placements.update(to_on=day)
    type(closed).objects.filter(pk=closed.pk).update(closed_on=day)
    factories.make_site("Bodø", closed_on=day)
    plan = plan_for(
        [
            *everybody(cast),
            line("8", "Ny", unit="Kundeservice / Team Sol"),
            line("9", "Ny", unit="Kundeservice / Team Ny", site="Bodø"),
        ]
    )
    assert found(plan) == [(6, "unit", "unit_closed"), (7, "site", "site_closed")]


def test_unit_elsewhere_is_an_error(cast: Cast) -> None:
    factories.make_site("Bergen")
    lines = everybody(cast)
    lines[0]["site"] = "Bergen"
    assert found(plan_for(lines)) == [(2, "site", "unit_elsewhere")]


def test_scoped_hr_imports_only_their_employer(cast: Cast) -> None:
    factories.give_role(cast.charlie, "hr", employer=cast.partner)
    own = line(
        cast.charlie.employee_number, "Charlie Dahl", employer="Nordsvar", site="Gjøvik",
        unit="Team Mjøsa", email=cast.charlie.email,
    )  # fmt: skip
    assert plan_for([own], by=cast.charlie).is_empty
    more = [
        line("1", "A"),
        line("2", "B", employer="Svindel"),
        own | {"number": "3", "name": "C", "email": "", "unit": "Kundeservice / Team Nordlys",
               "site": ""},
        own | {"number": "4", "name": "D", "email": "", "site": "Paris", "unit": "Team Mjøsa"},
        own | {"number": "5", "name": "E", "email": "", "role": "administrator"},
        own | {"number": "6", "name": "F", "email": "", "role": "site_manager"},
        own | {"number": "7", "name": "G", "email": "", "manager": cast.alice.employee_number},
        own | {"number": "8", "name": "H", "email": "", "unit": "Kundeservice / Nytt", "site": ""},
    ]  # fmt: skip
    plan = plan_for([own, *more], by=cast.charlie)
    assert found(plan) == [
        (3, "employer", "employer_not_yours"),
        (4, "employer", "employer_new_not_yours"),
        (5, "unit", "unit_not_yours"),
        (6, "site", "site_unknown_to_you"),
        (7, "role", "role_not_yours_to_give"),
        (8, "role", "role_not_yours_to_give"),
        (9, "manager", "manager_unknown"),
        (10, "unit", "unit_not_yours"),
    ]
    assert [step.number for step in plan.steps if step.leaves] == []


def test_hr_of_everybody_makes_no_administrators(cast: Cast) -> None:
    factories.give_role(cast.alice, "hr")
    lines = everybody(cast)
    lines[1]["role"] = "admin"
    assert found(plan_for(lines, by=cast.alice)) == [(3, "role", "role_not_yours_to_give")]
    assert found(plan_for(lines, by=cast.admin)) == []


def test_nobody_signs_their_own_removal(cast: Cast) -> None:
    without = everybody(cast)[:3]
    assert found(plan_for(without, by=cast.admin)) == [(None, "number", "own_absence")]
    yesterday = (times.today() - dt.timedelta(days=1)).isoformat()
    lines = everybody(cast)
    lines[3]["end"] = yesterday
    assert found(plan_for(lines, by=cast.admin)) == [(5, "end", "own_removal")]


def test_spreadsheet_dates_and_formats_are_the_same_day() -> None:
    for text in ("2026-03-01", "01.03.2026", "1.3.2026", "46082", "46082.0", "2026-03-01T00:00:00"):
        [step] = plan_for([line("1", "Kari", start=text)]).steps
        assert step.facts["started_on"] == dt.date(2026, 3, 1)


def test_markup_is_text_and_invisible_characters_are_dropped() -> None:
    [step] = plan_for([line("1", "<b>Kari</b>", title="Råd\u200bgiver\ufeff")]).steps
    assert (step.facts["given_name"], step.facts["title"]) == ("<b>Kari</b>", "Rådgiver")


def test_managers_of_another_house_are_found(cast: Cast) -> None:
    lines = everybody(cast)
    lines[1]["manager"] = cast.charlie.employee_number
    step = next(one for one in plan_for(lines).steps if one.manager_changes)
    assert step.manager is not None
    assert step.manager.number == cast.charlie.employee_number


def test_planned_move_is_left_alone_or_named(cast: Cast) -> None:
    later = times.today() + dt.timedelta(days=9)
    cast.bob.memberships.update(to_on=later)
    cast.bob.memberships.create(unit=cast.department, from_on=later)
    lines = everybody(cast)
    assert plan_for(lines).is_empty
    lines[1]["unit"] = "Kundeservice"
    assert plan_for(lines).is_empty
    lines[1]["unit"] = "Kundeservice / Team Ny"
    assert found(plan_for(lines)) == [(3, "unit", "move_planned")]


def test_manager_who_leaves_with_the_file_is_an_error(cast: Cast) -> None:
    lines = everybody(cast)
    gone = lines.pop(1)
    lines[0]["manager"] = gone["number"]
    assert found(plan_for(lines)) == [(2, "manager", "manager_gone")]
