"""Secrets of calendar addresses: how they look and what is kept of them."""

import hashlib
import secrets


def new_secret() -> str:
    """256 random bits in 43 letters that an address may hold."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """What is stored. 256 random bits need no salt and no slow hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()
