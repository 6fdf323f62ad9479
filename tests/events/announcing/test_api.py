"""The resource `announcements`: the same actions and rights as in the browser."""

import json
from typing import Any

import pytest
from django.test import Client

from engagement.api.actions import create_token
from engagement.api.models import Scope
from engagement.api.tokens import new_secret
from engagement.people.models import Person
from events.actions import announcing
from events.models import Announcement, ReadCount
from tests import factories as people
from tests.conftest import Cast
from tests.events.announcing.helpers import AT, DAY, HOUR, draft, got_it, sent


class Api:
    """A program that acts as ``person``."""

    def __init__(self, person: Person, admin: Person, *scopes: str) -> None:
        self.secret = new_secret()
        create_token(
            person=person, name="t", secret=self.secret, by=admin, at=AT,
            scopes=scopes or [Scope.ANNOUNCEMENTS_READ, Scope.ANNOUNCEMENTS_WRITE],
        )  # fmt: skip

    def call(self, method: str, path: str, body: Any = None, key: str = "") -> Any:
        headers = {"Authorization": f"Bearer {self.secret}", "Accept-Language": "en"}
        if key:
            headers["Idempotency-Key"] = key
        data = b"" if body is None else json.dumps(body).encode()
        return Client().generic(
            method, f"/api/v1/{path}", data, content_type="application/json", headers=headers
        )


@pytest.fixture
def api(cast: Cast, mona: Person) -> Api:
    return Api(mona, cast.admin)


def new(cast: Cast, **facts: Any) -> dict[str, Any]:
    return {
        "title": "Ny pauseliste", "decided": "Pausen flyttes.", "why": "Køen er lang.",
        "affects": "Du som jobber kveld.", "next_on": "2026-12-01", "audience": [cast.team.key],
        "people": ["bob@fjordtel.example", cast.alice.key], "wall_days": 2,
    } | facts  # fmt: skip


def test_program_announces_corrects_and_withdraws(api: Api, cast: Cast) -> None:
    answer = api.call("POST", "announcements", new(cast), key="once")
    assert answer.status_code == 201, answer.content
    made = answer.json()
    assert api.call("POST", "announcements", new(cast), key="once").json() == made
    assert Announcement.objects.count() == 1
    assert (made["state"], made["recipient_count"], made["read"]) == ("draft", None, [])
    place = f"announcements/{made['id']}"
    assert answer.headers["Location"].endswith(f"/api/v1/{place}")
    published = api.call("POST", f"{place}/publish", {"version": made["version"]})
    assert published.status_code == 200, published.content
    told = published.json()
    assert (told["state"], told["recipient_count"], told["published_at"]) == (
        "published", 2, "2026-11-26T11:00:00Z",
    )  # fmt: skip
    corrected = api.call("POST", f"{place}/correct", {"why": "Ny grunn.", "note": "Feil grunn."})
    assert (corrected.json()["why"], corrected.json()["decided"]) == (
        "Ny grunn.", "Pausen flyttes.",
    )  # fmt: skip
    assert [one["note"] for one in corrected.json()["corrections"]] == ["Feil grunn."]
    stale = api.call("POST", f"{place}/withdraw", {"reason": "Nei", "version": told["version"]})
    assert (stale.status_code, stale.headers["Content-Type"]) == (400, "application/problem+json")
    gone = api.call("POST", f"{place}/withdraw", {"reason": "Nei"})
    assert (gone.json()["state"], gone.json()["withdraw_reason"]) == ("withdrawn", "Nei")


def test_program_sends_later(api: Api, cast: Cast) -> None:
    made = api.call("POST", "announcements", new(cast)).json()
    place = f"announcements/{made['id']}/publish"
    for wrong in (
        "2026-11-26T10:00:00Z", "2028-01-01T10:00:00Z",
        "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
    ):  # fmt: skip
        assert api.call("POST", place, {"at": wrong}).status_code == 400
    later = api.call("POST", place, {"at": "2026-12-01T08:00:00+01:00"}).json()
    assert (later["state"], later["publish_at"]) == ("scheduled", "2026-12-01T07:00:00Z")


