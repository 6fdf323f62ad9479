"""HR imports a roster in the browser: preview, confirm, and the same file again does nothing."""

from pathlib import Path

from playwright.sync_api import Page, expect

from tests.journeys.conftest import Visitor
from tests.look.axe import assert_accessible

DESK = {"width": 1280, "height": 900}
HEAD = "Ansattnummer;Navn;E-post;Arbeidsgiver;Sted;Enhet;Stilling;Vaktmønster;Startdato;Språk\n"
NEW_SITE = "Ålesund"


def a_roster(folder: Path) -> Path:
    """A new partner with four people, as Excel saves it: semicolons, a BOM, Norwegian letters."""
    rows = [
        f"50{number};{name};;Sunnmørsvar;{NEW_SITE};Sunnmørsvar / Team Runde;Kundebehandler;dag;2026-01-05;nb\n"
        for number, name in enumerate(["Åse Ødegård", "Bjørn Sæther", "Ingvild Øye", "Pål Aune"])
    ]
    path = folder / "personalliste.csv"
    path.write_text(HEAD + "".join(rows), encoding="utf-8-sig")
    return path


def upload(page: Page, file: Path) -> None:
    page.goto("/people/roster/")
    page.get_by_test_id("roster-file").set_input_files(file)
    page.get_by_test_id("roster-send").click()


def test_hr_imports_a_roster_and_the_second_time_nothing_happens(
    visit: Visitor, tmp_path: Path
) -> None:
    hr = visit("hr", size=DESK)
    file = a_roster(tmp_path)
    upload(hr, file)
    expect(hr.get_by_test_id("roster-summary")).to_contain_text("4", timeout=30_000)
    assert_accessible(hr)
    hr.get_by_test_id("roster-apply").click()
    expect(hr.get_by_test_id("roster-done")).to_be_visible(timeout=30_000)
    hr.goto("/people/?q=odegard+ase")
    expect(hr.locator("main")).to_contain_text("Åse Ødegård")
    upload(hr, file)
    expect(hr.get_by_test_id("roster-nothing")).to_be_visible(timeout=30_000)


def test_wrong_file_is_answered_by_row_and_column(visit: Visitor, tmp_path: Path) -> None:
    hr = visit("hr", size=DESK)
    path = tmp_path / "feil.csv"
    path.write_text(
        HEAD + "601;Kari Nordmann;ikke-en-adresse;Fjordtel;Trondheim;Ukjent;x;dag;i går;nb\n"
    )
    upload(hr, path)
    expect(hr.get_by_test_id("roster-errors")).to_be_visible(timeout=30_000)
    expect(hr.locator("main")).to_contain_text("ikke-en-adresse")
    expect(hr.get_by_test_id("roster-apply")).to_have_count(0)
