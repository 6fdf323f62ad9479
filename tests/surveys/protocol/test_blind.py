"""Blind signatures against the vectors of RFC 9474, appendix A, and against abuse."""

import json
import secrets
from pathlib import Path

import pytest
from gmpy2 import mpz
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.protocol import blind

VECTORS = json.loads((Path(__file__).parent / "rfc9474.json").read_text())
KEY = blind.generate_key()
SIGNER = blind.Signer(KEY)
N = int.from_bytes(SIGNER.modulus)


def _bytes(text: str) -> bytes:
    return bytes.fromhex(text.removeprefix("0x"))


@pytest.mark.parametrize("vector", VECTORS, ids=lambda one: one["name"])
def test_vector_of_the_rfc_is_met_at_every_step(vector: dict[str, str]) -> None:
    signer = blind.Signer.of_primes(int(vector["p"], 16), int(vector["q"], 16))
    salt = _bytes(vector.get("salt") or "")
    prefix = _bytes(vector.get("msg_prefix") or "")
    message = prefix + _bytes(vector["msg"])
    assert message == _bytes(vector["input_msg"])
    assert signer.modulus == _bytes(vector["n"])
    state = blind.blind(signer.modulus, message, salt=salt, inverse=_bytes(vector["inv"]))
    assert state.blinded == _bytes(vector["blinded_msg"])
    signed = signer.sign(state.blinded)
    assert signed == _bytes(vector["blind_sig"])
    found = blind.finalize(signer.modulus, state, signed, salt_bytes=len(salt))
    assert found == _bytes(vector["sig"])


@settings(max_examples=25, deadline=None)
@given(st.binary(min_size=32, max_size=32))
def test_signature_of_what_was_never_seen_verifies(message: bytes) -> None:
    prefix, whole = blind.prepare(message)
    state = blind.blind(SIGNER.modulus, whole)
    signature = blind.finalize(SIGNER.modulus, state, SIGNER.sign(state.blinded))
    assert blind.verify(SIGNER.modulus, message, prefix, signature)
    assert not blind.verify(SIGNER.modulus, message, secrets.token_bytes(32), signature)
    assert not blind.verify(SIGNER.modulus, message[::-1] + b"x", prefix, signature)
    forged = bytearray(signature)
    forged[secrets.randbelow(256)] ^= 1
    assert not blind.verify(SIGNER.modulus, message, prefix, bytes(forged))


def test_same_message_blinds_differently_and_signs_alike() -> None:
    _, message = blind.prepare(b"x" * 32)
    one, other = (blind.blind(SIGNER.modulus, message) for _ in range(2))
    assert one.blinded != other.blinded
    assert SIGNER.sign(one.blinded) == SIGNER.sign(one.blinded)


@pytest.mark.parametrize(
    "number",
    [0, 1, N - 1, N, N + 1, 2**2048 - 1],
    ids=["0", "1", "n - 1", "n", "n + 1", "2^2048 - 1"],
)
def test_numbers_that_give_something_away_are_refused(number: int) -> None:
    with pytest.raises(blind.Refused):
        SIGNER.sign(number.to_bytes(256))


def test_multiples_of_the_primes_are_refused() -> None:
    for prime in (int(SIGNER._p), int(SIGNER._q)):
        with pytest.raises(blind.Refused):
            SIGNER.sign((prime * 3).to_bytes(256))


@pytest.mark.parametrize("size", [0, 1, 255, 257, 512])
def test_messages_of_other_lengths_are_refused(size: int) -> None:
    with pytest.raises(blind.Refused):
        SIGNER.sign(b"\x01" * size)


def test_fault_in_the_computation_never_leaves() -> None:
    signer = blind.Signer(KEY)
    signer._d_p = signer._d_p ^ mpz(2)
    state = blind.blind(signer.modulus, b"message")
    with pytest.raises(RuntimeError):
        signer.sign(state.blinded)


def test_signature_of_another_key_is_not_accepted() -> None:
    state = blind.blind(SIGNER.modulus, b"message")
    other = blind.Signer(blind.generate_key())
    with pytest.raises(blind.Refused):
        blind.finalize(SIGNER.modulus, state, other.sign(bytes([0]) + state.blinded[1:]))


def test_weak_modulus_is_refused() -> None:
    for weak in (b"\xff" * 128, b"\xff" * 255 + b"\xfe", b"\x00" + b"\xff" * 255):
        with pytest.raises(blind.Refused):
            blind.blind(weak, b"message")
