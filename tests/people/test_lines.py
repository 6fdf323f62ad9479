"""Where somebody stands, as it is kept on the instance."""

import datetime as dt

from pytest_django import DjangoAssertNumQueries

from engagement.people.lines import line_of
from engagement.people.models import Membership
from tests.conftest import Cast

TODAY = dt.date(2026, 11, 26)


def test_line_is_asked_once_and_anew_after_refreshing(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        before = [line_of(cast.alice, day=TODAY) for _again in range(2)]
    assert before[0].units[0] == cast.team.pk
    Membership.objects.filter(person=cast.alice).update(unit=cast.partner_team)
    cast.alice.refresh_from_db(fields=["language"])
    assert line_of(cast.alice, day=TODAY) == before[0]
    cast.alice.refresh_from_db()
    assert line_of(cast.alice, day=TODAY).units[0] == cast.partner_team.pk
