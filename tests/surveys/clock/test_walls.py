"""An open survey on the walls: for those it asks, by the clock, and never moved by an answer."""

import datetime as dt
from typing import Any

import pytest
from django.conf import settings
from django.utils import translation

from engagement import times
from engagement.live.models import Celebration, Stream, StreamEvent
from engagement.people.models import Employer, Person, Site, Unit
from surveys import box
from surveys.actions import clock
from surveys.models import RollEntry, Survey, SurveyAudience
from surveys.protocol.manifest import manifest_hash, words
from tests import factories
from tests.surveys.clock.test_clock import due_to_open
from tests.surveys.factories import make_team

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def ballot_box(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("surveys.actions.clock.ring", lambda task: None)
    monkeypatch.setattr(box, "extend_survey", lambda *facts: None)


@pytest.fixture
def hr(db: None) -> Person:
    return factories.make_person("Hege", "Helgesen", unit=factories.make_unit("HR"))


def opened(*places: Unit | Site | Employer, **facts: Any) -> Survey:
    survey = due_to_open(teams=[make_team("Team Nordlys", people=6)], **facts)
    if places:
        survey.audience.all().delete()
    for place in places:
        SurveyAudience.objects.create(survey=survey, **{type(place).__name__.lower(): place})
    assert clock.open_surveys(at=survey.opens_at) == 1
    survey.refresh_from_db()
    return survey


def audiences(card: Celebration) -> set[str]:
    events = StreamEvent.objects.filter(celebration=card, op=StreamEvent.Op.SHOW)
    return {str(event.stream) for event in events.select_related("stream")}


def test_card_says_what_until_when_and_how_to_get_there() -> None:
    survey = opened()
    [card] = Celebration.objects.all()
    assert (card.kind, card.source) == ("survey", survey.key)
    assert (card.show_from, card.show_until) == (survey.opened_at, survey.closes_at)
    norwegian, english = card.cards["nb"], card.cards["en"]
    assert (norwegian["title"], english["title"]) == ("Hvordan har vi det?", "How are we?")
    assert english["label"] == "Survey for Team Nordlys"
    with translation.override("en"):
        weekday = f"{survey.closes_at.astimezone(times.local_zone()):%A}"
    assert weekday in english["facts"]
    assert weekday not in norwegian["facts"]
    assert norwegian["sign"] == words(manifest_hash(bytes(survey.manifest or b"")))
    assert norwegian["qr"].startswith("<svg")
    assert settings.BASE_URL not in norwegian["facts"]


def test_card_hangs_where_those_asked_look_up() -> None:
    site = factories.make_site("Bergen")
    employer = factories.make_employer("Fjordtel")
    unit = factories.make_unit("Team Fløyen", employer=employer, site=site)
    factories.make_person("Ola", "Ås", unit=unit)
    factories.make_site("Tromsø")
    opened(unit)
    opened(site)
    opened(employer)
    first, second, third = Celebration.objects.order_by("pk")
    assert audiences(first) == {"Team Fløyen"}
    assert audiences(second) == {"Bergen"}
    assert audiences(third) == {"Fjordtel", "Bergen"}


def test_places_are_named_as_they_are_said() -> None:
    opened(factories.make_unit("Team Multe"), factories.make_unit("Team Lyn"))
    [card] = Celebration.objects.all()
    assert card.cards["en"]["label"] == "Survey for Team Multe and Team Lyn"
    assert "Team Multe og Team Lyn" in card.cards["nb"]["label"]


def test_many_places_are_not_listed() -> None:
    opened(*(factories.make_unit(f"Team {number}") for number in range(4)))
    [card] = Celebration.objects.all()
    assert card.cards["en"]["label"] == "Survey"


def test_an_answer_changes_nothing_on_any_wall() -> None:
    survey = opened()
    before = list(Stream.objects.order_by("pk").values_list("pk", "seq"))
    RollEntry.objects.filter(survey=survey).update(is_collected=True, blinded_digest=b"d" * 32)
    clock.open_surveys(at=survey.opens_at + DAY)
    assert list(Stream.objects.order_by("pk").values_list("pk", "seq")) == before


def test_more_time_hangs_a_new_card_and_takes_the_old_one_down(hr: Person) -> None:
    survey = opened()
    now = survey.opens_at + DAY
    later = survey.closes_at + 2 * DAY
    clock.extend_survey(survey=survey, closes_at=later, by=hr, at=now)
    [card] = Celebration.objects.standing()
    assert card.show_until == later
    assert Celebration.objects.count() == 2


def test_a_cancelled_survey_leaves_the_walls(hr: Person) -> None:
    survey = opened()
    clock.cancel_survey(survey=survey, reason="Feil spørsmål.", by=hr, at=survey.opens_at + DAY)
    assert not Celebration.objects.standing().exists()
