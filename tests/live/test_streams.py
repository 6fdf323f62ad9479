"""Streams: what a reader has seen up to n is everything up to n, whoever writes at the same time."""

import datetime as dt
import threading
from collections.abc import Callable, Iterable

import pytest
from django.db import connection

from engagement import times
from engagement.live import actions, queries
from engagement.live.models import Celebration, Stream, StreamEvent

CARDS = {"nb": {"text": "Takk"}, "en": {"text": "Thanks"}}
AT = dt.datetime(2026, 11, 23, 10, 0, tzinfo=dt.UTC)


def celebrate(
    streams: Iterable[Stream], *, source: str = "k1", at: dt.datetime = AT
) -> Celebration:
    return actions.celebrate(
        kind="shoutout",
        source=source,
        cards=CARDS,
        streams=list(streams),
        show_from=at,
        show_until=at + dt.timedelta(hours=24),
    )


@pytest.fixture
def everybody(db: None) -> Stream:
    [stream] = actions.ensure_streams(everybody=True)
    return stream


def test_stream_is_made_once(db: None) -> None:
    [first] = actions.ensure_streams(everybody=True)
    [second] = actions.ensure_streams(everybody=True)
    assert first.pk == second.pk
    assert Stream.objects.count() == 1


def test_celebration_takes_the_next_number_of_each_stream(everybody: Stream) -> None:
    celebrate([everybody])
    celebrate([everybody])
    assert list(StreamEvent.objects.values_list("seq", flat=True).order_by("seq")) == [1, 2]
    assert queries.latest_seqs([everybody.pk]) == {everybody.pk: 2}


def test_withdrawal_is_an_event_in_the_same_stream(everybody: Stream) -> None:
    card = celebrate([everybody])
    assert actions.withdraw_celebrations(sources=["k1"], at=AT) == 1
    page = queries.changes_after({everybody.pk: 1}, language="nb", at=AT)
    assert page.events == [{"stream": everybody.pk, "seq": 2, "op": "withdraw", "id": card.key}]


def test_withdrawn_card_says_nothing_any_more(everybody: Stream) -> None:
    """Not to a screen that catches up from before it was shown either."""
    card = celebrate([everybody])
    actions.withdraw_celebrations(sources=["k1"], at=AT)
    card.refresh_from_db()
    assert card.cards == {}
    page = queries.changes_after({everybody.pk: 0}, language="nb", at=AT)
    gone = {"stream": everybody.pk, "op": "withdraw", "id": card.key}
    assert page.events == [gone | {"seq": 1}, gone | {"seq": 2}]


def test_withdrawing_twice_is_once(everybody: Stream) -> None:
    celebrate([everybody])
    actions.withdraw_celebrations(sources=["k1"], at=AT)
    assert actions.withdraw_celebrations(sources=["k1"], at=AT) == 0
    assert queries.latest_seqs([everybody.pk]) == {everybody.pk: 2}


def test_changes_come_in_order_and_in_the_language_of_the_wall(everybody: Stream) -> None:
    celebrate([everybody], source="k1")
    celebrate([everybody], source="k2")
    page = queries.changes_after({everybody.pk: 0}, language="en", at=AT)
    assert [event["seq"] for event in page.events] == [1, 2]
    assert [event["card"]["text"] for event in page.events] == ["Thanks", "Thanks"]
    assert (page.whole, page.more, page.seqs) == (False, False, {everybody.pk: 2})


def test_changes_are_bounded_and_go_on(everybody: Stream) -> None:
    for number in range(5):
        celebrate([everybody], source=f"k{number}")
    first = queries.changes_after({everybody.pk: 0}, language="nb", at=AT, limit=3)
    assert ([event["seq"] for event in first.events], first.more) == ([1, 2, 3], True)
    second = queries.changes_after(first.seqs, language="nb", at=AT, limit=3)
    assert ([event["seq"] for event in second.events], second.more) == ([4, 5], False)


def test_purged_events_give_the_whole_state(everybody: Stream) -> None:
    celebrate([everybody], source="old", at=AT - dt.timedelta(days=30))
    fresh = celebrate([everybody], source="new")
    actions.purge_celebrations(at=AT)
    page = queries.changes_after({everybody.pk: 0}, language="nb", at=AT)
    assert page.whole
    assert [event["card"]["id"] for event in page.events] == [fresh.key]
    assert page.seqs == {everybody.pk: 2}


