"""Calendar files, read by two libraries that are not ours and by the rules themselves."""

import datetime as dt
import random
from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from events.ics import CANCELLED, CONFIRMED, TENTATIVE, Entry, clean_text, write_calendar
from tests.events.calendars.oracle import Oracle
from tests.events.calendars.rfc5545 import faults

CHANGED = dt.datetime(2026, 11, 1, 9, 30, 15, 500, tzinfo=dt.UTC)
NOON = dt.datetime(2026, 11, 27, 11, tzinfo=dt.UTC)
HALF_HOUR = dt.timedelta(minutes=30)

HOSTILE = (
    "Vafler; med, brunost\\ og \"syltetøy\": 100 %",
    "Fredag\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nUID:ond@example.org",
    "\nEND:VCALENDAR\n",
    "linje\u2028skilt\u2029av\x85andre\x0btegn\x0cenn\x1cvi",
    "null\x00byte\x07klokke\x7fslett",
    "ræv " * 400,
    "🧇" * 60,
    "👩🏽‍🚒🏳️‍🌈" * 20,
    "ו‏ראפלים \u202eesrever",
    "a" * 74 + "æ" + "b" * 74,
    "\\n \\, \\; \\\\",
    "halv \ud83e tegn",
    "<script>alert(1)</script> &amp; {{ title }} %(title)s",
    " \t ",
    "=?utf-8?q?Vaffel?=",
)  # fmt: skip


def entry(**facts: Any) -> Entry:
    facts = {
        "key": "s00000000000001",
        "sequence": 0,
        "changed_at": CHANGED,
        "starts_at": NOON,
        "ends_at": facts.get("starts_at", NOON) + HALF_HOUR,
        "zone": "Europe/Oslo",
        "status": CONFIRMED,
        "summary": "Vaffelfredag",
        "url": "https://vaffel.example/events/e1/",
    } | facts
    return Entry(**facts)


@pytest.fixture(scope="module")
def oracle() -> Iterator[Oracle]:
    with Oracle.open() as opened:
        yield opened


def ours(file: bytes) -> list[dict[str, Any]]:
    """What the Python library reads, in the words of the other one."""
    calendar = icalendar.Calendar.from_ical(file)
    assert isinstance(calendar, icalendar.Calendar)
    return [
        {
            "uid": str(event["uid"]),
            "start": event["dtstart"].dt.timestamp(),
            "end": event["dtend"].dt.timestamp(),
            "zone": event["dtstart"].params.get("TZID", "UTC"),
            "sequence": int(event["sequence"]),
            "status": str(event["status"]),
            "summary": str(event["summary"]),
            "description": str(event["description"]) if "description" in event else None,
            "location": str(event["location"]) if "location" in event else None,
            "url": str(event["url"]),
            "modified": event["last-modified"].dt.timestamp(),
            "alarms": [int(alarm["trigger"].dt.total_seconds()) for alarm in event.walk("VALARM")],
        }
        for event in calendar.walk("VEVENT")
    ]


def test_file_is_read_alike_by_both_and_keeps_the_rules(oracle: Oracle) -> None:
    file = write_calendar(
        [
            entry(alarm=HALF_HOUR, description="Ta med\ngodt humør", location="Kantina, Trondheim"),
            entry(key="s2", zone="Europe/Vilnius", status=TENTATIVE, alarm=HALF_HOUR),
            entry(key="s3", zone="UTC", status=CANCELLED, sequence=4),
        ],
        name="Vaffel",
    )
    assert faults(file) == []
    theirs = oracle.read(file)
    assert theirs["name"] == "Vaffel"
    assert theirs["events"] == ours(file)
    first, second, third = theirs["events"]
    assert first == {
        "uid": "s00000000000001@127.0.0.1",
        "start": NOON.timestamp(),
        "end": (NOON + HALF_HOUR).timestamp(),
        "zone": "Europe/Oslo",
        "sequence": 0,
        "status": "CONFIRMED",
        "summary": "Vaffelfredag",
        "description": "Ta med\ngodt humør",
        "location": "Kantina, Trondheim",
        "url": "https://vaffel.example/events/e1/",
        "modified": CHANGED.replace(microsecond=0).timestamp(),
        "alarms": [-1800],
    }
    # Whoever only waits is not rung for.
    assert (second["zone"], second["status"], second["alarms"]) == (
        "Europe/Vilnius",
        "TENTATIVE",
        [],
    )
    assert (third["zone"], third["status"], third["sequence"]) == ("UTC", "CANCELLED", 4)


