"""Opaque public identifiers: what URLs and the API show instead of row numbers."""

import secrets

from django.utils.deconstruct import deconstructible

# Crockford's base 32 without vowels, so that no key spells a word.
ALPHABET = "0123456789bcdfghjkmnpqrstvwxyz"
LENGTH = 14


@deconstructible
class KeyMaker:
    """Makes keys such as ``p4k2…``: a letter for the kind and 14 random characters (≈ 68 bits)."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix

    def __call__(self) -> str:
        return self.prefix + "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyMaker) and other.prefix == self.prefix

    def __hash__(self) -> int:
        return hash(self.prefix)
