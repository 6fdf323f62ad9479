"""What was sent is never silently changed."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError

from engagement.live.models import Celebration, StreamEvent
from engagement.notices.models import Notice
from engagement.notices.words import lines_of, plain_words
from engagement.people.models import Person
from events.actions import announcing
from events.models import Announcement, Reading
from events.queries.announcements import corrections_of, newest_unread, word_changes
from tests.conftest import Cast
from tests.events.announcing.helpers import AT, DAY, HOUR, correct, draft, got_it, sent, words_of


def told(person: Person) -> list[str]:
    shown = Notice.objects.shown(AT + 10 * DAY).filter(person=person).order_by("pk")
    return [plain_words(line) for line in lines_of(list(shown))]


def test_correction_keeps_what_it_said_with_when_who_and_why(cast: Cast, mona: Person) -> None:
    news = correct(sent(mona, audiences=[cast.team]), mona, note="  Feil\n klokkeslett. ")
    assert (news.revision, news.decided) == (2, "Pausen om kvelden flyttes til 20:30.")
    [one] = corrections_of(news)
    assert (one.revision.note, one.revision.made_by, one.revision.made_at) == (
        "Feil klokkeslett.", mona, AT + HOUR,
    )  # fmt: skip
    [change] = one.changes
    assert (change.label, change.old) == (
        "What was decided", "Pausen om kvelden flyttes til 20:00.",
    )  # fmt: skip
    assert [(bit.kind, bit.text) for bit in change.bits] == [
        ("same", "Pausen om kvelden flyttes til "), ("old", "20:00."), ("new", "20:30."),
    ]  # fmt: skip


def test_everybody_is_told_so_that_nobody_is_told_apart(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    got_it(news, cast.alice)
    assert newest_unread(cast.alice, at=AT + HOUR) is None
    news = correct(news, mona, at=AT + 2 * HOUR)
    for person in (cast.alice, cast.bob):
        assert told(person) == ["Ny pauseliste is corrected: Feil klokkeslett."]
        assert newest_unread(person, at=AT + 3 * HOUR) == news
    assert told(cast.keeper) == told(mona) == []
    got_it(news, cast.alice, at=AT + 3 * HOUR)
    assert newest_unread(cast.alice, at=AT + 4 * HOUR) is None
    assert Notice.objects.unread().filter(person=cast.alice, withdrawn_at=None).count() == 0


def test_author_hears_when_somebody_else_corrects(cast: Cast, mona: Person, hr: Person) -> None:
    correct(sent(mona, audiences=[cast.team]), hr)
    assert told(mona) == ["Ny pauseliste is corrected: Feil klokkeslett."]


def test_got_it_is_for_the_text_that_was_seen(cast: Cast, mona: Person) -> None:
    news = correct(sent(mona, audiences=[cast.team]), mona)
    announcing.read_announcement(announcement=news, revision=1, by=cast.bob, at=AT + 2 * HOUR)
    assert newest_unread(cast.bob, at=AT + 2 * HOUR) == news
    announcing.read_announcement(announcement=news, revision=99, by=cast.bob, at=AT + 3 * HOUR)
    announcing.read_announcement(announcement=news, revision=1, by=cast.bob, at=AT + 4 * HOUR)
    [reading] = Reading.objects.all()
    # The first time counts, and the latest text.
    assert (reading.revision, reading.read_at) == (2, AT + 2 * HOUR)
    assert newest_unread(cast.bob, at=AT + 4 * HOUR) is None


def test_correction_needs_a_reason_and_a_difference(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    with pytest.raises(ValidationError) as unexplained:
        correct(news, mona, note=" \u200b")
    assert set(unexplained.value.message_dict) == {"note"}
    with pytest.raises(ValidationError) as same:
        correct(news, mona, decided=news.decided + "  ")
    assert same.value.code == "same"
    with pytest.raises(ValidationError) as emptied:
        correct(news, mona, why="")
    assert set(emptied.value.message_dict) == {"why"}
    with pytest.raises(ValidationError) as unsent:
        correct(draft(mona, audiences=[cast.team]), mona)
    assert unsent.value.code == "draft"
    assert Announcement.objects.get(pk=news.pk).revision == 1


def test_correction_of_what_was_corrected_meanwhile_is_refused(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    seen = news.version
    correct(news, mona, version=seen)
    with pytest.raises(ValidationError) as refused:
        correct(news, mona, version=seen, why="B")
    assert refused.value.code == "stale"


def test_withdrawn_one_stays_readable_with_the_reason_and_is_new_to_nobody(
    cast: Cast, mona: Person
) -> None:
    news = correct(sent(mona, audiences=[cast.team]), mona)
    announcing.withdraw_announcement(
        announcement=news, reason="Ledelsen ombestemte seg.", by=mona, at=AT + 2 * HOUR
    )
    assert told(cast.alice) == ["Ny pauseliste is withdrawn: Ledelsen ombestemte seg."]
    assert newest_unread(cast.alice, at=AT + 3 * HOUR) is None
    with pytest.raises(ValidationError, match="withdrawn already"):
        correct(news, mona)


def test_huge_and_odd_texts_are_compared() -> None:
    bits = word_changes("a " * 300, "b " * 300)
    assert {bit.kind for bit in bits} <= {"same", "old", "new"}
    assert [(bit.kind, bit.text) for bit in word_changes("", "<b>ny</b>")] == [("new", "<b>ny</b>")]
    assert [(bit.kind, bit.text) for bit in word_changes("בוקר", "")] == [("old", "בוקר")]


# --- walls ----------------------------------------------------------------------------------------


def test_wall_is_that_of_its_units_and_sites_and_never_wider(cast: Cast, hr: Person) -> None:
    sent(
        hr,
        audiences=[cast.team, cast.gjovik, cast.employer],
        people=[cast.keeper],
        wall_days=2,
    )
    [card] = Celebration.objects.all()
    assert (card.kind, card.show_from, card.show_until) == ("announcement", AT, AT + 2 * DAY)
    streams = [event.stream for event in StreamEvent.objects.select_related("stream")]
    assert {(one.unit_id, one.site_id, one.employer_id) for one in streams} == {
        (cast.team.pk, None, None),
        (None, cast.gjovik.pk, None),
    }
    shown = card.cards["en"]
    assert (shown["kind"], shown["label"], shown["title"]) == (
        "announcement", "Decided", "Ny pauseliste",
    )  # fmt: skip
    assert shown["facts"].startswith("Du som jobber kveld.")
    assert "Køen er lengst" not in str(card.cards)


def test_a_list_of_people_or_an_employer_never_hangs(cast: Cast, hr: Person) -> None:
    for audience in ({"people": [cast.bob]}, {"audiences": [cast.employer]}):
        with pytest.raises(ValidationError) as refused:
            sent(hr, wall_days=2, **audience)
        assert set(refused.value.message_dict) == {"wall_days"}
    assert Celebration.objects.count() == 0


def test_card_is_renewed_when_corrected_and_gone_when_withdrawn_or_over(
    cast: Cast, mona: Person
) -> None:
    news = sent(mona, audiences=[cast.team], wall_days=2)
    correct(news, mona, at=AT + HOUR, title="Pauseliste fra mandag")
    [card] = Celebration.objects.standing()
    assert card.cards["nb"]["title"] == "Pauseliste fra mandag"
    assert (card.show_from, card.show_until) == (AT + HOUR, AT + 2 * DAY)
    announcing.withdraw_announcement(announcement=news, reason="Nei", by=mona, at=AT + 2 * HOUR)
    assert Celebration.objects.standing().count() == 0
    late = sent(mona, audiences=[cast.team], wall_days=1)
    correct(late, mona, at=AT + dt.timedelta(days=1))
    assert Celebration.objects.standing().count() == 0
    over = sent(mona, audiences=[cast.team], wall_days=1)
    announcing.end_announcement(announcement=over, by=mona, at=AT)
    assert Celebration.objects.standing().count() == 0
    assert words_of(over).title == "Ny pauseliste"
