"""A plan that is changed on its very day: every process and every wall goes by the new one at once."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from psycopg.conninfo import make_conninfo
from pytest_django import DjangoAssertNumQueries

from engagement import times
from engagement.live import hub as hub_module
from engagement.live import ring
from engagement.live.hub import Hub, Standing
from engagement.people.models import RoleAssignment, Site
from engagement.themes import actions, calendar
from engagement.themes.calendar import Plan, current_plan, forget_plan, plan_in_memory
from engagement.themes.models import ThemeDay
from engagement.wallboards import queries as walls
from engagement.wallboards.models import Board, Screen
from tests import factories
from tests.conftest import Cast
from tests.themes.factories import make_theme_day

ROOT = Path(__file__).resolve().parent.parent.parent
# What the other process does: it switches the day off, as a planner there would.
ELSEWHERE = """
import django
django.setup()
from engagement import times
from engagement.people.models import Person
from engagement.themes.actions import switch_theme_day
from engagement.themes.models import ThemeDay
switch_theme_day(
    day=ThemeDay.objects.get(), is_on=False, by=Person.objects.get(), at=times.now()
)
"""


@pytest.fixture
def rung(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    heard: list[str] = []
    monkeypatch.setattr(ring, "command", lambda *, what, **_: heard.append(what))
    return heard


def screen_of(board: Board, keeper: Any) -> Screen:
    return Screen.objects.create(
        name="TV", board=board, key_hash=board.name, paired_at=times.now(), paired_by=keeper,
        last_seen_at=times.now(),
    )  # fmt: skip


# --- Who is rung ----------------------------------------------------------------------------------


def test_every_change_rings_once_and_after_the_commit(
    cast: Cast, rung: list[str], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    day = ThemeDay(name_nb="A", name_en="A", look="women", rule="fixed", month=3, day=8)
    at = times.now()
    for act in (
        lambda: actions.create_theme_day(day=day, by=cast.admin, at=at),
        lambda: actions.change_theme_day(
            day=day, facts={"greeting_nb": "Hei"}, sites=[], by=cast.admin, at=at
        ),
        lambda: actions.switch_theme_day(day=day, is_on=True, by=cast.admin, at=at),
        lambda: actions.remove_theme_day(day=day, by=cast.admin, at=at),
    ):
        rung.clear()
        with django_capture_on_commit_callbacks(execute=True):
            act()
            assert rung == []
        assert rung == ["plan"]


def test_switching_to_what_it_is_rings_nobody(
    cast: Cast, rung: list[str], django_capture_on_commit_callbacks: Callable[..., Any]
) -> None:
    day = make_theme_day()
    with django_capture_on_commit_callbacks(execute=True):
        actions.switch_theme_day(day=day, is_on=True, by=cast.admin, at=times.now())
    assert rung == []


# --- Two processes --------------------------------------------------------------------------------


def test_process_without_a_screen_hears_what_another_process_planned(
    transactional_db: None,
) -> None:
    by = factories.make_person("Hanne", "HR")
    factories.give_role(by, RoleAssignment.Role.HR)
    make_theme_day()
    # Read long before, and with nothing in it that this test could be mistaken about.
    assert [theme.is_on for theme in current_plan().themes] == [True]
    name = str(connection.settings_dict["NAME"])
    env = os.environ | {"DATABASE_URL": make_conninfo(os.environ["DATABASE_URL"], dbname=name)}

    async def check(keys: Any) -> dict[str, Standing]:
        return {}

    async def latest(streams: Any) -> dict[int, int]:
        return {}

    async def whole() -> None:
        hub = Hub(url=settings.REDIS_URL, check=check, latest=latest, forget_plan=forget_plan)
        hub.start()
        async with asyncio.timeout(10):
            while not hub.is_connected:
                await asyncio.sleep(0.01)
        assert await asyncio.to_thread(_read_here) == [True]
        other = await asyncio.create_subprocess_exec(
            sys.executable, "-c", ELSEWHERE, cwd=ROOT, env=env, stderr=subprocess.PIPE
        )
        _out, problems = await other.communicate()
        assert (other.returncode, problems.decode()) == (0, "")
        async with asyncio.timeout(10):
            while plan_in_memory() is not None:
                await asyncio.sleep(0.01)
        await hub.stop()

    asyncio.run(whole())
    assert [theme.is_on for theme in current_plan().themes] == [False]


def _read_here() -> list[bool]:
    try:
        return [theme.is_on for theme in current_plan().themes]
    finally:
        connection.close()


def test_process_that_was_deaf_reads_the_plan_anew() -> None:
    forgotten: list[bool] = []

    async def whole() -> None:
        hub = Hub(
            url=settings.REDIS_URL, check=None, latest=None,  # type: ignore[arg-type]
            forget_plan=lambda: forgotten.append(True),
        )  # fmt: skip
        hub.start()
        async with asyncio.timeout(10):
            while not hub.is_connected:
                await asyncio.sleep(0.01)
        await hub.stop()

    asyncio.run(whole())
    assert forgotten == [True]


def test_ring_is_followed_by_a_beat_that_names_the_new_plan(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without waiting for the next heartbeat."""
    monkeypatch.setattr(hub_module, "BEAT_EVERY_S", 1000.0)
    monkeypatch.setattr(hub_module, "GRACE_S", 0.0)
    plan = {"now": "before", "next": "before"}
    beats: list[str] = []

    async def check(keys: Any) -> dict[str, Standing]:
        return {key: Standing("b", 1, "nb", (1,), plan["now"]) for key in keys}

    async def latest(streams: Any) -> dict[int, int]:
        return dict.fromkeys(streams, 0)

    async def send(text: str) -> None:
        beats.append(text.split('"plan":"')[1].split('"')[0])

    async def close(code: int) -> None: ...

    async def whole() -> None:
        hub = Hub(
            url=settings.REDIS_URL, check=check, latest=latest,
            forget_plan=lambda: plan.update(now=plan["next"]),
        )  # fmt: skip
        await hub.attach("s1", line=None, send=send, close=close)
        async with asyncio.timeout(10):
            while not (hub.is_connected and "before" in beats):
                await asyncio.sleep(0.01)
            plan["next"] = "after"
            ring.command(what="plan")
            while beats[-1] != "after":
                await asyncio.sleep(0.01)
        await hub.stop()

    asyncio.run(whole())


