"""P6: what anybody sees of somebody's answering, before and after every single answer.

Everything that a role can fetch is fetched before and after: all addresses of the product with a set of
roles, and around every answer those of surveys, people and the API with all of them. **Required**: no
page differs but by the bands of the whole and of sites, and by those only when a band was crossed. In
the database an answer changes the one line of the roll and nothing else that stands there to be shown;
nothing is called out to screens.
"""

import contextlib
import re
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from threading import Thread
from typing import Any

import httpx
import redis
from django.conf import settings
from openpyxl import load_workbook

from engagement import times
from engagement.people.models import Membership, Person
from surveys.models import RollEntry
from surveys.participation import BANDS, participation
from tests.attack.history import History, Round
from tests.attack.report import Report
from tests.attack.stage import Stage
from tests.attack.voters import Ballot, Browser, vote_all
from tests.test_doors import VIEWS, address_of

SINGLE_ANSWERS = 6
AT_ONCE = 4
# So long the comparison may take on a busy machine.
LONGEST_S = 240
WIDE_ROLES = ("agent", "lead", "hr", "delegate", "admin")
ROLES = ("nobody", *WIDE_ROLES, "manager", "union", "keeper", "partner")
NARROW = (
    "today", "notices:list", "people:person", "people:unit", "people:directory", "surveys:index",
    "surveys:detail", "surveys:manage", "surveys:receipts", "surveys:manifest", "surveys:count",
    "surveys:poster", "surveys:extend", "surveys:me", "api:surveys-list", "api:surveys-detail",
    "api:people-detail", "my-data",
)  # fmt: skip
# These say how old the worker's last sign of life is.
TICKING = {"readyz", "notices:status"}
BAND = re.compile("|".join(re.escape(name) for _edge, name in BANDS))
# What differs from one page to the next though nothing happened: tokens against forged forms, nonces,
# numbers of requests, and when an export was made.
_FRESH = re.compile(
    r'name="(?:csrfmiddlewaretoken|once)" value="[^"]+"|[A-Za-z0-9]{64}|nonce-[\w+/=-]+'
    r'|\b[0-9a-f]{16}\b|"exported_at": "[^"]+"'
)
# Rows that the clock and the cache write, answer or no answer.
CLOCK = re.compile(r"clock_|django_cache")

Pages = dict[tuple[str, str], str]


class Crowd:
    """One visitor for each role, and where they go."""

    def __init__(self, history: History, made: Round, about: Person) -> None:
        self.browsers = {role: Browser(history.persona(role)) for role in ROLES if role != "nobody"}
        self.nobody = httpx.Client(base_url=settings.BASE_URL, timeout=60)
        unit = Membership.objects.get(person=about, to_on=None).unit
        keys: dict[str, str] = {name: made.survey.key for name in VIEWS if "survey" in name}
        for name in VIEWS:
            if name in {
                "people:person",
                "people:change-person",
                "kudos:of-person",
                "api:people-detail",
            }:
                keys[name] = about.key
            elif "unit" in name:
                keys[name] = unit.key
        self.addresses = {
            name: address_of(name, keys)
            for name in VIEWS
            if name not in TICKING and not name.startswith(("wallboards:screen-", "account_"))
        }

    def fetch(self, names: Sequence[str], roles: Sequence[str]) -> Pages:
        """What each role is shown at each address: status and text."""
        wanted = [(role, name) for role in roles for name in names]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return dict(zip(wanted, pool.map(self._one, wanted), strict=True))

    def _one(self, wanted: tuple[str, str]) -> str:
        role, name = wanted
        client = self.nobody if role == "nobody" else self.browsers[role].client
        answer = client.get(self.addresses[name])
        text = answer.text
        if answer.headers.get("content-type", "").startswith("application/vnd.openxml"):
            sheets = load_workbook(BytesIO(answer.content)).worksheets
            text = repr([list(sheet.values) for sheet in sheets])
        return f"{answer.status_code} {answer.headers.get('location', '')}\n{text}"


