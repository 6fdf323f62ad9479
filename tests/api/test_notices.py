"""The resource `notices`: one's own, in words, and what comes by mail."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest

from engagement import times
from engagement.notices import actions
from engagement.notices.models import Notice, NoticeChoice, NoticeHours
from engagement.people.models import Person
from kudos.actions import give_kudos, withdraw_kudos
from kudos.models import Kudos
from tests.api.conftest import ApiClient

HOUR = dt.timedelta(hours=1)


def thank(by: Person, to: Person, message: str, at: dt.datetime) -> Kudos:
    return give_kudos(by=by, to=[to], message=message, value=None, audience="team",
                      wants_wall=False, at=at, hold=dt.timedelta())  # fmt: skip


@pytest.fixture
def thanked(alice: Person, bob: Person) -> list[Notice]:
    """Three thank-yous to Alice, the oldest first, and one to Bob."""
    at = times.now() - HOUR
    for number in range(3):
        thank(bob, alice, f"Takk {number} & <b>hei</b>", at + number * dt.timedelta(minutes=1))
    thank(alice, bob, "Til Bob", at)
    return list(Notice.objects.filter(person=alice).order_by("show_from"))


def test_list_has_own_notices_newest_first_in_plain_words(
    as_person: Callable[..., ApiClient], alice: Person, thanked: list[Notice]
) -> None:
    alice.language = "en"
    alice.save()
    answer = as_person(alice).call("GET", "notices")
    assert answer.status_code == 200
    assert [one["id"] for one in answer.json()["results"]] == [n.key for n in reversed(thanked)]
    newest = answer.json()["results"][0]
    assert newest == {
        "id": thanked[2].key,
        "kind": "kudos_received",
        "words": "Bob Berg thanks you: Takk 2 & <b>hei</b>",
        "url": thanked[2].link,
        "shown_at": thanked[2].show_from.isoformat().replace("+00:00", "Z"),
        "read_at": None,
    }
    assert "Til Bob" not in answer.content.decode()
    asked = as_person(alice).call("GET", "notices", Accept_Language="nb").json()
    assert asked["results"][0]["words"] == "Bob Berg takker deg: Takk 2 & <b>hei</b>"


def test_list_pages_by_when_it_was_shown(
    as_person: Callable[..., ApiClient], alice: Person, thanked: list[Notice]
) -> None:
    # Two at the very same moment.
    Notice.objects.filter(pk=thanked[1].pk).update(show_from=thanked[2].show_from)
    client = as_person(alice)
    seen, address = [], "notices?page_size=1"
    while address:
        page = client.call("GET", address).json()
        seen += [one["id"] for one in page["results"]]
        last, address = page, page["next"]
    assert seen == [n.key for n in reversed(thanked)]
    back = client.call("GET", last["previous"]).json()
    assert [one["id"] for one in back["results"]] == [thanked[1].key]


@pytest.mark.parametrize("cursor", ["x", "WyJuIiwxXQ", "WyJuIiwiYSIsMV0", "WyJuIiwtMSwxXQ"])
def test_list_refuses_forged_cursors(
    as_person: Callable[..., ApiClient], alice: Person, thanked: list[Notice], cursor: str
) -> None:
    assert as_person(alice).call("GET", f"notices?cursor={cursor}").status_code == 400


def test_list_of_unread_leaves_out_what_was_read_withdrawn_or_is_held(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, thanked: list[Notice]
) -> None:
    at = times.now()
    actions.read_notice(notice=thanked[0], at=at)
    withdraw_kudos(kudos=Kudos.objects.get(key=thanked[1].source), by=bob, at=at)
    give_kudos(by=bob, to=[alice], message="Snart", value=None, audience="team", wants_wall=False,
               at=at, hold=HOUR)  # fmt: skip
    client = as_person(alice)

    def keys(query: str) -> list[str]:
        return [one["id"] for one in client.call("GET", f"notices{query}").json()["results"]]

    assert keys("?unread=true") == [thanked[2].key]
    assert keys("") == keys("?unread=false") == [thanked[2].key, thanked[0].key]
    assert client.call("GET", "notices?unread=maybe").status_code == 400


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_a_constant_number_of_queries(
    as_person: Callable[..., ApiClient],
    alice: Person,
    bob: Person,
    count: int,
    django_assert_num_queries: Any,
) -> None:
    for number in range(count):
        thank(bob, alice, f"Takk {number}", times.now() - HOUR)
    client = as_person(alice)
    client.call("GET", "notices")
    with django_assert_num_queries(4):
        assert len(client.call("GET", "notices").json()["results"]) == count


def test_one_can_be_read_and_marked_by_its_reader_only(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, thanked: list[Notice]
) -> None:
    key = thanked[0].key
    assert as_person(alice).call("GET", f"notices/{key}").json()["read_at"] is None
    for method, body in (("GET", None), ("PATCH", {"read": True})):
        assert as_person(bob).call(method, f"notices/{key}", body).status_code == 404
    assert as_person(alice).call("PATCH", f"notices/{key}", {"read": False}).status_code == 400
    assert as_person(alice).call("PATCH", f"notices/{key}", {"read": "yes"}).status_code == 400
    answer = as_person(alice).call("PATCH", f"notices/{key}", {"read": True})
    first = answer.json()["read_at"]
    assert first is not None
    again = as_person(alice).call("PATCH", f"notices/{key}", {"read": True})
    assert again.json()["read_at"] == first


def test_what_is_gone_is_not_there(
    as_person: Callable[..., ApiClient], alice: Person, thanked: list[Notice]
) -> None:
    Kudos.objects.filter(key=thanked[0].source).update(withdrawn_at=times.now())
    assert as_person(alice).call("GET", f"notices/{thanked[0].key}").status_code == 404


def test_all_can_be_marked_at_once(
    as_person: Callable[..., ApiClient], alice: Person, bob: Person, thanked: list[Notice]
) -> None:
    assert as_person(alice).call("POST", "notices/read-all").status_code == 204
    assert Notice.objects.unread().count() == 1
    assert Notice.objects.unread().get().person == bob


def test_scopes_are_asked_for(
    as_person: Callable[..., ApiClient], alice: Person, thanked: list[Notice]
) -> None:
    reader = as_person(alice, "notices:read")
    assert reader.call("GET", "notices").status_code == 200
    assert reader.call("GET", "notices/choices").status_code == 200
    assert reader.call("POST", "notices/read-all").status_code == 403
    assert reader.call("PATCH", "notices/choices", {}).status_code == 403
    writer = as_person(alice, "notices:write")
    assert writer.call("GET", "notices").status_code == 403
    assert writer.call("PATCH", "notices/choices", {}).status_code == 200
    assert as_person(alice, "kudos:read").call("GET", "notices").status_code == 403


def test_choices_are_told(as_person: Callable[..., ApiClient], alice: Person) -> None:
    alice.language = "en"
    alice.save()
    told = as_person(alice).call("GET", "notices/choices").json()
    assert told["kinds"][0] == {
        "kind": "kudos_received",
        "title": "Somebody thanks you",
        "about": "As soon as the thank-you can no longer be undone.",
        "way": "at_once",
        "ways": ["at_once", "digest", "none"],
    }
    assert [one["kind"] for one in told["kinds"]].count("screen_silent") == 0
    assert told["quiet_hours"] == {"starts_at": "21:00", "ends_at": "07:00"}
    assert dt.datetime.fromisoformat(told["next_digest_at"]) > times.now()


def test_choices_are_changed_as_far_as_given(
    as_person: Callable[..., ApiClient], alice: Person
) -> None:
    client = as_person(alice)
    body = {"kinds": [{"kind": "kudos_received", "way": "digest"}]}
    told = client.call("PATCH", "notices/choices", body).json()
    assert told["kinds"][0]["way"] == "digest"
    assert told["quiet_hours"] == {"starts_at": "21:00", "ends_at": "07:00"}
    quiet = {"quiet_hours": {"starts_at": "22:00", "ends_at": "05:30"}}
    assert client.call("PATCH", "notices/choices", quiet).json()["quiet_hours"] == {
        "starts_at": "22:00",
        "ends_at": "05:30",
    }
    assert (
        client.call("PATCH", "notices/choices", {"quiet_hours": None}).json()["quiet_hours"] is None
    )
    assert list(NoticeChoice.objects.values_list("person", "kind", "way")) == [
        (alice.pk, "kudos_received", "digest")
    ]


@pytest.mark.parametrize(
    "body",
    [
        {"kinds": [{"kind": "unknown", "way": "none"}]},
        {"kinds": [{"kind": "kudos_received", "way": "off"}]},
        {"kinds": [{"kind": "survey_reminder", "way": "digest"}]},
        {"kinds": [{"kind": "digest", "way": "none"}]},
        {"kinds": [{"kind": "kudos_received"}]},
        {"quiet_hours": {"starts_at": "08:00", "ends_at": "08:00"}},
        {"quiet_hours": {"starts_at": "25:00", "ends_at": "08:00"}},
        {"quiet_hours": {"starts_at": 800, "ends_at": "08:00"}},
        {"quiet_hours": {"starts_at": "08:00"}},
        {"person": "somebody else"},
    ],
)
def test_choices_that_make_no_sense_change_nothing(
    as_person: Callable[..., ApiClient], alice: Person, body: dict[str, Any]
) -> None:
    whole = {"kinds": [{"kind": "survey_opened", "way": "none"}], **body}
    answer = as_person(alice).call("PATCH", "notices/choices", whole)
    assert (answer.status_code, answer["Content-Type"]) == (400, "application/problem+json")
    assert answer.json()["errors"]
    if "kinds" not in body:
        assert (NoticeChoice.objects.count(), NoticeHours.objects.count()) == (0, 0)
