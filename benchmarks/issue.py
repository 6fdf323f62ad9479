"""How many blind signatures one web process gives out over HTTP when everybody presses Send at once.

The whole product as `make start` runs it, its databases writing to disk. Rounds of three take turns,
so that a noisy moment of the machine hits all of them; the medians count.

* issue: the endpoint as the ballot page asks it, a ticket and a blinded message of each person
* healthz: the lightest answer of the same process, so the most it can serve of anything
* bare: the private operation alone, in this process: the limit of a core that does nothing else
"""

import asyncio
import random
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.browser import Connection
from benchmarks.electorate import Plan, call_up
from benchmarks.report import Bound, table
from benchmarks.voters import JSON, Book, House, Voter, prepare_all
from surveys.protocol import blind
from surveys.protocol.client import finish
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from tests.chaos.stage import Stage
from tests.journeys.survey_now import environment_of
from tests.surveys.manifests import SIGNERS

PEOPLE = 240
ROUNDS = 7
CONNECTIONS = 16
BARE_SECONDS = 0.5
LEAST_ISSUES = 100.0

Request = tuple[str, str, bytes]


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    with tempfile.TemporaryDirectory(prefix="vaffel-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as somebody else
        stage = Stage(
            folder, port=machine.free_port(), command="start", environment={"WEB_WORKERS": "1"}
        )
        try:
            asyncio.run(stage.start())
            return asyncio.run(_measure(stage))
        finally:
            stage.stop()


async def _measure(stage: Stage) -> list[Bound]:
    voters = await asyncio.to_thread(_voters, stage)
    asked = [await _ask_for_ticket(voter) for voter in voters]
    lightest: list[Request] = [("GET", "/healthz", b"")] * len(asked)
    issues, healths, bares, slowest = [], [], [], []
    for number in range(ROUNDS):
        rate, latencies, answers = await _burst(stage.port, asked)
        issues.append(rate)
        slowest.append(statistics.quantiles(latencies, n=100)[94])
        if number == 0:
            for voter, answer in zip(voters, answers, strict=True):
                finish(voter.prepared, unb64(strict_json(answer)["signature"]))
        healths.append((await _burst(stage.port, lightest))[0])
        bares.append(_bare())
    issue, health, bare = (statistics.median(one) for one in (issues, healths, bares))
    rows = [
        ("issue, over HTTP", f"{issue:.0f}/s", f"{min(issues):.0f}–{max(issues):.0f}", "1.00"),
        ("healthz, the same process", f"{health:.0f}/s", f"{min(healths):.0f}–{max(healths):.0f}",
         f"{health / issue:.2f}"),
        ("bare signatures", f"{bare:.0f}/s", f"{min(bares):.0f}–{max(bares):.0f}",
         f"{bare / issue:.2f}"),
    ]  # fmt: skip
    print(f"{len(asked)} people, {CONNECTIONS} connections, {ROUNDS} rounds, one web process")
    print(table(("what", "median", "rounds", "to issue"), rows))
    print(f"issue, 95 of 100: {statistics.median(slowest):.0f} ms")
    return [Bound("blind signatures over HTTP", issue, least=LEAST_ISSUES, unit="/s")]


def _voters(stage: Stage) -> list[Voter]:
    plan = Plan(people=PEOPLE, seconds_open=900, surveys=[("sealed", None)])
    made = call_up(plan, environment_of(stage.children()["web"]))
    ((key, cells),) = made.cells.items()
    house = House(key, stage.port, made.session_cookie, made.csrf_cookie)
    book = Book()
    manifest = asyncio.run(
        Connection("127.0.0.1", stage.port).ask("GET", f"/surveys/{key}/manifest.json")
    )
    ballots = prepare_all(manifest.body, list(cells.values()))
    return [
        Voter(house, made.sessions[person], prepared, manifest.body, book)
        for person, (prepared, _) in zip(cells, ballots, strict=True)
    ]  # fmt: skip


async def _ask_for_ticket(voter: Voter) -> Request:
    """What this voter's page sends when they press Send."""
    ticket = await voter.fetch_ticket()
    body = canonical({"ticket": ticket, "blinded": b64(voter.prepared.blinded)})
    return ("POST", f"/surveys/{voter.house.survey}/issue", body)


async def _burst(port: int, requests: Sequence[Request]) -> tuple[float, list[float], list[bytes]]:
    """Answers in a second, milliseconds of each, and the answers in the order of the requests."""
    waiting = list(enumerate(requests))
    random.shuffle(waiting)
    latencies: list[float] = []
    answers = [b""] * len(requests)

    async def ask_on() -> None:
        connection = Connection("127.0.0.1", port)
        while waiting:
            number, (method, path, body) = waiting.pop()
            began = time.perf_counter()
            answer = await connection.ask(method, path, JSON, body)
            latencies.append(1000 * (time.perf_counter() - began))
            if answer.status != 200:
                raise AssertionError(f"{path}: {answer.status} {answer.body[:200]!r}")
            answers[number] = answer.body
        connection.close()

    began = time.perf_counter()
    await asyncio.gather(*(ask_on() for _ in range(CONNECTIONS)))
    return len(requests) / (time.perf_counter() - began), latencies, answers


def _bare() -> float:
    signer = SIGNERS["c001"]
    message = blind.blind(signer.modulus, b"x").blinded
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < BARE_SECONDS:
        signer.sign(message)
        done += 1
    return done / spent
