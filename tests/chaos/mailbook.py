"""The account of the mails: what had to leave against what a mail server took."""

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from tests.chaos.stage import Stage
from tests.notices.smtp_server import Taken

TWICE = "a mail arrived twice and no sender was killed over it"
THRICE = "a mail arrived three times"
OTHER_COPY = "the second copy of a mail says something else"
TWO_DIGESTS = "a shift had two digests"
IN_TWO = "a notice was told in two mails"
NOT_TOLD = "a notice was told in no mail"
TO_ANOTHER = "a notice went to somebody else"
WRONG_WAY = "a notice came alone and was wanted in a digest, or the other way round"
NOT_ARRIVED = "a mail is marked as sent and did not arrive"
NOT_ALL = "a mail does not tell of the notices that it stands for"
CANCELLED = "a mail that was cancelled arrived"
NO_ROW = "of the mails that leave no row some are too many, or missing, or went to others"
NOTICE = re.compile(r"/notices/(n[0-9a-z]{14})/")
# Each mail that is a mail of its own, and the notices that it tells of.
ROWS = """
SELECT d.message_id, p.email, d.reader_id IS NOT NULL, d.sent_at IS NOT NULL, d.gave_up_at IS NOT NULL,
  d.cancelled_at IS NOT NULL, d.person_slot, d.notices
FROM (SELECT m.*, m.reader_id || ' ' || m.slot_at AS person_slot, coalesce(m.reader_id, n.person_id) AS to_id,
        CASE WHEN n.id IS NOT NULL THEN ARRAY[n.key::text] ELSE ARRAY(
          SELECT r.key::text FROM notices_delivery i JOIN notices_notice r ON r.id = i.notice_id
          WHERE i.digest_id = m.id AND i.cancelled_at IS NULL ORDER BY r.key) END AS notices
      FROM notices_delivery m LEFT JOIN notices_notice n ON n.id = m.notice_id
      WHERE m.digest_id IS NULL AND (m.due_at <= %s OR m.sent_at IS NOT NULL)) d
JOIN people_person p ON p.id = d.to_id
"""


@dataclass(frozen=True)
class Due:
    """A mail as the database tells it. ``shift``: of a digest, its reader and when it begins."""

    message_id: str
    to: str
    is_digest: bool
    state: str
    shift: str | None
    notices: frozenset[str]


@dataclass(frozen=True)
class Arrived:
    """A mail as the server took it."""

    message_id: str
    to: str
    notices: frozenset[str]


@dataclass
class Book:
    """Both sides. ``wanted``: of each notice that had to be mailed, its reader's address and whether in
    a digest. ``windows``: the Message-IDs of mails whose sender was killed after they were taken.
    ``forgotten``: to whom mails had to go that leave no row, each once.
    """

    due: Sequence[Due]
    arrived: Sequence[Arrived]
    wanted: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    windows: Collection[str] = ()
    forgotten: Sequence[str] = ()

    @property
    def copies(self) -> Counter[str]:
        return Counter(one.message_id for one in self.arrived)

    @property
    def twice(self) -> list[str]:
        return [key for key, count in self.copies.items() if count > 1]

    def problems(self) -> list[str]:
        found = [*self._left(), *self._copies(), *self._notices(), *self._digests()]
        told = Counter(found)
        return [f"{count} × {what}" for what, count in told.items()]

    def _left(self) -> Iterable[str]:
        copies = self.copies
        for one in self.due:
            if one.state in ("waiting", "given up"):
                yield f"a mail is {one.state}"
            elif one.state == "sent" and not copies[one.message_id]:
                yield NOT_ARRIVED
            elif one.state == "cancelled" and copies[one.message_id]:
                yield CANCELLED
        known = {one.message_id for one in self.due}
        unknown = {one.message_id: one.to for one in self.arrived if one.message_id not in known}
        if sorted(unknown.values()) != sorted(self.forgotten):
            yield NO_ROW

    def _copies(self) -> Iterable[str]:
        first: dict[str, Arrived] = {}
        for one in self.arrived:
            if first.setdefault(one.message_id, one) != one:
                yield OTHER_COPY
        for key in self.twice:
            if key not in self.windows:
                yield TWICE
            elif self.copies[key] > 2:
                yield THRICE

    def _notices(self) -> Iterable[str]:
        mails = defaultdict[str, set[str]](set)
        to = {one.message_id: one.to for one in self.arrived}
        for one in self.arrived:
            for notice in one.notices:
                mails[notice].add(one.message_id)
        digests = {one.message_id for one in self.due if one.is_digest}
        for notice, (address, in_digest) in self.wanted.items():
            if not mails[notice]:
                yield NOT_TOLD
            elif len(mails[notice]) > 1:
                yield IN_TWO
            elif {to[key] for key in mails[notice]} != {address}:
                yield TO_ANOTHER
            elif (mails[notice] <= digests) != in_digest:
                yield WRONG_WAY

    def _digests(self) -> Iterable[str]:
        shifts = Counter(one.shift for one in self.due if one.is_digest and one.state == "sent")
        yield from (TWO_DIGESTS for count in shifts.values() if count > 1)
        told = {one.message_id: one.notices for one in self.arrived}
        for one in self.due:
            if one.state == "sent" and told.get(one.message_id, one.notices) != one.notices:
                yield NOT_ALL