def test_whole_state_leaves_out_expired_and_withdrawn(everybody: Stream) -> None:
    celebrate([everybody], source="expired", at=AT - dt.timedelta(hours=25))
    celebrate([everybody], source="withdrawn")
    standing = celebrate([everybody], source="standing")
    actions.withdraw_celebrations(sources=["withdrawn"], at=AT)
    page = queries.whole_state([everybody.pk], language="nb", at=AT)
    assert [event["card"]["id"] for event in page.events] == [standing.key]


def test_whole_state_shows_a_card_of_several_streams_once(everybody: Stream, cast) -> None:
    [site] = actions.ensure_streams(sites=[cast.trondheim])
    card = celebrate([everybody, site])
    page = queries.whole_state([everybody.pk, site.pk], language="nb", at=AT)
    assert [event["card"]["id"] for event in page.events] == [card.key]


@pytest.mark.parametrize(
    "forged",
    ["", "x", "e30", "W10", "bnVsbA", "eyIxIjogInRvIn0", "eyItMSI6IDF9", "%00", "a" * 5000],
)
def test_forged_cursor_is_no_cursor_or_an_empty_one(forged: str) -> None:
    assert queries.seqs_of(forged) in (None, {})


def test_cursor_comes_back_as_it_was() -> None:
    assert queries.seqs_of(queries.cursor_of({12: 345, 3: 9})) == {12: 345, 3: 9}


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Runs ``work(0…count-1)`` at the same time; the first error is raised here."""
    errors: list[BaseException] = []
    start = threading.Barrier(count)

    def run(number: int) -> None:
        try:
            start.wait(timeout=30)
            work(number)
        except BaseException as error:
            errors.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    if errors:
        raise errors[0]


@pytest.mark.django_db(transaction=True)
def test_reader_misses_nothing_while_many_write(cast) -> None:
    """Six writers over three streams, one reader that walks on from what it has seen."""
    streams = actions.ensure_streams(everybody=True, sites=[cast.trondheim], units=[cast.team])
    writers, each = 6, 30
    seen: list[str] = []
    done = threading.Event()
    at = times.now()

    def write(number: int) -> None:
        for turn in range(each):
            # Different subsets in different order: a lock taken the wrong way round would deadlock.
            chosen = [streams[(number + turn) % 3], streams[turn % 3]]
            celebrate({s.pk: s for s in chosen}.values(), source=f"{number}-{turn}", at=at)

    def read() -> None:
        seqs = {stream.pk: 0 for stream in streams}
        while True:
            is_last = done.is_set()
            page = queries.changes_after(seqs, language="nb", at=at)
            assert not page.whole
            for event in page.events:
                assert event["seq"] == seqs[event["stream"]] + 1
                seqs[event["stream"]] = event["seq"]
                seen.append(event["card"]["id"])
            if is_last and not page.events:
                return

    writing = threading.Semaphore(0)

    def take_part(number: int) -> None:
        if number == writers:
            read()
            return
        try:
            write(number)
        finally:
            writing.release()
            if number == 0:
                for _ in range(writers):
                    writing.acquire(timeout=60)
                done.set()

    in_threads(writers + 1, take_part)
    assert set(seen) == set(Celebration.objects.values_list("key", flat=True))
    assert len(set(seen)) == writers * each


def test_what_lasts_is_shown_however_much_news_comes_after_it(everybody: Stream) -> None:
    days = dt.timedelta(days=14)
    poster = actions.celebrate(
        kind="survey", source="s1", cards=CARDS, streams=[everybody],
        show_from=AT - days, show_until=AT + days,
    )  # fmt: skip
    news = [
        celebrate([everybody], source=f"k{number}") for number in range(queries.STATE_CARDS + 5)
    ]
    page = queries.whole_state([everybody.pk], language="nb", at=AT)
    shown = [event["card"]["id"] for event in page.events]
    assert shown == [poster.key, *(card.key for card in news[5:])]
