"""Instruments' documents: what is refused, and that those we ship say what they should."""

import contextlib
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveys.instruments import BadInstrument, parse, score, shipped_documents, templates
from surveys.instruments.parse import FACTORS, REASONS
from tests.surveys.factories import content, scale_item

SHIPPED = {document["key"]: document for document in shipped_documents()}


def problems(document: Any) -> list[tuple[str, str]]:
    with pytest.raises(BadInstrument) as caught:
        parse(document)
    assert all(str(one) for one in caught.value.problems)
    return [(one.path, one.reason) for one in caught.value.problems]


Change = Callable[[dict[str, Any]], Any]


def put(*path: Any, value: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return change


def drop(*path: Any) -> Change:
    def change(document: dict[str, Any]) -> None:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        del place[path[-1]]

    return change


POINTS = ("scales", "agree5", "points")
ANCHORS = ("scales", "agree5", "anchors", "nb")
SCORING = {
    "method": "mean",
    "reverse": "low_plus_high_minus_answer",
    "min_answered": 1,
    "missing": "mean_of_answered",
}
WRONG: list[tuple[Change, list[tuple[str, str]]]] = [
    (put("colour", value="red"), [("colour", "unknown_field")]),
    (put("items", 0, "html", value="<b>"), [("items[0].html", "unknown_field")]),
    (drop("source"), [("source", "missing")]),
    (drop("items"), [("items", "missing")]),
    (put("key", value="Small"), [("key", "bad_key")]),
    (put("key", value="a" * 41), [("key", "bad_key")]),
    (put("version", value=0), [("version", "bad_version")]),
    (put("version", value=True), [("version", "bad_version")]),
    (put("title", "nb", value=""), [("title.nb", "empty")]),
    (put("title", "nb", value="x" * 121), [("title.nb", "too_long")]),
    (drop("title", "en"), [("title.en", "language_missing")]),
    (put("title", "sv", value="Hej"), [("title.sv", "unknown_field")]),
    (put("intro", "nb", value="Bare norsk."), [("intro.en", "language_missing")]),
    (drop("items", 0, "text", "nb"), [("items[0].text.nb", "language_missing")]),
    (put("items", 0, "text", "en", value="  "), [("items[0].text.en", "empty")]),
    (put("items", 0, "text", "en", value="x" * 301), [("items[0].text.en", "too_long")]),
    (put("items", 0, "text", "en", value="a\x00b"), [("items[0].text.en", "odd_characters")]),
    (put("items", 0, "text", "en", value="a\nb"), [("items[0].text.en", "odd_characters")]),
    (put("items", 0, "text", "en", value="a\u202eb"), [("items[0].text.en", "odd_characters")]),
    (put("items", 0, "text", "en", value="a\u2066b"), [("items[0].text.en", "odd_characters")]),
    (put("items", 0, "text", "en", value="a\u200bb"), [("items[0].text.en", "odd_characters")]),
    (put("items", 0, "text", "en", value="a\ud800b"), [("items[0].text.en", "odd_characters")]),
    (put("items", 0, "text", "en", value=" a"), [("items[0].text.en", "spaces_around")]),
    (put("items", 1, "key", value="small.1"), [("items[1].key", "duplicate")]),
    (put("items", 1, "key", value="small..1"), [("items[1].key", "bad_key")]),
    (put("items", 0, "kind", value="slider"), [("items[0].kind", "unknown_kind")]),
    (put("items", 0, "scale", value="other"), [("items[0].scale", "unknown_scale")]),
    (put("items", 0, "scale", value=[1]), [("items[0].scale", "unknown_scale")]),
    (put("items", 2, "scale", value="agree5"), [("items[2].scale", "scale_on_text")]),
    (put("items", 2, "reversed", value=True), [("items[2].reversed", "reversed_on_text")]),
    (put("items", 0, "reversed", value="no"), [("items[0].reversed", "not_yes_or_no")]),
    (put("items", 0, "driver", value="joy"), [("items[0].driver", "unknown_driver")]),
    (put("items", 0, "factor", value="noise"), [("items[0].factor", "unknown_factor")]),
    (put("items", value=[]), [("items", "none")]),
    (put("items", value={}), [("items", "not_a_list")]),
    (put("items", value=[scale_item("a")] * 101), [("items", "too_many")]),
    (put("items", 0, value="text"), [("items[0]", "not_an_object")]),
    (put(*POINTS, value=[1]), [(".".join(POINTS), "too_few_points")]),
    (put(*POINTS, value=list(range(12))), [(".".join(POINTS), "too_many_points")]),
    (put(*POINTS, value=[5, 4, 3, 2, 1]), [(".".join(POINTS), "points_not_rising")]),
    (put(*POINTS, value=[1, 2, 2, 4, 5]), [(".".join(POINTS), "points_not_rising")]),
    (put(*POINTS, value=[1, 2, 3, 4, 5.0]), [(".".join(POINTS), "not_a_number")]),
    (put(*ANCHORS, value=["a", "b"]), [(".".join(ANCHORS), "anchor_count")]),
    (put(*ANCHORS, value=["a", "", "", "", ""]), [(".".join(ANCHORS), "no_end_anchors")]),
    (put("scoring", value=SCORING | {"min_answered": 3}),
     [("scoring.min_answered", "min_answered_too_high")]),
    (put("scoring", value=SCORING | {"min_answered": 0}),
     [("scoring.min_answered", "min_answered_too_low")]),
    (put("scoring", value=SCORING | {"method": "sum"}), [("scoring.method", "unknown_method")]),
    (put("scoring", value=SCORING | {"weight": 2}), [("scoring.weight", "unknown_field")]),
]  # fmt: skip


@pytest.mark.parametrize(("change", "expected"), WRONG)
def test_parse_says_where_and_why(change: Change, expected: list[tuple[str, str]]) -> None:
    document = copy.deepcopy(content())
    change(document)
    assert problems(document) == expected


def test_every_reason_is_met_by_a_test_or_is_a_shape() -> None:
    met = {reason for _change, expected in WRONG for _path, reason in expected}
    assert set(REASONS) - met == {"not_a_text", "scales_differ"}


def test_parse_finds_everything_at_once() -> None:
    document = content(version=0, extra=1) | {"key": "Å"}
    document["items"][0]["scale"] = "none"
    assert problems(document) == [
        ("extra", "unknown_field"),
        ("items[0].scale", "unknown_scale"),
        ("key", "bad_key"),
        ("version", "bad_version"),
    ]


def test_parse_refuses_a_mean_over_different_scales() -> None:
    document = content(scoring=SCORING)
    document["scales"]["seven"] = {
        "points": [1, 2, 3, 4, 5, 6, 7],
        "anchors": {"nb": ["a", *[""] * 5, "b"], "en": ["a", *[""] * 5, "b"]},
    }
    document["items"][0]["scale"] = "seven"
    assert problems(document) == [("scoring", "scales_differ")]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON)
