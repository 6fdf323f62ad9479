"""How many have read it: told so that nobody can be worked out."""

import datetime as dt
import math
import random
from collections import Counter

import pytest
from django.utils.translation import override

from engagement.blurring import ODDS
from engagement.notices.actions import deliver_mail
from engagement.notices.kinds import KINDS
from engagement.notices.models import Delivery, Notice
from engagement.people.models import Person
from events import read_counts
from events.actions import announcing
from events.models import ReadCount, Reading
from events.queries.announcements import read_counts_of
from events.read_counts import bounds_of, in_words, step_of
from tests import factories as people
from tests.conftest import Cast
from tests.events.announcing.helpers import AT, DAY, HOUR, correct, got_it, sent

TRIES = 6000


def seen(readers: set[int], everybody: set[int]) -> Counter[int]:
    """What an author sees of many announcements with the same readers."""
    return Counter(step_of(readers, everybody, of=f"v{number}:1") for number in range(TRIES))


@pytest.mark.parametrize("size", [5, 6, 9, 10, 19, 20, 49, 50, 143])
def test_who_knows_all_but_one_stays_unsure_of_that_one(size: int) -> None:
    """The adversary made everybody else say whether they have read, and asks about Bob."""
    everybody = set(range(size))
    bob = size - 1
    steps = 1 if size < 50 else 10
    for others in {0, 1, size // 2, size - 2, size - 1, *range(0, size - 1, steps * 3)}:
        known = set(range(others))
        without, with_bob = seen(known, everybody), seen(known | {bob}, everybody)
        for step in without | with_bob:
            fewer, more = sorted((without[step], with_bob[step]))
            # Three times at most, and six times what chance adds to so many tries.
            chance = 6 * math.sqrt(more + ODDS**2 * fewer) + 10
            assert more <= ODDS * fewer + chance, (size, others, step)


def test_told_is_near_the_truth_and_never_the_ends() -> None:
    everybody = set(range(143))
    for count in (0, 1, 86, 87, 142, 143):
        [(most_often, _times)] = seen(set(range(count)), everybody).most_common(1)
        least, most = bounds_of(most_often, 143)
        assert least <= count <= most
        assert most - least >= 7
    with override("en"):
        assert [in_words(step, 143) for step in (1, 9, 14)] == [
            "14 or fewer", "About 90", "135 or more",
        ]  # fmt: skip
        assert [in_words(step, 7) for step in (0, 1)] == [
            "About half or fewer", "About half or more",
        ]  # fmt: skip


@pytest.mark.parametrize("size", [5, 9, 10, 19, 20, 49, 50, 59, 60, 143, 3400])
def test_steps_join_without_gap_or_overlap(size: int) -> None:
    first = 1 if size >= 50 else 0
    last = step_of(set(range(size)), set(range(size)), of="x")
    bounds = [bounds_of(step, size) for step in range(first, last + 1)]
    assert (bounds[0][0], bounds[-1][1]) == (0, size)
    assert [one[1] + 1 for one in bounds[:-1]] == [one[0] for one in bounds[1:]]


def test_asking_again_draws_no_new_lot() -> None:
    everybody, readers = set(range(30)), set(range(12))
    assert len({step_of(readers, everybody, of="v1:3") for _ in range(50)}) == 1
    assert len(seen(readers, everybody)) > 1


# --- when -----------------------------------------------------------------------------------------


@pytest.fixture
def crowd(cast: Cast) -> list[Person]:
    """Five people who are not the author: Alice, Bob and three more."""
    more = [people.make_person(f"P{number}", unit=cast.team) for number in range(3)]
    return [cast.alice, cast.bob, *more]


def test_counted_three_times_as_it_was_then_and_never_again(
    cast: Cast, mona: Person, crowd: list[Person], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[int, int, str]] = []

    def spy(readers: set[int], everybody: set[int], *, of: str) -> int:
        asked.append((len(readers), len(everybody), of.partition(":")[2]))
        return 1

    monkeypatch.setattr("events.actions.announcing.counting.step_of", spy)
    news = sent(mona, audiences=[cast.team])
    got_it(news, crowd[0], at=AT + DAY)
    got_it(news, crowd[1], at=AT + DAY + HOUR)
    assert announcing.count_readers(at=AT + DAY - HOUR) == 0
    # The worker was away: it is still counted as it was after a day.
    assert announcing.count_readers(at=AT + 2 * DAY) == 1
    assert asked == [(1, 5, "1")]
    correct(news, mona, at=AT + 2 * DAY)
    assert announcing.count_readers(at=AT + 2 * DAY) == 0
    got_it(news, *crowd, at=AT + 5 * DAY)
    assert announcing.count_readers(at=AT + 8 * DAY) == 2
    assert asked[1:] == [(2, 5, "3"), (5, 5, "7")]
    assert announcing.count_readers(at=AT + 9 * DAY) == 0
    assert [bool(one.words) for one in read_counts_of(news)] == [True, True, True]


def test_fewer_than_five_are_not_counted_at_all(
    cast: Cast, mona: Person, crowd: list[Person]
) -> None:
    """Four and the author: five stand in the audience, and one is no secret to oneself."""
    news = sent(mona, people=[*crowd[:4], mona])
    assert news.recipient_count == 4
    got_it(news, *crowd[:4])
    announcing.count_readers(at=AT + 8 * DAY)
    assert (ReadCount.objects.count(), read_counts_of(news)) == (0, [])


def test_only_the_blurred_step_is_stored(
    cast: Cast, mona: Person, crowd: list[Person], caplog: pytest.LogCaptureFixture
) -> None:
    news = sent(mona, audiences=[cast.team])
    got_it(news, *crowd[:3])
    announcing.count_readers(at=AT + DAY)
    [count] = ReadCount.objects.all()
    assert count.step == step_of(
        {one.pk for one in crowd[:3]}, {one.pk for one in crowd}, of=f"{news.key}:1"
    )
    fields = {field.name for field in ReadCount._meta.get_fields()}
    assert fields == {"id", "announcement", "days", "step"}
    assert caplog.text == ""


def test_readings_go_and_counts_stay(cast: Cast, mona: Person, crowd: list[Person]) -> None:
    news = sent(mona, audiences=[cast.team])
    got_it(news, *crowd)
    announcing.count_readers(at=AT + 7 * DAY)
    announcing.end_announcement(announcement=news, by=mona, at=AT + HOUR)
    assert announcing.purge_readings(at=AT + 7 * DAY) == 0
    assert announcing.purge_readings(at=AT + 7 * DAY + HOUR) == 5
    assert (Reading.objects.count(), ReadCount.objects.count()) == (0, 3)
    assert read_counts.FEWEST == 5


def notices_of(*people: Person) -> list[list[tuple[str, dt.datetime | None]]]:
    """What stands in the list of each, and since when it counts as read."""
    return [
        list(
            Notice.objects.filter(person=one, withdrawn_at=None)
            .order_by("pk")
            .values_list("kind", "read_at")
        )
        for one in people
    ]


def test_notices_do_not_keep_who_has_read_any_longer(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    correct(news, mona, at=AT + HOUR)
    got_it(news, cast.alice, at=AT + 3 * HOUR)
    fresh = sent(mona, at=AT + 2 * HOUR, people=[cast.alice, cast.bob])
    got_it(fresh, cast.alice, at=AT + 4 * HOUR)
    announcing.end_announcement(announcement=news, by=mona, at=AT + 5 * HOUR)
    announcing.purge_readings(at=AT + 7 * DAY)
    before = notices_of(cast.alice, cast.bob)
    assert before[0] != before[1]
    announcing.purge_readings(at=AT + 7 * DAY + 5 * HOUR)
    told = [("announcement_corrected", AT + HOUR)]
    assert notices_of(cast.alice, cast.bob) == [
        [*told, ("announcement", AT + 4 * HOUR)], [*told, ("announcement", None)],
    ]  # fmt: skip
    # Nor does what was taken back.
    read_at = Notice.objects.filter(source=f"announcement:{news.key}:1").values_list("read_at")
    assert set(read_at) == {(AT,)}
    announcing.purge_readings(at=AT + 91 * DAY)
    alice, bob = notices_of(cast.alice, cast.bob)
    assert alice == bob == [*told, ("announcement", AT + 2 * HOUR)]


def test_correction_after_the_readings_went_is_new(cast: Cast, mona: Person) -> None:
    news = sent(mona, people=[cast.alice, cast.bob])
    announcing.purge_readings(at=AT + 90 * DAY)
    news.refresh_from_db()
    correct(news, mona, at=AT + 91 * DAY)
    announcing.purge_readings(at=AT + 92 * DAY)
    assert notices_of(cast.alice) == [[("announcement_corrected", None)]]


def test_mail_leaves_whether_it_was_read_or_not(cast: Cast, mona: Person) -> None:
    """Those who see what became of mails would count who has read, also of a list of one."""
    news = sent(mona, people=[cast.alice, cast.bob])
    got_it(news, cast.alice)
    correct(news, mona, at=AT + 2 * HOUR)
    got_it(news, cast.alice, at=AT + 3 * HOUR)
    for kind in ("announcement", "announcement_corrected"):
        assert KINDS[kind].mails_when_read
    deliver_mail(clock=lambda: AT + 7 * DAY, rng=random.Random(1))
    for kind in ("announcement", "announcement_corrected"):
        ended = {}
        for one in (cast.alice, cast.bob):
            mails = Delivery.objects.filter(notice__person=one, notice__kind=kind)
            ended[one] = [(mail.reason, bool(mail.sent_at)) for mail in mails]
        assert ended[cast.alice] == ended[cast.bob]
    assert Delivery.objects.filter(reason="read").count() == 0
    assert Delivery.objects.filter(notice__person=cast.alice, sent_at__isnull=False).count() == 1