def wait_for_a_quiet_clock() -> None:
    """Pages tell the day and greet by the hour: no hour may end while they are compared."""
    left = 3600 - times.now().timestamp() % 3600
    if left < LONGEST_S:
        time.sleep(left + 1)


def stable(page: str) -> str:
    return _FRESH.sub("…", page)


def differences(before: Pages, after: Pages, *, but_bands: bool) -> list[tuple[str, str]]:
    """The pages (role and address) that differ; with ``but_bands``, by more than a band."""

    def shown(page: str) -> str:
        return BAND.sub("band", stable(page)) if but_bands else stable(page)

    return sorted(where for where in before if shown(before[where]) != shown(after[where]))


def words_of_difference(before: Pages, after: Pages, where: Sequence[tuple[str, str]]) -> str:
    """The places, and of the first one what stood there before and after."""
    if not where:
        return "nothing"
    one, other = (stable(pages[where[0]]) for pages in (before, after))
    at = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)
    around = " → ".join(" ".join(text[max(0, at - 30) : at + 40].split()) for text in (one, other))
    return f"{_listed(where)} ({around})"


# --- Behind the pages ---------------------------------------------------------------------------------


def tables(stage: Stage) -> dict[str, str]:
    """A digest of every table's rows on the identity side."""
    names = stage.ask_identity(
        "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    words = " UNION ALL ".join(
        f"SELECT '{name}', md5(coalesce(string_agg(md5(t::text), '' ORDER BY md5(t::text)), ''))"
        f' FROM "{name}" t'
        for (name,) in names
        if not CLOCK.search(name)
    )
    return dict(stage.ask_identity(words))


class Overheard:
    """What is said through Valkey meanwhile."""

    def __init__(self) -> None:
        self.said: list[str] = []

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        client = redis.Redis.from_url(settings.REDIS_URL)
        with client.monitor() as monitor:
            hearing = Thread(target=self._hear, args=[monitor], daemon=True)
            hearing.start()
            try:
                yield
            finally:
                client.publish("attack-over", "over")
                hearing.join(10)

    def _hear(self, monitor: Any) -> None:
        for command in monitor.listen():
            self.said.append(command["command"])
            if "attack-over" in command["command"]:
                return

    def calls(self) -> list[str]:
        """Commands that ring at a screen or at a page."""
        ringing = re.compile(r"^(S?PUBLISH|XADD|ZADD asgi|ZADD .*group)", re.I)
        return [one for one in self.said if ringing.match(one)]


