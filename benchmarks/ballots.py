"""The ballot protocol on one core each: signing, verifying, handing in, counting.

Ballots are handed in over HTTP to a real ballot box with a PostgreSQL of its own that writes to
disk as in production. Box and voters each have a core; the database takes from both.
"""

import asyncio
import datetime as dt
import secrets
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from benchmarks import machine
from benchmarks.report import Bound, table
from engagement.supervisor.folder import FolderLock, prepare_folder
from engagement.supervisor.postgres import BallotPostgres
from engagement.supervisor.services import running, wait_until_ready
from surveys.ballots import store
from surveys.protocol import blind
from surveys.protocol.ballot import ballot_hash
from surveys.protocol.client import finish, prepare_ballot
from surveys.protocol.encoding import canonical, unb64
from surveys.protocol.manifest import Manifest, parse
from surveys.protocol.sealing import info_of, open_sealed
from surveys.protocol.sheet import Remark, Sheet, read_sheet
from tests.surveys.manifests import PRIVATE_KEYS, SIGNERS, manifest_bytes, manifest_document

BALLOTS = 3_400
CONNECTIONS = 16
SECONDS = 3.0
# 3 400 people in ten minutes are six a second; most of them come after lunch, on the same bell.
LEAST_SIGNATURES = 700.0
LEAST_VERIFICATIONS = 18_000.0
LEAST_CASTS = 300.0
MOST_MS = 200.0
MOST_COUNT_SECONDS = 10.0

KEY = manifest_document()["survey"]
Body = dict[str, str]


def main() -> list[Bound]:
    """The bounds, after printing the table."""
    machine.pin(machine.HERD_CORE)
    manifest = parse(manifest_bytes())
    signatures, verifications = _signatures(), _verifications()
    print(f"Sealing {BALLOTS} ballots …", flush=True)
    began = time.perf_counter()
    bodies = [_ballot(manifest, number) for number in range(BALLOTS)]
    voting = (time.perf_counter() - began) / BALLOTS
    casts, latencies = _casts(manifest, bodies)
    counting = _count(manifest, bodies)
    slowest = statistics.quantiles(latencies, n=100)[94]
    rows = [
        ("a blind signature", f"{1000 / signatures:.2f} ms", f"{signatures:.0f}/s"),
        ("a verification", f"{1000 / verifications:.3f} ms", f"{verifications:.0f}/s"),
        ("a voter's part, with the signature", f"{1000 * voting:.2f} ms", f"{1 / voting:.0f}/s"),
        (f"handing in, {CONNECTIONS} at once", f"{statistics.median(latencies):.1f} ms",
         f"{casts:.0f}/s"),
        (f"counting {BALLOTS}", f"{1000 * counting / BALLOTS:.2f} ms", f"{counting:.1f} s"),
    ]  # fmt: skip
    print(table(("what, on one core", "one", "all"), rows))
    return [
        Bound("blind signatures on one core", signatures, least=LEAST_SIGNATURES, unit="/s"),
        Bound("verifications on one core", verifications, least=LEAST_VERIFICATIONS, unit="/s"),
        Bound("ballots handed in", casts, least=LEAST_CASTS, unit="/s"),
        Bound("handing in, 95 of 100", slowest, most=MOST_MS, unit=" ms"),
        Bound(f"counting {BALLOTS} ballots", counting, most=MOST_COUNT_SECONDS, unit=" s"),
    ]


def _per_second(act: Callable[[int], object]) -> float:
    act(0)
    done, began = 0, time.perf_counter()
    while (spent := time.perf_counter() - began) < SECONDS:
        act(done)
        done += 1
    return done / spent


def _signatures() -> float:
    signer = SIGNERS["c001"]
    asked = [blind.blind(signer.modulus, secrets.token_bytes(64)).blinded for _ in range(100)]
    return _per_second(lambda number: signer.sign(asked[number % len(asked)]))


def _verifications() -> float:
    signer = SIGNERS["c001"]
    signed = []
    for _ in range(100):
        message = secrets.token_bytes(32)
        prefix, whole = blind.prepare(message)
        state = blind.blind(signer.modulus, whole)
        signature = blind.finalize(signer.modulus, state, signer.sign(state.blinded))
        signed.append((message, prefix, signature))

    def check(number: int) -> None:
        if not blind.verify(signer.modulus, *signed[number % len(signed)]):
            raise AssertionError("a good signature does not verify")

    return _per_second(check)


