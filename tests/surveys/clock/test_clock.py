"""What happens to surveys by the clock: once, whole, and with nothing kept that should go."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.utils import translation

from engagement import times
from engagement.notices.models import Notice
from engagement.notices.queries import notice_page
from engagement.people.models import AuditEntry, Person
from surveys import box
from surveys.actions import clock
from surveys.models import Cell, RollEntry, Survey
from tests import factories
from tests.surveys.factories import make_survey, make_team

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


class Box:
    """What was asked of the ballot box; away when told so."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.is_away = False
        monkeypatch.setattr(box, "extend_survey", lambda *facts: self._take("extend", *facts))
        monkeypatch.setattr(box, "cancel_survey", lambda *facts: self._take("cancel", *facts))
        monkeypatch.setattr(box, "destroy_ballots", lambda *facts: self._take("destroy", *facts))

    def _take(self, *what: Any) -> int:
        if self.is_away:
            raise box.BoxProblem("The ballot box does not answer.")
        self.asked.append(what)
        return 7


@pytest.fixture
def ballot_box(monkeypatch: pytest.MonkeyPatch) -> Box:
    monkeypatch.setattr("surveys.actions.clock.ring", lambda task: None)
    return Box(monkeypatch)


@pytest.fixture
def hr(db: None) -> Person:
    return factories.make_person("Hege", "Helgesen", unit=factories.make_unit("HR"))


def due_to_open(**facts: Any) -> Survey:
    """Launched and with the ballot box; its time has come."""
    survey = make_survey("launched", **facts)
    survey.prepared_at, survey.manifest = survey.launched_at, b"{}"
    survey.save(update_fields=["prepared_at", "manifest"])
    return survey


def test_opening_invites_everybody_on_the_roll_once() -> None:
    survey = due_to_open(teams=[make_team(people=6)])
    early = survey.opens_at - dt.timedelta(seconds=1)
    assert clock.open_surveys(at=early) == 0
    assert clock.open_surveys(at=survey.opens_at) == 1
    assert clock.open_surveys(at=survey.opens_at) == 0
    survey.refresh_from_db()
    assert survey.opened_at == survey.opens_at
    invited = Notice.objects.filter(source=survey.key).values_list("person_id", flat=True)
    assert sorted(invited) == sorted(survey.roll.values_list("person_id", flat=True))


def test_closing_keeps_counts_and_forgets_people_and_keys() -> None:
    survey = make_survey("open", teams=[make_team(people=6), make_team("Team To", people=7)])
    first = survey.cells.order_by("key").first()
    collected = RollEntry.objects.filter(cell=first)[:4]
    RollEntry.objects.filter(pk__in=[one.pk for one in collected]).update(
        is_collected=True, blinded_digest=b"d" * 32
    )
    assert clock.close_surveys(at=survey.closes_at - dt.timedelta(seconds=1)) == 0
    assert clock.close_surveys(at=survey.closes_at) == 1
    assert clock.close_surveys(at=survey.closes_at) == 0
    cells = Cell.objects.filter(survey=survey).order_by("key")
    assert list(cells.values_list("collected_count", "signing_key")) == [(4, None), (0, None)]
    assert not RollEntry.objects.filter(survey=survey).exists()


def test_extending_asks_the_ballot_box_first(ballot_box: Box, hr: Person) -> None:
    survey = make_survey("open")
    later = survey.closes_at + 2 * DAY
    ballot_box.is_away = True
    with pytest.raises(box.BoxProblem):
        clock.extend_survey(survey=survey, closes_at=later, by=hr, at=times.now())
    survey.refresh_from_db()
    assert survey.closes_at < later
    ballot_box.is_away = False
    clock.extend_survey(survey=survey, closes_at=later, by=hr, at=times.now())
    survey.refresh_from_db()
    assert survey.closes_at == later
    assert ballot_box.asked == [("extend", survey.key, later)]
    assert AuditEntry.objects.filter(verb="survey_extended", actor=hr).count() == 1


@pytest.mark.parametrize("days", [-1, 0, 400])
def test_an_end_that_cannot_be_is_refused(ballot_box: Box, hr: Person, days: int) -> None:
    survey = make_survey("open")
    with pytest.raises(ValidationError) as refused:
        clock.extend_survey(
            survey=survey, closes_at=survey.closes_at + days * DAY, by=hr, at=times.now()
        )
    assert set(refused.value.message_dict) == {"closes_at"}
    assert ballot_box.asked == []


@pytest.mark.parametrize("state", ["launched", "closed", "counted", "cancelled"])
def test_only_an_open_survey_is_extended(ballot_box: Box, hr: Person, state: str) -> None:
    survey = make_survey(state)
    with pytest.raises(ValidationError, match=r".+"):
        clock.extend_survey(survey=survey, closes_at=survey.closes_at + DAY, by=hr, at=times.now())
    assert ballot_box.asked == []


def test_cancelling_takes_the_roll_and_then_the_ballots(ballot_box: Box, hr: Person) -> None:
    survey = make_survey("open")
    now = times.now()
    clock.cancel_survey(survey=survey, reason=" Feil spørsmål. ", by=hr, at=now)
    clock.cancel_survey(survey=survey, reason="En gang til", by=hr, at=now + DAY)
    survey.refresh_from_db()
    assert (survey.cancelled_at, survey.cancel_reason) == (now, "Feil spørsmål.")
    assert not RollEntry.objects.filter(survey=survey).exists()
    assert clock.destroy_ballots(at=now) == 1
    assert clock.destroy_ballots(at=now) == 0
    assert ballot_box.asked == [("cancel", survey.key)]
    [entry] = AuditEntry.objects.filter(verb="ballots_destroyed")
    assert entry.detail["ballots"] == 7


def test_cancelling_needs_a_reason(ballot_box: Box, hr: Person) -> None:
    survey = make_survey("open")
    with pytest.raises(ValidationError):
        clock.cancel_survey(survey=survey, reason="  ", by=hr, at=times.now())
    survey.refresh_from_db()
    assert survey.cancelled_at is None
    assert RollEntry.objects.filter(survey=survey).exists()


def test_a_counted_survey_stands(ballot_box: Box, hr: Person) -> None:
    survey = make_survey("counted")
    with pytest.raises(ValidationError):
        clock.cancel_survey(survey=survey, reason="Angrer", by=hr, at=times.now())


def test_ballots_of_a_counted_survey_go_when_their_time_is_up(ballot_box: Box) -> None:
    survey = make_survey("counted")
    up = survey.counted_at + clock.DAYS_TO_DESTRUCTION * DAY
    assert clock.destroy_ballots(at=up - dt.timedelta(seconds=1)) == 0
    ballot_box.is_away = True
    assert clock.destroy_ballots(at=up) == 0
    survey.refresh_from_db()
    assert survey.destroyed_at is None
    assert survey.last_problem
    ballot_box.is_away = False
    assert clock.destroy_ballots(at=up) == 1
    survey.refresh_from_db()
    assert survey.destroyed_at == up
    assert ballot_box.asked == [("destroy", survey.key)]


def test_invitation_in_the_list_knows_that_it_is_over() -> None:
    survey = due_to_open(teams=[make_team(people=6)])
    clock.open_surveys(at=survey.opens_at)
    reader = survey.roll.first().person

    def words() -> str:
        with translation.override("en"):
            [line] = notice_page(reader, at=survey.closes_at).days[0].lines
        return line.words.strip()

    assert words() == "<b>How are we?</b> is open"
    clock.close_surveys(at=survey.closes_at)
    assert words() == "<b>How are we?</b> has closed"
