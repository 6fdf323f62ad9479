"""Reactions, comments and mentions: who may, who is told, and what comes of doing it twice."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from engagement import times
from engagement.live.models import Celebration
from engagement.notices.models import Notice
from engagement.people.models import Person
from kudos import actions, queries
from kudos.mentions import find_mentions, pieces_of
from kudos.models import Comment, Kudos, Reaction
from tests import factories
from tests.conftest import Cast
from tests.kudos.test_giving import choose, give


def shown(cast: Cast, **changes: Any) -> Kudos:
    """A kudos from Alice to Bob whose hold is over."""
    return give(cast, **({"at": times.now() - dt.timedelta(minutes=5)} | changes))


def told(person: Person) -> list[str]:
    return list(Notice.objects.filter(person=person).order_by("pk").values_list("kind", flat=True))


def react(kudos: Kudos, by: Person, *, is_on: bool = True, kind: str = "heart") -> None:
    actions.react_to_kudos(kudos=kudos, by=by, kind=kind, is_on=is_on, at=times.now())


def say(kudos: Kudos, by: Person, text: str = "Enig!", **more: Any) -> Comment:
    return actions.comment_on_kudos(kudos=kudos, by=by, text=text, at=times.now(), **more)


def tallies(kudos: Kudos, viewer: Person) -> dict[str, tuple[int, bool]]:
    read = Kudos.objects.with_everything(viewer).get(pk=kudos.pk)
    [one] = queries.with_talk([read], viewer)
    return {tally.kind: (tally.number, tally.is_mine) for tally in one.tallies if tally.number}


def test_reaction_counts_once_however_often_it_is_given(cast: Cast) -> None:
    kudos = shown(cast)
    for _ in range(2):
        react(kudos, cast.charlie)
    react(kudos, cast.bob, kind="waffle")
    assert tallies(kudos, cast.bob) == {"heart": (1, False), "waffle": (1, True)}
    for _ in range(2):
        react(kudos, cast.charlie, is_on=False)
    assert tallies(kudos, cast.bob) == {"waffle": (1, True)}


def test_unknown_reaction_is_refused(cast: Cast) -> None:
    kudos = shown(cast)
    with pytest.raises(ValidationError):
        react(kudos, cast.bob, kind="thumbs-down")
    assert Reaction.objects.count() == 0


def test_giver_and_receiver_are_told_of_the_first_reaction_only(cast: Cast) -> None:
    kudos = shown(cast)
    for kind in ("heart", "clap"):
        react(kudos, cast.charlie, kind=kind)
    react(kudos, cast.bob)
    assert told(cast.alice) == ["kudos_reacted"]
    assert told(cast.bob) == ["kudos_received", "kudos_reacted"]
    assert told(cast.charlie) == []


def test_comment_reaches_its_parties_and_those_who_spoke_before(cast: Cast) -> None:
    kudos = shown(cast)
    say(kudos, cast.charlie)
    say(kudos, cast.bob)
    assert told(cast.alice) == ["kudos_commented", "kudos_commented"]
    assert told(cast.bob) == ["kudos_received", "kudos_commented"]
    assert told(cast.charlie) == ["kudos_commented"]


def test_comment_is_cleaned_and_not_cut(cast: Cast) -> None:
    kudos = shown(cast)
    assert say(kudos, cast.bob, "Så\u202e b\u200bra \n du  er").text == "Så bra du er"
    for text in ("", " \u200b ", "x" * 501):
        with pytest.raises(ValidationError) as error:
            say(kudos, cast.bob, text)
        assert list(error.value.message_dict) == ["text"]
    assert Comment.objects.count() == 1


def test_same_comment_sent_twice_is_one(cast: Cast) -> None:
    kudos = shown(cast)
    assert say(kudos, cast.bob, once="form-1") == say(kudos, cast.bob, once="form-1")
    assert Comment.objects.count() == 1


def test_comments_have_an_end(cast: Cast) -> None:
    kudos = shown(cast)
    Comment.objects.bulk_create(
        Comment(kudos=kudos, author=cast.bob, text="Ja", created_at=times.now()) for _ in range(200)
    )
    with pytest.raises(ValidationError):
        say(kudos, cast.bob)


def test_author_takes_a_comment_back_with_what_was_told_of_it(cast: Cast) -> None:
    kudos = shown(cast)
    comment = say(kudos, cast.charlie)
    with pytest.raises(PermissionDenied):
        actions.withdraw_comment(comment=comment, by=cast.alice, at=times.now())
    actions.withdraw_comment(comment=comment, by=cast.charlie, at=times.now())
    assert queries.comments_on(kudos) == []
    assert Notice.objects.filter(kind="kudos_commented", withdrawn_at=None).count() == 0


def test_mention_in_a_kudos_tells_whom_it_names(cast: Cast) -> None:
    kudos = shown(
        cast, message="Takk, og hils @Charlie fra oss", mentioned=[cast.charlie, cast.keeper]
    )
    assert told(cast.charlie) == ["kudos_mentioned"]
    assert told(cast.keeper) == []
    assert [(piece.text, piece.person) for piece in kudos.pieces] == [
        ("Takk, og hils ", None), ("@Charlie", cast.charlie), (" fra oss", None),
    ]  # fmt: skip


def test_wall_names_whom_a_mention_names_only_as_they_allow(cast: Cast) -> None:
    choose(cast.bob, "any")
    give(cast, message="Takk, hils @Charlie Dahl", mentioned=[cast.charlie])

    def texts() -> list[str]:
        return [card.cards["nb"]["text"] for card in Celebration.objects.standing()]

    assert texts() == ["Takk, hils en kollega"]
    actions.choose_wall(by=cast.charlie, choice="any", at=times.now())
    assert texts() == ["Takk, hils Charlie"]
    actions.choose_wall(by=cast.charlie, choice="never", at=times.now())
    assert texts() == ["Takk, hils en kollega"]


def test_mention_gives_no_right_to_read(cast: Cast) -> None:
    kudos = shown(cast, audience="private")
    say(kudos, cast.bob, f"Spør @{cast.charlie.name}", mentioned=[cast.charlie])
    assert told(cast.charlie) == []


@given(
    text=st.text(alphabet="@ABob erg,.", max_size=60),
    names=st.lists(st.sampled_from(["Bob", "Bob Berg", "A"]), max_size=3),
)
def test_pieces_are_the_text_again(text: str, names: list[str]) -> None:
    people = []
    for number, name in enumerate(names):
        first, _, last = name.partition(" ")
        people.append(Person(pk=number + 1, given_name=first, family_name=last))
    spans = find_mentions(text, people)
    assert "".join(piece.text for piece in pieces_of(text, spans)) == text
    for span in spans:
        assert text[span.starts_at : span.ends_at].startswith("@")
    assert [one.starts_at for one in spans] == sorted({one.starts_at for one in spans})


def test_stranger_neither_reacts_nor_comments(client: Client, cast: Cast) -> None:
    kudos = shown(cast, audience="team")
    client.force_login(cast.charlie)
    answers = [
        client.post(f"/kudos/{kudos.key}/react/", {"give": "heart"}),
        client.post(f"/kudos/{kudos.key}/comment/", {"text": "Hei"}),
    ]
    assert [answer.status_code for answer in answers] == [404, 404]
    assert (Reaction.objects.count(), Comment.objects.count()) == (0, 0)


def test_pages_react_and_comment_with_and_without_script(as_bob: Client, cast: Cast) -> None:
    kudos = shown(cast)
    address = f"/kudos/{kudos.key}/"
    plain = as_bob.post(f"{address}react/", {"give": "clap"})
    assert (plain.status_code, plain.headers["Location"]) == (302, address)
    assert [row.kind for row in Reaction.objects.all()] == ["clap"]
    part = as_bob.post(f"{address}react/", {"take": "clap"}, headers={"HX-Request": "true"})
    assert (part.status_code, 'aria-pressed="true"' in part.content.decode()) == (200, False)
    assert not Reaction.objects.exists()
    part = as_bob.post(f"{address}react/", {"give": "clap"}, headers={"HX-Request": "true"})
    assert (part.status_code, 'aria-pressed="true"' in part.content.decode()) == (200, True)
    for nonsense in ({}, {"give": "pizza"}, {"kind": "clap"}):
        assert as_bob.post(f"{address}react/", nonsense).status_code == 400
    said = as_bob.post(f"{address}comment/", {"text": "Så <b>bra</b>"})
    assert said.headers["Location"] == f"{address}#{Comment.objects.get().key}"
    page = as_bob.get(address).content.decode()
    assert "Så &lt;b&gt;bra&lt;/b&gt;" in page
    wrong = as_bob.post(f"{address}comment/", {"text": "x" * 600})
    assert (wrong.status_code, "x" * 600 in wrong.content.decode()) == (422, True)


@pytest.mark.django_db(transaction=True)
def test_reactions_at_the_same_moment_count_once_each(cast: Cast) -> None:
    kudos = shown(cast)

    def give_heart(person: Person) -> None:
        try:
            react(kudos, person)
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(give_heart, [cast.bob, cast.charlie, cast.bob, cast.charlie] * 2))
    assert tallies(kudos, cast.bob) == {"heart": (2, True)}


def test_page_of_a_kudos_asks_the_same_number_of_questions_however_much_is_said(
    as_bob: Client, cast: Cast, django_assert_num_queries: Any
) -> None:
    kudos = shown(cast)
    for _ in range(2):
        for number in range(3):
            say(kudos, factories.make_person(f"Nr{number}", unit=cast.team))
            react(kudos, cast.charlie, kind=("heart", "clap", "star")[number])
        as_bob.get(f"/kudos/{kudos.key}/")
        with django_assert_num_queries(16):
            as_bob.get(f"/kudos/{kudos.key}/")
