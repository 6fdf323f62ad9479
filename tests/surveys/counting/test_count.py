"""The count: what is opened, what is refused, what may leave."""

import random
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.counting.bundle import BadBundle
from surveys.counting.count import count, groups_of, layout
from surveys.protocol import client, manifest, merkle
from surveys.protocol.encoding import b64, canonical
from surveys.protocol.sealing import info_of, pad, seal
from surveys.protocol.sheet import Remark, Sheet
from tests.surveys.manifests import PRIVATE_KEYS, SIGNERS, manifest_bytes

MANIFEST = manifest.parse(manifest_bytes())
ALL = dict.fromkeys(MANIFEST.cells, 12)


def cast(cell: str, sheet: Sheet) -> dict[str, str]:
    prepared = client.prepare_ballot(MANIFEST, cell, sheet)
    return client.finish(prepared, SIGNERS[cell].sign(prepared.blinded))


def cast_raw(cell: str, plain: bytes) -> dict[str, str]:
    """A well-signed ballot with whatever inside."""
    sealed = seal(MANIFEST.counting_key, info_of(MANIFEST.hash, cell), plain)
    prepared = client.prepare_sealed(MANIFEST, cell, sealed)
    return client.finish(prepared, SIGNERS[cell].sign(prepared.blinded))


def bundle(ballots: list[Any], **changes: Any) -> bytes:
    head = {"survey": MANIFEST.survey, "manifest_sha256": MANIFEST.hash.hex()}
    return canonical({**head, "ballots": ballots, **changes})


def counted(ballots: list[Any], **more: Any) -> dict[str, Any]:
    return count(MANIFEST, bundle(ballots), PRIVATE_KEYS[0], collected=ALL, **more)


def test_ballots_are_counted_by_group() -> None:
    ballots = [cast("c001", Sheet({"pulse.1": 1 + i % 5, "recommend": 10}, {})) for i in range(6)]
    ballots += [cast("c002", Sheet({"pulse.1": 5}, {})) for _ in range(3)]
    ballots += [cast("c003", Sheet({}, {})) for _ in range(2)]
    found = counted(ballots)
    assert (found["ballots"], found["spoilt"]) == (11, 0)
    groups = {(one["kind"], one["key"]): one for one in found["groups"]}
    # c002 and c003 are below five alone, and together only at the top.
    assert set(groups) == {("cell", "c001"), ("rest", "whole"), ("whole", "whole")}
    assert groups["cell", "c001"]["items"] == {
        "pulse.1": {"n": 6, "counts": [2, 1, 1, 1, 1]},
        "recommend": {"n": 6, "counts": [0] * 10 + [6]},
    }
    assert groups["rest", "whole"] == {
        "key": "whole", "kind": "rest", "answered": 5, "items": {},
    }  # fmt: skip
    # Three answers of the rest would be told by subtraction: the whole is without them.
    assert groups["whole", "whole"]["items"]["pulse.1"] == {"n": 6, "counts": [2, 1, 1, 1, 1]}
    assert groups["whole", "whole"]["answered"] == 11
    assert found["receipts"] == sorted(found["receipts"])
    assert found["root"] == merkle.root(found["receipts"])


def test_spoilt_sheets_are_a_number_and_keep_their_receipts() -> None:
    off_scale = {"v": 1, "cell": "c001", "answers": {"pulse.1": 9}, "comments": {}}
    ballots = [
        cast_raw("c001", pad(canonical(off_scale))),
        cast_raw("c001", pad(b"{not json")),
        cast_raw("c001", pad(b"{}")[:-1] + b"\x01"),
        cast("c001", Sheet({}, {})),
    ]
    found = counted(ballots)
    assert (found["ballots"], found["spoilt"], len(found["receipts"])) == (4, 3, 4)


def test_sheet_sealed_for_another_key_is_spoilt() -> None:
    other = count(MANIFEST, bundle([cast("c001", Sheet({}, {}))]), b"\x07" * 32, collected=ALL)
    assert other["spoilt"] == 1


