"""Which look a day has, for whom and where: two zones at once, midnight, and what it costs."""

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from engagement import times
from engagement.people.models import Site
from engagement.themes import actions, calendar
from engagement.themes.calendar import coming_for_wall, current_plan, forget_plan, theme_for
from tests import factories
from tests.conftest import Cast
from tests.themes.factories import make_theme_day

OSLO = ZoneInfo("Europe/Oslo")


def look_of(person: Any, *clock: int, zone: ZoneInfo = OSLO) -> str:
    theme = theme_for(person, dt.datetime(*clock, tzinfo=zone))  # type: ignore[arg-type,misc]
    return theme.look if theme else ""


@pytest.fixture
def vilnius(db: None) -> Site:
    return factories.make_site("Vilnius", timezone="Europe/Vilnius")


def test_day_begins_and_ends_at_midnight(cast: Cast) -> None:
    make_theme_day()
    assert look_of(cast.alice, 2027, 2, 13, 23, 59, 59) == ""
    assert look_of(cast.alice, 2027, 2, 14, 0, 0) == "valentine"
    assert look_of(cast.alice, 2027, 2, 14, 23, 59, 59) == "valentine"
    assert look_of(cast.alice, 2027, 2, 15, 0, 0) == ""


def test_each_site_goes_by_its_own_clock(cast: Cast, vilnius: Site) -> None:
    team = factories.make_unit("Team Neris", parent=cast.department, site=vilnius)
    lina = factories.make_person("Lina", "Kazlauskas", unit=team)
    make_theme_day()
    # An hour before midnight in Norway it is midnight in Lithuania.
    assert look_of(lina, 2027, 2, 13, 23, 0) == "valentine"
    assert look_of(cast.alice, 2027, 2, 13, 23, 0) == ""
    assert look_of(lina, 2027, 2, 14, 23, 0) == ""
    assert look_of(cast.alice, 2027, 2, 14, 23, 0) == "valentine"


def test_day_of_one_site_is_seen_there_only(cast: Cast, vilnius: Site) -> None:
    team = factories.make_unit("Team Neris", parent=cast.department, site=vilnius)
    lina = factories.make_person("Lina", "Kazlauskas", unit=team)
    make_theme_day("Frihetsdagen", look="easter", day=16, sites=(vilnius,))
    assert look_of(lina, 2027, 2, 16, 12) == "easter"
    assert look_of(cast.alice, 2027, 2, 16, 12) == ""
    # Somebody without a site sees what is for all.
    assert look_of(factories.make_person("Nora", "Ny"), 2027, 2, 16, 12) == ""


def test_shorter_day_stands_out_of_a_longer_one(cast: Cast) -> None:
    make_theme_day("Advent", look="advent", month=12, day=1, days_count=24)
    make_theme_day("Lucia", look="lucia", month=12, day=13, position=9)
    assert look_of(cast.alice, 2027, 12, 12, 12) == "advent"
    assert look_of(cast.alice, 2027, 12, 13, 12) == "lucia"
    assert look_of(cast.alice, 2027, 12, 14, 12) == "advent"


def test_of_two_of_one_length_the_one_for_chosen_sites_and_then_the_order_wins(cast: Cast) -> None:
    make_theme_day("A", position=2)
    make_theme_day("B", look="women", position=1)
    assert look_of(cast.alice, 2027, 2, 14, 12) == "women"
    make_theme_day("C", look="sami", position=3, sites=(cast.trondheim,))
    assert look_of(cast.alice, 2027, 2, 14, 12) == "sami"
    assert look_of(cast.charlie, 2027, 2, 14, 12) == "women"


def test_day_that_is_off_or_of_an_unknown_look_is_not_seen(cast: Cast) -> None:
    make_theme_day(is_on=False)
    assert look_of(cast.alice, 2027, 2, 14, 12) == ""
    make_theme_day("B").__class__.objects.filter(name_nb="B").update(look="gone")
    forget_plan()
    assert look_of(cast.alice, 2027, 2, 14, 12) == ""


