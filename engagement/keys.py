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
        # One draw for all of them: thousands are made at once when everybody is told something.
        drawn, letters = secrets.randbelow(len(ALPHABET) ** LENGTH), []
        for _ in range(LENGTH):
            drawn, place = divmod(drawn, len(ALPHABET))
            letters.append(ALPHABET[place])
        return self.prefix + "".join(letters)

    def could_make(self, text: str) -> bool:
        """Whether ``text`` has the shape of one of these keys."""
        return (
            len(text) == len(self.prefix) + LENGTH
            and text.startswith(self.prefix)
            and set(text[len(self.prefix) :]) <= set(ALPHABET)
        )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KeyMaker) and other.prefix == self.prefix

    def __hash__(self) -> int:
        return hash(self.prefix)
