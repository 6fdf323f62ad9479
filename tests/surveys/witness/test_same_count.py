"""The witness's browser and the counting process make one result of one bundle."""

import json
import random
from collections.abc import Callable
from typing import Any

import pytest

from surveys.counting.bundle import BadBundle
from surveys.counting.count import count
from surveys.protocol import client, manifest
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from surveys.protocol.sealing import info_of, new_counting_key, pad, seal
from surveys.protocol.sheet import Remark, Sheet, is_plain
from tests.surveys.manifests import PRIVATE_KEYS, SIGNERS, manifest_bytes
from tests.surveys.witness.node import Witness

MANIFEST = manifest.parse(manifest_bytes())
CELLS = list(MANIFEST.cells)
ALL = dict.fromkeys(CELLS, 12)
WORDS = ["Mer", "tid", "til", "kundene,", "på", "dagen", "🧇", "«ja»", "é", "\u200d\n", "\n"]
Ballot = dict[str, Any]


def cast(cell: str, sheet: Sheet) -> Ballot:
    prepared = client.prepare_ballot(MANIFEST, cell, sheet)
    return client.finish(prepared, SIGNERS[cell].sign(prepared.blinded))


def cast_raw(cell: str, plain: bytes, *, public: bytes | None = None, info: str = "") -> Ballot:
    """A well-signed ballot with whatever inside."""
    key = public or MANIFEST.counting_key
    sealed = seal(key, info_of(MANIFEST.hash, info or cell), plain)
    return sign(cell, sealed)


def sign(cell: str, sealed: bytes) -> Ballot:
    prepared = client.prepare_sealed(MANIFEST, cell, sealed)
    return client.finish(prepared, SIGNERS[cell].sign(prepared.blinded))


def bundle(ballots: list[Any], **changes: Any) -> bytes:
    head = {"survey": MANIFEST.survey, "manifest_sha256": MANIFEST.hash.hex()}
    return canonical({**head, "ballots": ballots, **changes})


def comparable(result: dict[str, Any]) -> dict[str, Any]:
    """A result without the order of its comments, which is chance."""
    comments = sorted(result["comments"], key=lambda one: sorted(one.items()))
    return {**json.loads(json.dumps(result)), "comments": comments}


def assert_same(
    witness: Witness,
    data: bytes,
    *,
    collected: dict[str, int] = ALL,
    secret: bytes = PRIVATE_KEYS[0],
    under: manifest.Manifest = MANIFEST,
) -> dict[str, Any]:
    """The one result, or ``{"bad": reason}`` of both."""
    theirs = witness.ask(
        "count", manifest=under.data, bundle=data, secret=secret, collected=collected
    )
    if "bad" in theirs:
        with pytest.raises(BadBundle) as refusal:
            count(under, data, secret, collected=collected)
        assert refusal.value.reason == theirs["bad"]
        return theirs
    ours = count(under, data, secret, collected=collected)
    assert comparable(theirs["result"]) == comparable(ours)
    return ours


# --- Single sheets and entries ----------------------------------------------------------------------


def document(**changes: Any) -> dict[str, Any]:
    return {"v": 1, "cell": "c001", "answers": {}, "comments": {}, **changes}


def remark(text: Any, audience: Any = "team", **more: Any) -> bytes:
    said = document(comments={"open.1": {"text": text, "audience": audience, **more}})
    try:
        return canonical(said)
    except UnicodeEncodeError:
        # A lone surrogate: only escaped can it be written at all.
        return json.dumps(said).encode()


