"""Months, weeks, and one sitting as a file."""

import datetime as dt
import re

import icalendar
import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from engagement.people.models import Employer
from events.models import Event, Invitation, Sitting
from events.queries.calendar import holiday_name, month_of, week_of
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events import factories
from tests.events.calendars.rfc5545 import faults
from tests.events.conftest import WaffleFriday

NOVEMBER, TODAY = dt.date(2026, 11, 1), dt.date(2026, 11, 26)
MONDAY = dt.date(2026, 11, 23)
PAGE = "/events/calendar/"

pytestmark = pytest.mark.usefixtures("clock")


def entries(cast: Cast, who: str = "bob", **facts: bool) -> list[tuple[int, str, str, str, int]]:
    """Day, time, title, state and further times of all that somebody sees in November."""
    weeks = month_of(getattr(cast, who), NOVEMBER, today=TODAY, language="en", **facts)
    return [
        (day.day.day, entry.slot.from_clock, entry.slot.title, entry.slot.mine, entry.more_count)
        for week in weeks
        for day in week.days
        for entry in day.entries
    ]


def test_month_is_whole_weeks_from_monday(cast: Cast) -> None:
    weeks = month_of(cast.bob, NOVEMBER, today=TODAY, language="nb")
    assert [week.number for week in weeks] == [44, 45, 46, 47, 48, 49]
    assert [week.days[0].day.isoweekday() for week in weeks] == [1] * 6
    assert (weeks[0].days[0].day, weeks[-1].days[-1].day) == (
        dt.date(2026, 10, 26),
        dt.date(2026, 12, 6),
    )
    inside = [day.day for week in weeks for day in week.days if not day.is_outside]
    assert inside == [dt.date(2026, 11, day) for day in range(1, 31)]
    assert [day.day for week in weeks for day in week.days if day.is_today] == [TODAY]
    # A February of four weeks has no row too many.
    assert len(month_of(cast.bob, dt.date(2027, 2, 1), today=TODAY, language="nb")) == 4


def test_month_shows_each_event_once_a_day(waffles: WaffleFriday, cast: Cast) -> None:
    late = factories.make_sitting(waffles.event, site=cast.trondheim, starts=dt.time(14))
    assert entries(cast) == [(27, "12:00", "Vaffelfredag", "", 1)]
    factories.make_signup(late, cast.bob, state="waiting")
    assert entries(cast) == [(27, "14:00", "Vaffelfredag", "waiting", 1)]
    factories.make_signup(waffles.sitting, cast.bob, job=factories.make_job(waffles.sitting))
    assert entries(cast) == [(27, "12:00", "Vaffelfredag", "placed", 1)]
    assert entries(cast, "alice") == [(27, "12:00", "Vaffelfredag", "", 1)]


def test_calendar_shows_only_what_one_is_invited_to(waffles: WaffleFriday, cast: Cast) -> None:
    Sitting.objects.update(site=None)
    assert entries(cast, "charlie") == [(27, "12:00", "Vaffelfredag", "", 0)]
    Invitation.objects.create(series=waffles.series, site=cast.trondheim)
    assert entries(cast, "charlie") == []
    assert len(entries(cast)) == 1
    # What one has a place in stays, and what one organises.
    factories.make_signup(waffles.sitting, cast.charlie)
    assert len(entries(cast, "charlie")) == 1
    waffles.series.organiser = cast.keeper
    waffles.series.save()
    assert len(entries(cast, "keeper")) == 1


def test_other_sites_are_shown_when_asked_for(waffles: WaffleFriday, cast: Cast) -> None:
    there = factories.make_sitting(waffles.event, site=cast.gjovik, starts=dt.time(10))
    assert entries(cast) == [(27, "12:00", "Vaffelfredag", "", 0)]
    assert entries(cast, everywhere=True) == [(27, "10:00", "Vaffelfredag", "", 1)]
    factories.make_signup(there, cast.bob)
    assert entries(cast) == [(27, "10:00", "Vaffelfredag", "placed", 1)]
    # Who has no site sees them all.
    assert entries(cast, "keeper") == [(27, "10:00", "Vaffelfredag", "", 1)]


