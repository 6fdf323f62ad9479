"""Pages of ideas, and what programs read of them."""

from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events import actions
from events.models import Idea, IdeaVote, Series
from tests.api.conftest import ApiClient, token_for
from tests.conftest import Cast, sign_in
from tests.events.conftest import WaffleFriday
from tests.events.ideas.helpers import AT, propose
from tests.events.signup.helpers import crowd

HTMX = {"HX-Request": "true"}


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def body(answer: Any) -> str:
    return str(answer.content.decode())


def test_one_tap_votes_and_another_takes_it_back(as_bob: Client, cast: Cast) -> None:
    idea = propose(cast.alice)
    address = f"/events/ideas/{idea.key}/vote/"
    assert body(as_bob.get("/events/ideas/")).count('aria-pressed="false"') == 1
    swapped = as_bob.post(address, headers=HTMX)
    assert (swapped.status_code, body(swapped).count('aria-pressed="true"')) == (200, 1)
    assert "færre" in body(swapped) or "fewer" in body(swapped)
    assert IdeaVote.objects.filter(person=cast.bob).count() == 1
    plain = as_bob.post(address, {"back": "1", "next": "/events/ideas/?show=newest"})
    assert (plain.status_code, plain.headers["Location"]) == (302, "/events/ideas/?show=newest")
    assert IdeaVote.objects.filter(person=cast.bob).count() == 0


def test_proposing_shows_what_is_like_it_once(as_bob: Client, cast: Cast) -> None:
    propose(cast.alice)
    sent = {"title": "Brettspill", "what": "", "site": cast.trondheim.key, "shown": "unnamed"}
    first = as_bob.post("/events/ideas/new/", sent)
    assert (first.status_code, Idea.objects.count()) == (422, 1)
    assert body(first).count('data-testid="ideas-alike"') == 1
    assert body(first).count('value="Brettspill"') == 1
    again = as_bob.post("/events/ideas/new/", sent | {"seen": "1"})
    made = Idea.objects.latest("pk")
    assert (again.status_code, again.headers["Location"]) == (302, f"/events/ideas/{made.key}/")
    assert (made.site, made.is_named, made.proposer) == (cast.trondheim, False, cast.bob)
    alike = body(as_bob.get("/events/ideas/alike/", {"title": "brettspill"}))
    assert alike.count("<li>") == 2


def test_unnamed_is_named_to_nobody(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice, is_named=False, site=cast.trondheim)
    for viewer in (cast.bob, waffles.manager, cast.admin):
        client = sign_in(Client(), viewer)
        for address in ("/events/ideas/", f"/events/ideas/{idea.key}/", "/events/ideas/?show=mine"):
            page = body(client.get(address))
            assert cast.alice.name not in page, address
            assert cast.alice.key not in page, address
        assert client.post(f"/events/ideas/{idea.key}/withdraw/").status_code == 403
    own = body(sign_in(Client(), cast.alice).get(f"/events/ideas/{idea.key}/"))
    assert own.count('data-testid="idea-withdraw"') == 1
    assert "proposed by Alice" not in own


def test_ideas_of_another_site_do_not_exist(as_charlie: Client, cast: Cast) -> None:
    idea = propose(cast.alice, site=cast.trondheim)
    for address in (f"/events/ideas/{idea.key}/", f"/events/ideas/{idea.key}/decline/"):
        assert as_charlie.get(address).status_code == 404
    assert as_charlie.post(f"/events/ideas/{idea.key}/vote/").status_code == 404
    assert idea.title not in body(as_charlie.get("/events/ideas/"))
    assert IdeaVote.objects.count() == 1


def test_who_decides(cast: Cast, waffles: WaffleFriday) -> None:
    """The manager of the site about its ideas, not about what is for everybody; agents about none."""
    own, everybodys = propose(cast.alice, site=cast.trondheim), propose(cast.alice, "For alle")
    manager, bob = sign_in(Client(), waffles.manager), sign_in(Client(), cast.bob)
    admin = sign_in(Client(), cast.admin)
    for client, answers in ((manager, [200, 403]), (bob, [403, 403]), (admin, [200, 200])):
        for what in ("decline", "hide"):
            found = [
                client.get(f"/events/ideas/{one.key}/{what}/").status_code
                for one in (own, everybodys)
            ]
            assert found == answers
    todo = body(manager.get("/events/ideas/?show=decide"))
    assert (own.title in todo, everybodys.title in todo) == (True, False)
    assert 'data-testid="ideas-decide"' not in body(bob.get("/events/ideas/?show=decide"))


def test_manager_plans_it_and_it_is_picked(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice, "Brettspill <3", what="Ta med eget spill", site=cast.trondheim)
    manager = sign_in(Client(), waffles.manager)
    chosen = f"/events/new/?template=quiz&idea={idea.key}"
    assert chosen.replace("/events/new/", "").replace("&", "&amp;") in body(
        manager.get(f"/events/new/?idea={idea.key}")
    )
    page = manager.get(chosen)
    assert 'value="Brettspill &lt;3"' in body(page)
    assert "Ta med eget spill" in body(page)
    sent = {
        "title": "Brettspill", "description": "Ta med", "day": "2026-12-03", "repeat": "once",
        "emblem": "game", "invited": "sites", "opens_days": "14", "closes_minutes": "0",
        "site": cast.trondheim.key,
        "sitting-0-use": "1", "sitting-0-site": cast.trondheim.key, "sitting-0-starts": "11:30",
        "sitting-0-ends": "12:00", "sitting-0-place": "", "sitting-0-capacity": "",
    }  # fmt: skip
    before = Series.objects.count()
    answer = manager.post(chosen, sent)
    idea.refresh_from_db()
    assert answer.status_code == 302, body(answer)
    assert (Series.objects.count(), idea.state) == (before + 1, Idea.State.PICKED)
    shown = body(sign_in(Client(), cast.alice).get(f"/events/ideas/{idea.key}/"))
    assert shown.count(answer.headers["Location"]) == 1
    again = manager.post(chosen, sent)
    assert (again.status_code, Series.objects.count()) == (422, before + 1)
    assert sign_in(Client(), cast.bob).get(chosen).status_code == 403


