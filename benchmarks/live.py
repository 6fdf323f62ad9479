"""How fast one web process hands cards to its walls, beside others in the same run.

Server on core 0; herd, publisher, Valkey and PostgreSQL on core 1. Every card goes through Valkey
to the server under test and from there to all its sockets. Rounds of the candidates take turns, so
that a noisy moment of the machine hits all of them; the medians count.

* ours: the product as it is (``engagement.asgi``), its paired screens, ``live.ring.publish``
* socket.io: Node, its Redis adapter, WebSocket only, no compression
* group_send: Channels with channels-redis, as documented
* bare: uvloop and nothing else, one write for each card and socket: the limit without joining cards
"""

import asyncio
import contextlib
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import msgpack
import redis

from benchmarks import machine
from benchmarks.herd import MARK, STAMP, raise_file_limit
from benchmarks.machine import HERD_CORE, SERVER_CORE, HerdProcess
from benchmarks.report import Bound, table

CARD_BYTES = 300
SIZES = (200, 1000, 2000)
ROUNDS = 5
WINDOW = 32  # cards on their way at once when a server is saturated
SOLO_CARDS = 20
ROUND_S = 0.8  # of saturation, about
CARDS_PER_SECOND = 5
PEERS = Path(__file__).parent / "peers"
# Only to choose how many cards make a round; what is measured does not depend on it.
EXPECTED = {"ours": 600_000, "socket.io": 130_000, "group_send": 4_000, "bare": 200_000}
STUCK = 20


class Publisher(Protocol):
    """Sends one card, given as the text of its frame, to all sockets of a server."""

    def __call__(self, text: bytes) -> None: ...


@dataclass
class Candidate:
    """One server under test."""

    name: str
    herd: HerdProcess
    publish: Publisher
    rates: list[float] = field(default_factory=list)
    solo_rates: list[float] = field(default_factory=list)
    p50s: list[float] = field(default_factory=list)
    p99s: list[float] = field(default_factory=list)
    worst: float = 0.0


def card(number: int) -> bytes:
    """A card frame as live.queries makes it: of fixed size, its moment of birth inside."""
    stamp = MARK + f"{time.monotonic_ns():0{STAMP}d}".encode()
    event = (
        b'{"t":"card","stream":1,"seq":%d,"op":"show","card":{"id":"c0000000000000","text":"%s'
        % (1_000_000 + number, stamp)
    )
    return event + b"x" * (CARD_BYTES - len(event) - 3) + b'"}}'


# --- Measuring ----------------------------------------------------------------------------------


def saturate(candidate: Candidate, cards: int, *, window: int = WINDOW) -> float:
    """Deliveries per second while ``window`` cards are always on their way."""
    herd = candidate.herd
    herd.reset(timing=False)
    wanted = cards * herd.sockets
    started = time.monotonic()
    deadline = started + 30
    published = 0
    while (count := herd.count) < wanted:
        if published < cards and published - count // herd.sockets < window:
            candidate.publish(card(published))
            published += 1
        else:
            time.sleep(0.0002)
        if time.monotonic() > deadline:
            raise RuntimeError(f"{candidate.name}: {count} of {wanted} cards arrived")
    rate = wanted / (time.monotonic() - started)
    exact(candidate, wanted)
    return rate


def pace(candidate: Candidate, cards: int, *, between: Callable[[int], None] | None = None) -> None:
    """Latency from before the publish to the read, at CARDS_PER_SECOND."""
    herd = candidate.herd
    herd.reset(timing=True)
    started = time.monotonic()
    for number in range(cards):
        time.sleep(max(0.0, started + number / CARDS_PER_SECOND - time.monotonic()))
        if between is not None:
            between(number)
        candidate.publish(card(number))
    wanted = cards * herd.sockets
    deadline = time.monotonic() + 30
    while herd.count < wanted and time.monotonic() < deadline:
        time.sleep(0.005)
    report = exact(candidate, wanted)
    candidate.p50s.append(report["p50"])
    candidate.p99s.append(report["p99"])
    candidate.worst = max(candidate.worst, report["max"])


def exact(candidate: Candidate, wanted: int) -> dict[str, Any]:
    """Every card exactly once on every socket, or the numbers mean nothing."""
    report = candidate.herd.report()
    if report["count"] != wanted or report["closed"]:
        raise RuntimeError(f"{candidate.name}: {report} instead of {wanted} cards")
    return report


# --- The servers --------------------------------------------------------------------------------


@contextlib.contextmanager
def ours(run: "Run") -> Iterator[Candidate]:
    """The product's web process, with a paired screen for each socket."""
    from engagement.live import ring  # needs Django, which needs the services' addresses

    port = machine.free_port()
    command, env = machine.web_process(port)
    plan = {"dialect": "ours", "path": "/ws/screen/", "cookies": run.cookies}

    def publish(text: bytes) -> None:
        ring.publish([(run.everybody, {"nb": text, "en": text})])

    with run.server("ours", command, port, plan, env) as herd:
        yield Candidate("ours", herd, publish)


