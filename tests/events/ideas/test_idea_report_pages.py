"""Pages of reported and hidden ideas, and what programs may do."""

import datetime as dt
from typing import Any

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from events import actions
from events.models import Idea, IdeaReport
from tests.api.conftest import ApiClient, token_for
from tests.conftest import Cast, sign_in
from tests.events.conftest import WaffleFriday
from tests.events.ideas.helpers import AT, propose
from tests.events.signup.helpers import crowd


@pytest.fixture(autouse=True)
def _now() -> Any:
    with time_machine.travel(AT, tick=False):
        yield


def body(answer: Any) -> str:
    return str(answer.content.decode())


def report(idea: Idea, by: Any, note: str = "") -> IdeaReport:
    """An hour ago, so that it is shown now."""
    at = AT - dt.timedelta(hours=1)
    return actions.report_idea(idea=idea, by=by, reason="hurtful", note=note, at=at)


def test_colleague_reports_and_the_manager_lets_it_stay(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice, "<script>Stygt</script>", site=cast.trondheim)
    bob, manager = sign_in(Client(), cast.bob), sign_in(Client(), waffles.manager)
    page = body(bob.get(f"/events/ideas/{idea.key}/"))
    assert page.count('data-testid="idea-report"') == 1
    sent = bob.post(f"/events/ideas/{idea.key}/report/", {"reason": "hurtful", "note": "<b>Æsj"})
    assert (sent.status_code, sent.headers["Location"]) == (302, "/events/ideas/")
    page = body(bob.get(f"/events/ideas/{idea.key}/"))
    assert (page.count('data-testid="idea-report"'), page.count('"idea-reported"')) == (0, 1)
    # Not at the minute, which would tell who stood at the screen.
    assert body(manager.get("/events/ideas/")).count('data-testid="waiting-idea-reports"') == 0
    queue = body(manager.get("/events/ideas/reports/"))
    assert (queue.count('data-testid="reported-idea"'), queue.count("Æsj")) == (0, 0)
    with time_machine.travel(AT + dt.timedelta(hours=1), tick=False):
        listed = body(manager.get("/events/ideas/"))
        assert listed.count('data-testid="waiting-idea-reports"') == 1
        queue = body(manager.get("/events/ideas/reports/"))
        assert queue.count('data-testid="reported-idea"') == 1
        assert (queue.count("&lt;b&gt;Æsj"), queue.count("<b>Æsj")) == (1, 0)
        kept = manager.post(f"/events/ideas/{idea.key}/keep/")
        assert kept.headers["Location"] == "/events/ideas/reports/"
    assert body(manager.get("/events/ideas/reports/")).count('data-testid="reported-idea"') == 0
    assert body(manager.get("/events/ideas/")).count('data-testid="waiting-idea-reports"') == 0


def test_name_of_who_reported_is_on_no_page(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice, site=cast.trondheim)
    report(idea, cast.bob, "Ikke greit")
    pages = ("/events/ideas/", "/events/ideas/?show=decide", f"/events/ideas/{idea.key}/",
             "/events/ideas/reports/", "/notices/")  # fmt: skip
    for viewer in (cast.alice, waffles.manager, cast.admin):
        client = sign_in(Client(), viewer)
        for address in pages:
            page = body(client.get(address))
            assert [one for one in (cast.bob.name, cast.bob.key) if one in page] == [], address
    # Nor that anything was, to its author and to other colleagues.
    for viewer in (cast.alice, crowd(cast.team, 1)[0]):
        client = sign_in(Client(), viewer)
        page = "".join(body(client.get(address)) for address in pages[:3])
        assert [one for one in ("Ikke greit", "idea-reported", "waiting-idea") if one in page] == []


