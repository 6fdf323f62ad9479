"""What people get, and how: the rule, the page, and what a choice does to mails on their way."""

import datetime as dt
import re
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from engagement.notices import actions
from engagement.notices.kinds import DIGEST, KINDS, Kind, Way, register_kind
from engagement.notices.models import Delivery, Notice, NoticeChoice, NoticeHours
from engagement.notices.queries import coming_digest, readers_of
from engagement.people.models import ShiftPattern
from tests.conftest import Cast
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.smtp_server import SmtpServer

NIGHT = dt.datetime(2026, 11, 23, 22, 0, tzinfo=dt.UTC)
SEVEN = dt.datetime(2026, 11, 24, 6, 0, tzinfo=dt.UTC)


def add(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> Kind:
    """A kind of the day, with what is said of it."""
    kind = Kind(key="daily", title="Daily", about="Every day.", **facts)
    monkeypatch.setitem(KINDS, kind.key, kind)
    return kind


def chosen(cast: Cast) -> dict[str, str]:
    return dict(NoticeChoice.objects.filter(person=cast.bob).values_list("kind", "way"))


# --- the rule -------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("facts", "ways", "default"),
    [
        ({}, ["at_once", "digest", "none"], "at_once"),
        ({"mail_default": Way.DIGEST}, ["at_once", "digest", "none"], "digest"),
        ({"may_hide": True}, ["at_once", "digest", "none", "off"], "at_once"),
        ({"may_refuse": False}, ["at_once"], "at_once"),
        ({"may_refuse": False, "mail_default": Way.NONE}, ["at_once"], "at_once"),
        ({"by_mail": False}, ["none"], "none"),
        ({"by_mail": False, "may_hide": True}, ["none", "off"], "none"),
        ({"hides_reader": True, "mail_default": Way.DIGEST}, ["at_once", "none"], "at_once"),
    ],
)
def test_kind_says_which_ways_there_are(
    facts: dict[str, Any], ways: list[str], default: str
) -> None:
    kind = Kind(key="daily", title="Daily", **facts)
    assert (list(kind.ways), kind.default_way) == (ways, default)


def test_way_that_a_kind_does_not_know_counts_as_none_chosen() -> None:
    kind = Kind(key="daily", title="Daily", may_refuse=False)
    assert kind.way_for({"daily": "none"}) == Way.AT_ONCE
    assert kind.way_for({"daily": "nonsense"}) == Way.AT_ONCE


def test_kinds_as_they_were_written_before_still_work() -> None:
    kind = Kind(key="daily", title="Daily", icon="heart", by_mail=True, hides_reader=False)
    assert kind.default_way == Way.AT_ONCE
    with pytest.raises(ValueError, match="digest"):
        register_kind(Kind(key=DIGEST, title="Taken"))


# --- the choice -----------------------------------------------------------------------------------
def test_only_what_differs_is_stored(cast: Cast, greeting: Kind) -> None:
    actions.choose_ways(ways={greeting.key: Way.NONE}, by=cast.bob)
    assert chosen(cast) == {greeting.key: "none"}
    actions.choose_ways(ways={greeting.key: Way.DIGEST}, by=cast.bob)
    assert chosen(cast) == {greeting.key: "digest"}
    actions.choose_ways(ways={greeting.key: Way.AT_ONCE}, by=cast.bob)
    assert chosen(cast) == {}


@pytest.mark.parametrize("ways", [{"unknown": "none"}, {"greeting": "off"}, {"greeting": "x"}])
def test_way_that_is_not_offered_is_refused(
    cast: Cast, greeting: Kind, ways: dict[str, str]
) -> None:
    with pytest.raises(ValidationError):
        actions.choose_ways(ways=ways, by=cast.bob)
    assert chosen(cast) == {}


def test_database_knows_the_ways(cast: Cast) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        NoticeChoice.objects.create(person=cast.bob, kind="greeting", way="pigeon")


def test_no_mail_keeps_the_notice(cast: Cast, greeting: Kind) -> None:
    actions.choose_ways(ways={greeting.key: Way.NONE}, by=cast.bob)
    assert greet(cast.alice, cast.bob, kind=greeting) == 2
    assert Delivery.objects.get().notice.person == cast.alice  # type: ignore[union-attr]
    assert Notice.objects.count() == 2