def test_decline_tells_why_to_everybody(as_bob: Client, cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice, site=cast.trondheim)
    manager = sign_in(Client(), waffles.manager)
    empty = manager.post(f"/events/ideas/{idea.key}/decline/", {"reason": " "})
    assert empty.status_code == 422
    manager.post(f"/events/ideas/{idea.key}/decline/", {"reason": "Det er <b>fullt</b>"})
    settled = body(as_bob.get("/events/ideas/?show=settled"))
    assert settled.count("Det er &lt;b&gt;fullt&lt;/b&gt;") == 1


def test_huge_texts_are_told_and_not_lost(as_bob: Client, cast: Cast) -> None:
    sent = {"title": "x" * 81, "what": "y" * 1001, "site": "everybody", "shown": "named"}
    answer = as_bob.post("/events/ideas/new/", sent)
    assert (answer.status_code, Idea.objects.count()) == (422, 0)
    assert "x" * 81 in body(answer)
    assert "y" * 1001 in body(answer)


@pytest.mark.parametrize("count", [1, 3])
def test_list_takes_the_same_queries_however_many(
    as_bob: Client, cast: Cast, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in crowd(cast.team, count):
        propose(person, f"Idé fra {person.family_name}", site=cast.trondheim)
    as_bob.get("/events/ideas/")
    with django_assert_num_queries(6):
        page = as_bob.get("/events/ideas/")
    assert body(page).count('data-testid="idea"') == count


def test_long_list_goes_on(as_bob: Client, cast: Cast) -> None:
    for number in range(31):
        Idea.objects.create(title=f"Idé {number}", proposer=cast.alice, created_at=AT)
    first = body(as_bob.get("/events/ideas/?show=newest"))
    rest = body(as_bob.get("/events/ideas/?show=newest&start=30"))
    assert (first.count('data-testid="idea"'), rest.count('data-testid="idea"')) == (30, 1)
    for start in ("-1", "x", "9" * 40, "²"):
        assert as_bob.get("/events/ideas/", {"start": start}).status_code == 200


# --- programs -------------------------------------------------------------------------------------


def api(cast_member: Any, *scopes: str) -> ApiClient:
    return ApiClient(token_for(cast_member, *scopes)[1])


def test_programs_propose_vote_and_read(cast: Cast) -> None:
    alice, bob = api(cast.alice), api(cast.bob)
    made = alice.call("POST", "ideas", {"title": "Quiz", "named": False})
    idea = made.json()
    assert made.status_code == 201
    assert idea == {
        "id": idea["id"],
        "title": "Quiz",
        "what": "",
        "site": {"id": cast.trondheim.key, "name": "Trondheim"},
        "proposer": None,
        "state": "open",
        "votes": None,
        "voted": True,
        "created_at": "2026-11-26T11:00:00Z",
        "settled_at": None,
        "reason": "",
        "series": None,
    }
    assert bob.call("GET", "ideas").json()["results"] == [idea | {"voted": False}]
    for _ in range(2):
        assert bob.call("POST", f"ideas/{idea['id']}/vote").json() == idea
    assert bob.call("POST", f"ideas/{idea['id']}/unvote").json() == idea | {"voted": False}
    assert api(cast.charlie).call("GET", f"ideas/{idea['id']}").status_code == 404
    assert api(cast.bob, "ideas:read").call("POST", f"ideas/{idea['id']}/vote").status_code == 403


def test_programs_decide(cast: Cast, waffles: WaffleFriday) -> None:
    own, other = (propose(cast.alice, title, site=cast.trondheim) for title in ("En", "To"))
    manager = api(waffles.manager)
    assert (
        api(cast.bob).call("POST", f"ideas/{own.key}/decline", {"reason": "x"}).status_code == 403
    )
    wrong = manager.call("POST", f"ideas/{own.key}/pick", {"event": "e00000000000000"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/event")
    picked = manager.call("POST", f"ideas/{own.key}/pick", {"event": waffles.event.key}).json()
    assert (picked["state"], picked["series"]) == ("picked", waffles.series.key)
    declined = manager.call("POST", f"ideas/{other.key}/decline", {"reason": "Fullt"}).json()
    assert (declined["state"], declined["reason"]) == ("declined", "Fullt")
    late = manager.call("POST", f"ideas/{other.key}/pick", {"event": waffles.event.key})
    assert late.status_code == 400


def test_hidden_is_for_no_program(cast: Cast) -> None:
    idea = propose(cast.alice)
    actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)
    for person in (cast.alice, cast.admin):
        client = api(person)
        assert client.call("GET", f"ideas/{idea.key}").status_code == 404
        assert client.call("GET", "ideas").json()["results"] == []
