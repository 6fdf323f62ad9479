"""The pages of readers and of authors."""

import datetime as dt
import re
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from engagement.people.models import Person
from events.actions import announcing
from events.models import Announcement, ReadCount, Reading
from tests import factories as people
from tests.conftest import Cast, sign_in
from tests.events.announcing.helpers import AT, DAY, HOUR, correct, draft, got_it, sent
from tests.events.factories import make_event, make_series

LIST = reverse("events:announcements")


def english(person: Person) -> Client:
    person.language = "en"
    person.save()
    return sign_in(Client(), person)


def page(client: Client, address: str, status: int = 200) -> str:
    answer = client.get(address)
    assert answer.status_code == status
    return answer.content.decode()


def address(name: str, announcement: Announcement) -> str:
    return reverse(f"events:announcement{name}", args=[announcement.key])


def titles(html: str) -> list[str]:
    return re.findall(r'class="news-entry.*?<a [^>]*>(.*?)</a>', html, re.S)


# --- readers --------------------------------------------------------------------------------------


def test_reader_sees_what_why_whom_and_next_and_says_got_it(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team], body_name="Ledergruppa")
    bob = english(cast.bob)
    shown = page(bob, address("", news))
    for words in (
        "Pausen om kvelden flyttes til 20:00.", "Køen er lengst klokka 19.",
        "Du som jobber kveld.", "Lista henger på tavla.", "Tuesday, December 1", "Ledergruppa",
        "Mona hears about how many have read it, never who.",
    ):  # fmt: skip
        assert words in shown
    # Looking is not having read.
    assert Reading.objects.count() == 0
    answer = bob.post(address("-read", news), {"revision": "1"})
    assert (answer.status_code, answer["Location"]) == (302, LIST)
    assert [one.person for one in Reading.objects.all()] == [cast.bob]
    assert "Got it" not in page(bob, address("", news))


def test_list_has_what_is_new_first_and_then_the_latest(cast: Cast, mona: Person) -> None:
    made = [
        sent(mona, at=AT - number * HOUR, audiences=[cast.team], title=f"Nr {number}")
        for number in range(3)
    ]
    got_it(made[0], cast.bob)
    shown = page(english(cast.bob), LIST)
    assert titles(shown) == ["Nr 1", "Nr 2", "Nr 0"]
    assert shown.count('class="news-new"') == 2


def test_list_goes_on_over_pages_without_losing_any(cast: Cast, mona: Person) -> None:
    made = [
        sent(mona, at=AT - number * HOUR, audiences=[cast.team], title=f"Nr {number}")
        for number in range(50)
    ]
    for one in made[::2]:
        got_it(one, cast.bob)
    bob, found, after = english(cast.bob), list[str](), ""
    for _ in range(3):
        shown = page(bob, f"{LIST}?after={after}" if after else LIST)
        found += titles(shown)
        after = "".join(re.findall(r'after=([\w.]+)" data-testid="more"', shown))
    assert after == ""
    odd, even = range(1, 50, 2), range(0, 50, 2)
    assert found == [f"Nr {number}" for number in [*odd, *even]]
    for wrong in ("x", "n.", "n.x'", "%00", "x" * 5000):
        assert bob.get(LIST, {"after": wrong}).status_code == 200


def test_others_get_404_and_see_nothing(cast: Cast, mona: Person, hr: Person) -> None:
    news = sent(mona, audiences=[cast.team], wall_days=2)
    made = draft(mona, audiences=[cast.team], title="Hemmelig utkast")
    for one in (cast.charlie, cast.keeper):
        client = english(one)
        for name in ("", "-edit", "-correct", "-withdraw"):
            page(client, address(name, news), 404)
            page(client, address(name, made), 404)
        for name in ("-read", "-publish", "-end", "-delete", "-unschedule"):
            assert client.post(address(name, news), {"revision": 1}).status_code == 404
            assert client.post(address(name, made), {"revision": 1}).status_code == 404
        assert titles(page(client, LIST)) == titles(page(client, LIST + "?show=in-force")) == []
        assert "Ny pauseliste" not in page(client, "/")
    bob = english(cast.bob)
    for name in ("-edit", "-correct", "-withdraw"):
        page(bob, address(name, news), 403)
        page(bob, address(name, made), 404)
    for name in ("-publish", "-end", "-delete", "-unschedule"):
        assert bob.post(address(name, news)).status_code == 403
    page(bob, reverse("events:announcement-create"), 403)
    page(bob, reverse("events:announcements-written"), 403)
    # A draft is nobody's but its author's, HR included; what was sent HR can take back.
    page(english(hr), address("", made), 404)
    assert "Withdraw it" in page(english(hr), address("", news))