class Signals:
    """The attack on one open round."""

    def __init__(self, history: History, made: Round) -> None:
        self.history, self.made, self.stage = history, made, history.stage
        self.report = Report("P6")
        self.ballots: list[Ballot] = []
        self.entries, self.others = self._choose()
        self.crowd = Crowd(history, made, self.entries[0].person)

    def _choose(self) -> tuple[list[RollEntry], list[RollEntry]]:
        """At the smallest site that is told (or in the whole, when none is): who answers one by one,
        in the middle of which half have answered; and who has answered before."""
        personas = [self.history.persona(role).pk for role in ROLES if role != "nobody"]
        entries = (
            RollEntry.objects.filter(survey=self.made.survey, is_collected=False)
            .exclude(person__in=personas)
            .select_related("person", "cell")
            .order_by("pk")
        )
        whole, *sites = participation(self.made.survey)
        group = min(sites, key=lambda one: one.invited, default=whole)
        there = [one for one in entries if group is whole or one.cell.site_name == group.name]
        before = max(0, -(-group.invited // 2) - SINGLE_ANSWERS // 2)
        return there[before : before + SINGLE_ANSWERS], there[:before]

    def vote(self, entries: Sequence[RollEntry]) -> None:
        people = [one.person for one in entries]
        cookies = self.history.cookies(people)
        self.ballots += vote_all(self.made.booth, people, cookies, self.history.dice)

    def run(self) -> Report:
        wait_for_a_quiet_clock()
        # They sign in before: that is no answer, and is seen in their own row.
        self.history.cookies([one.person for one in self.entries])
        self.vote(self.others)
        # All addresses: whatever moves by itself shows between the first two.
        names = sorted(self.crowd.addresses)
        wide = [self.crowd.fetch(names, WIDE_ROLES) for _ in range(2)]
        moving = set(differences(*wide, but_bands=False))
        self.report.holds(
            f"pages that differ though nothing happened, of {len(wide[0])}",
            words_of_difference(*wide, sorted(moving)),
            "nothing",
            not moving,
        )
        self._one_by_one()
        last = self.crowd.fetch(names, WIDE_ROLES)
        changed = [one for one in differences(wide[1], last, but_bands=True) if one not in moving]
        self.report.holds(
            f"all {len(names)} addresses to {len(WIDE_ROLES)} roles, before and after "
            f"{len(self.entries)} answers",
            words_of_difference(wide[1], last, changed),
            "nothing but bands",
            not changed,
        )
        self._control(last)
        return self.report

    def _one_by_one(self) -> None:
        narrow = [name for name in NARROW if name in self.crowd.addresses]
        names = [name for name in narrow if name != "my-data"]
        wrong: list[str] = []
        touched: set[str] = set()
        crossed = shown = 0
        overheard = Overheard()
        before, rows, bands = self._seen(names)
        with overheard.listening():
            for entry in self.entries:
                self.vote([entry])
                after, rows_after, bands_after = self._seen(names)
                wrong += [
                    f"{role} {name}" for role, name in differences(before, after, but_bands=True)
                ]
                is_crossed = bands != bands_after
                crossed += is_crossed
                shown += is_crossed and bool(differences(before, after, but_bands=False))
                if not is_crossed:
                    wrong += [
                        f"{role} {name} (band)"
                        for role, name in differences(before, after, but_bands=False)
                    ]
                touched |= {name for name in rows_after if rows.get(name) != rows_after[name]}
                before, rows, bands = after, rows_after, bands_after
        self.report.holds(
            f"{len(before)} pages to {len(ROLES)} roles around each of {len(self.entries)} answers",
            f"{_listed(sorted(set(wrong)))}; {crossed} bands crossed",
            "nothing but a crossed band",
            not wrong,
        )
        self.report.caught(
            "a band that is crossed, by the same comparison",
            f"{shown} of {crossed} seen",
            "≥ 1, all seen",
            shown == crossed > 0,
        )
        self.report.holds(
            "tables that an answer changes on the identity side",
            ", ".join(sorted(touched)),
            "surveys_rollentry",
            touched == {"surveys_rollentry"},
        )
        calls = [one for one in overheard.calls() if "attack-over" not in one]
        self.report.holds(
            f"called out to screens and pages, in {len(overheard.said)} commands to Valkey",
            "; ".join(calls[:3]) or "nothing",
            "nothing",
            not calls,
        )
        heard = any("attack-over" in one for one in overheard.calls())
        self.report.caught("a call of our own", "heard" if heard else "not heard", "heard", heard)

    def _seen(self, names: Sequence[str]) -> tuple[Pages, dict[str, str], list[Any]]:
        pages = self.crowd.fetch(names, ROLES)
        return pages, tables(self.stage), participation(self.made.survey)

    def _control(self, pages: Pages) -> None:
        """The same pages as if they told a number, or a name."""
        count = len(self.ballots)
        for name, told in (
            ("a page that shows an exact count", lambda number: f"<p>{number} har svart</p>"),
            ("a page that names who answered", lambda number: f"<p>{self.entries[number % SINGLE_ANSWERS].person.name}</p>"),
        ):  # fmt: skip
            where = ("hr", "surveys:detail")
            shown = [{where: pages[where] + told(number)} for number in (count, count + 1)]
            seen = differences(shown[0], shown[1], but_bands=True)
            self.report.caught(name, "seen" if seen else "not seen", "seen", bool(seen))


def _listed(found: Sequence[Any]) -> str:
    names = [one if isinstance(one, str) else " ".join(one) for one in found]
    return ", ".join(names[:4]) + (f" and {len(names) - 4} more" if names[4:] else "") or "nothing"
