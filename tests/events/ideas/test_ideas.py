"""Ideas: proposed, voted for, picked or not; never who voted, never who wants to stay unnamed."""

import datetime as dt
import json
from functools import partial
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from engagement.export import everything_about
from engagement.notices.models import Delivery, Notice
from engagement.notices.queries import own_data as own_notices
from engagement.people.models import AuditEntry
from events import actions
from events.models import Idea, IdeaVote
from events.queries.ideas import ideas_for, ideas_like
from tests.conftest import Cast
from tests.events.conftest import WaffleFriday
from tests.events.ideas.helpers import AT, propose, refused
from tests.events.signup.helpers import crowd

pytestmark = pytest.mark.django_db
DAY = AT.date()
State = Idea.State


def test_idea_has_its_proposers_vote(cast: Cast) -> None:
    idea = propose(cast.alice)
    assert (idea.state, idea.vote_count, idea.author) == (State.OPEN, 1, cast.alice)
    assert list(IdeaVote.objects.values_list("person", flat=True)) == [cast.alice.pk]


@pytest.mark.parametrize("title", ["", "   ", "\u200b\u2066\u200d", "x" * 81])
def test_title_that_says_nothing_or_too_much_is_refused(cast: Cast, title: str) -> None:
    refused(partial(propose, cast.alice, title))
    refused(partial(propose, cast.alice, "Quiz", what="x" * 1001))
    assert Idea.objects.count() == 0


def test_hostile_text_is_made_safe(cast: Cast) -> None:
    idea = propose(cast.alice, "\u202eQuiz\u0000 <b>nå</b>\n", what="a\u200b\r\n\r\n\r\nb")
    assert (idea.title, idea.what) == ("Quiz <b>nå</b>", "a\n\nb")


def test_five_within_a_day_and_no_sixth(cast: Cast) -> None:
    for number in range(5):
        propose(cast.alice, f"Idé {number}")
    assert "fem ideer" in refused(partial(propose, cast.alice, "Idé 6"))
    propose(cast.bob, "Idé av Bob")
    propose(cast.alice, "I morgen", at=AT + dt.timedelta(days=1))
    assert Idea.objects.count() == 7


def test_taking_back_gives_no_sixth(cast: Cast) -> None:
    for number in range(5):
        idea = propose(cast.alice, f"Idé {number}", is_named=False)
        actions.withdraw_idea(idea=idea, by=cast.alice, at=AT)
    refused(partial(propose, cast.alice, "Idé 6"))


# --- voting ---
def test_vote_is_one_a_person_and_can_be_taken_back(cast: Cast) -> None:
    idea = propose(cast.alice)
    for _ in range(2):
        assert actions.vote_for_idea(idea=idea, by=cast.bob, at=AT).vote_count == 2
    for _ in range(2):
        assert actions.take_back_vote(idea=idea, by=cast.bob, at=AT).vote_count == 1
    with pytest.raises(IntegrityError), transaction.atomic():
        IdeaVote.objects.create(idea=idea, person=cast.alice)


def test_votes_are_told_from_five_on(cast: Cast) -> None:
    idea = propose(cast.alice)
    for person in crowd(cast.team, 3):
        idea = actions.vote_for_idea(idea=idea, by=person, at=AT)
    assert (idea.vote_count, idea.votes_told) == (4, None)
    idea = actions.vote_for_idea(idea=idea, by=cast.bob, at=AT)
    assert idea.votes_told == 5


def test_order_of_those_with_few_votes_says_nothing_of_them(cast: Cast) -> None:
    old, new = propose(cast.alice, "Gammel"), propose(cast.alice, "Ny")
    many = propose(cast.bob, "Mange", at=AT - dt.timedelta(days=1))
    for person in crowd(cast.team, 3):
        actions.vote_for_idea(idea=old, by=person, at=AT)
    for person in crowd(cast.team, 4):
        actions.vote_for_idea(idea=many, by=person, at=AT)
    page = ideas_for(cast.bob, order="votes", start=0, day=DAY)
    assert [one.title for one in page.ideas] == ["Mange", "Ny", "Gammel"]
    assert new.vote_count < old.vote_count + 3


def test_nobody_votes_for_what_is_decided(cast: Cast) -> None:
    idea = propose(cast.alice)
    actions.decline_idea(idea=idea, reason="Ikke i år", by=cast.admin, at=AT)
    refused(partial(actions.vote_for_idea, idea=idea, by=cast.bob, at=AT))
    refused(partial(actions.take_back_vote, idea=idea, by=cast.bob, at=AT))


# --- deciding ---
def test_picking_tells_those_who_wanted_it_and_keeps_only_the_number(
    cast: Cast, waffles: WaffleFriday
) -> None:
    idea = propose(cast.alice)
    actions.vote_for_idea(idea=idea, by=cast.bob, at=AT)
    actions.pick_idea(idea=idea, series=waffles.series, by=waffles.manager, at=AT)
    idea.refresh_from_db()
    assert (idea.state, idea.vote_count, idea.series) == (State.PICKED, 2, waffles.series)
    assert (idea.author, idea.settled_by) == (cast.alice, waffles.manager)
    assert IdeaVote.objects.count() == 0
    told = Notice.objects.filter(kind="idea_picked").order_by("person")
    assert [one.person for one in told] == [cast.alice, cast.bob]
    assert Delivery.objects.count() == 0
    notices = own_notices(cast.alice, at=AT)
    assert "Brettspill" in json.dumps(notices, ensure_ascii=False)