def test_nothing_shown_tells_who_has_read(cast: Cast, mona: Person) -> None:
    crowd = [cast.alice, cast.bob]
    crowd += [people.make_person(f"Xq{number}", "Zzed", unit=cast.team) for number in range(5)]
    news = sent(mona, audiences=[cast.team])
    as_mona, as_admin = english(mona), english(cast.admin)

    def everything() -> str:
        pages = [
            page(as_mona, address("", news)),
            page(as_mona, reverse("events:announcements-written")),
            page(as_admin, address("", news)),
            page(as_admin, reverse("people:audit")),
            page(as_admin, reverse("notices:status")),
        ]
        return re.sub(r'csrf[^>]*value="[^"]*"|"X-CSRFToken[^}]*|nonce="[^"]*"', "", "".join(pages))

    before = everything()
    got_it(news, *crowd[2:5], at=AT)
    # Not even that somebody has: it looks as it did.
    assert everything() == before
    assert "Xq" not in before
    with time_machine.travel(AT + DAY, tick=False):
        announcing.count_readers(at=AT + DAY)
        counted = page(as_mona, address("", news))
    [count] = ReadCount.objects.all()
    assert "After a day" in counted
    assert ("About half or" in counted) is True
    assert "Xq" not in counted
    assert count.days == 1


def test_corrected_one_shows_both_in_words(cast: Cast, mona: Person) -> None:
    news = correct(sent(mona, audiences=[cast.team]), mona, note="<b>Feil</b> klokkeslett.")
    shown = page(english(cast.bob), address("", news))
    assert "&lt;b&gt;Feil&lt;/b&gt; klokkeslett." in shown
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", shown))
    assert "Corrected Thursday, November 26:" in text
    assert "was: 20:00. now: 20:30." in text
    assert "Pausen om kvelden flyttes til 20:00." in text


def test_hostile_words_are_only_words(cast: Cast, mona: Person) -> None:
    bad = "<script>alert(1)</script>\"'{{ 7|add:7 }}"
    news = sent(
        mona, audiences=[cast.team], title=bad, decided=bad, why=bad, affects=bad,
        next_step=bad, body_name=bad, wall_days=1,
    )  # fmt: skip
    news = correct(news, mona, at=AT, note=bad, why="x")
    bob = english(cast.bob)
    for html in (page(bob, address("", news)), page(bob, LIST), page(bob, "/"),
                 page(bob, "/notices/"), page(english(mona), address("-correct", news))):  # fmt: skip
        assert "<script>alert" not in html
        assert "{{ 7|add:7 }}" in html
        assert "14" not in re.findall(r"alert\(1\).{0,60}", html)


def test_event_is_shown_to_those_who_may_see_it(cast: Cast, mona: Person) -> None:
    series = make_series(mona)
    event = make_event(series, AT.date() + DAY)
    series.invitations.create(unit=cast.team)
    news = sent(mona, audiences=[cast.trondheim], series=series)
    guest = people.make_person("Gjest", unit=people.make_unit("Team Sør", site=cast.trondheim))
    news.recipients.create(person=guest)
    link = reverse("events:detail", args=[event.key])
    mine, theirs = (page(english(one), address("", news)) for one in (cast.bob, guest))
    assert link in mine
    assert "announcement-no-event" not in mine
    # Who is not invited meets no way that leads nowhere, and learns nothing of the event but that.
    assert link not in theirs
    assert "It belongs to an event that you are not invited to." in theirs
    assert series.title not in theirs
    for client, status in ((english(cast.bob), 200), (english(guest), 404)):
        assert client.get(link).status_code == status
    event.cancelled_at, event.cancel_reason = AT, "Ovnen er i stykker"
    event.save()
    mine, theirs = (page(english(one), address("", news)) for one in (cast.bob, guest))
    assert link not in mine
    assert "The event it belongs to is cancelled." in mine
    assert "It belongs to an event that you are not invited to." in theirs
    alone = sent(mona, audiences=[cast.team])
    assert "announcement-no-event" not in page(english(cast.bob), address("", alone))


