"""Ours beside other people's implementations, a few cases; `oracle` compares a thousand."""

import json
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from surveys.protocol import blind, sealing
from surveys.protocol.ballot import ballot_hash, receipt_of
from surveys.protocol.encoding import unb64
from surveys.protocol.sheet import Remark, Sheet, write_sheet
from tests.surveys.protocol import oracle
from tests.surveys.protocol.test_blind import VECTORS

TEXT = 'Vi får ikke «sagt fra» – 🧇🫨\u2028\n"sitat" \\ \u200d ✓'


@pytest.fixture(scope="module")
def theirs() -> Iterator[oracle.Oracle]:
    with oracle.Oracle.open() as opened:
        yield opened


def test_ours_and_theirs_say_the_same() -> None:
    oracle.compare(4)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_page_meets_the_vectors_of_the_rfc(theirs: oracle.Oracle, vector: dict[str, str]) -> None:
    def value(name: str) -> bytes:
        return bytes.fromhex((vector.get(name) or "").removeprefix("0x"))

    facts = {"modulus": value("n"), "message": value("input_msg")}
    state = theirs.ask("voter_blind", salt=value("salt"), inverse=value("inv"), **facts)
    assert bytes.fromhex(state["blinded"]) == value("blinded_msg")
    found = theirs.bytes_of(
        "voter_finalize",
        "signature",
        inverse=value("inv"),
        signed=value("blind_sig"),
        salt=value("salt"),
        **facts,
    )
    assert found == value("sig")


def test_page_makes_the_ballot_that_the_counter_reads(theirs: oracle.Oracle) -> None:
    """Pad, envelope, hash and receipt are what the Python side makes of the same answers."""
    signer = blind.Signer(blind.generate_key())
    private, public = sealing.new_counting_key()
    digest = secrets.token_bytes(32)
    sheet = Sheet({"b.2": 0, "a.10": 7, "a.9": -1}, {"ø.1": Remark(TEXT, "site")})
    said: dict[str, Any] = {
        "cell": "c001",
        "answers": dict(sheet.answers),
        "comments": {"ø.1": {"text": TEXT, "audience": "site"}},
    }
    made = json.loads(
        theirs.bytes_of(
            "voter_ballot",
            "made",
            manifest_hash=digest,
            key=public,
            modulus=signer.modulus,
            answers=json.dumps(said).encode(),
        )
    )
    sealed = unb64(made["sealed"])
    assert sealing.open_sealed(private, sealing.info_of(digest, "c001"), sealed) == write_sheet(
        "c001", sheet
    )
    assert unb64(made["digest"]) == ballot_hash(digest, "c001", sealed)
    assert made["receipt"] == receipt_of(ballot_hash(digest, "c001", sealed))


def test_page_knows_the_same_words() -> None:
    root = Path(blind.__file__).parent
    script = (root.parent / "ballots" / "page" / "words.js").read_text()
    listed = script.split("`")[1].split()
    assert listed == (root / "words.txt").read_text().split()
