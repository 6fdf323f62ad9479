"""Ours beside other people's implementations, a few cases; `oracle` compares a thousand."""

import pytest

from tests.surveys.protocol import oracle


@pytest.mark.skipif(not oracle.is_possible(), reason="needs Node.js and npm")
def test_ours_and_theirs_say_the_same() -> None:
    oracle.compare(4)