SHEETS: dict[str, bytes] = {
    "empty": canonical(document()),
    "answers": canonical(document(answers={"pulse.1": 5, "recommend": 0})),
    "spaces": b' {"v":1 ,\n"cell":"c001",\t"answers":{},"comments":{} }\r\n',
    "escaped": b'{"v":1,"cell":"c\\u0030\\u00301","answers":{},"comments":{}}',
    "minus nothing": b'{"v":1,"cell":"c001","answers":{"recommend":-0},"comments":{}}',
    "float": b'{"v":1,"cell":"c001","answers":{"pulse.1":1.0},"comments":{}}',
    "exponent": b'{"v":1,"cell":"c001","answers":{"pulse.1":1e0},"comments":{}}',
    "huge": b'{"v":1,"cell":"c001","answers":{"pulse.1":9007199254740993},"comments":{}}',
    "endless": b'{"v":1,"cell":"c001","answers":{"pulse.1":%s},"comments":{}}' % (b"1" * 5000),
    "true": b'{"v":1,"cell":"c001","answers":{"pulse.1":true},"comments":{}}',
    "text for a number": canonical(document(answers={"pulse.1": "1"})),
    "off its scale": canonical(document(answers={"pulse.1": 9})),
    "not asked": canonical(document(answers={"pulse.9": 1})),
    "prototype": canonical(document(answers={"__proto__": 1})),
    "constructor": canonical(document(comments={"constructor": {"text": "x", "audience": "team"}})),
    "answer to an open item": canonical(document(answers={"open.1": 1})),
    "comment on a scale": canonical(
        document(comments={"pulse.1": {"text": "x", "audience": "team"}})
    ),
    "twice": b'{"v":1,"v":1,"cell":"c001","answers":{},"comments":{}}',
    "twice inside": b'{"v":1,"cell":"c001","answers":{"pulse.1":1,"pulse.1":2},"comments":{}}',
    "other version": canonical(document(v=2)),
    "version true": canonical(document(v=True)),
    "other cell": canonical(document(cell="c002")),
    "extra": canonical(document(extra=1)),
    "lacking": b'{"v":1,"cell":"c001","answers":{}}',
    "list": b"[]",
    "answers as list": canonical(document(answers=[])),
    "answers null": canonical(document(answers=None)),
    "nothing": b"",
    "not JSON": b"{not json",
    "NaN": b'{"v":NaN,"cell":"c001","answers":{},"comments":{}}',
    "trailing": canonical(document()) + b"x",
    "byte order mark": b"\xef\xbb\xbf" + canonical(document()),
    "not UTF-8": b'{"v":1,"cell":"c001","answers":{},"comments":{}}\xff',
    "leading zero": b'{"v":01,"cell":"c001","answers":{},"comments":{}}',
    "comment": remark("Mer tid til kundene.\nTakk"),
    "longest comment": remark("🧇" * 1000),
    "too long": remark("🧇" * 1001),
    "blank": remark(" \n "),
    "thin spaces": remark("\u2003\u3000\u00a0"),
    "no text": remark(5),
    "no audience": remark("x", None),
    "other audience": remark("x", "world"),
    "extra in a comment": remark("x", by="me"),
    "lone surrogate": remark("x\ud83d"),
    "lone surrogate as key": b'{"v":1,"cell":"c001","answers":{"\\ud83d":1},"comments":{}}',
    "turned direction": remark("a\u202eb"),
    "joined emoji": remark("👩\u200d💻"),
    "control": remark("a\u0007b"),
    "private use": remark("a\ue000b"),
    "unassigned": remark("a\U0001fae9\ufdd0b"),
    "carriage return": remark("a\r\nb"),
}  # fmt: skip


@pytest.mark.parametrize("name", SHEETS)
def test_every_sheet_is_judged_alike(witness: Witness, name: str) -> None:
    # Three of them in company: so a comment that counts is told, and an answer stands in a sum.
    ballots = [cast_raw("c001", pad(SHEETS[name])) for _ in range(3)]
    ballots += [cast("c001", Sheet({"pulse.1": 2, "recommend": 9}, {})) for _ in range(7)]
    found = assert_same(witness, bundle(ballots))
    assert found["ballots"] == 10


def test_pads_keys_and_envelopes_are_judged_alike(witness: Witness) -> None:
    plain = pad(SHEETS["answers"])
    good = cast_raw("c001", plain)
    sealed = unb64(good["sealed"])
    ballots = [
        good,
        cast_raw("c001", plain[:-1] + b"\x01"),
        cast_raw("c001", b"\x00\x00\x20\x00" + plain[4:]),
        cast_raw("c001", b"\xff" * 8192),
        cast_raw("c001", plain, public=new_counting_key()[1]),
        cast_raw("c001", plain, info="c002"),
        sign("c001", sealed[:-1] + bytes([sealed[-1] ^ 1])),
        sign("c001", bytes(32) + sealed[32:]),
        sign("c001", sealed[:31] + bytes([sealed[31] ^ 0x80]) + sealed[32:]),
    ]
    assert assert_same(witness, bundle(ballots))["spoilt"] == 8


