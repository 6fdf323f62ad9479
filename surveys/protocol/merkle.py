"""One hash that stands for all receipts: a Merkle tree as in RFC 6962, section 2.1."""

import hashlib
from collections.abc import Sequence


def root(receipts: Sequence[str]) -> str:
    """The root over ``receipts`` as given (sorted, by agreement), in hexadecimal digits."""
    return _root([receipt.encode() for receipt in receipts]).hex()


def _root(leaves: Sequence[bytes]) -> bytes:
    if not leaves:
        return hashlib.sha256().digest()
    if len(leaves) == 1:
        return hashlib.sha256(b"\x00" + leaves[0]).digest()
    split = 1 << ((len(leaves) - 1).bit_length() - 1)
    return hashlib.sha256(b"\x01" + _root(leaves[:split]) + _root(leaves[split:])).digest()