@contextlib.contextmanager
def socketio(run: "Run") -> Iterator[Candidate]:
    port = machine.free_port()
    command = [run.node, str(PEERS / "socketio" / "server.js"), str(port), run.valkey_path]
    plan = {"dialect": "socketio", "path": "/socket.io/?EIO=4&transport=websocket"}
    client = redis.Redis.from_url(run.redis_url)

    def publish(text: bytes) -> None:
        # What another Socket.IO server with this adapter publishes for `io.to("screens").emit()`.
        packet = {"type": 2, "data": ["card", text.decode()], "nsp": "/"}
        options = {"rooms": ["screens"], "except": [], "flags": {}}
        client.publish("socket.io#/#screens#", msgpack.packb(["bench", packet, options]))

    with run.server("socket.io", command, port, plan, {"NODE_ENV": "production"}) as herd:
        yield Candidate("socket.io", herd, publish)


@contextlib.contextmanager
def group_send(run: "Run") -> Iterator[Candidate]:
    from channels_redis.core import RedisChannelLayer

    from benchmarks.peers.stock import GROUP, layer_options  # needs Django

    port = machine.free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.peers.stock:application"]
    command += ["--ws", "websockets-sansio", "--ws-per-message-deflate", "false"]
    command += ["--log-level", "warning", "--port", str(port)]
    plan = {"dialect": "stock", "path": "/"}
    layer = RedisChannelLayer(**layer_options(run.redis_url))
    with asyncio.Runner() as runner:

        def publish(text: bytes) -> None:
            runner.run(layer.group_send(GROUP, {"type": "card", "text": text.decode()}))

        env = {"DJANGO_SETTINGS_MODULE": "", "REDIS_URL": run.redis_url}
        with run.server("group_send", command, port, plan, env) as herd:
            yield Candidate("group_send", herd, publish)
        runner.run(layer.close_pools())


@contextlib.contextmanager
def bare(run: "Run") -> Iterator[Candidate]:
    port = machine.free_port()
    command = [sys.executable, "-m", "benchmarks.peers.bare", str(port), run.valkey_path, "bare"]
    client = redis.Redis.from_url(run.redis_url)

    def publish(text: bytes) -> None:
        client.publish("bare", text)

    with run.server("bare", command, port, {"dialect": "silent", "path": "/"}, {}) as herd:
        yield Candidate("bare", herd, publish)


SERVERS = {"ours": ours, "socket.io": socketio, "group_send": group_send, "bare": bare}


@dataclass
class Run:
    """What the servers of one run share."""

    folder: Path
    redis_url: str
    node: str
    cookies: list[str]
    everybody: int
    site: int
    sockets: int = 0

    @property
    def valkey_path(self) -> str:
        parts = urlsplit(self.redis_url)
        return parts.path if parts.scheme == "unix" else self.redis_url

    @contextlib.contextmanager
    def server(
        self,
        name: str,
        command: list[str],
        port: int,
        plan: Mapping[str, Any],
        env: Mapping[str, str],
    ) -> Iterator[HerdProcess]:
        log = self.folder / f"{name}.log"
        with machine.running(command, core=SERVER_CORE, env=env, log=log) as process:
            machine.wait_for_port(process, port, log)
            herd = HerdProcess({**plan, "port": port}, self.folder)
            try:
                herd.connect(self.sockets)
                yield herd
            finally:
                herd.end()


# --- What they need -----------------------------------------------------------------------------