# --- What is kept ---------------------------------------------------------------------------------


def test_plan_that_was_read_while_it_changed_is_not_kept(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    forget_plan()

    def overtaken() -> Plan:
        forget_plan()  # the ring comes between the question and its answer
        return Plan()

    monkeypatch.setattr(calendar, "_read", overtaken)
    assert current_plan() == Plan()
    assert plan_in_memory() is None


def test_plan_that_was_rolled_back_never_was(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    day = make_theme_day()

    def is_on() -> list[bool]:
        return [theme.is_on for theme in current_plan().themes]

    assert is_on() == [True]
    with transaction.atomic():
        actions.switch_theme_day(day=day, is_on=False, by=cast.admin, at=times.now())
        assert is_on() == [False]
        with django_assert_num_queries(0):
            assert is_on() == [False]
        transaction.set_rollback(True)
    assert is_on() == [True]


def test_others_never_see_a_plan_that_is_not_committed(transactional_db: None) -> None:
    by = factories.make_person("Hanne", "HR")
    day = make_theme_day()
    with ThreadPoolExecutor(1) as other, transaction.atomic():
        actions.switch_theme_day(day=day, is_on=False, by=by, at=times.now())
        assert [theme.is_on for theme in current_plan().themes] == [False]
        assert other.submit(_read_here).result(10) == [True]
    assert [theme.is_on for theme in current_plan().themes] == [False]


def test_plan_that_is_old_is_not_in_memory(cast: Cast) -> None:
    make_theme_day()
    current_plan()
    assert plan_in_memory() is not None
    calendar._Kept.read_at -= calendar.KEPT_S + 1
    assert plan_in_memory() is None


# --- What walls compare ---------------------------------------------------------------------------


@pytest.fixture
def vilnius(db: None) -> Site:
    return factories.make_site("Vilnius", timezone="Europe/Vilnius")


def stamps(*sites: Site) -> list[str]:
    forget_plan()  # as another process, or this one a day later, reads it
    return [current_plan().stamp(site.pk, "nb") for site in sites]


def test_stamp_changes_only_for_walls_that_are_told_something_else(
    cast: Cast, vilnius: Site
) -> None:
    make_theme_day()
    before = stamps(cast.trondheim, vilnius)
    assert before[0] == before[1]
    assert stamps(cast.trondheim, vilnius) == before
    local = make_theme_day("Frihetsdagen", look="easter", day=16, sites=(vilnius,))
    after = stamps(cast.trondheim, vilnius)
    assert after[0] == before[0]
    assert after[1] != before[1]
    ThemeDay.objects.filter(pk=local.pk).update(is_on=False)
    assert stamps(cast.trondheim, vilnius) == before


@pytest.mark.parametrize(
    "facts", [{"look": "women"}, {"greeting_nb": "Hei"}, {"day": 15}, {"position": 3},
              {"name_nb": "Vennedagen"}]
)  # fmt: skip
def test_stamp_names_all_that_a_wall_is_told(cast: Cast, facts: dict[str, Any]) -> None:
    day = make_theme_day()
    before = stamps(cast.trondheim)
    ThemeDay.objects.filter(pk=day.pk).update(**facts)
    assert stamps(cast.trondheim) != before


def test_stamp_leaves_out_the_other_language(cast: Cast) -> None:
    day = make_theme_day()
    before = stamps(cast.trondheim)
    ThemeDay.objects.filter(pk=day.pk).update(greeting_en="Hello", reference="An act")
    assert stamps(cast.trondheim) == before


def test_beat_and_feed_name_the_same_plan(cast: Cast, vilnius: Site) -> None:
    neris = factories.make_unit("Team Neris", parent=cast.department, site=vilnius)
    make_theme_day("Frihetsdagen", look="easter", day=16, sites=(vilnius,))
    make_theme_day()
    at = times.now()
    named = {}
    for name, facts in (
        ("all", {}), ("site", {"site": vilnius}), ("unit", {"unit": neris}),
        ("trondheim", {"site": cast.trondheim}),
    ):  # fmt: skip
        screen = screen_of(Board.objects.create(name=name, **facts), cast.keeper)
        standing = walls.standing_of_screens([screen.key], at=at)[screen.key]
        assert walls.board_as_dict(screen, at=at)["plan"] == standing.plan
        named[name] = standing.plan
    assert named["site"] == named["unit"]
    assert named["all"] == named["trondheim"] != named["site"]


def test_beat_asks_no_more_for_its_plan(cast: Cast) -> None:
    make_theme_day()
    keys = [
        screen_of(Board.objects.create(name=f"B{number}", site=cast.trondheim), cast.keeper).key
        for number in range(3)
    ]
    current_plan()
    for some in (keys[:1], keys):
        with CaptureQueriesContext(connection) as asked:
            walls.standing_of_screens(some, at=times.now())
        assert len(asked) == 4  # screens, their stamp, the tree, the streams
