"""Drawing lots so that anybody can check it (docs/decisions/0084).

The seed is 64 hexadecimal digits, made before anybody signs up and kept secret until the draw. Its
SHA-256 is public from the start, so that it cannot be changed. A sign-up's lot is the SHA-256 of the
seed's digits followed by the sign-up's id; the smallest is first. Texts are hashed as ASCII, and
hashes are written as 64 small hexadecimal digits.
"""

import hashlib
import secrets


def new_seed() -> str:
    return secrets.token_hex(32)


def commitment(seed: str) -> str:
    """What is public of ``seed`` from the start."""
    return hashlib.sha256(seed.encode("ascii")).hexdigest()


def lot_of(seed: str, key: str) -> str:
    """The lot of the sign-up ``key``."""
    return hashlib.sha256(f"{seed}{key}".encode("ascii")).hexdigest()