def test_days_are_those_of_the_sites_own_clock(waffles: WaffleFriday, cast: Cast) -> None:
    vilnius = people.make_site("Vilnius", timezone="Europe/Vilnius")
    sitting = factories.make_sitting(waffles.event, site=vilnius, starts=dt.time(0, 30))
    assert sitting.starts_at == dt.datetime(2026, 11, 26, 22, 30, tzinfo=dt.UTC)
    assert entries(cast, everywhere=True)[0] == (27, "00:30", "Vaffelfredag", "", 1)


def test_cancelled_is_said(waffles: WaffleFriday, cast: Cast, as_bob: Client) -> None:
    Event.objects.update(cancelled_at=factories.make_sitting(waffles.event).opens_at)
    page = as_bob.get(PAGE).content.decode()
    assert page.count("is-cancelled") == 1
    assert "is-cancelled" in as_bob.get(f"{PAGE}?week=2026-W48").content.decode()


def test_holidays_are_named(cast: Cast, as_bob: Client) -> None:
    assert holiday_name(dt.date(2026, 5, 17), "nb") == "Grunnlovsdag"
    assert holiday_name(dt.date(2026, 5, 17), "en") == "Constitution Day"
    assert holiday_name(dt.date(2026, 5, 18), "nb") == ""
    page = as_bob.get(f"{PAGE}?month=2026-12").content.decode()
    assert re.findall(r'month-holiday">([^<]+)', page) == [
        "Første juledag", "Andre juledag", "Første nyttårsdag"
    ]  # fmt: skip
    assert "Andre juledag" in as_bob.get(f"{PAGE}?week=2026-W52").content.decode()


def test_week_tells_each_sitting(waffles: WaffleFriday, cast: Cast) -> None:
    factories.make_sitting(waffles.event, site=cast.trondheim, starts=dt.time(14), place="Taket")
    week = week_of(cast.bob, MONDAY, today=TODAY, language="en")
    assert (week.name, week.number) == ("2026-W48", 48)
    told = [
        (day.day.day, one.from_clock, one.to_clock, one.place, one.site)
        for day in week.days
        for one in day.slots
    ]
    assert told == [
        (27, "12:00", "12:30", "", "Trondheim"),
        (27, "14:00", "14:30", "Taket", "Trondheim"),
    ]


def test_pages_lead_to_the_next_and_to_one_another(as_bob: Client) -> None:
    def links(query: str) -> list[str]:
        page = as_bob.get(PAGE + query).content.decode()
        return [
            one.replace("&amp;", "&")
            for one in re.findall(r'href="/events/calendar/\?([^"]+)', page)
        ]

    month = links("")
    assert month[:3] == ["month=2026-10", "month=2026-12", "month=2026-11"]
    assert month[3:5] == ["month=2026-11", "week=2026-W48"]
    assert month[-1] == "month=2026-11&sites=all"
    week = links("?week=2027-W01&sites=all")
    assert week == [
        "week=2026-W53&sites=all", "week=2027-W02&sites=all", "week=2026-W48&sites=all",
        "sites=all&month=2027-01", "week=2027-W01&sites=all", "week=2027-W01",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    ["month=2026-13", "month=2026-1", "month=x", "month=0001-01", "month=9999-12", "week=2026-W54",
     "week=2026-48", "week=2026-W00", "week=٢٠٢٦-W01", "month=2026-11%00"],
)  # fmt: skip
def test_month_that_is_none_is_refused(as_bob: Client, query: str) -> None:
    assert as_bob.get(f"{PAGE}?{query}").status_code == 400