def due(stage: Stage, *, at: dt.datetime) -> list[Due]:
    """All but those whose time comes after ``at``."""
    return [
        Due(
            message_id,
            email,
            is_digest,
            "sent" if sent else "given up" if gave_up else "cancelled" if cancelled else "waiting",
            shift,
            frozenset(notices),
        )
        for message_id, email, is_digest, sent, gave_up, cancelled, shift, notices in stage.rows(
            ROWS, [at]
        )
    ]


def arrived(taken: Sequence[Taken]) -> list[Arrived]:
    found = []
    for one in list(taken):
        body = one.message.get_body(("plain",))
        text = body.get_content() if body is not None else ""
        notices = frozenset(NOTICE.findall(text))
        found.append(Arrived(message_id_of(one), ", ".join(one.to), notices))
    return found


def message_id_of(taken: Taken) -> str:
    return str(taken.message["Message-ID"]).strip("<>")


def blind_spots() -> list[str]:
    """Faults made up on purpose that the book does not find, and fair books in which it finds one;
    nothing when it can be relied on.
    """
    alone = Due("m1", "a@x.example", False, "sent", None, frozenset({"n1"}))
    digest = Due("m2", "b@x.example", True, "sent", "b Monday", frozenset({"n2", "n3"}))
    mails = [Arrived(one.message_id, one.to, one.notices) for one in (alone, digest)]
    reminder = Arrived("m3", "c@x.example", frozenset({"n4"}))
    wanted = {"n1": (alone.to, False), "n2": (digest.to, True), "n3": (digest.to, True)}
    fair = Book([alone, digest], [*mails, reminder], wanted, forgotten=[reminder.to])

    def also(*more: Arrived, windows: Collection[str] = ()) -> Book:
        return replace(fair, arrived=[*fair.arrived, *more], windows=windows)

    def but(**changes: Any) -> Book:
        return replace(fair, due=[replace(alone, **changes), digest])

    part = replace(mails[1], notices=frozenset({"n2"}))
    faults = [
        (TWICE, also(mails[0])),
        (TWICE, also(mails[1])),
        (TWICE, also(reminder)),
        (TWICE, also(mails[0], windows={"m2"})),
        (THRICE, also(mails[0], mails[0], windows={"m1"})),
        (OTHER_COPY, also(part, windows={"m2"})),
        (TWO_DIGESTS, replace(fair, due=[*fair.due, replace(digest, message_id="m4")])),
        (IN_TWO, also(replace(part, message_id="m4"))),
        (WRONG_WAY, replace(fair, due=[alone, replace(digest, is_digest=False)])),
        (NOT_TOLD, replace(fair, arrived=fair.arrived[1:])),
        (NOT_ARRIVED, replace(fair, arrived=fair.arrived[1:])),
        (NOT_ALL, replace(fair, arrived=[mails[0], part, reminder])),
        ("waiting", but(state="waiting")),
        ("given up", but(state="given up")),
        (CANCELLED, but(state="cancelled")),
        (TO_ANOTHER, replace(fair, wanted={**wanted, "n1": ("d@x.example", False)})),
        (NO_ROW, also(replace(reminder, message_id="m5"))),
        (NO_ROW, replace(fair, arrived=mails)),
    ]
    unseen = [what for what, book in faults if what not in " ".join(book.problems())]
    told = also(mails[0], reminder, windows={"m1", "m3"})
    return unseen + [problem for book in (fair, told) for problem in book.problems()]
