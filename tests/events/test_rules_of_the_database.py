"""What the database itself refuses, whatever the code above it does."""

import datetime as dt

import pytest
from django.db import IntegrityError, transaction

from events.models import SignUp, Sitting
from tests.conftest import Cast
from tests.events import factories
from tests.events.conftest import WaffleFriday


def test_sitting_holds_no_more_than_its_places(waffles: WaffleFriday) -> None:
    Sitting.objects.update(taken_count=2)
    with pytest.raises(IntegrityError, match="sitting_never_too_full"), transaction.atomic():
        Sitting.objects.update(taken_count=3)
    with pytest.raises(IntegrityError, match="sitting_never_too_full"), transaction.atomic():
        Sitting.objects.update(capacity=1)
    Sitting.objects.update(capacity=None, taken_count=3)


def test_person_has_one_place_an_event_and_jobs_beside_it(
    waffles: WaffleFriday, cast: Cast
) -> None:
    late = factories.make_sitting(
        waffles.event, site=cast.trondheim, starts=dt.time(14), capacity=2
    )
    job = factories.make_job(late)
    factories.make_signup(waffles.sitting, cast.bob, state=SignUp.State.WAITING)
    with pytest.raises(IntegrityError, match="signup_one_place_an_event"), transaction.atomic():
        factories.make_signup(late, cast.bob)
    factories.make_signup(late, cast.bob, job=job)
    with pytest.raises(IntegrityError, match="signup_one_of_a_job"), transaction.atomic():
        factories.make_signup(late, cast.bob, job=job)
    # Whoever has left may come again.
    SignUp.objects.filter(job=None).update(
        state=SignUp.State.LEFT, left_at=waffles.sitting.opens_at
    )
    factories.make_signup(late, cast.bob)


def test_queue_puts_first_who_missed_last_time_then_who_asked_first(
    waffles: WaffleFriday, cast: Cast
) -> None:
    asked = waffles.sitting.opens_at
    for minutes, person, missed in (
        (0, cast.alice, False),
        (1, cast.bob, True),
        (2, cast.charlie, True),
        (3, cast.keeper, False),
    ):
        factories.make_signup(
            waffles.sitting, person, state=SignUp.State.WAITING, missed_last=missed,
            asked_at=asked + dt.timedelta(minutes=minutes),
        )  # fmt: skip
    in_line = [one.person for one in SignUp.objects.in_line()]
    assert in_line == [cast.bob, cast.charlie, cast.alice, cast.keeper]


@pytest.mark.parametrize(
    ("facts", "name"),
    [
        ({"minutes": 0}, "sitting_ends_after_it_starts"),
        ({"minutes": -30}, "sitting_"),
        ({"capacity": 0}, "sitting_has_places"),
        ({"capacity": 5001}, "sitting_has_places"),
    ],
)
def test_sitting_that_cannot_be_is_refused(
    waffles: WaffleFriday, facts: dict[str, int], name: str
) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        factories.make_sitting(waffles.event, starts=dt.time(9), **facts)