def entries() -> list[Any]:
    """One good ballot and everything that is none."""
    good = cast("c001", Sheet({"pulse.1": 3}, {}))
    number = int.from_bytes(MANIFEST.cells["c001"].modulus)
    small = int.from_bytes(unb64(good["sig"]))
    return [
        good, good,
        {**good, "sig": b64(b"\x01" * 256)}, {**good, "sig": b64(bytes(256))},
        {**good, "sig": b64((number - 1).to_bytes(256))}, {**good, "sig": b64(b"\xff" * 256)},
        {**good, "sig": b64((small + number).to_bytes(257))}, {**good, "sig": b64(b"\x01" * 255)},
        {**good, "sig": good["sig"] + "="}, {**good, "sig": good["sig"].replace("_", "/")},
        {**good, "sig": good["sig"] + "A"}, {**good, "sig": ""}, {**good, "sig": None},
        {**good, "prefix": b64(bytes(31))}, {**good, "prefix": b64(bytes(32))},
        {**good, "prefix": b64(unb64(good["prefix"]) + b"\x00")}, {**good, "prefix": []},
        {**good, "sealed": b64(unb64(good["sealed"])[:-1])}, {**good, "sealed": 7},
        {**good, "sealed": b64(unb64(good["sealed"])[:-1] + b"\x00")},
        {**good, "cell": "c002"}, {**good, "cell": "c099"}, {**good, "cell": None},
        {**good, "cell": 1}, {**good, "cell": 1.5}, {**good, "cell": True}, {**good, "cell": []},
        {**good, "cell": {}}, {**good, "cell": "__proto__"}, {**good, "cell": "c099", "sig": "*"},
        {**good, "extra": 1}, {"cell": "c001"}, {}, [], list(good), None, "x", 5, True, 1.5,
    ]  # fmt: skip


def test_every_entry_that_is_no_ballot_is_judged_alike(witness: Witness) -> None:
    for entry in entries():
        assert_same(witness, bundle([entry]))
    found = assert_same(witness, bundle(entries()))
    assert (found["ballots"], found["refused"]["duplicate"]) == (1, 1)
    assert found["refused"]["cell"] == 6


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (bundle([])[:-3], "unreadable"),
        (b"", "unreadable"),
        (b"null", "unreadable"),
        (b'"ballots"', "unreadable"),
        (b"[]", "unreadable"),
        (bundle([]) + b"x", "unreadable"),
        (bundle([]).replace(b'"ballots":[]', b'"ballots":[],"ballots":[]'), "unreadable"),
        (bundle([{"a": 1}]).replace(b'"a":1', b'"a":1,"a":2'), "unreadable"),
        (bundle([[[[[[[[[[[[]]]]]]]]]]]]), "unreadable"),
        (bundle([[[[[[[[[[[]]]]]]]]]]]), None),
        (bundle([0]).replace(b"[0]", b"[" + b"1" * 4301 + b"]"), "unreadable"),
        (bundle([0]).replace(b"[0]", b"[" + b"1" * 4300 + b"]"), None),
        (bundle([], extra=1), "unreadable"),
        (bundle({"a": 1}), "unreadable"),  # type: ignore[arg-type]
        (bundle([]).replace(b'"ballots"', b'"ballot"'), "unreadable"),
        (bundle([], survey="sother"), "other_survey"),
        (bundle([], survey=None), "other_survey"),
        (bundle([], manifest_sha256="00"), "other_manifest"),
        (bundle([]), None),
    ],
)
def test_bad_bundles_are_refused_for_the_same_reason(
    witness: Witness, data: bytes, reason: str | None
) -> None:
    found = assert_same(witness, data)
    assert found.get("bad") == reason


def test_too_many_ballots_name_the_cell_and_both_numbers(witness: Witness) -> None:
    ballots = [cast(cell, Sheet({}, {})) for cell in ("c002", "c001") for _ in range(3)]
    found = assert_same(witness, bundle(ballots), collected={**ALL, "c002": 2, "c001": 1})
    assert found == {"bad": "too_many", "detail": {"cell": "c001", "count": 3, "most": 1}}
    assert assert_same(witness, bundle(ballots), collected={})["bad"] == "too_many"
    many = [cast("c003", Sheet({}, {})) for _ in range(13)]
    found = assert_same(witness, bundle(many), collected={**ALL, "c003": 99})
    assert found["detail"] == {"cell": "c003", "count": 13, "most": 12}


def test_another_key_opens_nothing(witness: Witness) -> None:
    ballots = [cast("c001", Sheet({"pulse.1": 1}, {})) for _ in range(5)]
    assert assert_same(witness, bundle(ballots), secret=b"\x07" * 32)["spoilt"] == 5


# --- Whole bundles, at random -----------------------------------------------------------------------

TREES = [
    [("whole", None), ("uA", "whole"), ("uB", "whole")],
    [("whole", None)],
    [("top", None), ("a", "top"), ("b", "a"), ("c", "b"), ("d", "top"), ("e", "d")],
]