def test_forgeries_and_duplicates_are_left_out_and_said() -> None:
    good = cast("c001", Sheet({"pulse.1": 3}, {}))
    forged = {**good, "sig": b64(b"\x01" * 256)}
    moved = {**good, "cell": "c002"}
    nowhere = {**good, "cell": "c099"}
    found = counted([good, good, forged, moved, nowhere, {**good, "extra": 1}, None, "x"])
    assert found["ballots"] == 1
    assert found["refused"] == {"signature": 5, "duplicate": 1, "cell": 1}


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bundle([])[:-3], "unreadable"),
        (b"", "unreadable"),
        (bundle([], extra=1), "unreadable"),
        (bundle({"a": 1}), "unreadable"),  # type: ignore[arg-type]
        (bundle([], survey="sother"), "other_survey"),
        (bundle([], manifest_sha256="00"), "other_manifest"),
    ],
)
def test_bad_bundle_is_refused_as_a_whole(data: bytes, reason: str) -> None:
    with pytest.raises(BadBundle) as refusal:
        count(MANIFEST, data, PRIVATE_KEYS[0], collected=ALL)
    assert refusal.value.reason == reason


def test_more_ballots_than_were_given_out_are_refused() -> None:
    ballots = [cast("c001", Sheet({}, {})) for _ in range(3)]
    with pytest.raises(BadBundle, match="c001 has 3 ballots, and only 2 were given out"):
        count(MANIFEST, bundle(ballots), PRIVATE_KEYS[0], collected={**ALL, "c001": 2})
    many = [cast("c001", Sheet({}, {})) for _ in range(13)]
    with pytest.raises(BadBundle, match="only 12"):
        count(MANIFEST, bundle(many), PRIVATE_KEYS[0], collected={**ALL, "c001": 99})


def test_comments_need_company_and_come_in_no_order() -> None:
    def said(text: str) -> Sheet:
        return Sheet({}, {"open.1": Remark(text, "site")})

    ballots = [cast("c001", said(f"a{i}")) for i in range(3)]
    ballots += [cast("c001", Sheet({}, {})) for _ in range(7)]
    ballots += [cast("c002", said("b0")), cast("c003", said("c0"))]
    found = counted(ballots, random=random.Random(4))
    at = {one["text"]: one["group"] for one in found["comments"]}
    # Ten answered in c001, so its three stand there; the two others stay below three everywhere.
    assert at == {"a0": "c001", "a1": "c001", "a2": "c001"}
    orders = {
        tuple(one["text"] for one in counted(ballots, random=random.Random(seed))["comments"])
        for seed in range(12)
    }
    assert len(orders) > 2
    assert set(found["comments"][0]) == {"group", "item", "text", "audience"}


def test_lone_comments_climb_until_they_have_company() -> None:
    ballots = [
        cast(cell, Sheet({}, {"open.1": Remark(f"{cell}{i}", "team")} if i == 0 else {}))
        for cell in ("c001", "c002", "c003")
        for i in range(6)
    ]
    found = counted(ballots)
    assert {one["group"] for one in found["comments"]} == {"whole"}
    assert len(found["comments"]) == 3


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({cell: st.integers(0, 12) for cell in MANIFEST.cells}))
def test_groups_are_never_small_and_parts_cover_all_they_can(answered: dict[str, int]) -> None:
    groups = layout(MANIFEST, answered)
    for group in groups:
        assert sum(answered[cell] for cell in group.cells) >= MANIFEST.k
    parts = Counter(cell for one in groups for cell in one.cells)
    assert max(parts.values(), default=0) <= 1, "a cell is told in one part"
    total = sum(answered.values())
    told = sum(answered[cell] for cell in parts)
    assert told == (total if total >= MANIFEST.k else 0)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(sorted(MANIFEST.cells)), st.integers(1, 5)), max_size=40))
def test_histograms_add_up(answers: list[tuple[str, int]]) -> None:
    sheets = [(cell, Sheet({"pulse.2": value}, {})) for cell, value in answers]
    groups = groups_of(MANIFEST, sheets)
    for group in groups:
        for item in group["items"].values():
            assert item["n"] == sum(item["counts"]) >= MANIFEST.k
    if groups:
        *parts, whole = groups
        assert whole["answered"] == len(answers) == sum(part["answered"] for part in parts)
        told = sum(part["items"].get("pulse.2", {"n": 0})["n"] for part in parts)
        rest = whole["items"].get("pulse.2", {"n": 0})["n"] - told
        assert rest == 0 or rest >= MANIFEST.k