def test_author_who_decides_sees_no_report_of_their_own(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(waffles.manager, site=cast.trondheim, is_named=False)
    report(idea, cast.bob, "Ikke greit")
    manager = sign_in(Client(), waffles.manager)
    for address in ("/events/ideas/", f"/events/ideas/{idea.key}/", "/events/ideas/reports/"):
        page = body(manager.get(address))
        assert [
            one for one in ("Ikke greit", 'reported-idea"', "waiting-idea") if one in page
        ] == []
    page = body(manager.get(f"/events/ideas/{idea.key}/"))
    assert (page.count('"idea-hide"'), page.count('"idea-withdraw"')) == (0, 1)
    assert manager.get(f"/events/ideas/{idea.key}/hide/").status_code == 403
    sent = {"reason": "Rammer en kollega"}
    assert manager.post(f"/events/ideas/{idea.key}/hide/", sent).status_code == 403
    assert manager.post(f"/events/ideas/{idea.key}/keep/").status_code == 403
    assert IdeaReport.objects.get().outcome == "waiting"


def test_hidden_is_shown_again_by_who_decides(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice, site=cast.trondheim)
    manager, bob = sign_in(Client(), waffles.manager), sign_in(Client(), cast.bob)
    manager.post(f"/events/ideas/{idea.key}/hide/", {"reason": "Rammer en kollega"})
    assert bob.get(f"/events/ideas/{idea.key}/").status_code == 404
    assert bob.post(f"/events/ideas/{idea.key}/show/").status_code == 404
    mine = body(sign_in(Client(), cast.alice).get("/events/ideas/?show=mine"))
    assert (mine.count("Rammer en kollega"), mine.count(f'href="/events/ideas/{idea.key}/"')) == (
        1,
        0,
    )
    listed = body(manager.get("/events/ideas/reports/?show=hidden"))
    assert listed.count('data-testid="idea-show-again"') == 1
    page = body(manager.get(f"/events/ideas/{idea.key}/"))
    assert page.count('data-testid="idea-show-again"') == 1
    shown = manager.post(f"/events/ideas/{idea.key}/show/")
    assert shown.headers["Location"] == f"/events/ideas/{idea.key}/"
    page = body(manager.get(f"/events/ideas/{idea.key}/"))
    assert (page.count('data-testid="idea-hidings"'), page.count("idea-show-again")) == (1, 0)
    page = body(bob.get(f"/events/ideas/{idea.key}/"))
    assert (page.count("idea-hidings"), page.count("Rammer en kollega")) == (0, 0)


def test_who_may_do_what(cast: Cast, as_charlie: Client) -> None:
    idea = propose(cast.alice, site=cast.trondheim)
    bob, alice = sign_in(Client(), cast.bob), sign_in(Client(), cast.alice)
    assert alice.get(f"/events/ideas/{idea.key}/report/").status_code == 403
    assert as_charlie.get(f"/events/ideas/{idea.key}/report/").status_code == 404
    assert bob.get("/events/ideas/reports/").status_code == 403
    for what, answer in (("keep", 403), ("show", 403)):
        assert bob.post(f"/events/ideas/{idea.key}/{what}/").status_code == answer
        assert as_charlie.post(f"/events/ideas/{idea.key}/{what}/").status_code == 404
    admin = sign_in(Client(), cast.admin)
    assert admin.get("/events/ideas/reports/?show=all").status_code == 400
    # Nothing waits, nothing is hidden: told so, nothing changes.
    for what in ("keep", "show"):
        assert admin.post(f"/events/ideas/{idea.key}/{what}/").status_code == 302
    assert Idea.objects.get().state == "open"


def test_wrong_form_is_told_and_not_lost(as_bob: Client, cast: Cast) -> None:
    idea = propose(cast.alice)
    answer = as_bob.post(f"/events/ideas/{idea.key}/report/", {"note": "Kari " * 100})
    assert (answer.status_code, body(answer).count("Kari Kari Kari") > 0) == (422, True)
    long = {"reason": "other", "note": "Kari " * 100}
    answer = as_bob.post(f"/events/ideas/{idea.key}/report/", long)
    assert (answer.status_code, body(answer).count("Kari Kari Kari") > 0) == (422, True)
    assert IdeaReport.objects.count() == 0


@pytest.mark.parametrize("show", ["waiting", "hidden"])
def test_list_takes_the_same_queries_however_many(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries, show: str
) -> None:
    admin, people = sign_in(Client(), cast.admin), crowd(cast.team, 3)
    admin.get("/events/ideas/reports/")

    def one_more(number: int) -> None:
        idea = propose(people[number], f"Idé {number}")
        report(idea, cast.bob, "Æsj")
        report(idea, cast.alice)
        if show == "hidden":
            actions.hide_idea(idea=idea, reason="Stygt", by=cast.admin, at=AT)

    one_more(0)
    few = 6 if show == "waiting" else 5
    with django_assert_num_queries(few):
        admin.get(f"/events/ideas/reports/?show={show}")
    one_more(1)
    one_more(2)
    with django_assert_num_queries(few):
        page = body(admin.get(f"/events/ideas/reports/?show={show}"))
    assert page.count("data-key=") == 3


# --- programs ---
def api(person: Any, *scopes: str) -> ApiClient:
    return ApiClient(token_for(person, *(scopes or ("ideas:read", "ideas:write")))[1])


def test_programs_report(cast: Cast) -> None:
    idea = propose(cast.alice)
    bob, address = api(cast.bob), f"ideas/{idea.key}/report"
    for _ in range(2):
        answer = bob.call("PUT", address, {"reason": "hurtful", "note": "Æsj"})
        assert (answer.status_code, answer.content) == (204, b"")
    assert [(one.reporter, one.note) for one in IdeaReport.objects.all()] == [(cast.bob, "Æsj")]
    wrong = bob.call("PUT", address, {"reason": "boring"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (400, "#/reason")
    assert api(cast.alice).call("PUT", address, {"reason": "other"}).status_code == 403
    assert api(cast.bob, "ideas:read").call("PUT", address, {"reason": "other"}).status_code == 403
    hers = propose(cast.alice, site=cast.trondheim)
    far = api(cast.charlie).call("PUT", f"ideas/{hers.key}/report", {"reason": "other"})
    assert far.status_code == 404
    shown = api(cast.admin).call("GET", f"ideas/{idea.key}").json()
    assert [one for one in shown if "report" in one] == []
