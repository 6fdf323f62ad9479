"""Short words for tests of ideas."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import ValidationError

from engagement.people.models import Person
from events import actions
from events.models import Idea

AT = dt.datetime(2026, 11, 26, 11, tzinfo=dt.UTC)


def propose(by: Person, title: str = "Brettspill på torsdager", **facts: Any) -> Idea:
    given: dict[str, Any] = {"what": "", "site": None, "is_named": True, "at": AT}
    return actions.propose_idea(title=title, by=by, **(given | facts))


def refused(call: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        call()
    return " ".join(caught.value.messages)