def _ballot(manifest: Manifest, number: int) -> Body:
    cell = list(manifest.cells)[number % len(manifest.cells)]
    remarks = {"open.1": Remark("Mer tid til kundene. " * 20, "team")}
    sheet = Sheet({"pulse.1": 1 + number % 5, "recommend": number % 11}, remarks)
    prepared = prepare_ballot(manifest, cell, sheet)
    return finish(prepared, SIGNERS[cell].sign(prepared.blinded))


def _count(manifest: Manifest, bodies: Sequence[Body]) -> float:
    """Seconds for what a counter does with each ballot: verify, open, read."""
    began = time.perf_counter()
    for body in bodies:
        cell, sealed = body["cell"], unb64(body["sealed"])
        digest = ballot_hash(manifest.hash, cell, sealed)
        modulus = manifest.cells[cell].modulus
        if not blind.verify(modulus, digest, unb64(body["prefix"]), unb64(body["sig"])):
            raise AssertionError("a ballot that does not verify")
        info = info_of(manifest.hash, cell)
        read_sheet(manifest, cell, open_sealed(PRIVATE_KEYS[0], info, sealed))
    return time.perf_counter() - began


# --- A box of its own ---------------------------------------------------------------------------


def _casts(manifest: Manifest, bodies: Sequence[Body]) -> tuple[float, list[float]]:
    """Ballots taken in a second, and what each took in milliseconds."""
    with tempfile.TemporaryDirectory(prefix="vaffel-bench-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # PostgreSQL may have to run as somebody else
        prepare_folder(folder)
        postgres = BallotPostgres(folder)
        postgres.initialise()
        with FolderLock(folder) as lock, running("ballots", postgres, folder, lock):
            wait_until_ready("ballots", postgres, folder)
            asyncio.run(_keep(postgres.url, manifest))
            return _hand_in(postgres.url, folder, bodies)


def _hand_in(url: str, folder: Path, bodies: Sequence[Body]) -> tuple[float, list[float]]:
    port = machine.free_port()
    environment = {
        "BALLOT_DATABASE_URL": url,
        "BALLOT_CONTROL_TOKEN": secrets.token_urlsafe(),
        "BASE_URL": "http://127.0.0.1:8000",
        "PORT": str(port - 1),
        "PYTHONPATH": str(machine.CHECKOUT),
    }
    command = [sys.executable, "-m", "surveys.ballots"]
    log = folder / "box.log"
    with machine.running(command, core=machine.SERVER_CORE, env=environment, log=log) as box:
        machine.wait_for_port(box, port, log)
        began = time.perf_counter()
        latencies = asyncio.run(_voters(port, bodies))
        spent = time.perf_counter() - began
    kept = asyncio.run(_kept(url))
    if kept != len(bodies):
        raise AssertionError(f"{len(bodies)} ballots were taken and {kept} are there")
    return len(bodies) / spent, latencies


async def _keep(url: str, manifest: Manifest) -> None:
    async with store.open_pool(url) as pool:
        await store.set_up(pool)
        now = dt.datetime.now(dt.UTC)
        await store.add_survey(
            pool,
            key=manifest.survey,
            manifest=manifest.data,
            page=b"-",
            opens=now - dt.timedelta(days=1),
            closes=now + dt.timedelta(days=1),
        )


async def _kept(url: str) -> int:
    async with store.open_pool(url) as pool:
        return await store.count_ballots(pool, KEY)


async def _voters(port: int, bodies: Sequence[Body]) -> list[float]:
    waiting = [_request(KEY, body) for body in bodies]
    latencies: list[float] = []

    async def voter() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            request = waiting.pop()
            began = time.perf_counter()
            writer.write(request)
            answer = await reader.readuntil(b"\r\n\r\n")
            latencies.append(1000 * (time.perf_counter() - began))
            if not answer.startswith(b"HTTP/1.1 204"):
                raise AssertionError(f"a ballot was refused: {answer[:60]!r}")
        writer.close()
        await writer.wait_closed()

    await asyncio.gather(*(voter() for _ in range(CONNECTIONS)))
    return latencies


def _request(key: str, body: Body) -> bytes:
    data = canonical(body)
    head = (
        f"POST /surveys/{key}/cast HTTP/1.1\r\nHost: localhost\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(data)}\r\n\r\n"
    )
    return head.encode() + data
