"""Arrival, rules, passing on, putting away: who may, once only, and what stays."""

import datetime as dt
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connections, transaction
from django.http import Http404
from django.utils.translation import override

from engagement import times
from engagement.live.models import Celebration
from engagement.people.models import AuditEntry, Person
from kudos import access
from kudos.actions import (
    OtherText,
    PraiseFacts,
    approve_praise,
    delete_praise_rule,
    dismiss_praise,
    move_praise_rule,
    receive_praise,
    reopen_praise,
    save_praise_rule,
)
from kudos.models import Kudos, Praise, PraiseRule
from kudos.praise_rules import why_set_aside
from kudos.praise_text import take_back, without_personal
from kudos.queries import own_data, praise_page, try_praise_rules, waiting_praise_count
from tests import factories
from tests.conftest import Cast
from tests.kudos.praise.conftest import Checkers, arrives, make_rule

AT = dt.datetime(2026, 11, 20, 9, tzinfo=dt.UTC)


def passes_on(praise: Praise, by: Person, **facts: Any) -> Kudos:
    facts = {"message": "Takk.", "value": None, "audience": "team", "wants_wall": True, **facts}
    return approve_praise(praise=praise, by=by, at=facts.pop("at", times.now()), **facts)


def at_once(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    def call(act: Callable[[], Any]) -> Any:
        try:
            return act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(call, acts))


# --- arrival --------------------------------------------------------------------------------------


def test_arrival_marks_what_looks_personal(cast: Cast) -> None:
    praise = arrives(cast.bob, "Bob hjalp meg.\n\n Ring 912 34 567, hilsen\u202e Kari")
    assert praise.text == "Bob hjalp meg.\nRing 912 34 567, hilsen Kari"
    found = [(praise.text[one["start"] : one["end"]], one["kind"]) for one in praise.flags]
    assert found == [("Bob", "colleague"), ("912 34 567", "phone"), ("Kari", "name")]
    assert praise.state == "waiting"


def test_colleagues_at_the_site_are_no_customers(cast: Cast, checkers: Checkers) -> None:
    near = arrives(cast.bob, "Både Bob og Lena var flinke, men Charlie er naboen min")
    kinds = [one["kind"] for one in near.flags]
    assert kinds == ["colleague", "colleague", "name"]


def test_same_id_again_is_the_one_stored(cast: Cast) -> None:
    facts = PraiseFacts(source="stemmen", external_id="1", text="Takk", agent=cast.bob)
    first, again = receive_praise(facts=facts, at=AT), receive_praise(facts=facts, at=AT)
    assert (first.is_new, again.is_new, again.praise) == (True, False, first.praise)
    elsewhere = PraiseFacts(source="annen", external_id="1", text="Noe annet", agent=cast.bob)
    assert receive_praise(facts=elsewhere, at=AT).is_new


@pytest.mark.parametrize("change", [{"text": "Noe annet"}, {"agent": None}])
def test_something_else_under_the_same_id_is_refused(cast: Cast, change: dict[str, Any]) -> None:
    facts = {"source": "stemmen", "external_id": "1", "text": "Takk", "agent": cast.bob}
    receive_praise(facts=PraiseFacts(**facts), at=AT)
    with pytest.raises(OtherText):
        receive_praise(facts=PraiseFacts(**facts | change), at=AT)
    assert Praise.objects.get().text == "Takk"


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"text": " \u200b\n"}, "text"),
        ({"text": "a" * 4001}, "text"),
        ({"happened_at": AT - dt.timedelta(days=31)}, "happened_at"),
        ({"happened_at": AT + dt.timedelta(hours=1)}, "happened_at"),
    ],
)
def test_what_cannot_be_is_refused(cast: Cast, facts: dict[str, Any], field: str) -> None:
    sent = {"source": "s", "external_id": "1", "text": "Takk", "agent": cast.bob, **facts}
    with pytest.raises(ValidationError) as refused:
        receive_praise(facts=PraiseFacts(**sent), at=AT)
    assert list(refused.value.message_dict) == [field]