def test_table_is_a_table_for_everybody(waffles: WaffleFriday, as_bob: Client) -> None:
    page = as_bob.get(PAGE).content.decode()
    assert page.count('role="columnheader"') == 8
    assert page.count('role="rowheader"') == 6
    assert page.count('role="cell"') == 42
    assert page.count('aria-current="date"') == 1
    assert f'href="/events/{waffles.event.key}/"' in page


def test_empty_month_says_so(as_bob: Client) -> None:
    assert 'class="empty"' in as_bob.get(PAGE).content.decode()


@pytest.mark.parametrize(("query", "count"), [("", 7), ("?week=2026-W48", 7), ("?sites=all", 7)])
def test_pages_ask_the_same_however_much_there_is(
    waffles: WaffleFriday,
    cast: Cast,
    as_bob: Client,
    django_assert_num_queries: DjangoAssertNumQueries,
    query: str,
    count: int,
) -> None:
    for number in range(3):
        sitting = factories.make_sitting(
            waffles.event, site=cast.trondheim, starts=dt.time(13 + number)
        )
        if number == 0:
            factories.make_signup(sitting, cast.bob)
        with django_assert_num_queries(count):
            as_bob.get(PAGE + query)


def test_hostile_titles_stay_texts(waffles: WaffleFriday, as_bob: Client) -> None:
    Event.objects.update(own_title='<img src=x onerror="alert(1)">')
    for query in ("", "?week=2026-W48"):
        page = as_bob.get(PAGE + query).content.decode()
        assert "<img" not in page
        assert "&lt;img src=x" in page


def test_one_sitting_comes_as_a_file(waffles: WaffleFriday, cast: Cast, as_bob: Client) -> None:
    answer = as_bob.get(f"/events/sittings/{waffles.sitting.key}.ics")
    assert answer.headers["Content-Disposition"] == (
        'attachment; filename="vaffelfredag-2026-11-27.ics"'
    )
    assert faults(answer.content) == []
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    # The same as in the feed, so that a program that has both shows one.
    assert event["uid"] == f"{waffles.sitting.key}@127.0.0.1"
    assert (event["status"], event["dtstart"].dt) == ("CONFIRMED", waffles.sitting.starts_at)
    factories.make_signup(waffles.sitting, cast.bob, state="waiting")
    answer = as_bob.get(f"/events/sittings/{waffles.sitting.key}.ics")
    assert b"STATUS:TENTATIVE" in answer.content


def test_file_is_for_those_who_are_invited(
    waffles: WaffleFriday, cast: Cast, as_bob: Client, as_charlie: Client
) -> None:
    Invitation.objects.create(series=waffles.series, employer=Employer.objects.get(name="Fjordtel"))
    path = f"/events/sittings/{waffles.sitting.key}.ics"
    assert [one.get(path).status_code for one in (as_bob, as_charlie, Client())] == [200, 404, 302]
    for key in ("s0", "x" * 40, "%00"):
        assert as_bob.get(f"/events/sittings/{key}.ics").status_code == 404


def test_file_has_a_name_whatever_the_title(waffles: WaffleFriday, as_bob: Client) -> None:
    for title, name in (('"; rm -rf /\r\nX: y', "rm-rf-x-y"), ("вафли", "vaffel")):
        Event.objects.update(own_title=title)
        answer = as_bob.get(f"/events/sittings/{waffles.sitting.key}.ics")
        assert answer.headers["Content-Disposition"] == (
            f'attachment; filename="{name}-2026-11-27.ics"'
        )
        assert faults(answer.content) == []


def test_today_moves_with_the_clock(as_bob: Client, clock: time_machine.Traveller) -> None:
    clock.move_to(dt.datetime(2026, 11, 30, 23, 30, tzinfo=dt.UTC))
    client = sign_in(Client(), as_bob.get("/people/me/").wsgi_request.user)  # type: ignore[arg-type]
    page = client.get(PAGE).content.decode()
    assert re.findall(r'datetime="([^"]+)" aria-current', page) == ["2026-12-01"]
