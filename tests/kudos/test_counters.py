"""What the centre counts together: exact however many count at once, and each goal reached once."""

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.test import Client

from engagement import times
from engagement.live.models import Celebration, StreamEvent
from engagement.people.models import AuditEntry, RoleAssignment
from kudos import actions
from kudos.models import MOST_COUNTED, Counter, Goal
from tests import factories
from tests.conftest import Cast, sign_in

WORDS = {"words_nb": "Fem tusen samtaler. Takk.", "words_en": "Five thousand. Thank you."}


def make_counter(cast: Cast, value: int = 4_990, *targets: int) -> Counter:
    at = times.now()
    counter = actions.create_counter(
        key="talks", name_nb="Samtaler", name_en="Talks", value=value, by=cast.admin, at=at
    )
    for target in targets:
        actions.set_goal(counter=counter, target=target, **WORDS, by=cast.admin, at=at)
    return counter


def count(cast: Cast, counter: Counter, number: int) -> Counter:
    return actions.add_to_counter(counter=counter, by_count=number, by=cast.admin, at=times.now())


def put(cast: Cast, counter: Counter, value: int, *, is_reset: bool = False) -> Counter:
    return actions.set_counter(
        counter=counter, value=value, is_reset=is_reset, by=cast.admin, at=times.now()
    )


def reached() -> list[int]:
    goals = Goal.objects.filter(reached_at__isnull=False)
    return list(goals.order_by("target").values_list("target", flat=True))


def numbers_on_walls() -> list[str]:
    standing = Celebration.objects.standing().order_by("pk")
    return [card.cards["en"]["number"] for card in standing]


def test_goal_is_celebrated_for_everybody_for_a_day(cast: Cast) -> None:
    counter = make_counter(cast, 4_990, 5_000)
    count(cast, counter, 9)
    assert (reached(), numbers_on_walls()) == ([], [])
    count(cast, counter, 1)
    [card] = Celebration.objects.all()
    assert reached() == [5_000]
    assert (card.kind, card.source) == ("goal", Goal.objects.get().key)
    assert (card.show_until - card.show_from).total_seconds() == 24 * 3600
    [event] = StreamEvent.objects.all()
    assert (event.stream.unit, event.stream.site, event.stream.employer) == (None, None, None)
    told = {name: card.cards["nb"][name] for name in ("label", "number", "title", "facts", "face")}
    assert told | {"label": ""} == {
        "label": "",
        "number": "5\u00a0000",
        "title": "Fem tusen samtaler. Takk.",
        "facts": "Samtaler",
        "face": None,
    }


def test_step_over_several_goals_reaches_all_and_celebrates_the_largest(cast: Cast) -> None:
    counter = make_counter(cast, 10, 100, 1_000, 2_000, 50_000)
    count(cast, counter, 5_000)
    assert reached() == [100, 1_000, 2_000]
    assert numbers_on_walls() == ["2,000"]


def test_goal_is_reached_once_whatever_comes_after(cast: Cast) -> None:
    counter = make_counter(cast, 4_990, 5_000)
    put(cast, counter, 5_000)
    put(cast, counter, 5_000)
    count(cast, counter, 1)
    put(cast, counter, 10, is_reset=True)
    put(cast, counter, 6_000)
    assert reached() == [5_000]
    assert Celebration.objects.count() == 1


def test_reset_takes_a_wrong_celebration_off_the_walls(cast: Cast) -> None:
    counter = make_counter(cast, 10, 100, 1_000)
    put(cast, counter, 1_000)
    assert numbers_on_walls() == ["1,000"]
    put(cast, counter, 500, is_reset=True)
    assert numbers_on_walls() == []
    assert AuditEntry.objects.filter(verb="counter-reset").count() == 1


def test_number_goes_back_only_when_it_is_reset(cast: Cast) -> None:
    counter = make_counter(cast, 4_990)
    with pytest.raises(ValidationError) as refused:
        put(cast, counter, 4_989)
    assert list(refused.value.error_dict) == ["value"]
    assert Counter.objects.get().value == 4_990
    assert put(cast, counter, 0, is_reset=True).value == 0


@pytest.mark.parametrize("number", [0, -1, -(2**60)])
def test_nothing_and_less_cannot_be_added(cast: Cast, number: int) -> None:
    counter = make_counter(cast)
    with pytest.raises(ValidationError):
        count(cast, counter, number)


def test_largest_number_is_exact_and_nothing_goes_beyond(cast: Cast) -> None:
    counter = make_counter(cast, MOST_COUNTED - 2)
    assert count(cast, counter, 2).value == 2**53 - 1
    for act in (lambda: count(cast, counter, 1), lambda: put(cast, counter, 2**53)):
        with pytest.raises(ValidationError):
            act()
    assert Counter.objects.get().value == 2**53 - 1
    with pytest.raises(IntegrityError), transaction.atomic():
        Counter.objects.update(value=2**53)


def test_goal_must_lie_ahead_and_be_new(cast: Cast) -> None:
    counter = make_counter(cast, 100, 200)
    for target in (0, 99, 100, 200, 2**53):
        with pytest.raises(ValidationError):
            actions.set_goal(counter=counter, target=target, **WORDS, by=cast.admin, at=times.now())
    assert Goal.objects.count() == 1


