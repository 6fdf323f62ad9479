"""Many at once: one vote a person, one decision, nothing left behind."""

from functools import partial

import pytest
from django.core.exceptions import ValidationError

from engagement.notices.models import Notice
from events import actions
from events.models import IdeaVote
from tests.conftest import Cast
from tests.events.conftest import WaffleFriday
from tests.events.ideas.helpers import AT, propose
from tests.events.signup.helpers import at_once, crowd

pytestmark = pytest.mark.django_db(transaction=True)


def test_many_votes_of_few_people(cast: Cast) -> None:
    idea = propose(cast.alice)
    people = [*crowd(cast.team, 6), cast.bob]
    calls = [partial(actions.vote_for_idea, idea=idea, by=one, at=AT) for one in people * 3]
    results = at_once(calls)
    assert [one for one in results if isinstance(one, Exception)] == []
    idea.refresh_from_db()
    assert idea.vote_count == IdeaVote.objects.count() == 8


def test_votes_and_a_decision(cast: Cast, waffles: WaffleFriday) -> None:
    """Whoever comes too late is told so; no vote is left behind."""
    idea = propose(cast.alice, is_named=False)
    decide = partial(actions.pick_idea, idea=idea, series=waffles.series, by=cast.admin, at=AT)
    votes = [
        partial(actions.vote_for_idea, idea=idea, by=one, at=AT) for one in crowd(cast.team, 8)
    ]
    results = at_once([*votes[:4], decide, decide, *votes[4:]])
    failed = [one for one in results if isinstance(one, Exception)]
    assert {type(one) for one in failed} <= {ValidationError}
    idea.refresh_from_db()
    counted = sum(not isinstance(one, Exception) for one in (*results[:4], *results[6:]))
    assert (idea.vote_count, IdeaVote.objects.count()) == (counted + 1, 0)
    assert sum(not isinstance(one, Exception) for one in results[4:6]) == 1
    assert Notice.objects.filter(kind="idea_picked").count() == counted + 1