def test_empty_calendar_keeps_the_rules(oracle: Oracle) -> None:
    file = write_calendar([], name="Vaffel")
    assert faults(file) == []
    assert oracle.read(file)["events"] == ours(file) == []


def test_updated_sitting_replaces_the_old_one(oracle: Oracle) -> None:
    def read(file: bytes) -> tuple[str, int, float]:
        (event,) = oracle.read(file)["events"]
        return event["uid"], event["sequence"], event["start"]

    before = read(write_calendar([entry()]))
    later = NOON + dt.timedelta(hours=1)
    after = read(write_calendar([entry(sequence=1, starts_at=later)]))
    assert (before[0], before[1] + 1) == (after[0], after[1])
    assert after[2] - before[2] == 3600


@pytest.mark.parametrize(
    "zone",
    [
        "Europe/Oslo",
        "Europe/Vilnius",
        "Europe/London",
        "Asia/Kathmandu",
        "America/New_York",
        "Africa/Casablanca",
    ],
)
def test_moments_are_the_same_over_every_change_of_the_clock(oracle: Oracle, zone: str) -> None:
    """Every half hour of the nights around two springs and two autumns, and random ones."""
    nights = [dt.datetime(2026, 3, 28, 20), dt.datetime(2026, 10, 24, 20),
              dt.datetime(2027, 3, 27, 20), dt.datetime(2027, 10, 30, 20)]  # fmt: skip
    starts = [
        night.replace(tzinfo=dt.UTC) + HALF_HOUR * step for night in nights for step in range(24)
    ]
    dice = random.Random(7)
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    starts += [first + dt.timedelta(minutes=dice.randrange(6 * 525_600)) for _ in range(200)]
    file = write_calendar(
        [entry(key=f"s{number}", zone=zone, starts_at=at) for number, at in enumerate(starts)]
    )
    assert faults(file) == []
    theirs = oracle.read(file)["events"]
    assert theirs == ours(file)
    assert [event["start"] for event in theirs] == [at.timestamp() for at in starts]
    assert {event["end"] - event["start"] for event in theirs} == {1800}


def test_hour_that_comes_twice_is_told_without_doubt() -> None:
    first = dt.datetime(2026, 10, 25, 0, 30, tzinfo=dt.UTC)
    second = first + dt.timedelta(hours=1)
    clocks = [at.astimezone(ZoneInfo("Europe/Oslo")).strftime("%H:%M") for at in (first, second)]
    assert clocks == ["02:30", "02:30"]
    file = write_calendar([entry(starts_at=first, ends_at=first + dt.timedelta(minutes=20)),
                           entry(key="s2", starts_at=second)])  # fmt: skip
    assert b"DTSTART:20261025T003000Z" in file
    assert b"DTSTART:20261025T013000Z" in file


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_through_as_text(oracle: Oracle, text: str) -> None:
    file = write_calendar(
        [entry(summary=text, description=text, location=text), entry(key="s2")], name=text
    )
    assert faults(file) == []
    theirs = oracle.read(file)["events"]
    assert theirs == ours(file)
    assert len(theirs) == 2
    wanted = clean_text(text)
    assert theirs[0]["summary"] == wanted
    # An empty one is not sent at all.
    assert (theirs[0]["description"], theirs[0]["location"]) == (wanted or None, wanted or None)


@given(st.text(max_size=300))
@settings(max_examples=300, deadline=None)
def test_any_text_keeps_the_rules(text: str) -> None:
    file = write_calendar([entry(summary=text, description=text)])
    assert faults(file) == []
    assert ours(file)[0]["summary"] == clean_text(text)


def test_rules_find_what_is_wrong() -> None:
    good = write_calendar([entry(alarm=HALF_HOUR), entry(key="s2")])
    assert faults(good) == []
    for broken in (
        good.replace(b"\r\n", b"\n"),
        good.replace(b"VERSION:2.0\r\n", b""),
        good.replace(b"UID:s2@", b"UID:s00000000000001@"),
        good.replace(b"TZID:Europe/Oslo", b"TZID:Europe/Bergen"),
        good.replace(b"SUMMARY:Vaffelfredag", b"SUMMARY:Vafler, mer"),
        good.replace(b"SUMMARY:Vaffelfredag", b"SUMMARY:" + b"x" * 80),
        good.replace(b";TZID=Europe/Oslo:", b":"),
        good.replace(b"STATUS:CONFIRMED", b"STATUS:DONE"),
        good.replace(b"VERSION:2.0", b"VERSION:2.0\r\nMETHOD:PUBLISH"),
        good.rstrip(b"\r\n"),
    ):
        assert broken != good
        assert faults(broken) != []