def test_removed_goal_leaves_the_walls(cast: Cast) -> None:
    counter = make_counter(cast, 99, 100)
    count(cast, counter, 1)
    actions.remove_goal(goal=Goal.objects.get(), by=cast.admin, at=times.now())
    assert (numbers_on_walls(), Goal.objects.count()) == ([], 0)


def at_once(*acts: Callable[[], object]) -> None:
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        barrier.wait()
        try:
            act()
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=[act]) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_all_who_count_at_once_are_counted_and_the_goals_reached_once(cast: Cast) -> None:
    counter = make_counter(cast, 0, 7, 50, 61)

    def count_ten_times() -> None:
        for _ in range(10):
            count(cast, counter, 1)

    at_once(*[count_ten_times] * 8)
    assert Counter.objects.get().value == 80
    assert reached() == [7, 50, 61]
    assert sorted(numbers_on_walls()) == ["50", "61", "7"]


@pytest.mark.django_db(transaction=True)
def test_two_large_steps_at_once_celebrate_each_goal_once(cast: Cast) -> None:
    counter = make_counter(cast, 0, 50, 150)
    at_once(*[lambda: count(cast, counter, 100)] * 2)
    assert Counter.objects.get().value == 200
    assert sorted(numbers_on_walls()) == ["150", "50"]


# --- the pages ------------------------------------------------------------------------------------


def test_everybody_reads_the_numbers_and_only_hr_changes_them(
    as_alice: Client, as_charlie: Client, as_admin: Client, cast: Cast
) -> None:
    make_counter(cast, 4_990, 5_000)
    for client in (as_alice, as_charlie):
        page = client.get("/kudos/goals/").content.decode()
        assert "4\u00a0990" in page
        assert "/kudos/goals/new/" not in page
        assert client.post("/kudos/goals/talks/number/", {"value": "1"}).status_code == 403
        assert client.post("/kudos/goals/new/", {}).status_code == 403
    goal = Goal.objects.get()
    assert as_alice.post(f"/kudos/goals/{goal.key}/remove/").status_code == 403
    assert "/kudos/goals/new/" in as_admin.get("/kudos/goals/").content.decode()


def test_hr_of_a_partner_does_not_count_for_everybody(cast: Cast) -> None:
    make_counter(cast)
    factories.give_role(cast.charlie, RoleAssignment.Role.HR, employer=cast.partner)
    client = sign_in(Client(), cast.charlie)
    assert client.get("/kudos/goals/talks/number/").status_code == 403


def test_counter_and_goal_are_made_on_the_pages(as_admin: Client, cast: Cast) -> None:
    made = {"name_nb": "Samtaler", "name_en": "Talks", "key": "talks", "value": "4 999\u00a0000"}
    assert as_admin.post("/kudos/goals/new/", made).status_code == 302
    goal = {"target": "5 000 000", **WORDS}
    assert as_admin.post("/kudos/goals/talks/goal/", goal).status_code == 302
    assert as_admin.post("/kudos/goals/talks/number/", {"value": "5000000"}).status_code == 302
    assert reached() == [5_000_000]
    page = as_admin.get("/kudos/goals/").content.decode()
    assert "5\u00a0000\u00a0000" in page
    assert as_admin.post(f"/kudos/goals/{Goal.objects.get().key}/remove/").status_code == 302


@pytest.mark.parametrize(
    ("path", "sent", "field"),
    [
        ("new", {"name_nb": "A", "name_en": "A", "key": "talks", "value": "1"}, "key"),
        ("new", {"name_nb": "A", "name_en": "A", "key": "a b", "value": "1"}, "key"),
        ("new", {"name_nb": "\u200b", "name_en": "A", "key": "a", "value": "1"}, "name_nb"),
        ("new", {"name_nb": "A" * 81, "name_en": "A", "key": "a", "value": "1"}, "name_nb"),
        ("talks/number", {"value": "9007199254740992"}, "value"),
        ("talks/number", {"value": "1"}, "value"),
        ("talks/number", {"value": "-1"}, "value"),
        ("talks/number", {"value": "9" * 5000}, "value"),
        ("talks/goal", {"target": "10", **WORDS}, "target"),
        ("talks/goal", {"target": "5000", **WORDS}, "target"),
        ("talks/goal", {"target": "6000", "words_nb": "\u202e", "words_en": "x"}, "words_nb"),
    ],
)
def test_what_is_wrong_stands_at_its_field_and_is_kept(
    as_admin: Client, cast: Cast, path: str, sent: dict[str, str], field: str
) -> None:
    make_counter(cast, 4_990, 5_000)
    answer = as_admin.post(f"/kudos/goals/{path}/", sent)
    assert answer.status_code == 422
    errors = answer.context["form"].errors
    assert list(errors) in ([field], ["__all__"])
    assert Counter.objects.get().value == 4_990
    assert Goal.objects.count() == 1


def test_page_asks_no_more_for_many_counters(
    as_alice: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    asked = []
    for key in ("a", "b", "c"):
        at = times.now()
        counter = actions.create_counter(
            key=key, name_nb="Tall", name_en="Number", by=cast.admin, at=at
        )
        actions.set_goal(counter=counter, target=5, **WORDS, by=cast.admin, at=at)
        if key in ("a", "c"):
            with django_assert_num_queries(6) as found:
                as_alice.get("/kudos/goals/")
            asked.append(len(found))
    assert asked[0] == asked[1]
