"""What a web process has read before its first request."""

import gc
from collections.abc import Iterator

import pytest
from django.urls import get_resolver

from engagement import warming


@pytest.fixture(autouse=True)
def thawed() -> Iterator[None]:
    yield
    gc.unfreeze()


def test_everyday_templates_are_those_of_the_daily_pages() -> None:
    names = warming.everyday_templates()
    assert {name.split("/")[0] for name in names} == {
        "base.html", "today.html", "partials", "kudos", "events"
    }  # fmt: skip
    assert len(names) == len(set(names))


def test_warming_asks_no_database() -> None:
    # Without the fixture of a database every question to one is an error.
    warming.warm()
    assert gc.get_freeze_count() > 0


def test_warming_reads_each_room_and_each_template(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    monkeypatch.setattr(warming, "reverse", asked.append)
    monkeypatch.setattr(warming, "get_template", asked.append)
    warming.warm()
    rooms = ["today", *(f"{room}:" for room in get_resolver().namespace_dict)]
    assert asked == [*rooms * 2, *warming.everyday_templates()]