def random_manifest(chance: random.Random) -> manifest.Manifest:
    """Our three cells anywhere in one of three trees, under other rules."""
    tree = chance.choice(TREES)
    parsed = json.loads(manifest_bytes())
    parsed["tree"] = [{"key": key, "parent": up, "name": key} for key, up in tree]
    for cell in parsed["cells"]:
        cell["parent"] = chance.choice(tree)[0]
    parsed["rules"] |= {
        "k": chance.choice([5, 5, 6, 8]),
        "comment_respondents": chance.choice([1, 5, 10]),
        "comment_count": chance.choice([1, 2, 3]),
    }
    return manifest.parse(canonical(parsed))


def random_sheet(chance: random.Random) -> Sheet:
    scales = {key: item.points for key, item in MANIFEST.items.items() if item.points}
    answers = {
        key: chance.choice(points) for key, points in scales.items() if chance.random() < 0.6
    }
    said = " ".join(chance.choices(WORDS, k=chance.randint(1, 12))).strip(" ")
    remarks = (
        {"open.1": Remark(said, chance.choice(["team", "site", "organisation"]))}
        if said.strip() and chance.random() < 0.5
        else {}
    )
    return Sheet(answers, remarks)


def random_ballot(chance: random.Random, under: manifest.Manifest, cell: str) -> Ballot:
    if chance.random() < 0.08:
        sealed = seal(
            under.counting_key,
            info_of(under.hash, cell),
            pad(chance.choice(list(SHEETS.values()))),
        )
        prepared = client.prepare_sealed(under, cell, sealed)
    else:
        prepared = client.prepare_ballot(under, cell, random_sheet(chance))
    return client.finish(prepared, SIGNERS[cell].sign(prepared.blinded))


def random_bundle(chance: random.Random, under: manifest.Manifest) -> bytes:
    ballots: list[Any] = [
        random_ballot(chance, under, cell) for cell in CELLS for _ in range(chance.randint(0, 12))
    ]
    changes: list[Callable[[Ballot], Any]] = [
        dict,
        lambda one: {**one, "sig": b64(chance.randbytes(256))},
        lambda one: {**one, "cell": chance.choice([*CELLS, "c099"])},
        lambda one: {**one, "prefix": b64(chance.randbytes(32))},
        lambda one: {**one, "sealed": b64(chance.randbytes(8240))},
        lambda one: None,
    ]
    some = [one for one in ballots if chance.random() < 0.15]
    ballots += [chance.choice(changes)(one) for one in some]
    chance.shuffle(ballots)
    head = {"survey": under.survey, "manifest_sha256": under.hash.hex()}
    return canonical({**head, "ballots": ballots})


@pytest.mark.parametrize("seed", range(24))
def test_random_bundles_are_counted_alike(witness: Witness, seed: int) -> None:
    chance = random.Random(seed)
    under = random_manifest(chance)
    collected = {cell: chance.choice([12, 12, 12, 9]) for cell in CELLS}
    assert_same(witness, random_bundle(chance, under), collected=collected, under=under)


@pytest.mark.parametrize("seed", range(24))
def test_random_sums_of_groups_are_told_alike(witness: Witness, seed: int) -> None:
    """Few answers an item: where numbers are left out so that none is about fewer than k."""
    chance = random.Random(1000 + seed)
    under = random_manifest(chance)
    ballots = []
    for cell in CELLS:
        for _ in range(chance.choice([0, 3, 5, 6, 8])):
            answers = {key: 2 for key in ("pulse.1", "pulse.2") if chance.random() < 0.5}
            prepared = client.prepare_ballot(under, cell, Sheet(answers, {}))
            ballots.append(client.finish(prepared, SIGNERS[cell].sign(prepared.blinded)))
    head = {"survey": under.survey, "manifest_sha256": under.hash.hex()}
    assert_same(witness, canonical({**head, "ballots": ballots}), under=under)


# --- The parts --------------------------------------------------------------------------------------


def test_broken_documents_are_read_alike(witness: Witness) -> None:
    chance = random.Random(1)
    for _ in range(600):
        data = bytearray(chance.choice([*SHEETS.values(), bundle([None, 1.5, [True]])]))
        for _ in range(chance.randint(0, 2)):
            if data:
                data[chance.randrange(len(data))] = chance.choice(
                    b'{}[]",:0123456789\\u e-.\x00\xff'
                )
        try:
            strict_json(bytes(data))
            holds = True
        except ValueError:
            holds = False
        assert witness.ask("json", data=bytes(data)) == {"holds": holds}, bytes(data)


def test_plain_is_plain_on_both_sides(witness: Witness) -> None:
    for start in range(0, 0x3000, 64):
        for code in range(start, start + 64):
            one = chr(code)
            assert witness.ask("plain", said=one)["holds"] == is_plain(one), hex(code)
