"""Encodings, envelopes, sheets, receipts and the manifest."""

import hashlib
import secrets
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.protocol import ballot, capability, client, encoding, manifest, merkle, sealing, sheet
from tests.surveys.manifests import PRIVATE_KEYS, SIGNERS, manifest_bytes, manifest_document

MANIFEST = manifest.parse(manifest_bytes())


@given(st.binary(max_size=300))
def test_base64_has_one_spelling(data: bytes) -> None:
    text = encoding.b64(data)
    assert encoding.unb64(text) == data
    for other in (text + "=", text + "\n", " " + text, text + "+"):
        with pytest.raises(ValueError, match="base64url"):
            encoding.unb64(other)


@pytest.mark.parametrize(
    "data", [b'{"a":1,"a":2}', b"NaN", b"[" * 99 + b"]" * 99, b"\xff", b"", b'{"a":Infinity}']
)
def test_doubtful_json_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        encoding.strict_json(data)


def test_words_are_the_first_132_bits() -> None:
    assert manifest.words(bytes(32)) == ["abandon"] * 12
    assert manifest.words(b"\xff" * 32) == ["zoo"] * 12
    digest = bytes.fromhex("0015") + bytes(30)  # 0000 0000 000|1 0101 → word 0, word 0b10101000000
    assert manifest.words(digest)[:3] == [
        manifest._word_list()[0], manifest._word_list()[0b10101000000], "abandon",
    ]  # fmt: skip
    assert len({word[:4] for word in manifest._word_list()}) == 2048


def test_envelope_opens_with_its_key_and_for_its_survey_and_cell_only() -> None:
    private, public = sealing.new_counting_key()
    info = sealing.info_of(MANIFEST.hash, "c001")
    padded = sealing.pad(b"{}")
    sealed = sealing.seal(public, info, padded)
    assert len(sealed) == sealing.SEALED_BYTES
    assert sealing.open_sealed(private, info, sealed) == padded
    changed = bytearray(sealed)
    changed[secrets.randbelow(len(changed))] ^= 4
    for key, about, envelope in (
        (sealing.new_counting_key()[0], info, sealed),
        (private, sealing.info_of(MANIFEST.hash, "c002"), sealed),
        (private, sealing.info_of(bytes(32), "c001"), sealed),
        (private, info, bytes(changed)),
        (private, info, sealed[:-1]),
    ):
        with pytest.raises(ValueError):
            sealing.open_sealed(key, about, envelope)


@given(st.binary(max_size=sealing.LONGEST_JSON))
@settings(max_examples=30)
def test_padding_has_one_length_and_one_reading(data: bytes) -> None:
    padded = sealing.pad(data)
    assert len(padded) == sealing.SHEET_BYTES
    assert sealing.unpad(padded) == data
    if not padded[-1]:
        with pytest.raises(ValueError):
            sealing.unpad(padded[:-1] + b"\x01")


def test_overlong_sheet_and_overlong_length_are_refused() -> None:
    with pytest.raises(ValueError):
        sealing.pad(bytes(sealing.LONGEST_JSON + 1))
    with pytest.raises(ValueError):
        sealing.unpad((sealing.SHEET_BYTES).to_bytes(4) + bytes(sealing.LONGEST_JSON))


