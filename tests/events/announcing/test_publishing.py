"""Drafts, times, and being sent once: all of it or nothing."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.test import Client

from engagement.notices.models import Delivery, Notice, NoticeHours
from engagement.people.models import AuditEntry, Person, RoleAssignment
from events.actions import announcing
from events.models import Announcement, AnnouncementRecipient, AnnouncementRevision
from tests.conftest import Cast, sign_in
from tests.events.announcing.helpers import (
    AT,
    DAY,
    HOUR,
    draft,
    facts,
    local,
    names_sent_to,
    sent,
)

State = Announcement.State


def schedule(announcement: Announcement, publish_at: dt.datetime, by: Person) -> Announcement:
    return announcing.schedule_announcement(
        announcement=announcement, publish_at=publish_at, by=by, at=AT
    )


def test_each_state_has_its_time_and_actor(cast: Cast, mona: Person) -> None:
    made = draft(mona, audiences=[cast.team])
    assert (made.state, made.author, made.created_at) == (State.DRAFT, mona, AT)
    made = schedule(made, AT + HOUR, mona)
    assert (made.state, made.scheduled_by, made.scheduled_at) == (State.SCHEDULED, mona, AT)
    made = announcing.unschedule_announcement(announcement=made, by=mona, at=AT)
    assert (made.state, made.scheduled_by) == (State.DRAFT, None)
    made = announcing.publish_announcement(announcement=made, by=mona, at=AT)
    assert (made.state, made.published_by, made.published_at) == (State.PUBLISHED, mona, AT)
    made = announcing.end_announcement(announcement=made, by=mona, at=AT + HOUR)
    assert (made.state, made.ended_by, made.ended_at) == (State.ENDED, mona, AT + HOUR)
    with pytest.raises(ValidationError, match="over already"):
        announcing.withdraw_announcement(announcement=made, reason="Nei", by=mona, at=AT)
    other = sent(mona, audiences=[cast.team])
    other = announcing.withdraw_announcement(announcement=other, reason="Nei", by=mona, at=AT)
    assert (other.state, other.withdrawn_by, other.withdraw_reason) == (
        State.WITHDRAWN, mona, "Nei",
    )  # fmt: skip
    assert list(AuditEntry.objects.order_by("pk").values_list("verb", flat=True)) == [
        "announcement-published",
        "announcement-ended",
        "announcement-published",
        "announcement-withdrawn",
    ]


@pytest.mark.parametrize(
    "broken",
    [
        {"title": ""},
        {"kind": "rumour"},
        {"published_at": AT},
        {"publish_at": AT},
        {"withdrawn_at": AT},
        {"ended_at": AT},
        {"wall_days": 15},
    ],
)
def test_database_refuses_a_state_that_cannot_be(
    cast: Cast, mona: Person, broken: dict[str, Any]
) -> None:
    made = draft(mona, audiences=[cast.team])
    with pytest.raises(IntegrityError), transaction.atomic():
        Announcement.objects.filter(pk=made.pk).update(**broken)
    assert Announcement.objects.get(pk=made.pk).state == State.DRAFT


def test_draft_may_be_unfinished_and_is_not_sent_so(cast: Cast, mona: Person) -> None:
    made = draft(mona, decided="", why=" \u200b ", affects="", audiences=[cast.team])
    for act in (
        lambda: announcing.publish_announcement(announcement=made, by=mona, at=AT),
        lambda: schedule(made, AT + DAY, mona),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert set(refused.value.message_dict) == {"decided", "why", "affects"}
    with pytest.raises(ValidationError) as untitled:
        draft(mona, title="\u202e\u200b")
    assert set(untitled.value.message_dict) == {"title"}


@pytest.mark.parametrize(
    ("wrong", "part"),
    [
        ({"title": "x" * 81}, "title"),
        ({"why": "x" * 601}, "why"),
        ({"affects": "x" * 301}, "affects"),
        ({"body_name": "x" * 81}, "body_name"),
        ({"next_on": dt.date(2199, 1, 1)}, "next_on"),
        ({"ends_on": dt.date(2026, 11, 25)}, "ends_on"),
        ({"wall_days": 0}, "wall_days"),
        ({"kind": "rumour"}, "kind"),
    ],
)
def test_what_is_wrong_is_named_with_its_part(
    cast: Cast, mona: Person, wrong: dict[str, Any], part: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        draft(mona, **({"audiences": [cast.team]} | wrong))
    assert set(refused.value.message_dict) == {part}


def test_hostile_text_is_stored_harmless(cast: Cast, mona: Person) -> None:
    made = draft(
        mona,
        title="  \u202eNy\x00 \u200bliste\n<script>alert(1)</script> ",
        why="a\r\n\r\n\r\n\r\nb\u2066\x07",
        audiences=[cast.team],
    )
    assert made.title == "Ny liste <script>alert(1)</script>"
    assert made.why == "a\n\nb"


# --- by the clock ---------------------------------------------------------------------------------


def test_scheduled_one_is_sent_when_its_time_has_come_and_once(cast: Cast, mona: Person) -> None:
    made = schedule(draft(mona, audiences=[cast.team]), AT + HOUR, mona)
    assert announcing.publish_due_announcements(at=AT + HOUR - dt.timedelta(seconds=1)) == 0
    assert Notice.objects.count() == 0
    # Late is due too: a server that was away loses nothing.
    assert announcing.publish_due_announcements(at=AT + DAY) == 1
    assert announcing.publish_due_announcements(at=AT + DAY) == 0
    made.refresh_from_db()
    assert (made.published_by, made.revision, names_sent_to(made)) == (mona, 1, ["Alice", "Bob"])
    assert Notice.objects.filter(kind="announcement").count() == 2


def test_time_is_within_a_year_and_to_come(cast: Cast, mona: Person) -> None:
    made = draft(mona, audiences=[cast.team])
    for wrong in (AT, AT - HOUR, AT + 367 * DAY):
        with pytest.raises(ValidationError) as refused:
            schedule(made, wrong, mona)
        assert set(refused.value.message_dict) == {"publish_at"}
    assert schedule(made, AT + 366 * DAY, mona).publish_at == AT + 366 * DAY


@pytest.mark.parametrize(
    ("day", "clock", "utc"),
    [
        # The last Sunday of March: half past two does not exist, and is an hour later.
        (dt.date(2027, 3, 28), "02:30", "2027-03-28T01:30"),
        (dt.date(2027, 3, 28), "03:30", "2027-03-28T01:30"),
        (dt.date(2027, 3, 27), "08:00", "2027-03-27T07:00"),
        (dt.date(2027, 3, 29), "08:00", "2027-03-29T06:00"),
        # The last of October: the first of the two.
        (dt.date(2027, 10, 31), "02:30", "2027-10-31T00:30"),
    ],
)
def test_time_is_that_of_the_wall_clock_over_summer_time(
    cast: Cast, mona: Person, day: dt.date, clock: str, utc: str
) -> None:
    due = dt.datetime.fromisoformat(utc).replace(tzinfo=dt.UTC)
    made = draft(mona, audiences=[cast.team])
    schedule(made, local(day, clock).astimezone(dt.UTC), mona)
    with time_machine.travel(due, tick=False):
        assert announcing.publish_due_announcements(at=due - dt.timedelta(seconds=1)) == 0
        assert announcing.publish_due_announcements(at=due) == 1


def test_worker_that_dies_half_way_leaves_nothing(
    cast: Cast, mona: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = schedule(draft(mona, audiences=[cast.trondheim], wall_days=2), AT + HOUR, mona)

    def die(*args: object, **facts: object) -> None:
        raise KeyError("killed")

    with monkeypatch.context() as patched:
        patched.setattr("events.actions.announcing.publishing.hang", die)
        assert announcing.publish_due_announcements(at=AT + HOUR) == 0
    assert (
        AnnouncementRecipient.objects.count(),
        AnnouncementRevision.objects.count(),
        Notice.objects.count(),
        AuditEntry.objects.count(),
    ) == (0, 0, 0, 0)
    assert announcing.publish_due_announcements(at=AT + HOUR) == 1
    assert names_sent_to(made) == ["Alice", "Bob"]


def test_author_who_answers_for_them_no_more_is_told_that_it_was_not_sent(
    cast: Cast, mona: Person
) -> None:
    made = schedule(draft(mona, audiences=[cast.team]), AT + HOUR, mona)
    RoleAssignment.objects.filter(person=mona).update(site=cast.gjovik)
    assert announcing.publish_due_announcements(at=AT + HOUR) == 1
    made.refresh_from_db()
    assert (made.state, made.recipients.count()) == (State.DRAFT, 0)
    assert [one.kind for one in Notice.objects.all()] == ["announcement_not_sent"]
    assert Notice.objects.get().person == mona
    assert announcing.publish_due_announcements(at=AT + HOUR) == 0


@pytest.mark.parametrize("keeps_a_role", [True, False])
def test_notice_that_it_was_not_sent_leads_where_its_author_may_go(
    cast: Cast, mona: Person, keeps_a_role: bool
) -> None:
    made = schedule(draft(mona, audiences=[cast.team]), AT + HOUR, mona)
    roles = RoleAssignment.objects.filter(person=mona)
    if keeps_a_role:
        roles.update(site=cast.gjovik)
    else:
        roles.delete()
    announcing.publish_due_announcements(at=AT + HOUR)
    link = Notice.objects.get().link
    assert link == f"/events/decisions/{made.key}/" if keeps_a_role else "/events/decisions/"
    assert sign_in(Client(), mona).get(link).status_code == 200


def test_author_who_has_left_sends_nothing(cast: Cast, mona: Person) -> None:
    made = schedule(draft(mona, audiences=[cast.team]), AT + HOUR, mona)
    Person.objects.filter(pk=mona.pk).update(left_on=AT.date())
    announcing.publish_due_announcements(at=AT + HOUR)
    made.refresh_from_db()
    assert (made.state, Notice.objects.count()) == (State.DRAFT, 0)


def test_what_was_sent_is_not_changed_or_deleted(cast: Cast, mona: Person) -> None:
    made = sent(mona, audiences=[cast.team])
    for act in (
        lambda: announcing.change_announcement(
            announcement=made, facts=facts(audiences=[cast.trondheim]), by=mona, at=AT
        ),
        lambda: announcing.delete_draft(announcement=made, by=mona, at=AT),
        lambda: announcing.publish_announcement(announcement=made, by=mona, at=AT),
        lambda: schedule(made, AT + HOUR, mona),
    ):
        with pytest.raises(ValidationError) as refused:
            act()
        assert refused.value.code == "sent"
    assert names_sent_to(made) == ["Alice", "Bob"]


def test_draft_that_somebody_else_changed_is_looked_at_again(cast: Cast, mona: Person) -> None:
    made = draft(mona, audiences=[cast.team])
    seen = made.version
    announcing.change_announcement(
        announcement=made, facts=facts(audiences=[cast.team], title="A"), by=mona, at=AT,
        version=seen,
    )  # fmt: skip
    with pytest.raises(ValidationError) as refused:
        announcing.publish_announcement(announcement=made, by=mona, at=AT, version=seen)
    assert refused.value.code == "stale"


def test_what_holds_until_a_day_is_over_the_day_after(cast: Cast, mona: Person) -> None:
    made = sent(mona, audiences=[cast.team], ends_on=AT.date())
    assert announcing.end_due_announcements(at=local(AT.date(), "23:59")) == 0
    assert announcing.end_due_announcements(at=local(AT.date() + DAY, "00:00")) == 1
    made.refresh_from_db()
    assert (made.state, made.ended_by) == (State.ENDED, None)


# --- how it is told -------------------------------------------------------------------------------


def test_mail_waits_for_the_next_shift_and_a_correction_for_the_morning(
    cast: Cast, mona: Person
) -> None:
    """Neither wakes anybody at night, and neither holds the text."""
    night = local(AT.date(), "23:30")
    made = sent(mona, at=night, audiences=[cast.team])
    first = Delivery.objects.get(notice__person=cast.alice)
    # Nobody's shift is known: collected on weekdays at nine.
    assert first.due_at == local(AT.date() + DAY, "09:00")
    assert first.digest is not None
    announcing.correct_announcement(
        announcement=made, words=facts(decided="Nei"), note="Feil", by=mona, at=night + HOUR
    )
    second = Delivery.objects.get(notice__kind="announcement_corrected", notice__person=cast.alice)
    assert (second.due_at, second.digest) == (local(AT.date() + DAY, "07:00"), None)
    first.refresh_from_db()
    assert first.reason == Delivery.Reason.WITHDRAWN
    assert not NoticeHours.objects.exists()
