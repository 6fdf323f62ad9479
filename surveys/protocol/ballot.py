"""What is signed, and the code by which a voter finds it again."""

import hashlib

RECEIPT_DIGITS = 20


def ballot_hash(manifest_hash: bytes, cell: str, sealed: bytes) -> bytes:
    """SHA-256 over everything a ballot says; the message of its blind signature."""
    return hashlib.sha256(b"cast/v1" + manifest_hash + cell.encode() + sealed).digest()


def receipt_of(digest: bytes) -> str:
    """The first 20 hexadecimal digits of the ballot's hash."""
    return digest.hex()[:RECEIPT_DIGITS]
