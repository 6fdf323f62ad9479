"""Whatever happens in whatever order: what was to be mailed leaves once, or says why it did not."""

import contextlib
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engagement.notices import actions
from engagement.notices.kinds import Kind, Way
from engagement.notices.models import Delivery, Notice, NoticeChoice, NoticeHours
from engagement.notices.post import MailFailed, MailLine
from engagement.people.models import Person, ShiftPattern
from tests import factories
from tests.notices.conftest import NOON, Clock, deliver, greet
from tests.notices.test_sending import Killed

READERS, SOURCES = 2, 4
WAYS = [Way.AT_ONCE, Way.DIGEST, Way.NONE]

ACTS = st.one_of(
    st.tuples(st.just("tell"), st.integers(0, SOURCES - 1)),
    st.tuples(st.just("withdraw"), st.integers(0, SOURCES - 1)),
    st.tuples(st.just("read"), st.integers(0, READERS - 1)),
    st.tuples(st.just("choose"), st.integers(0, READERS - 1), st.sampled_from(WAYS)),
    st.tuples(st.just("stop digests"), st.integers(0, READERS - 1)),
    st.tuples(st.just("retry")),
    st.tuples(st.just("wait"), st.sampled_from([1, 130, 3600, 8 * 3600])),
    # What the server says to the mails of one run; "dies" is us, after its yes.
    st.tuples(
        st.just("send"),
        st.lists(st.sampled_from(["ok", "busy", "never", "dies"]), min_size=1, max_size=4),
    ),
)


class Server:
    """Answers as told, and yes when told nothing; keeps what it took."""

    def __init__(self) -> None:
        self.answers: Iterator[str] = iter(())
        # Message-IDs, once for each time it was taken.
        self.taken: list[str] = []
        self.texts: dict[str, str] = {}
        self.dead: Counter[str] = Counter()

    def send(self, message: EmailMultiAlternatives) -> None:
        answer = next(self.answers, "ok")
        if answer == "busy":
            raise MailFailed(Delivery.Reason.BUSY, "450", is_final=False)
        if answer == "never":
            raise MailFailed(Delivery.Reason.REFUSED, "550", is_final=True)
        number = message.extra_headers["Message-ID"].strip("<>")
        self.taken.append(number)
        self.texts[number] = self.texts.get(number, "") + str(message.body)
        if answer == "dies":
            self.dead[number] += 1
            raise Killed


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> dict[str, Server]:
    now: dict[str, Server] = {}
    monkeypatch.setattr(MailLine, "send", lambda line, message: now["server"].send(message))
    return now


@pytest.fixture
def readers(greeting: Kind, db: None) -> list[Person]:
    shift = ShiftPattern.objects.create(
        key="natt", name_nb="Natt", name_en="Night", weekdays=[1, 2, 4],
        starts_at=dt.time(22), ends_at=dt.time(6),
    )  # fmt: skip
    people = [factories.make_person("P", str(n), email=f"p{n}@x.example") for n in range(READERS)]
    Person.objects.filter(pk=people[0].pk).update(shift_pattern=shift)
    return people


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(acts=st.lists(ACTS, max_size=18))
def test_each_notice_leaves_in_one_mail_or_says_why_not(
    readers: list[Person], greeting: Kind, server: dict[str, Server], acts: list[tuple[Any, ...]]
) -> None:
    for model in (Delivery, Notice, NoticeChoice, NoticeHours):
        model._default_manager.all().delete()
    server["server"] = mails = Server()
    clock = Clock(NOON)
    wanted: set[tuple[int, str]] = set()
    for act in acts:
        perform(act, readers, greeting, mails, clock, wanted)
    # In the end all goes well for a while; what was given up is sent by hand.
    mails.answers = iter(())
    for _ in range(14):
        clock.forward(hours=12)
        actions.retry_deliveries(at=clock())
        deliver(clock)
    judge(mails, wanted)


def perform(
    act: tuple[Any, ...],
    readers: list[Person],
    greeting: Kind,
    mails: Server,
    clock: Clock,
    wanted: set[tuple[int, str]],
) -> None:
    match act:
        case ("tell", number):
            choices = {
                one.pk: dict(one.notice_choices.values_list("kind", "way")) for one in readers
            }
            before = set(Notice.objects.values_list("person_id", "source"))
            greet(*readers, kind=greeting, source=f"s{number}", at=clock())
            wanted |= {
                (one.pk, f"s{number}")
                for one in readers
                if greeting.way_for(choices[one.pk]) != Way.NONE
                and (one.pk, f"s{number}") not in before
            }
        case ("withdraw", number):
            actions.withdraw_notices(source=f"s{number}", at=clock())
        case ("read", number):
            actions.read_all_notices(by=readers[number], at=clock())
        case ("choose", number, way):
            actions.choose_ways(ways={greeting.key: way}, by=readers[number])
        case ("stop digests", number):
            actions.stop_mails(kind="digest", by=readers[number])
        case ("retry",):
            actions.retry_deliveries(at=clock())
        case ("wait", seconds):
            clock.forward(seconds=seconds)
        case ("send", answers):
            mails.answers = iter(answers)
            with contextlib.suppress(Killed):
                deliver(clock)
            mails.answers = iter(())


def judge(mails: Server, wanted: set[tuple[int, str]]) -> None:
    told = Delivery.objects.filter(notice__isnull=False).select_related("notice")
    assert {(one.notice.person_id, one.notice.source) for one in told if one.notice} == wanted
    assert not Delivery.objects.waiting().exists()
    in_mails = defaultdict(set)
    for number, text in mails.texts.items():
        for one in told:
            if one.notice and f"/notices/{one.notice.key}/" in text:
                in_mails[one.pk].add(number)
    for one in told:
        if one.sent_at is not None:
            assert (one.reason, len(in_mails[one.pk])) == ("", 1)
        else:
            assert one.cancelled_at is not None
            assert one.reason in ("withdrawn", "read", "unwanted")
            # It may have left all the same: we died before we could write that down.
            assert all(mails.dead[number] for number in in_mails[one.pk])
            assert len(in_mails[one.pk]) <= 1
    # Twice only for each time that we died in between, under the same id.
    for number, count in Counter(mails.taken).items():
        assert count <= 1 + mails.dead[number]