def test_withdrawn_one_says_why(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    answer = english(mona).post(address("-withdraw", news), {"reason": "Ombestemt", "version": 2})
    assert answer.status_code == 302
    shown = page(english(cast.bob), address("", news))
    assert "it does not hold any more" in shown
    assert "Ombestemt" in shown
    assert "Got it" not in shown


# --- Today ----------------------------------------------------------------------------------------


def test_today_shows_the_newest_unread_until_one_says_got_it(cast: Cast, mona: Person) -> None:
    sent(mona, at=AT - HOUR, audiences=[cast.team], title="Den eldste")
    news = sent(mona, audiences=[cast.team], title="Den nyeste")
    bob = english(cast.bob)
    assert "Den nyeste" in page(bob, "/")
    assert "Den eldste" not in page(bob, "/")
    answer = bob.post(address("-read", news), {"revision": "1", "next": "/"})
    assert answer["Location"] == "/"
    assert "Den eldste" in page(bob, "/")
    correct(news, mona)
    assert "Den nyeste" in page(bob, "/")
    assert "Den nyeste" in page(english(cast.alice), "/")
    assert "Den nyeste" not in page(english(mona), "/")


def test_got_it_of_an_old_page_leads_to_the_new_text(cast: Cast, mona: Person) -> None:
    news = correct(sent(mona, audiences=[cast.team]), mona)
    bob = english(cast.bob)
    for old in ("1", "", "x", "٣", "9" * 4000):
        answer = bob.post(address("-read", news), {"revision": old, "next": "/"})
        assert answer.status_code == 302
    assert answer["Location"] == "/"
    assert bob.post(address("-read", news), {"revision": "1"})["Location"] == address("", news)


def test_what_is_old_is_new_to_nobody(cast: Cast, mona: Person) -> None:
    news = sent(mona, audiences=[cast.team])
    with time_machine.travel(AT + 90 * DAY, tick=False):
        assert "Ny pauseliste" not in page(english(cast.bob), "/")
        assert "Got it" not in page(english(cast.bob), address("", news))


@pytest.mark.parametrize("count", [1, 3])
def test_pages_ask_the_same_number_of_questions_however_long(
    cast: Cast, mona: Person, count: int, django_assert_num_queries: Any
) -> None:
    for number in range(count):
        news = sent(mona, at=AT - number * HOUR, audiences=[cast.team], title=f"Nr {number}")
        got_it(sent(mona, at=AT - number * HOUR, audiences=[cast.team]), cast.bob)
        draft(mona, audiences=[cast.team])
    bob, author = english(cast.bob), english(mona)
    for client, where, queries in (
        (bob, LIST, 6),
        (bob, f"{LIST}?show=in-force", 7),
        (bob, address("", news), 9),
        (author, reverse("events:announcements-written"), 6),
    ):
        client.get(where)
        with django_assert_num_queries(queries):
            client.get(where)


# --- authors --------------------------------------------------------------------------------------


def fields(cast: Cast, **facts: Any) -> dict[str, Any]:
    return {
        "kind": "decision", "title": "Ny pauseliste", "decided": "Pausen flyttes.",
        "why": "Køen er lang.", "affects": "Du som jobber kveld.", "next_step": "", "next_on": "",
        "audience": [cast.team.key], "people_list": "", "body_name": "", "series": "", "ends_on": "",
        "wall_days": "2", "on_walls": "on",
    } | facts  # fmt: skip


def test_author_writes_looks_and_sends(cast: Cast, mona: Person) -> None:
    author = english(mona)
    answer = author.post(reverse("events:announcement-create"), fields(cast))
    made = Announcement.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address("", made))
    looked = page(author, address("", made))
    assert "2 people" in looked
    assert 'data-testid="announcement-wall-preview"' in looked
    assert made.recipients.count() == 0
    assert author.post(address("-publish", made), {"version": 1, "now": 1}).status_code == 302
    assert made.recipients.count() == 2
    assert "Whom it reached" in page(author, address("", made))
    assert "Ny pauseliste" in page(author, reverse("events:announcements-written"))


