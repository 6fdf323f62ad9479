"""Giving thanks: what is stored, who is told, and what is refused."""

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from engagement import times
from engagement.live.models import Celebration, StreamEvent
from engagement.notices.models import Notice
from engagement.people.models import Person, Unit
from kudos import actions
from kudos.models import Kudos, KudosReceiver, Value
from tests import factories
from tests.conftest import Cast


def give(cast: Cast, **changes: object) -> Kudos:
    facts: dict[str, object] = {
        "by": cast.alice,
        "to": [cast.bob],
        "message": "Takk for hjelpen i går.",
        "value": None,
        "audience": "company",
        "wants_wall": True,
        "at": times.now(),
    }
    return actions.give_kudos(**(facts | changes))  # type: ignore[arg-type]


def choose(person: Person, choice: str) -> Person:
    person.wall_choice = choice
    person.save(update_fields=["wall_choice"])
    return person


def named_on_walls() -> list[str]:
    return sorted(card.cards["nb"]["to_label"] for card in Celebration.objects.standing())


def test_kudos_is_stored_with_its_receiver(cast: Cast) -> None:
    at = times.now()
    kudos = give(cast, at=at)
    assert (kudos.giver, kudos.message, kudos.audience) == (
        cast.alice, "Takk for hjelpen i går.", "company",
    )  # fmt: skip
    assert kudos.show_from == at + dt.timedelta(seconds=8)
    assert [r.person for r in kudos.receivers.all()] == [cast.bob]


def test_receiver_is_told_after_the_hold(cast: Cast) -> None:
    kudos = give(cast)
    notice = Notice.objects.get()
    assert (notice.person, notice.source, notice.show_from) == (
        cast.bob, kudos.key, kudos.show_from,
    )  # fmt: skip


def test_nobody_is_on_a_wall_before_choosing(cast: Cast) -> None:
    give(cast)
    assert Celebration.objects.count() == 0


def test_receiver_who_agreed_is_on_every_wall_by_first_name(cast: Cast) -> None:
    choose(cast.bob, "any")
    kudos = give(cast)
    card = Celebration.objects.get().cards["nb"]
    assert card["to"] == [{"name": "Bob", "initials": "BB", "hue": cast.bob.hue}]
    assert card["from_label"] == "fra Alice, Team Nordlys"
    assert card["show_from"] == times.milliseconds(kudos.show_from)
    assert "Berg" not in str(card)


def test_team_choice_keeps_the_card_on_the_teams_own_wall(cast: Cast) -> None:
    choose(cast.bob, "team")
    give(cast, audience="company")
    [event] = StreamEvent.objects.select_related("stream")
    assert event.stream.unit == cast.team


def test_only_those_who_agreed_are_named(cast: Cast) -> None:
    carol = factories.make_person("Carol", "Carlsen", unit=cast.team)
    choose(cast.bob, "any")
    give(cast, to=[cast.bob, carol])
    assert named_on_walls() == ["Bob"]


def test_never_means_never(cast: Cast) -> None:
    choose(cast.bob, "never")
    give(cast)
    assert named_on_walls() == []


def test_unit_can_be_thanked_and_shown(cast: Cast) -> None:
    give(cast, to=[cast.partner_team])
    assert named_on_walls() == ["Team Mjøsa"]


def test_private_kudos_is_on_no_wall(cast: Cast) -> None:
    choose(cast.bob, "any")
    kudos = give(cast, audience="private")
    assert not kudos.wants_wall
    assert Celebration.objects.count() == 0


def test_choosing_brings_todays_thanks_to_the_wall(cast: Cast) -> None:
    give(cast)
    actions.choose_wall(by=cast.bob, choice="any", at=times.now())
    assert named_on_walls() == ["Bob"]


def test_changing_ones_mind_clears_the_walls(cast: Cast) -> None:
    choose(cast.bob, "any")
    give(cast)
    actions.choose_wall(by=cast.bob, choice="never", at=times.now())
    assert named_on_walls() == []


