"""Words that warn: whole words, tolerant where people are, and never more than a question."""

import time

import pytest
from django.utils.translation import override
from hypothesis import given as over
from hypothesis import settings
from hypothesis import strategies as st

from engagement import times
from kudos import actions, wording
from kudos.models import WarnedWord
from kudos.wording import find_warned_words, fold_word, warning_for, words_in
from tests.conftest import Cast
from tests.kudos.moderation.cases import given

LETTERS = "abcdefghijklmnopqrstuvwxyzæøå"
KNOWN = frozenset({"idiot", "tåpe", "ass", "hore", "slut"})


@pytest.fixture
def words(db: None) -> None:
    WarnedWord.objects.all().delete()
    WarnedWord.objects.bulk_create(
        WarnedWord(language=language, word=word, folded=word)
        for language, word in (
            ("nb", "tåpe"), ("nb", "hore"), ("nb", "idiot"), ("en", "idiot"), ("en", "ass"),
            ("en", "slut"),
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Du er en idiot.", ["idiot"]),
        ("IDIOT", ["idiot"]),
        ("idiooooot", ["idiooooot"]),
        ("idíôt", ["idiot"]),
        ("i\u200bd\u200dio\ufefft", ["idiot"]),
        ("ｉｄｉｏｔ", ["idiot"]),
        ("1d10t", ["1d10t"]),
        ("id!ot", ["id!ot"]),
        ("a$$", []),
        ("a$s", ["a$s"]),
        ("asssss", ["asssss"]),
        ("Tåpe, idiot og tåpe", ["tåpe", "idiot"]),
        # Another word, although its letters are alike.
        ("idioti", []),
        ("as", []),
        ("Godt å høre", []),
        ("Vi klarte det til slutt", []),
        ("Vi kan ikke tape", []),
        ("Bra!", []),
        ("1010", []),
        ("", []),
        (" \n\t", []),
    ],
)
def test_whole_words_are_found_in_their_disguises(words: None, text: str, found: list[str]) -> None:
    assert find_warned_words(text) == found


def test_one_language_is_asked_alone(words: None) -> None:
    assert find_warned_words("tåpe ass", "nb") == ["tåpe"]
    assert find_warned_words("tåpe ass", "en") == ["ass"]


@pytest.mark.parametrize("text", ["Takk for hjelpen", "Godt å høre. Til slutt gikk det bra!"])
def test_friendly_words_warn_of_nothing(db: None, text: str) -> None:
    assert warning_for(text) == ""


def test_shipped_list_is_folded_and_warns(db: None) -> None:
    assert [one.word for one in WarnedWord.objects.all() if fold_word(one.word) != one.folded] == []
    assert [
        one.word for one in WarnedWord.objects.all() if words_in(one.word) != [one.folded]
    ] == []
    assert WarnedWord.objects.filter(language="nb").count() > 30
    assert WarnedWord.objects.filter(language="en").count() > 30
    with override("en"):
        assert warning_for("Din Drittsekk") == "This may hurt: drittsekk. Send it anyway?"


def test_warning_names_five_words_at_most(db: None) -> None:
    listed = list(WarnedWord.objects.order_by("pk").values_list("word", flat=True)[:8])
    with override("en"):
        told = warning_for(" ".join(listed))
    assert told == f"This may hurt: {', '.join(listed[:5])}. Send it anyway?"


def test_warning_is_one_query(words: None, django_assert_num_queries: object) -> None:
    with django_assert_num_queries(1):  # type: ignore[operator]
        warning_for("idiot " * 100)
    with django_assert_num_queries(0):  # type: ignore[operator]
        warning_for("  ")


def test_nothing_is_stopped(cast: Cast) -> None:
    assert given(cast, message="Din idiot").message == "Din idiot"


def test_list_that_changed_is_used_at_once(cast: Cast) -> None:
    at = times.now()
    assert find_warned_words("sviskehue") == []
    added = actions.add_warned_word(language="nb", word="Sviskehue", by=cast.admin, at=at)
    assert find_warned_words("sviskehue") == ["sviskehue"]
    actions.remove_warned_word(word=added, by=cast.admin, at=at)
    assert find_warned_words("sviskehue") == []


# --- properties -----------------------------------------------------------------------------------


def known(text: str) -> list[str]:
    compiled = wording._compiled(KNOWN)
    return [word for word in words_in(text) if wording._is_known(word, compiled)]


@over(
    st.sampled_from(sorted(KNOWN)),
    st.lists(st.tuples(st.booleans(), st.sampled_from([1, 3, 4, 9]), st.sampled_from(["", "\u200b", "\u0301"])), min_size=5, max_size=5),
)  # fmt: skip
def test_disguised_word_is_found(word: str, changes: list[tuple[bool, int, str]]) -> None:
    disguised = "".join(
        (letter.upper() if is_upper else letter) * times_ + mark
        for letter, (is_upper, times_, mark) in zip(word, changes, strict=False)
    )
    assert len(known(f"x {disguised} y")) == 1


@over(st.text(alphabet=LETTERS, min_size=1, max_size=12))
def test_plain_word_is_found_only_when_it_is_on_the_list(word: str) -> None:
    is_drawn_out = any(letter * 3 in word for letter in word)
    if not is_drawn_out:
        assert known(word) == ([word] if word in KNOWN else [])


@over(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert known(text) == known(text + " .")


@settings(deadline=None, max_examples=20)
@over(st.sampled_from(["a", "@", "a@", "1", "!a", "ﷺ", "á\u0301", "idiot ", "o" * 30 + " "]))
def test_time_grows_with_the_length_of_the_text_only(part: str) -> None:
    text = part * (20_000 // len(part))
    began = time.process_time()
    known(text)
    assert time.process_time() - began < 2