def test_not_at_all_makes_no_notice(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = add(monkeypatch, may_hide=True)
    actions.choose_ways(ways={kind.key: Way.OFF}, by=cast.bob)
    assert greet(cast.alice, cast.bob, kind=kind) == 1
    assert Notice.objects.get().person == cast.alice


def test_duty_is_mailed_whatever_was_chosen(
    cast: Cast, greeting: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    NoticeChoice.objects.create(person=cast.bob, kind="daily", way=Way.NONE)
    kind = add(monkeypatch, may_refuse=False)
    greet(cast.bob, kind=kind)
    assert Delivery.objects.get().due_at == NOON


def test_choice_holds_for_mails_that_wait_already(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.alice, cast.bob, kind=greeting)
    actions.choose_ways(ways={greeting.key: Way.NONE}, by=cast.bob)
    assert deliver(clock) == 1
    assert mail_server.recipients == ["alice@fjordtel.example"]
    assert Delivery.objects.get(cancelled_at__isnull=False).reason == "unwanted"


def test_what_was_read_is_not_mailed_any_more(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer
) -> None:
    greet(cast.bob, kind=greeting)
    actions.read_all_notices(by=cast.bob, at=clock())
    assert deliver(clock) == 0
    assert Delivery.objects.get().reason == "read"


def test_stopped_digests_end_when_a_kind_is_wanted_in_one(cast: Cast, greeting: Kind) -> None:
    actions.choose_ways(ways={"kudos_received": Way.DIGEST}, by=cast.bob)
    assert actions.stop_mails(kind=DIGEST, by=cast.bob) == Way.DIGEST
    readers = readers_of([cast.bob.pk], at=NOON)
    assert KINDS["kudos_received"].way_for(readers[cast.bob.pk].choices) == Way.NONE
    actions.choose_ways(ways={greeting.key: Way.DIGEST}, by=cast.bob)
    # What was stopped with the digests does not begin again by itself.
    collected = [kind.key for kind in KINDS.values() if kind.mail_default == Way.DIGEST]
    stopped = dict.fromkeys([*collected, "kudos_received"], "none")
    assert chosen(cast) == {**stopped, greeting.key: "digest"}


# --- quiet hours ----------------------------------------------------------------------------------
def test_mail_at_night_waits_for_the_morning(
    cast: Cast, greeting: Kind, clock: Clock, mail_server: SmtpServer, rings: list[str]
) -> None:
    clock.at = NIGHT
    greet(cast.bob, kind=greeting, at=NIGHT)
    assert rings == []
    assert deliver(clock) == 0
    clock.at = SEVEN
    assert deliver(clock) == 1


def test_quiet_hours_are_those_of_the_wall_clock_at_the_site(cast: Cast, greeting: Kind) -> None:
    cast.trondheim.timezone = "Europe/Vilnius"
    cast.trondheim.save()
    greet(cast.bob, kind=greeting, at=NIGHT)
    assert Delivery.objects.get().due_at == SEVEN - dt.timedelta(hours=1)


def test_whoever_works_at_night_gets_mail_at_night(cast: Cast, greeting: Kind) -> None:
    cast.bob.shift_pattern = ShiftPattern.objects.create(
        key="natt", name_nb="Natt", name_en="Night", weekdays=[1], starts_at=dt.time(22),
        ends_at=dt.time(6),
    )  # fmt: skip
    cast.bob.save()
    greet(cast.bob, kind=greeting, at=NIGHT)
    assert Delivery.objects.get().due_at == NIGHT


def test_quiet_hours_can_be_others_or_none(cast: Cast, greeting: Kind) -> None:
    quiet = {"is_quiet": True, "starts_at": dt.time(22, 30), "ends_at": dt.time(5)}
    actions.choose_quiet_hours(**quiet, by=cast.bob)  # type: ignore[arg-type]
    greet(cast.bob, kind=greeting, at=NIGHT, source="1")
    actions.choose_quiet_hours(is_quiet=False, starts_at=None, ends_at=None, by=cast.bob)
    greet(cast.bob, kind=greeting, at=NIGHT, source="2")
    actions.choose_quiet_hours(
        is_quiet=True, starts_at=dt.time(21), ends_at=dt.time(7), by=cast.bob
    )
    assert NoticeHours.objects.count() == 0
    due = dict(Delivery.objects.values_list("notice__source", "due_at"))
    assert due == {"1": SEVEN - dt.timedelta(hours=2), "2": NIGHT}


def test_quiet_hours_of_no_length_are_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        actions.choose_quiet_hours(
            is_quiet=True, starts_at=dt.time(8), ends_at=dt.time(8), by=cast.bob
        )


def test_sign_in_mail_never_waits(cast: Cast, clock: Clock, mail_server: SmtpServer) -> None:
    clock.at = NIGHT
    actions.queue_account_mail(
        to="bob@fjordtel.example", subject="Code", text="1", html="", at=NIGHT
    )
    assert deliver(clock) == 1


# --- the page -------------------------------------------------------------------------------------
def fields(**changed: str) -> dict[str, str]:
    return {
        "way_kudos_received": "at_once",
        "way_survey_opened": "at_once",
        "way_survey_reminder": "at_once",
        "is_quiet": "on",
        "quiet_from": "21:00",
        "quiet_to": "07:00",
        **changed,
    }


def test_page_offers_each_kind_and_saves(cast: Cast, as_bob: Client) -> None:
    html = as_bob.get("/notices/choices/").content.decode()
    for key in ("kudos_received", "survey_opened", "survey_reminder"):
        assert f'data-testid="kind-{key}"' in html
    assert 'data-testid="kind-screen_silent"' not in html
    assert 'data-testid="no-address"' not in html
    answer = as_bob.post(
        "/notices/choices/", fields(way_kudos_received="digest", quiet_from="22:15")
    )
    assert (answer.status_code, answer["Location"]) == (302, "/notices/choices/")
    assert chosen(cast) == {"kudos_received": "digest"}
    hours = NoticeHours.objects.get(person=cast.bob)
    assert (hours.is_quiet, f"{hours.quiet_from:%H:%M}") == (True, "22:15")
    html = as_bob.get("/notices/choices/").content.decode()
    assert 'value="22:15"' in html


def test_page_offers_keepers_what_is_for_keepers(as_keeper: Client) -> None:
    html = as_keeper.get("/notices/choices/").content.decode()
    assert 'data-testid="kind-screen_silent"' in html


def test_page_says_why_a_duty_leaves_no_choice(
    as_bob: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(monkeypatch, may_refuse=False, why_always="The law asks for it.")
    html = as_bob.get("/notices/choices/").content.decode()
    assert "The law asks for it." in html
    assert 'name="way_daily"' not in html


def test_page_keeps_what_was_typed_when_it_refuses(cast: Cast, as_bob: Client) -> None:
    for wrong in (
        fields(quiet_from="", way_kudos_received="none"),
        fields(quiet_from="09:00", quiet_to="09:00", way_kudos_received="none"),
        fields(quiet_from="noon", way_kudos_received="none"),
        fields(way_kudos_received="none", way_survey_opened="pigeon"),
    ):
        answer = as_bob.post("/notices/choices/", wrong)
        assert answer.status_code == 422
        html = answer.content.decode()
        assert 'data-testid="form-errors"' in html
        [chosen_radio] = re.findall(r'<input[^>]*name="way_kudos_received"[^>]*checked[^>]*>', html)
        assert 'value="none"' in chosen_radio
    assert (chosen(cast), NoticeHours.objects.count()) == ({}, 0)


def test_page_saved_without_quiet_hours(cast: Cast, as_bob: Client) -> None:
    sent = fields()
    del sent["is_quiet"]
    assert as_bob.post("/notices/choices/", sent).status_code == 302
    assert NoticeHours.objects.get(person=cast.bob).is_quiet is False


def test_page_tells_people_without_an_address(cast: Cast, as_keeper: Client) -> None:
    assert 'data-testid="no-address"' in as_keeper.get("/notices/choices/").content.decode()


def test_page_tells_when_the_next_collected_mail_comes(
    cast: Cast, as_bob: Client, time_machine: Any
) -> None:
    time_machine.move_to(dt.datetime(2026, 11, 26, 11, 0, tzinfo=dt.UTC), tick=False)
    cast.bob.language = "en"
    cast.bob.shift_pattern = ShiftPattern.objects.create(
        key="dag", name_nb="Dag", name_en="Day", weekdays=[1, 2, 3, 4, 5],
        starts_at=dt.time(7), ends_at=dt.time(15),
    )  # fmt: skip
    cast.bob.save()
    html = as_bob.get("/notices/choices/").content.decode()
    assert "when your shift starts: next on Friday, November 27 at 07:00." in html
    assert coming_digest(cast.alice, at=NOON).has_shift is False


@pytest.mark.parametrize("count", [1, 3])
def test_page_takes_a_constant_number_of_queries(
    cast: Cast, as_bob: Client, monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any,
    count: int,
) -> None:  # fmt: skip
    for number in range(count):
        key = f"extra{number}"
        monkeypatch.setitem(KINDS, key, Kind(key=key, title=key))
        NoticeChoice.objects.create(person=cast.bob, kind=key, way=Way.DIGEST)
    with django_assert_num_queries(8):
        as_bob.get("/notices/choices/")


def test_page_is_reached_from_the_list_and_from_me(as_bob: Client) -> None:
    for path in ("/notices/", "/people/me/"):
        assert 'href="/notices/choices/"' in as_bob.get(path).content.decode()
