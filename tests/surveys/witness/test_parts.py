"""The key file as it is documented (docs/key-file.md), and words that are hidden."""

import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

from surveys.protocol.encoding import b64, canonical, unb64
from surveys.protocol.keyfile import write_key_file
from surveys.protocol.sealing import new_counting_key, public_half
from tests.surveys.witness.node import Witness, encoded

PASSPHRASE = "seks vafler på fredag ﬁn"
SURVEY = "s0bcdfghjkmnpqr"


def key_of(passphrase: str, salt: bytes, iterations: int) -> bytes:
    return PBKDF2HMAC(SHA256(), 32, salt, iterations).derive(passphrase.encode())


@pytest.fixture(scope="module")
def saved(witness: Witness) -> dict[str, Any]:
    return witness.ask("write", survey=SURVEY, passphrase=PASSPHRASE)


def test_file_is_as_documented(saved: dict[str, Any]) -> None:
    file = json.loads(saved["file"])
    sealed = unb64(file.pop("sealed"))
    assert file == {
        "kind": "vaffel-counting-key",
        "version": 1,
        "survey": SURVEY,
        "title": "Puls",
        "public": file["public"],
        "kdf": "PBKDF2-HMAC-SHA-256",
        "iterations": 1_000_000,
        "salt": file["salt"],
        "cipher": "AES-256-GCM",
        "iv": file["iv"],
    }
    # Typed with a ligature, and as the page makes it: NFKC.
    key = key_of("seks vafler på fredag fin", unb64(file["salt"]), file["iterations"])
    secret = AESGCM(key).decrypt(unb64(file["iv"]), sealed, canonical(file))
    assert encoded(secret) == saved["secret"]
    assert b64(public_half(secret)) == file["public"]
    assert encoded(public_half(secret)) == saved["public"]


def test_file_written_in_python_opens_in_the_browser(witness: Witness) -> None:
    secret, public = new_counting_key()
    file = write_key_file(
        survey=SURVEY, title="Puls – ø", private=secret, passphrase=f"  {PASSPHRASE} "
    )
    opened = witness.ask("open", file=file, passphrase=PASSPHRASE, survey=SURVEY)
    assert opened == {"secret": encoded(secret), "public": encoded(public)}
    refused = witness.ask("open", file=file, passphrase="another passphrase", survey=SURVEY)
    assert refused["bad"] == "passphrase"


def test_file_made_elsewhere_opens(witness: Witness) -> None:
    secret, public = new_counting_key()
    head = {
        "kind": "vaffel-counting-key", "version": 1, "survey": SURVEY, "title": "Puls – ø",
        "public": b64(public), "kdf": "PBKDF2-HMAC-SHA-256", "iterations": 600_000,
        "salt": b64(bytes(16)), "cipher": "AES-256-GCM", "iv": b64(bytes(12)),
    }  # fmt: skip
    key = key_of("four words and more", bytes(16), 600_000)
    sealed = AESGCM(key).encrypt(bytes(12), secret, canonical(head))
    file = json.dumps({**head, "sealed": b64(sealed)})
    opened = witness.ask("open", file=file, survey=SURVEY, passphrase=" four words and more ")
    assert opened == {"secret": encoded(secret), "public": encoded(public)}
    wrong = {**head, "public": b64(new_counting_key()[1])}
    sealed = AESGCM(key).encrypt(bytes(12), secret, canonical(wrong))
    file = json.dumps({**wrong, "sealed": b64(sealed)})
    answer = witness.ask("open", file=file, survey=SURVEY, passphrase="four words and more")
    assert answer["bad"] == "damaged"


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({}, None),
        ({"survey": "sother"}, "otherSurvey"),
        ({"title": "Other"}, "passphrase"),
        ({"public": b64(bytes(32))}, "passphrase"),
        ({"iterations": 999_999}, "passphrase"),
        ({"iterations": 599_999}, "notKey"),
        ({"iterations": 10**9}, "notKey"),
        ({"iterations": "1000000"}, "notKey"),
        ({"kind": "key"}, "notKey"),
        ({"version": 2}, "notKey"),
        ({"extra": 1}, "notKey"),
        ({"salt": "AA"}, "notKey"),
        ({"sealed": b64(bytes(48))}, "passphrase"),
        ({"sealed": None}, "notKey"),
        ({"cipher": "none"}, "notKey"),
    ],
)
def test_changed_file_says_why_it_does_not_open(
    witness: Witness, saved: dict[str, Any], change: dict[str, Any], reason: str | None
) -> None:
    file = json.dumps({**json.loads(saved["file"]), **change})
    answer = witness.ask("open", file=file, survey=SURVEY, passphrase=PASSPHRASE)
    assert answer.get("bad") == reason


@pytest.mark.parametrize("file", ["", "null", "[]", '"x"', "{}", "\x00", "x" * 100_000])
def test_what_is_no_file_of_ours_is_none(witness: Witness, file: str) -> None:
    assert witness.ask("open", file=file, survey=SURVEY, passphrase="x")["bad"] == "notKey"


def test_no_two_files_are_alike(witness: Witness, saved: dict[str, Any]) -> None:
    other = witness.ask("write", survey=SURVEY, passphrase=PASSPHRASE)
    one, two = json.loads(saved["file"]), json.loads(other["file"])
    assert not {one[name] for name in ("salt", "iv", "public", "sealed")} & set(two.values())


@pytest.mark.parametrize(
    ("passphrase", "strength"),
    [
        ("", "short"),
        ("x" * 13, "short"),
        ("   kort        ", "short"),
        ("abababababababababab", "plain"),
        ("vaffel og syltetøy", "fair"),
        ("seks vafler på fredag før ti", "good"),
    ],
)
def test_strength_of_a_passphrase(witness: Witness, passphrase: str, strength: str) -> None:
    assert witness.ask("strength", passphrase=passphrase)["strength"] == strength


@pytest.mark.parametrize(
    ("said", "hidden", "left"),
    [
        ("Kari er flink", [], "Kari er flink"),
        ("Kari er flink", [0], "[…] er flink"),
        ("Kari Nordmann er\nflink", [0, 1], "[…] er\nflink"),
        ("Takk, Kari", [1], "Takk, […]"),
        ("Takk\n\nKari", [0, 1], "[…]"),
        ("  Takk  Kari  ", [1], "Takk  […]"),
        ("🧇 ja", [0], "[…] ja"),
        ("ja", [0], "[…]"),
    ],
)
def test_hidden_words_leave_a_mark(
    witness: Witness, said: str, hidden: list[int], left: str
) -> None:
    assert witness.ask("redact", said=said, hidden=hidden)["said"] == left


def test_comment_with_hidden_words_is_never_too_long(witness: Witness) -> None:
    said = "a b " * 250
    left = witness.ask("redact", said=said.strip(), hidden=list(range(0, 500, 2)))["said"]
    assert len(left) == 1000
    assert left.endswith("[…]")