def test_parse_refuses_any_other_document(document: Any) -> None:
    assert problems(document) != []


PATHS = [
    ("title",), ("drivers",), ("scales",), ("scales", "agree5"), ("items",), ("items", 0),
    ("items", 2), ("scoring",), ("scales", "agree5", "anchors"), ("items", 0, "key"),
]  # fmt: skip


@given(st.sampled_from(PATHS), JSON)
def test_parse_never_fails_but_by_refusing(path: tuple[Any, ...], value: Any) -> None:
    document = copy.deepcopy(content())
    put(*path, value=value)(document)
    with contextlib.suppress(BadInstrument):
        parse(document)


# --- what we ship ---------------------------------------------------------------------------------


@pytest.mark.parametrize("key", SHIPPED)
def test_shipped_instrument_is_valid(key: str) -> None:
    read = parse(SHIPPED[key])
    assert read.key == key
    for item in read.items:
        assert item.text.nb != item.text.en


def test_item_keys_are_unique_over_what_is_shipped() -> None:
    keys = [item["key"] for document in SHIPPED.values() for item in document["items"]]
    assert sorted(keys) == sorted(set(keys))


def test_drivers_are_called_the_same_everywhere() -> None:
    names: dict[str, Any] = {}
    for document in SHIPPED.values():
        for key, words in document["drivers"].items():
            assert names.setdefault(key, words) == words


def test_psychological_safety_is_as_published() -> None:
    read = parse(SHIPPED["psychological_safety"])
    assert [item.is_reversed for item in read.items] == [
        True, False, True, False, True, False, False,
    ]  # fmt: skip
    assert {item.scale.points for item in read.items if item.scale} == {(1, 2, 3, 4, 5, 6, 7)}
    assert "Edmondson, A. (1999)" in read.source
    assert "egen oversettelse" in read.rights.nb
    assert read.items[5].text.en == (
        "No one on this team would deliberately act in a way that undermines my efforts."
    )


def test_psychological_safety_score() -> None:
    read = parse(SHIPPED["psychological_safety"])

    def of(*answers: int | None) -> float | None:
        given_answers = {
            f"psafety.{n}": answer for n, answer in enumerate(answers, 1) if answer is not None
        }
        return score(read, given_answers)

    assert of(1, 7, 1, 7, 1, 7, 7) == 7.0
    assert of(7, 1, 7, 1, 7, 1, 1) == 1.0
    assert of(2, 6, 3, 5, 1, 4, 7) == (6 + 6 + 5 + 5 + 7 + 4 + 7) / 7
    # Five of seven are enough, four are not.
    assert of(2, 6, 3, 5, 1, None, None) == (6 + 6 + 5 + 5 + 7) / 5
    assert of(2, 6, 3, 5, None, None, None) is None
    assert of() is None


@pytest.mark.parametrize("answers", [{"psafety.1": 0}, {"psafety.1": 8}, {"psafety.8": 1}])
def test_score_refuses_what_is_off_the_scale(answers: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"psafety"):
        score(parse(SHIPPED["psychological_safety"]), answers)


def test_instrument_without_scoring_has_no_score() -> None:
    assert score(parse(content()), {"small.1": 3, "small.2": 4}) is None


def test_annual_covers_the_four_factors_and_ten_drivers() -> None:
    read = parse(SHIPPED["annual"])
    assert len(read.items) == 40
    assert {item.factor for item in read.items if item.factor} == set(FACTORS)
    drivers = [item.driver for item in read.items]
    assert {drivers.count(driver) for driver in read.drivers} == {4}
    assert len(read.drivers) == 10
    assert any(item.is_reversed for item in read.items)


def test_recommend_is_called_neutrally() -> None:
    text = json.dumps(SHIPPED["recommend"], ensure_ascii=False).lower()
    assert [
        word for word in ("nps", "promoter", "score") if word in text.replace('"scoring"', "")
    ] == []
    [item] = parse(SHIPPED["recommend"]).items
    assert item.scale is not None
    assert item.scale.points == tuple(range(11))


def test_templates_name_shipped_instruments_and_items() -> None:
    assert list(templates()) == ["annual", "pulse", "psychological_safety", "empty"]
    for template in templates().values():
        for key, items in template.sections:
            known = {item["key"] for item in SHIPPED[key]["items"]}
            assert set(items) <= known