def test_reader_reads_what_was_sent_to_them_and_no_numbers(cast: Cast, mona: Person) -> None:
    crowd = [people.make_person(f"P{number}", unit=cast.team) for number in range(4)]
    news = sent(mona, audiences=[cast.team])
    got_it(news, *crowd, at=AT)
    announcing.count_readers(at=AT + DAY)
    assert ReadCount.objects.count() == 1
    bob, charlie, author = (Api(one, cast.admin) for one in (cast.bob, cast.charlie, mona))
    [shown] = bob.call("GET", "announcements").json()["results"]
    assert (shown["is_new"], shown["recipient_count"], shown["read"]) == (True, None, [])
    assert charlie.call("GET", "announcements").json()["results"] == []
    assert charlie.call("GET", f"announcements/{news.key}").status_code == 404
    mine = author.call("GET", f"announcements/{news.key}").json()
    assert (mine["recipient_count"], [one["after_days"] for one in mine["read"]]) == (6, [1])
    assert "P1" not in json.dumps(mine)


def test_list_goes_on_by_cursor(cast: Cast, mona: Person) -> None:
    made = [sent(mona, at=AT - number * HOUR, audiences=[cast.team]) for number in range(3)]
    bob = Api(cast.bob, cast.admin)
    first = bob.call("GET", "announcements?page_size=2").json()
    second = bob.call("GET", first["next"].split("/api/v1/")[1]).json()
    assert [one["id"] for one in first["results"] + second["results"]] == [one.key for one in made]
    for wrong in ("x", "WyJuIiwiMjAyNiIsMV0", "WyJuIiwxLDFd"):
        assert bob.call("GET", f"announcements?cursor={wrong}").status_code == 400


@pytest.mark.parametrize(
    ("facts", "pointer"),
    [
        ({"title": "\u200b"}, "#/title"),
        ({"audience": ["x0"]}, "#/audience/0"),
        ({"people": ["bob@fjordtel.example", "nobody"]}, "#/people/1"),
        ({"wall_days": 15}, "#/wall_days"),
        ({"wall_days": 2, "audience": []}, "#/wall_days"),
        ({"event": "x0"}, "#/event"),
        ({"why": "x" * 601}, "#/why"),
        ({"price": 5}, "#/price"),
    ],
)
def test_announcement_that_cannot_be_is_a_problem_with_its_place(
    api: Api, cast: Cast, facts: dict[str, Any], pointer: str
) -> None:
    answer = api.call("POST", "announcements", new(cast, **facts))
    assert answer.status_code == 400, answer.content
    assert pointer in answer.content.decode()
    assert not Announcement.objects.exists()


def test_rights_are_those_of_the_browser(cast: Cast, mona: Person, hr: Person) -> None:
    news, made = sent(mona, audiences=[cast.team]), draft(mona, audiences=[cast.team])
    bob, charlie, other = (Api(one, cast.admin) for one in (cast.bob, cast.charlie, hr))
    assert bob.call("POST", "announcements", new(cast)).status_code == 403
    beyond = Api(mona, cast.admin).call(
        "POST", "announcements", new(cast, audience=[cast.gjovik.key])
    )
    assert (beyond.status_code, "#/audience" in beyond.content.decode()) == (400, True)
    body: dict[str, Any]
    for act, body in (("correct", {"note": "x", "why": "y"}), ("withdraw", {"reason": "x"})):
        assert bob.call("POST", f"announcements/{news.key}/{act}", body).status_code == 403
        assert charlie.call("POST", f"announcements/{news.key}/{act}", body).status_code == 404
    for one in (bob, charlie, other):
        assert one.call("GET", f"announcements/{made.key}").status_code == 404
        assert one.call("POST", f"announcements/{made.key}/publish", {}).status_code == 404
    reading = Api(mona, cast.admin, Scope.ANNOUNCEMENTS_READ)
    assert reading.call("POST", "announcements", new(cast)).status_code == 403
    assert reading.call("GET", f"announcements/{news.key}").status_code == 200


@pytest.mark.parametrize("count", [1, 3])
def test_list_asks_the_same_number_of_questions(
    cast: Cast, mona: Person, count: int, django_assert_num_queries: Any
) -> None:
    for _ in range(count):
        sent(mona, audiences=[cast.team])
    bob = Api(cast.bob, cast.admin)
    bob.call("GET", "announcements")
    with django_assert_num_queries(6):
        bob.call("GET", "announcements")