def test_night_when_clocks_change_keeps_its_day(cast: Cast) -> None:
    make_theme_day("Vår", look="easter", month=3, day=28)
    # In 2027 clocks go forward on 28 March: a day of 23 hours.
    coming = coming_for_wall(
        None, "Europe/Oslo", language="nb", at=dt.datetime(2027, 3, 20, tzinfo=OSLO)
    )
    assert [one["look"] for one in coming] == ["easter"]
    assert coming[0]["from"] == times.milliseconds(dt.datetime(2027, 3, 28, tzinfo=OSLO))
    assert int(str(coming[0]["until"])) - int(str(coming[0]["from"])) == 23 * 3_600_000


def test_wall_is_told_the_days_to_come_in_order_and_apart(cast: Cast) -> None:
    make_theme_day("Advent", name_en="Advent", look="advent", month=12, day=1, days_count=24)
    make_theme_day("Lucia", name_en="Lucia", look="lucia", month=12, day=13, greeting_nb="Lys")
    at = dt.datetime(2027, 11, 20, 12, tzinfo=OSLO)

    def midnight(month: int, day: int) -> int:
        return times.milliseconds(dt.datetime(2027, month, day, tzinfo=OSLO))

    coming = coming_for_wall(cast.trondheim.pk, "Europe/Oslo", language="nb", at=at)
    assert coming == [
        {"from": midnight(12, 1), "until": midnight(12, 13), "look": "advent", "name": "Advent",
         "greeting": "Advent"},
        {"from": midnight(12, 13), "until": midnight(12, 14), "look": "lucia", "name": "Lucia",
         "greeting": "Lys"},
        {"from": midnight(12, 14), "until": midnight(12, 25), "look": "advent", "name": "Advent",
         "greeting": "Advent"},
    ]  # fmt: skip


def test_wall_of_a_site_is_told_what_is_for_it(cast: Cast, vilnius: Site) -> None:
    make_theme_day("Frihetsdagen", look="easter", day=16, sites=(vilnius,))
    at = dt.datetime(2027, 2, 1, tzinfo=OSLO)
    told = coming_for_wall(vilnius.pk, vilnius.timezone, language="en", at=at)
    starts = dt.datetime(2027, 2, 16, tzinfo=ZoneInfo("Europe/Vilnius"))
    assert [one["from"] for one in told] == [times.milliseconds(starts)]
    assert coming_for_wall(cast.trondheim.pk, "Europe/Oslo", language="en", at=at) == []


def test_plan_is_read_once_and_again_after_a_while(cast: Cast) -> None:
    make_theme_day()
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            assert look_of(cast.alice, 2027, 2, 14, 12) == "valentine"
    assert len(asked) == 3  # days, their sites, the zones
    with (
        time_machine.travel(times.now() + dt.timedelta(seconds=calendar.KEPT_S + 1), tick=False),
        CaptureQueriesContext(connection) as asked,
    ):
        calendar._Kept.read_at -= calendar.KEPT_S + 1
        current_plan()
    assert len(asked) == 3


def test_where_somebody_works_is_asked_only_when_sites_differ(cast: Cast, vilnius: Site) -> None:
    make_theme_day()
    make_theme_day("Frihetsdagen", look="easter", day=16, sites=(vilnius,))
    current_plan()
    with CaptureQueriesContext(connection) as asked:
        look_of(cast.alice, 2027, 2, 14, 12)
        look_of(cast.alice, 2027, 2, 20, 12)
    assert len(asked) == 0
    with CaptureQueriesContext(connection) as asked:
        for _ in range(3):
            look_of(cast.alice, 2027, 2, 16, 12)
    assert len(asked) == 2


def test_empty_plan_costs_one_question(cast: Cast) -> None:
    forget_plan()
    with CaptureQueriesContext(connection) as asked:
        assert look_of(cast.alice, 2027, 2, 14, 12) == ""
        assert look_of(cast.bob, 2027, 2, 14, 12) == ""
    assert len(asked) == 1


def test_action_is_seen_at_once(cast: Cast) -> None:
    day = make_theme_day()
    assert look_of(cast.alice, 2027, 2, 14, 12) == "valentine"
    actions.switch_theme_day(day=day, is_on=False, by=cast.admin, at=times.now())
    assert look_of(cast.alice, 2027, 2, 14, 12) == ""
