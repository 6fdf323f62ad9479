"""From the commit of a thank-you to its card on the glass, in a real Chromium.

The product's own web process, one paired wall at 1920 × 1080, ``give_kudos`` with the hold at 0.
The clock starts at the commit. *Painted* is the first frame in which the card has begun to appear
on the stage; *readable* the first in which its words, which fade in a little later, are half there.
"""

import contextlib
import os
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from benchmarks import machine
from benchmarks.report import Bound, table

THANKS = 24
PAUSE_S = 2.5
WARM_UP = 3
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
    "--disable-gpu",
]

# Runs beside the wall's own script. A frame counts when it has been handed over: the first task
# after an animation frame in which the words could be seen.
WATCHER = r"""
(() => {
  const times = (window.paintedTimes = {});
  const dimness = (element) => {
    let opacity = 1;
    for (let one = element; one; one = one.parentElement) opacity *= Number(getComputedStyle(one).opacity);
    return opacity;
  };
  const note = (token, what) => {
    setTimeout(() => { times[token][what] = times[token][what] || performance.timeOrigin + performance.now(); }, 0);
  };
  const look = () => {
    for (const card of document.querySelectorAll('[data-testid="wall-card"]')) {
      const walker = document.createTreeWalker(card, NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        const found = /takk-\d+-slutt/.exec(walker.currentNode.data);
        const words = walker.currentNode.parentElement;
        if (!found || !words.getClientRects().length) continue;
        const known = (times[found[0]] = times[found[0]] || {});
        if (known.readable) continue;
        const begun = Math.max(...Array.from(card.children, dimness));
        if (begun > 0 && !known.painted) note(found[0], 'painted');
        if (dimness(words) >= 0.5) note(found[0], 'readable');
      }
    }
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();
"""


def main() -> list[Bound]:
    """Run it; print the table; return what must hold."""
    if not machine.is_inside_services():
        raise SystemExit(machine.inside_services("painted"))
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser"))), None)
    if chromium is None:
        raise SystemExit("This benchmark needs Debian's chromium on the PATH.")
    machine.set_up_django()
    painted, readable = _measure(chromium)
    rows = [
        (name, *(f"{_percentile(times, share):.0f}" for share in (50, 95, 100)))
        for name, times in (("painted", painted), ("readable", readable))
    ]
    print(table((f"{len(painted)} thanks", "p50 ms", "p95 ms", "worst ms"), rows), end="\n\n")
    return [
        Bound("thanks that reached the glass", len(painted), least=THANKS),
        Bound("commit → painted, p95", _percentile(painted, 95), most=300, unit=" ms"),
        # What people stop for are the words: they are held to the same.
        Bound("commit → readable, p95", _percentile(readable, 95), most=300, unit=" ms"),
    ]


def _measure(chromium: str) -> tuple[list[float], list[float]]:
    people, secret = _seed()
    port = machine.free_port()
    command, env = machine.web_process(port)
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "web.log"
        with machine.running(command, core=None, env=env, log=log) as process:
            machine.wait_for_port(process, port, log)
            with _wall(chromium, f"http://127.0.0.1:{port}", secret) as page:
                time.sleep(3)
                committed = _give_thanks(people, page)
                times = page.evaluate("window.paintedTimes")
    painted, readable = (
        [times[t][what] - at for t, at in committed.items() if what in times.get(t, {})]
        for what in ("painted", "readable")
    )
    return painted, readable


def _seed() -> tuple[list[Any], str]:
    from engagement.people.models import Employer, Membership, Person, Site, Unit, UnitPlacement
    from engagement.times import now, today
    from engagement.wallboards.access import digest
    from engagement.wallboards.models import Board, Screen

    employer = Employer.objects.create(name="Fjordtel")
    site = Site.objects.create(name="Trondheim")
    unit = Unit.objects.create(name="Team Nordlys", employer=employer, opened_on=today())
    UnitPlacement.objects.create(unit=unit, site=site, from_on=today())
    names = ("Amina", "Ingrid", "Jonas", "Sofie", "Henrik", "Astrid", "Oskar", "Leah")
    people = [
        Person.objects.create(
            given_name=name,
            family_name="Berg",
            employee_number=str(number),
            employer=employer,
            started_on=today(),
            wall_choice="any",
        )
        for number, name in enumerate(names)
    ]
    Membership.objects.bulk_create(
        Membership(person=person, unit=unit, from_on=today()) for person in people
    )
    secret = os.urandom(32).hex()
    Screen.objects.create(
        name="TV",
        board=Board.objects.create(name="Kundeservice", unit=unit),
        key_hash=digest(secret),
        paired_at=now(),
        paired_by=people[0],
        last_seen_at=now(),
    )
    return people, secret


@contextlib.contextmanager
def _wall(chromium: str, url: str, secret: str) -> Iterator[Any]:
    # Playwright's loop runs in this thread; Django would refuse the database because of it.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        context = browser.new_context(viewport={"width": 1920, "height": 1080})
        cookie = {"name": "vaffel_screen", "value": secret, "url": url, "sameSite": "Strict"}
        context.add_cookies([cookie])  # type: ignore[list-item]
        context.add_init_script(WATCHER)
        page = context.new_page()
        page.goto(f"{url}/screen/", wait_until="load")
        yield page
        browser.close()


def _give_thanks(people: list[Any], page: Any) -> dict[str, float]:
    """Gives all thanks at an easy pace; when each was committed, in milliseconds since 1970."""
    from django.db import transaction

    from engagement.times import now
    from kudos.actions import give_kudos

    committed: dict[str, float] = {}
    chance = random.Random(1)
    for number in range(THANKS + WARM_UP):
        giver, receiver = chance.sample(people, 2)
        token = f"takk-{number}-slutt"
        with transaction.atomic():
            transaction.on_commit(
                lambda token=token: committed.__setitem__(token, time.time() * 1000)  # type: ignore[misc]
            )
            give_kudos(
                by=giver,
                to=[receiver],
                message=f"Tusen takk for hjelpen med den vriene kunden i går, {token}",
                value=None,
                audience="company",
                wants_wall=True,
                at=now(),
                hold=timedelta(0),
            )
        page.wait_for_timeout(PAUSE_S * 1000)
    for number in range(WARM_UP):
        del committed[f"takk-{number}-slutt"]
    return committed


def _percentile(values: list[float], share: int) -> float:
    ordered = sorted(values)
    if not ordered:
        return float("inf")
    if share == 50:
        return statistics.median(ordered)
    return ordered[min(len(ordered) - 1, len(ordered) * share // 100)]