# --- rules ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "text", "facts", "is_kept"),
    [
        ({"kind": "too_short", "count": 5}, "Takk", {}, False),
        ({"kind": "too_short", "count": 4}, "Takk", {}, True),
        ({"kind": "too_long", "count": 3}, "Takk", {}, False),
        ({"kind": "too_long", "count": 4}, "Takk", {}, True),
        ({"kind": "low_score", "score": 0.5}, "Takk", {"score": 0.49}, False),
        ({"kind": "low_score", "score": 0.5}, "Takk", {"score": 0.5}, True),
        ({"kind": "low_score", "score": 0.5}, "Takk", {}, True),
        ({"kind": "with_words", "words": ["nettsid"]}, "Nettsiden er treg", {}, False),
        ({"kind": "with_words", "words": ["side"]}, "Nettsiden er treg", {}, True),
        ({"kind": "without_words", "words": ["takk", "bra jobb"]}, "Bra  jobb!", {}, True),
        ({"kind": "without_words", "words": ["takk", "bra jobb"]}, "Bra, men jobb", {}, False),
        ({"kind": "without_words", "words": ["takk", "bra jobb"]}, "Greit nok", {}, False),
        ({"kind": "too_short", "count": 50, "source": "annen"}, "Takk", {}, True),
    ],
)
def test_rule_decides_at_arrival(
    cast: Cast, rule: dict[str, Any], text: str, facts: dict[str, Any], is_kept: bool
) -> None:
    made = make_rule(**rule)
    praise = arrives(cast.bob, text, **facts)
    assert praise.state == ("waiting" if is_kept else "set_aside")
    assert praise.set_aside_reason == ({} if is_kept else made.facts)


def test_at_most_so_many_a_week_for_one_person(cast: Cast) -> None:
    make_rule("weekly", count=2)
    states = [arrives(cast.bob, at=AT + dt.timedelta(hours=n)).state for n in range(3)]
    assert states == ["waiting", "waiting", "set_aside"]
    assert arrives(cast.alice, at=AT + dt.timedelta(hours=4)).state == "waiting"
    assert arrives(None, at=AT + dt.timedelta(hours=4)).state == "waiting"
    assert arrives(cast.bob, at=AT + dt.timedelta(days=7, seconds=1)).state == "waiting"


def test_first_rule_that_fits_gives_the_reason(cast: Cast) -> None:
    make_rule("with_words", words=["faktura"])
    make_rule("too_short", count=40)
    praise = arrives(cast.bob, "Fakturaen ble ordnet")
    with override("en"):
        assert why_set_aside(praise.set_aside_reason) == "has one of the words «faktura»"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ({"kind": "too_short", "count": 40}, "shorter than 40 characters"),
        ({"kind": "too_long", "count": 1}, "longer than 1 character"),
        ({"kind": "low_score", "score": 0.5}, "the sender gives it less than 0.5 of 1"),
        ({"kind": "weekly", "count": 3}, "the person has had 3 that week already"),
        (
            {"kind": "without_words", "words": ["takk", "bra"]},
            "has none of the words «takk», «bra»",
        ),
    ],
)
def test_rule_is_explained_in_words(rule: dict[str, Any], words: str) -> None:
    with override("en"):
        assert why_set_aside(PraiseRule(**rule).facts) == words


def test_rules_are_tried_on_what_came(cast: Cast) -> None:
    for n in range(4):
        arrives(cast.bob, at=AT + dt.timedelta(minutes=n))
    arrives(cast.alice, "Kort", at=AT)
    assert try_praise_rules([]) == (5, 5)
    assert try_praise_rules([PraiseRule(kind="too_short", count=10)]) == (4, 5)
    assert try_praise_rules([PraiseRule(kind="weekly", count=3)]) == (4, 5)


