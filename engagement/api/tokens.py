"""Token secrets: how they look and what is kept of them."""

import hashlib
import secrets
import string

SECRET_PREFIX = "vaf_"  # noqa: S105 - what all tokens begin with
LETTERS = string.ascii_letters + string.digits
# 43 of 62 letters are 256 bits.
SECRET_LENGTH = 43
SHOWN_LENGTH = 6


def new_secret() -> str:
    """A fresh token. Its start lets secret scanners recognise it; a double-click selects it all."""
    return SECRET_PREFIX + "".join(secrets.choice(LETTERS) for _ in range(SECRET_LENGTH))


def digest(secret: str) -> str:
    """What is stored. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def shown_part(secret: str) -> str:
    """The few first letters by which a list tells tokens apart."""
    return secret.removeprefix(SECRET_PREFIX)[:SHOWN_LENGTH]
