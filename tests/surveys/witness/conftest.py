"""A witness whose browser is Node.js."""

from collections.abc import Iterator

import pytest

from tests.surveys.witness.node import Witness, is_possible


@pytest.fixture(scope="session")
def witness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Witness]:
    if not is_possible():
        pytest.skip("the scripts run in Node.js, which is not here")
    with Witness.open(tmp_path_factory.mktemp("witness")) as found:
        yield found