def test_rules_are_saved_moved_and_deleted_in_the_log(cast: Cast) -> None:
    first, second = (
        save_praise_rule(rule=PraiseRule(kind="too_short", count=n), by=cast.admin, at=AT)
        for n in (10, 20)
    )
    move_praise_rule(rule=second, by=cast.admin, steps=-1, at=AT)
    move_praise_rule(rule=second, by=cast.admin, steps=-1, at=AT)
    assert list(PraiseRule.objects.order_by("position")) == [second, first]
    delete_praise_rule(rule=first, by=cast.admin, at=AT)
    verbs = AuditEntry.objects.filter(verb__startswith="praise").order_by("pk")
    assert [one.verb for one in verbs] == [
        "praise-rule-saved", "praise-rule-saved", "praise-rule-moved", "praise-rule-deleted",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "facts",
    [
        {"kind": "too_short"},
        {"kind": "too_short", "count": 0},
        {"kind": "low_score", "score": 2},
        {"kind": "with_words", "words": []},
        {"kind": "weekly", "count": 2, "score": 0.5},
        {"kind": "no_such_kind", "count": 2},
    ],
)
def test_database_refuses_rules_that_say_nothing(db: None, facts: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        make_rule(**facts)


# --- who may check --------------------------------------------------------------------------------


def test_those_above_the_agent_check(cast: Cast, checkers: Checkers) -> None:
    about_bob, about_charlie = arrives(cast.bob), arrives(cast.charlie)
    about_lena, about_nobody = arrives(checkers.lena), arrives(None)
    seen = {
        name: [praise for praise in (about_bob, about_charlie, about_lena, about_nobody)
               if access.can_check_praise(who, praise)]
        for name, who in {
            "alice": cast.alice, "bob": cast.bob, "lena": checkers.lena, "stig": checkers.stig,
            "hanne": checkers.hanne,
        }.items()
    }  # fmt: skip
    assert seen == {
        "alice": [],
        "bob": [],
        "lena": [about_bob],
        "stig": [about_bob, about_lena],
        "hanne": [about_bob, about_charlie, about_lena, about_nobody],
    }
    for who in (checkers.lena, checkers.stig, checkers.hanne):
        at = times.now()
        listed = praise_page(who, at=at).items
        mine = [one for one in Praise.objects.all() if access.can_check_praise(who, one)]
        assert sorted(listed, key=lambda one: one.pk) == mine
        assert waiting_praise_count(who, at=at) == len(mine)


def test_hr_of_an_employer_checks_its_people_only(cast: Cast) -> None:
    hr = factories.make_person("Pia", unit=cast.partner_team)
    factories.give_role(hr, "hr", employer=cast.partner)
    about_bob, about_charlie, nobody = arrives(cast.bob), arrives(cast.charlie), arrives(None)
    assert praise_page(hr, at=times.now()).items == [about_charlie]
    assert [access.can_check_praise(hr, one) for one in (about_bob, about_charlie, nobody)] == [
        False, True, False,
    ]  # fmt: skip


def test_administrator_does_not_see_praise_of_themselves(cast: Cast) -> None:
    mine = arrives(cast.admin)
    assert praise_page(cast.admin, at=times.now()).items == []
    with pytest.raises(Http404):
        access.get_praise_to_check(cast.admin, mine.key)
    with pytest.raises(ValidationError):
        passes_on(mine, cast.admin)


# --- passing on -----------------------------------------------------------------------------------


def test_praise_becomes_a_kudos_from_a_customer(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob, "Takk, hilsen Kari")
    kudos = passes_on(praise, checkers.lena, message="Takk for hjelpen.")
    praise.refresh_from_db()
    assert (praise.state, praise.kudos, praise.approved_by) == ("approved", kudos, checkers.lena)
    assert (kudos.giver, kudos.is_from_customer, kudos.message) == (
        checkers.lena, True, "Takk for hjelpen.",
    )  # fmt: skip
    assert [row.person for row in kudos.receivers.all()] == [cast.bob]
    with override("en"):
        assert kudos.sender_name == "A customer"


@pytest.mark.parametrize(("choice", "cards"), [("", 0), ("never", 0), ("team", 1), ("any", 1)])
def test_wall_is_the_agents_choice(cast: Cast, checkers: Checkers, choice: str, cards: int) -> None:
    Person.objects.filter(pk=cast.bob.pk).update(wall_choice=choice)
    passes_on(arrives(Person.objects.get(pk=cast.bob.pk)), checkers.lena)
    assert Celebration.objects.count() == cards


def test_handled_praise_is_not_handled_again(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob)
    passes_on(praise, checkers.lena)
    with pytest.raises(ValidationError, match=r"quicker|raskere"):
        passes_on(praise, checkers.hanne)
    assert dismiss_praise(praises=[praise], by=checkers.hanne, at=times.now()) == []
    assert Kudos.objects.count() == 1


def test_refused_kudos_leaves_the_praise_waiting(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob)
    with pytest.raises(ValidationError) as refused:
        passes_on(praise, checkers.lena, message="a" * 501)
    assert list(refused.value.message_dict) == ["message"]
    praise.refresh_from_db()
    assert praise.state == "waiting"


def test_others_do_not_pass_on(cast: Cast, checkers: Checkers) -> None:
    for who in (cast.alice, cast.bob, cast.charlie, cast.keeper):
        with pytest.raises(ValidationError):
            passes_on(arrives(cast.bob), who)
        with pytest.raises(ValidationError):
            dismiss_praise(praises=[arrives(cast.bob)], by=who, at=times.now())
    assert Kudos.objects.count() == 0


def test_praise_for_nobody_is_for_whom_hr_chooses(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(None)
    with pytest.raises(ValidationError):
        passes_on(praise, checkers.hanne)
    passes_on(praise, checkers.hanne, to=cast.alice)
    praise.refresh_from_db()
    assert praise.agent == cast.alice


def test_database_refuses_praise_passed_on_to_oneself(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob)
    kudos = passes_on(arrives(cast.alice), checkers.lena)
    Praise.objects.filter(kudos=kudos).update(approved_at=None, approved_by=None, kudos=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Praise.objects.filter(pk=praise.pk).update(
            approved_at=AT, approved_by=cast.bob, kudos=kudos
        )


@pytest.mark.django_db(transaction=True)
def test_two_leads_at_once_make_one_kudos(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob)

    def press(who: Person) -> str:
        try:
            return passes_on(praise, who).key
        except ValidationError:
            return ""

    everybody = (checkers.lena, checkers.hanne, checkers.stig, cast.admin)
    made = at_once([partial(press, who) for who in everybody])
    assert len([key for key in made if key]) == 1
    assert Kudos.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_same_text_sent_at_once_is_stored_once(cast: Cast) -> None:
    facts = PraiseFacts(source="stemmen", external_id="1", text="Takk", agent=cast.bob)
    came = at_once([partial(receive_praise, facts=facts, at=times.now()) for _ in range(4)])
    assert sorted(one.is_new for one in came) == [False, False, False, True]
    assert {one.praise.pk for one in came} == {Praise.objects.get().pk}


@pytest.mark.django_db(transaction=True)
def test_number_a_week_holds_when_many_come_at_once(cast: Cast) -> None:
    make_rule("weekly", count=2)
    at_once([partial(arrives, cast.bob) for _ in range(5)])
    assert Praise.objects.waiting().count() == 2


# --- putting away and back ------------------------------------------------------------------------


def test_putting_away_and_back(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob)
    at = times.now()
    assert dismiss_praise(praises=[praise], by=checkers.lena, at=at) == [praise]
    praise.refresh_from_db()
    assert (praise.state, praise.dismissed_by) == ("dismissed", checkers.lena)
    assert praise_page(checkers.lena, at=at).items == []
    assert praise_page(checkers.lena, tray="handled", at=at).items == [praise]
    assert reopen_praise(praises=[praise], by=checkers.stig, at=at) == 1
    praise.refresh_from_db()
    assert (praise.state, praise.dismissed_by) == ("waiting", None)


def test_what_a_rule_set_aside_is_rescued(cast: Cast, checkers: Checkers) -> None:
    make_rule("too_short", count=100)
    praise, at = arrives(cast.bob), times.now()
    assert praise_page(checkers.lena, at=at).items == []
    assert praise_page(checkers.lena, tray="aside", at=at).items == [praise]
    reopen_praise(praises=[praise], by=checkers.lena, at=at)
    assert praise_page(checkers.lena, at=at).items == [praise]


def test_passing_on_is_undone_by_whoever_did_it(cast: Cast, checkers: Checkers) -> None:
    praise = arrives(cast.bob)
    kudos = passes_on(praise, checkers.lena)
    assert reopen_praise(praises=[praise], by=checkers.hanne, at=times.now()) == 0
    assert reopen_praise(praises=[praise], by=checkers.lena, at=times.now()) == 1
    praise.refresh_from_db()
    kudos.refresh_from_db()
    assert (praise.state, praise.kudos) == ("waiting", None)
    assert kudos.withdrawn_at is not None
    assert passes_on(praise, checkers.lena).pk != kudos.pk


# --- the words ------------------------------------------------------------------------------------


def test_text_without_what_looks_personal_and_parts_taken_back(cast: Cast) -> None:
    praise = arrives(cast.bob, "Jeg ventet … lenge. Ring Kari på 912 34 567, sier Bob.")
    text = without_personal(praise)
    assert text == "Jeg ventet … lenge. Ring … på …, sier Bob."
    [kari, phone] = [n for n, one in enumerate(praise.flags) if one["kind"] != "colleague"]
    with_phone = take_back(praise, text, phone, set())
    assert with_phone == "Jeg ventet … lenge. Ring … på 912 34 567, sier Bob."
    assert take_back(praise, with_phone, kari, {phone}) == (
        "Jeg ventet … lenge. Ring Kari på 912 34 567, sier Bob."
    )
    assert take_back(praise, "Noe helt annet", kari, set()) == "Noe helt annet Kari"


# --- one's own ------------------------------------------------------------------------------------


def test_own_data_has_praise_without_what_is_the_customers(cast: Cast, checkers: Checkers) -> None:
    waiting = arrives(cast.bob, "Takk Bob, hilsen Kari Nordmann")
    passed, away = arrives(cast.bob, "Sendt videre"), arrives(cast.bob, "Lagt bort")
    arrives(cast.alice, "Om en annen")
    passes_on(passed, checkers.lena)
    dismiss_praise(praises=[away], by=checkers.lena, at=AT)
    data = own_data(cast.bob, at=times.now())
    assert data["customer_praise"] == [
        {
            "id": one.key,
            "source": "stemmen",
            "at": one.received_at.isoformat(),
            "text": text,
            "state": state,
        }
        for one, text, state in (
            (waiting, "Takk Bob, hilsen …", "waiting"),
            (away, "Lagt bort", "dismissed"),
        )
    ]
    handled = own_data(checkers.lena, at=times.now())["customer_praise_handled"]
    assert [(one["id"], one["state"]) for one in handled] == [  # type: ignore[attr-defined]
        (passed.key, "approved"),
        (away.key, "dismissed"),
    ]