def test_ballot_goes_the_whole_way() -> None:
    answers = sheet.Sheet(
        {"pulse.1": 4, "recommend": 0}, {"open.1": sheet.Remark("Mer kaffe", "site")}
    )
    prepared = client.prepare_ballot(MANIFEST, "c001", answers)
    cast = client.finish(prepared, SIGNERS["c001"].sign(prepared.blinded))
    sealed = encoding.unb64(cast["sealed"])
    digest = ballot.ballot_hash(MANIFEST.hash, "c001", sealed)
    assert prepared.receipt == digest.hex()[:20]
    from surveys.protocol import blind

    assert blind.verify(
        MANIFEST.cells["c001"].modulus,
        digest,
        encoding.unb64(cast["prefix"]),
        encoding.unb64(cast["sig"]),
    )
    opened = sealing.open_sealed(PRIVATE_KEYS[0], sealing.info_of(MANIFEST.hash, "c001"), sealed)
    assert sheet.read_sheet(MANIFEST, "c001", opened) == answers


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"v": 1, "cell": "c001", "answers": {"pulse.1": 6}, "comments": {}}, "off its scale"),
        ({"v": 1, "cell": "c001", "answers": {"pulse.1": True}, "comments": {}}, "not asked"),
        ({"v": 1, "cell": "c001", "answers": {"pulse.1": 3.0}, "comments": {}}, "not asked"),
        ({"v": 1, "cell": "c001", "answers": {"other": 3}, "comments": {}}, "not asked"),
        ({"v": 1, "cell": "c001", "answers": {"open.1": 3}, "comments": {}}, "not asked"),
        ({"v": 1, "cell": "c002", "answers": {}, "comments": {}}, "another"),
        ({"v": True, "cell": "c001", "answers": {}, "comments": {}}, "another"),
        ({"v": 1, "cell": "c001", "answers": {}}, "not a sheet"),
        ({"v": 1, "cell": "c001", "answers": [], "comments": {}}, "not a sheet"),
        ({"v": 1, "cell": "c001", "answers": {}, "comments": {"open.1": "x"}}, "not a comment"),
        (
            {"v": 1, "cell": "c001", "answers": {},
             "comments": {"open.1": {"text": "x" * 1001, "audience": "team"}}},
            "too long",
        ),
        (
            {"v": 1, "cell": "c001", "answers": {},
             "comments": {"open.1": {"text": "a\u202eb", "audience": "team"}}},
            "plain",
        ),
        (
            {"v": 1, "cell": "c001", "answers": {},
             "comments": {"open.1": {"text": "x", "audience": "boss"}}},
            "not a comment",
        ),
    ],
)  # fmt: skip
def test_sheet_that_the_page_does_not_write_is_spoilt(document: Any, reason: str) -> None:
    with pytest.raises(sheet.Spoilt, match=reason):
        sheet.read_sheet(MANIFEST, "c001", sealing.pad(encoding.canonical(document)))


def test_merkle_root_is_that_of_rfc_6962() -> None:
    assert merkle.root([]) == hashlib.sha256().hexdigest()
    leaf = [hashlib.sha256(b"\x00" + text.encode()).digest() for text in "abc"]
    pair = hashlib.sha256(b"\x01" + leaf[0] + leaf[1]).digest()
    assert merkle.root(["a", "b", "c"]) == hashlib.sha256(b"\x01" + pair + leaf[2]).hexdigest()


def test_capability_is_narrow_and_dated() -> None:
    made = capability.issue_capability("secret", survey="s1", purpose="bundle", expires=100)

    def holds(token: str = "secret", text: str = made, **said: Any) -> bool:
        wanted = {"survey": "s1", "purpose": "bundle", "now": 99.0, **said}
        return capability.check_capability(token, text, **wanted)

    assert holds()
    assert not holds(token="other")
    assert not holds(survey="s2")
    assert not holds(purpose="count")
    assert not holds(now=100.0)
    assert not holds(text=made[:-1])
    assert not holds(text="")
    assert not holds(text="é.é")


def _broken(change: Any) -> bytes:
    document = manifest_document()
    change(document)
    return encoding.canonical(document)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda one: one.update(version=2), "version"),
        (lambda one: one.update(extra=1), "extra"),
        (lambda one: one.pop("rules"), "rules"),
        (lambda one: one["rules"].update(k=4), "below 5"),
        (lambda one: one["rules"].update(suite="none"), "suite"),
        (lambda one: one["cells"][0].update(invited=4), "fewer than 5"),
        (lambda one: one["cells"][0].update(n=encoding.b64(b"\x01" * 256)), "weak"),
        (lambda one: one["cells"][0].update(n=one["cells"][1]["n"]), "twice"),
        (lambda one: one["cells"][0].update(parent="nowhere"), "nowhere"),
        (lambda one: one.update(cells=[]), "none"),
        (lambda one: one.update(sections=[]), "no items"),
        (lambda one: one["scales"]["agree5"].update(points=[1]), "points"),
        (lambda one: one["sections"][0]["items"][0].update(scale="none"), "no scale"),
        (lambda one: one.update(closes_at=one["opens_at"]), "not after"),
        (lambda one: one.update(opens_at="tomorrow"), "not a time"),
        (lambda one: one["tree"].append({"key": "x", "parent": None, "name": "x"}), "root"),
        (lambda one: one.update(counting_key="AA"), "32 bytes"),
    ],
)
def test_bad_manifest_says_where(change: Any, reason: str) -> None:
    with pytest.raises(manifest.BadManifest, match=reason):
        manifest.parse(_broken(change))


def test_manifest_in_another_spelling_is_refused() -> None:
    with pytest.raises(manifest.BadManifest, match="canonical"):
        manifest.parse(manifest_bytes() + b" ")