def test_declining_needs_a_reason_and_tells_it(cast: Cast) -> None:
    idea = propose(cast.alice)
    refused(partial(actions.decline_idea, idea=idea, reason="\u200b ", by=cast.admin, at=AT))
    actions.decline_idea(idea=idea, reason="Kantina er stengt", by=cast.admin, at=AT)
    idea.refresh_from_db()
    assert (idea.state, idea.reason) == (State.DECLINED, "Kantina er stengt")
    assert Notice.objects.get().kind == "idea_declined"


def test_two_decide_and_the_first_counts(cast: Cast, waffles: WaffleFriday) -> None:
    idea = propose(cast.alice)
    actions.decline_idea(idea=idea, reason="Nei", by=cast.admin, at=AT)
    pick = partial(actions.pick_idea, idea=idea, series=waffles.series, by=cast.admin, at=AT)
    refused(pick)
    idea.refresh_from_db()
    assert (idea.state, idea.series) == (State.DECLINED, None)


def test_hiding_is_logged_with_its_reason(cast: Cast) -> None:
    idea = propose(cast.alice, "Noe stygt om Bob")
    actions.hide_idea(idea=idea, reason="Rammer en kollega", by=cast.admin, at=AT)
    entry = AuditEntry.objects.get(verb="idea-hidden")
    assert (entry.subject, entry.detail["reason"]) == (idea.key, "Rammer en kollega")
    for order in ("votes", "newest", "settled"):
        assert ideas_for(cast.bob, order=order, start=0, day=DAY).ideas == []
    assert Notice.objects.get().person == cast.alice


def test_old_ones_are_closed_and_a_year_later_deleted(cast: Cast) -> None:
    idea = propose(cast.alice, is_named=False)
    assert actions.lapse_ideas(at=AT + actions.ideas.OPEN_FOR - dt.timedelta(seconds=1)) == 0
    closed_at = AT + actions.ideas.OPEN_FOR
    assert actions.lapse_ideas(at=closed_at) == 1
    idea.refresh_from_db()
    assert (idea.state, idea.proposer) == (State.LAPSED, None)
    assert actions.purge_ideas(at=closed_at + actions.ideas.KEPT) == 1


# --- unnamed ---
@pytest.mark.parametrize("end", ["picked", "declined", "withdrawn", "hidden"])
def test_who_it_was_is_erased_when_it_is_settled(
    cast: Cast, waffles: WaffleFriday, end: str
) -> None:
    idea = propose(cast.alice, is_named=False)
    actions.vote_for_idea(idea=idea, by=cast.bob, at=AT)
    given: dict[str, Any] = {"idea": idea, "by": cast.admin, "at": AT}
    {
        "picked": partial(actions.pick_idea, series=waffles.series),
        "declined": partial(actions.decline_idea, reason="Nei"),
        "withdrawn": actions.withdraw_idea,
        "hidden": partial(actions.hide_idea, reason="Nei"),
    }[end](**given)
    idea.refresh_from_db()
    assert (idea.state, idea.proposer, idea.vote_count) == (end, None, 2)
    assert IdeaVote.objects.count() == 0
    readers = list(Notice.objects.order_by("pk").values_list("person", flat=True))
    is_told = end in ("picked", "declined")
    assert readers == (sorted([cast.alice.pk, cast.bob.pk]) if is_told else [])
    assert len(set(Notice.objects.values_list("kind", "source", "link"))) == int(is_told)


def test_database_refuses_to_keep_it(cast: Cast) -> None:
    idea = propose(cast.alice, is_named=False)
    with pytest.raises(IntegrityError), transaction.atomic():
        Idea.objects.filter(pk=idea.pk).update(state="declined", reason="x", settled_at=AT)


def test_exports_tell_each_of_their_own(cast: Cast) -> None:
    idea = propose(cast.alice, is_named=False)
    actions.vote_for_idea(idea=idea, by=cast.bob, at=AT)
    alice, bob, admin = (everything_about(one, at=AT) for one in (cast.alice, cast.bob, cast.admin))
    assert [one["named"] for one in alice["ideas_proposed"]] == [False]  # type: ignore[attr-defined]
    assert bob["idea_votes"] == [{"idea": idea.key, "title": idea.title}]
    assert cast.alice.key not in json.dumps(bob["idea_votes"])
    assert (bob["ideas_proposed"], admin["idea_votes"]) == ([], [])


# --- alike ---
def test_finds_what_means_the_same(cast: Cast) -> None:
    wanted = propose(cast.alice, "Brettspill på torsdager")
    propose(cast.alice, "Løpegruppe etter jobb")
    for typed in ("brettspill", "Brettspil torsdag", "BRETTSPILL PA TORSDAG"):
        assert ideas_like(typed, viewer=cast.bob, day=DAY) == [wanted], typed
    for typed in ("", "x", "Vaffelpress", "%_'"):
        assert ideas_like(typed, viewer=cast.bob, day=DAY) == [], typed


def test_says_nothing_of_other_sites(cast: Cast) -> None:
    propose(cast.alice, site=cast.trondheim)
    assert ideas_like("Brettspill på torsdager", viewer=cast.charlie, day=DAY) == []