def install_peer() -> str:
    """Node's path, with Socket.IO and its adapter installed beside the server script."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        raise RuntimeError("The comparison with Socket.IO needs Node.js and npm on the PATH.")
    folder = PEERS / "socketio"
    if not (folder / "node_modules" / "socket.io").exists():
        command = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    return node


def seed(count: int) -> tuple[list[str], int, int]:
    """A board for everybody with ``count`` screens and one at a site with STUCK; their cookies
    (the stuck ones last) and the ids of the two streams."""
    machine.set_up_django()
    from engagement.live.actions import ensure_streams
    from engagement.people.models import Employer, Person, Site
    from engagement.times import now, today
    from engagement.wallboards.access import digest
    from engagement.wallboards.models import Board, Screen

    keeper = Person.objects.create(
        given_name="Bench",
        family_name="Keeper",
        employee_number="1",
        employer=Employer.objects.create(name="Bench"),
        started_on=today(),
    )
    site = Site.objects.create(name="Bench")
    (everybody,) = ensure_streams(everybody=True)
    (at_site,) = ensure_streams(sites=[site])
    boards = [Board.objects.create(name="All"), Board.objects.create(name="Site", site=site)]
    secrets = [f"bench-{number:06d}-{os.urandom(16).hex()}" for number in range(count + STUCK)]
    Screen.objects.bulk_create(
        Screen(
            name=f"Screen {number}",
            board=boards[number >= count],
            key_hash=digest(secret),
            paired_at=now(),
            paired_by=keeper,
            last_seen_at=now(),
        )
        for number, secret in enumerate(secrets)
    )
    return [f"vaffel_screen={secret}" for secret in secrets], everybody.pk, at_site.pk


# --- The run ------------------------------------------------------------------------------------


def measure(run: Run, sockets: int) -> dict[str, Candidate]:
    """All candidates with this many sockets each, taking turns."""
    run.sockets = sockets
    with contextlib.ExitStack() as stack:
        candidates = {name: stack.enter_context(server(run)) for name, server in SERVERS.items()}
        for candidate in candidates.values():
            saturate(candidate, 3)  # warm
        for _ in range(ROUNDS):
            for candidate in candidates.values():
                cards = max(2, int(EXPECTED[candidate.name] * ROUND_S / sockets))
                candidate.rates.append(saturate(candidate, cards))
                # Nothing to join, nothing to overlap: what one card costs.
                cards = min(cards, SOLO_CARDS)
                candidate.solo_rates.append(saturate(candidate, cards, window=1))
            for candidate in candidates.values():
                # group_send falls behind at this pace; the longer it runs, the worse it looks.
                is_long = sockets == max(SIZES) and candidate.name != "group_send"
                pace(candidate, 10 if is_long else 5)
        if sockets == max(SIZES):
            candidates["stuck"] = stuck_screens(run, candidates["ours"])
        return candidates


def stuck_screens(run: Run, healthy: Candidate) -> Candidate:
    """The same pace while STUCK screens have stopped reading, before and while they are cut."""
    from engagement.live import ring

    healthy.herd.connect(STUCK, stuck=True)
    healthy.herd.sockets -= STUCK  # they are never counted: they read nothing
    candidate = Candidate("20 stuck", healthy.herd, healthy.publish)
    heap = b'{"t":"card","text":"' + b"x" * 18_000 + b'"}'

    def fill(_: int) -> None:
        # Over the kernel's buffers first, then over the hub's limit: all within the rounds.
        ring.publish([(run.site, {"nb": heap, "en": heap})])

    for _ in range(ROUNDS):
        pace(candidate, 10, between=fill)
    return candidate


def main() -> list[Bound]:
    """Run everything; print the table; return what must hold."""
    raise_file_limit()
    if not machine.is_inside_services():
        raise SystemExit(machine.inside_services("live"))
    machine.pin(HERD_CORE)
    node = install_peer()
    cookies, everybody, site = seed(max(SIZES))
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        for sockets in SIZES:
            mine = cookies[:sockets] + cookies[max(SIZES) :]
            run = Run(Path(folder), os.environ["REDIS_URL"], node, mine, everybody, site)
            results[sockets] = measure(run, sockets)
            _print(sockets, results[sockets])
    return _bounds(results[max(SIZES)])


def _print(sockets: int, candidates: Mapping[str, Candidate]) -> None:
    rows = [
        (
            c.name,
            f"{statistics.median(c.rates):,.0f}" if c.rates else "",
            f"{statistics.median(c.solo_rates):,.0f}" if c.rates else "",
            f"{statistics.median(c.p50s):.1f}",
            f"{statistics.median(c.p99s):.1f}",
            f"{c.worst:.1f}",
        )
        for c in candidates.values()
    ]
    head = (f"{sockets} sockets", "deliveries/s", "one at a time", "p50 ms", "p99 ms", "worst ms")
    print(table(head, rows), end="\n\n", flush=True)


def _bounds(at_most: Mapping[str, Candidate]) -> list[Bound]:
    def ratio(peer: str) -> float:
        # Round by round: a noisy moment that hit both does not count against either.
        pairs = zip(at_most["ours"].rates, at_most[peer].rates, strict=True)
        return statistics.median(mine / theirs for mine, theirs in pairs)

    return [
        Bound("deliveries beside Socket.IO (goal 1.5)", ratio("socket.io"), least=1.0, unit="×"),
        Bound("deliveries beside group_send", ratio("group_send"), least=30, unit="×"),
        Bound("deliveries beside the bare broadcast", ratio("bare"), least=0.0, unit="×"),
        Bound("p99 at 5 cards/s", statistics.median(at_most["ours"].p99s), most=50, unit=" ms"),
        Bound(
            "p99 beside 20 stuck screens",
            statistics.median(at_most["stuck"].p99s),
            most=50,
            unit=" ms",
        ),
    ]
