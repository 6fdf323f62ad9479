"""From launched to ready: each step is kept, and whoever comes after a cut goes on from there."""

from typing import Any

import pytest

from engagement import times
from surveys import box
from surveys.actions import preparing
from surveys.models import Survey
from surveys.protocol.manifest import parse
from tests.surveys.factories import make_survey, make_team, signing_key

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """As kill -9: nobody who expects exceptions catches it."""


@pytest.fixture
def survey() -> Survey:
    teams = [make_team(f"Team {name}") for name in ("Nordlys", "Fossen", "Fjell")]
    survey = make_survey("launched", teams=teams, retention_months=24)
    survey.cells.update(signing_key=None, modulus=None)
    return survey


@pytest.fixture
def taken(monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """What the box was handed, by survey."""
    kept: dict[str, bytes] = {}
    monkeypatch.setattr(box, "page_sha256", lambda: "0" * 64)
    monkeypatch.setattr(box, "put_survey", kept.__setitem__)
    return kept


def test_every_cell_has_a_key_of_its_own_and_the_box_the_manifest(
    survey: Survey, taken: dict[str, bytes]
) -> None:
    assert preparing.prepare_surveys(at=times.now()) == 1
    survey.refresh_from_db()
    assert survey.prepared_at is not None
    assert taken == {survey.key: bytes(survey.manifest or b"")}
    rules = parse(taken[survey.key])
    moduli = {key: bytes(found) for key, found in survey.cells.values_list("key", "modulus")}
    assert {key: cell.modulus for key, cell in rules.cells.items()} == moduli
    assert len(set(moduli.values())) == 3
    assert preparing.prepare_surveys(at=times.now()) == 0


def test_killed_between_two_keys_makes_only_those_that_lack(
    survey: Survey, taken: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []

    def make() -> bytes:
        if len(made) == 2:
            raise Killed
        made.append(signing_key(10 + len(made)))
        return made[-1]

    with monkeypatch.context() as patched:
        patched.setattr(preparing, "generate_key", make)
        with pytest.raises(Killed):
            preparing.prepare_surveys(at=times.now())
    before = _keys(survey)
    assert list(before.values()).count(None) == 1
    assert preparing.prepare_surveys(at=times.now()) == 1
    assert {key: found for key, found in _keys(survey).items() if before[key]} == {
        key: found for key, found in before.items() if found
    }


def test_hands_that_prepare_the_same_survey_make_no_key_twice(
    survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    [first, *_others] = survey.cells.all()
    preparing.make_key(first)
    before = _keys(survey)

    def never() -> Any:
        raise AssertionError("a key was made for a cell that has one")

    monkeypatch.setattr(preparing, "generate_key", never)
    preparing.make_key(first)
    assert _keys(survey) == before


def test_killed_when_the_box_has_it_and_we_do_not_know_hands_in_the_same(
    survey: Survey, taken: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def put(key: str, data: bytes) -> None:
        taken[key] = data
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(box, "put_survey", put)
        with pytest.raises(Killed):
            preparing.prepare_surveys(at=times.now())
    first = taken[survey.key]
    assert preparing.prepare_surveys(at=times.now()) == 1
    assert taken[survey.key] == first


def _keys(survey: Survey) -> dict[str, bytes | None]:
    found = survey.cells.values_list("key", "signing_key")
    return {key: bytes(one) if one is not None else None for key, one in found}