def test_author_sends_later_and_changes_their_mind(cast: Cast, mona: Person) -> None:
    author, made = english(mona), draft(mona, audiences=[cast.team])
    late = {"version": 1, "later": 1, "publish_on": "2026-12-01", "publish_clock": "08:00"}
    assert author.post(address("-publish", made), late).status_code == 302
    made.refresh_from_db()
    assert made.publish_at == dt.datetime(2026, 12, 1, 7, tzinfo=dt.UTC)
    assert "It will be sent" in page(author, address("", made))
    assert author.post(address("-unschedule", made)).status_code == 302
    made.refresh_from_db()
    assert made.publish_at is None
    for wrong in (
        {"publish_on": ""}, {"publish_on": "2020-01-01"}, {"publish_clock": "25:00"},
        {"publish_on": "0001-01-01", "publish_clock": "00:00"}, {"publish_on": "9999-12-31"},
    ):  # fmt: skip
        refused = author.post(address("-publish", made), late | {"version": 3} | wrong)
        assert refused.status_code == 422
    assert author.post(address("-delete", made)).status_code == 302
    assert Announcement.objects.count() == 0


def test_nothing_typed_is_lost_when_it_is_refused(cast: Cast, mona: Person) -> None:
    listed = "bob@fjordtel.example\ncharlie@nordsvar.example\n<b>nobody</b>"
    answer = english(mona).post(
        reverse("events:announcement-create"), fields(cast, people_list=listed, why="Derfor.")
    )
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "charlie@nordsvar.example\n&lt;b&gt;nobody&lt;/b&gt;" in shown
    assert "2 lines of the list are not understood." in shown
    assert "Line 2, “charlie@nordsvar.example”: Nobody you can choose has this number" in shown
    assert "Line 3, “&lt;b&gt;nobody&lt;/b&gt;”: Write first and last name" in shown
    assert "Derfor." in shown
    assert (
        f'value="{cast.team.key}" id="at-{cast.team.key}" data-name="Team Nordlys" checked' in shown
    )
    assert Announcement.objects.count() == 0


def test_audience_beyond_ones_reach_is_neither_offered_nor_taken(cast: Cast, mona: Person) -> None:
    author = english(mona)
    assert "Team Mjøsa" not in page(author, reverse("events:announcement-create"))
    author.post(
        reverse("events:announcement-create"),
        fields(cast, audience=[cast.partner_team.key, cast.team.key]),
    )
    [made] = Announcement.objects.all()
    assert [one.unit for one in made.audiences.all()] == [cast.team]


def test_draft_is_changed_with_its_list(cast: Cast, mona: Person) -> None:
    author, made = english(mona), draft(mona, audiences=[cast.team], people=[cast.bob])
    form = page(author, address("-edit", made))
    assert f'name="people" value="{cast.bob.key}" checked' in form
    changed = fields(cast, title="Ny tittel", people=[cast.alice.key], version=1)
    assert author.post(address("-edit", made), changed).status_code == 302
    made.refresh_from_db()
    assert made.title == "Ny tittel"
    assert [one.person for one in made.audiences.filter(unit=None)] == [cast.alice]
    stale = author.post(address("-edit", made), changed)
    assert (stale.status_code, "Somebody changed it" in stale.content.decode()) == (422, True)


def test_correction_on_its_page_keeps_what_is_typed_when_it_is_stale(
    cast: Cast, mona: Person
) -> None:
    author, news = english(mona), sent(mona, audiences=[cast.team])
    body = {
        "version": news.version, "title": news.title, "decided": "Nytt", "why": news.why,
        "affects": news.affects, "note": "Skrivefeil",
    }  # fmt: skip
    assert author.post(address("-correct", news), body).status_code == 302
    stale = author.post(address("-correct", news), body | {"decided": "Min tekst"})
    shown = stale.content.decode()
    assert stale.status_code == 422
    assert "Somebody changed it since you opened this page" in shown
    assert "Min tekst" in shown
    news.refresh_from_db()
    assert (news.revision, news.decided) == (2, "Nytt")


def test_author_ends_it(cast: Cast, mona: Person) -> None:
    author, news = english(mona), sent(mona, audiences=[cast.team])
    assert author.post(address("-end", news)).status_code == 302
    assert author.post(address("-end", news)).status_code == 302
    for name in ("-correct", "-withdraw"):
        assert author.get(address(name, news)).status_code == 302
    assert "kept here to be read" in page(english(cast.bob), address("", news))


def test_empty_lists_say_what_comes(cast: Cast, mona: Person) -> None:
    assert "Nothing has been announced to you" in page(english(cast.bob), LIST)
    assert "No decisions hold for you" in page(english(cast.bob), f"{LIST}?show=in-force")
    assert "You have not announced anything" in page(
        english(mona), reverse("events:announcements-written")
    )