def test_receiver_takes_a_card_off_every_wall_and_keeps_the_kudos(cast: Cast) -> None:
    choose(cast.bob, "any")
    kudos = give(cast)
    actions.take_off_walls(kudos=kudos, by=cast.bob, at=times.now())
    assert named_on_walls() == []
    assert Kudos.objects.standing().count() == 1
    # Choosing anew does not bring back what was taken off by hand.
    actions.choose_wall(by=cast.bob, choice="any", at=times.now())
    assert named_on_walls() == []


def test_stranger_cannot_take_a_card_off(cast: Cast) -> None:
    choose(cast.bob, "any")
    kudos = give(cast)
    with pytest.raises(ValidationError):
        actions.take_off_walls(kudos=kudos, by=cast.charlie, at=times.now())
    assert named_on_walls() == ["Bob"]


def test_undo_takes_back_card_notice_and_feed(cast: Cast) -> None:
    choose(cast.bob, "any")
    kudos = give(cast)
    actions.withdraw_kudos(kudos=kudos, by=cast.alice, at=times.now())
    assert named_on_walls() == []
    assert Notice.objects.filter(withdrawn_at=None).count() == 0
    assert kudos.reaches.count() == 0


def test_only_the_giver_withdraws(cast: Cast) -> None:
    kudos = give(cast)
    with pytest.raises(ValidationError):
        actions.withdraw_kudos(kudos=kudos, by=cast.bob, at=times.now())
    kudos.refresh_from_db()
    assert kudos.withdrawn_at is None


def test_same_request_twice_is_one_kudos(cast: Cast) -> None:
    first = give(cast, once="form-1")
    second = give(cast, once="form-1")
    assert first.pk == second.pk
    assert Kudos.objects.count() == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"to": []}, "to"),
        ({"message": ""}, "message"),
        ({"message": " \u200b\u202e "}, "message"),
        ({"message": "x" * 501}, "message"),
        ({"message": "x" * 10_000}, "message"),
        ({"audience": "world"}, "audience"),
    ],
)
def test_bad_input_is_refused_by_field(cast: Cast, changes: dict, field: str) -> None:
    with pytest.raises(ValidationError) as refusal:
        give(cast, **changes)
    assert list(refusal.value.message_dict) == [field]
    assert Kudos.objects.count() == 0


def test_thanking_oneself_is_refused(cast: Cast) -> None:
    with pytest.raises(ValidationError) as refusal:
        give(cast, to=[cast.alice])
    assert list(refusal.value.message_dict) == ["to"]


def test_database_itself_refuses_thanking_oneself(cast: Cast) -> None:
    kudos = give(cast)
    with pytest.raises(IntegrityError, match="kudos_not_to_self"), transaction.atomic():
        KudosReceiver.objects.create(
            kudos=kudos, giver=cast.alice, person=cast.alice, show_from=kudos.show_from
        )


def test_leaver_is_refused_by_name(cast: Cast) -> None:
    cast.bob.left_on = times.today()
    cast.bob.save()
    with pytest.raises(ValidationError) as refusal:
        give(cast)
    assert "Bob Berg" in refusal.value.message_dict["to"][0]


def test_too_many_receivers_are_refused(cast: Cast) -> None:
    many: list[Person | Unit] = [factories.make_person(f"P{n}", unit=cast.team) for n in range(21)]
    with pytest.raises(ValidationError) as refusal:
        give(cast, to=many)
    assert list(refusal.value.message_dict) == ["to"]


def test_retired_value_is_refused(cast: Cast) -> None:
    value = Value.objects.create(key="old", name_nb="Gammel", name_en="Old", retired_at=times.now())
    with pytest.raises(ValidationError) as refusal:
        give(cast, value=value)
    assert list(refusal.value.message_dict) == ["value"]


def test_leavers_cards_come_off_the_walls(cast: Cast) -> None:
    choose(cast.bob, "any")
    give(cast)
    cast.bob.left_on = times.today()
    cast.bob.save()
    assert actions.withdraw_leavers_cards(at=times.now()) == 1
    assert named_on_walls() == []


def test_message_is_cleaned_not_cut(cast: Cast) -> None:
    kudos = give(cast, message="  <b>Tusen</b>\u202e takk\n👩‍👩‍👧 \U0001fae8 ")
    assert kudos.message == "<b>Tusen</b> takk 👩‍👩‍👧 \U0001fae8"
