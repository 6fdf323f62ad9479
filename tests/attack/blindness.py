"""S7: what the signer was shown tells nothing about the ballot that came of it.

For the signer each blinded message and each ballot of its cell fit together: some factor r leads from
one to the other, always. What would tell them apart is an r that is not fresh and uniform. So the
attacker computes what r^e would have been for every pair and looks for small r, for r of one, for the
same r twice. Besides, blinded messages must be spread evenly and go with nothing in the ballot.
"""

import secrets
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import gmpy2
from gmpy2 import mpz

from surveys.protocol import blind
from tests.attack.chance import ALPHA, chi_square, order_against_value, p_of_z
from tests.attack.report import Report
from tests.attack.voters import Ballot
from tests.surveys.protocol.oracle import Oracle

SMALL = 1024
# Cells are as large as pairs are many; so many are tried.
MOST_CELLS = 60
BUCKETS = 32
JAVASCRIPT = 320


@dataclass(frozen=True)
class Signed:
    """What the signer saw (``blinded``) and what came out (``signature``, ``digest``)."""

    modulus: bytes
    blinded: bytes
    signature: bytes
    digest: bytes


def signed_of(ballots: Iterable[Ballot]) -> list[Signed]:
    return [
        Signed(one.prepared.modulus, one.prepared.blinded, one.signature, one.prepared.digest)
        for one in ballots
    ]


def given_away(pairs: Sequence[Signed]) -> int:
    """How many pairs of one blinded message and one ballot the signer can tell to belong together."""
    cells: dict[bytes, list[Signed]] = defaultdict(list)
    for one in pairs:
        cells[one.modulus].append(one)
    return sum(_given_away(modulus, found) for modulus, found in list(cells.items())[:MOST_CELLS])


def _given_away(modulus: bytes, pairs: Sequence[Signed]) -> int:
    n = mpz(int.from_bytes(modulus))
    powers = {gmpy2.powmod(r, blind.EXPONENT, n) for r in range(1, SMALL)}
    # What was signed without blinding; anybody can compute it from a ballot.
    encoded = [gmpy2.powmod(mpz(int.from_bytes(one.signature)), blind.EXPONENT, n) for one in pairs]
    inverses = [gmpy2.invert(one, n) for one in encoded]
    factors = [
        mpz(int.from_bytes(one.blinded)) * inverse % n for one in pairs for inverse in inverses
    ]
    twice = sum(count for count in Counter(factors).values() if count > 1)
    return sum(one in powers for one in factors) + twice


def evenness(pairs: Sequence[Signed]) -> float:
    """The smaller probability of an even spread: over the range of the key, and of the last bits."""
    high = Counter(
        BUCKETS * int.from_bytes(one.blinded) // int.from_bytes(one.modulus) for one in pairs
    )
    low = Counter(one.blinded[-1] % BUCKETS for one in pairs)
    return min(chi_square([counts[part] for part in range(BUCKETS)]) for counts in (high, low))


def dependence(pairs: Sequence[Signed]) -> float:
    """Whether small blinded messages go with small hashes or signatures: z of chance."""
    ordered = sorted(pairs, key=lambda one: _share(one.blinded, one.modulus))
    values = (
        [int.from_bytes(one.digest[:6]) for one in ordered],
        [_share(one.signature, one.modulus) for one in ordered],
    )
    return max((order_against_value([found]) for found in values), key=abs)


def _share(data: bytes, modulus: bytes) -> float:
    return int.from_bytes(data[:7]) / int.from_bytes(modulus[:7])


def made_by_page(count: int) -> list[Signed]:
    """The same of the ballot page's own JavaScript."""
    key = blind.generate_key()
    signer = blind.Signer(key)
    found = []
    with Oracle.open() as theirs:
        for _ in range(count):
            digest = secrets.token_bytes(32)
            message = secrets.token_bytes(32) + digest
            state = theirs.ask("voter_blind", modulus=signer.modulus, message=message)
            blinded, inverse = (bytes.fromhex(state[name]) for name in ("blinded", "inverse"))
            kept = blind.Blinded(message, blinded, inverse)
            signature = blind.finalize(signer.modulus, kept, signer.sign(blinded))
            found.append(Signed(signer.modulus, blinded, signature, digest))
    return found


def badly_blinded(count: int, factors: Iterable[int]) -> list[Signed]:
    """Ballots whose r is taken from ``factors`` in turn."""
    signer = blind.Signer(blind.generate_key())
    n = mpz(int.from_bytes(signer.modulus))
    found = []
    for _number, factor in zip(range(count), factors, strict=False):
        digest = secrets.token_bytes(32)
        _prefix, message = blind.prepare(digest)
        inverse = int(gmpy2.invert(factor, n)).to_bytes(len(signer.modulus))
        state = blind.blind(signer.modulus, message, inverse=inverse)
        signature = blind.finalize(signer.modulus, state, signer.sign(state.blinded))
        found.append(Signed(signer.modulus, state.blinded, signature, digest))
    return found


def attack_blindness(ballots: Sequence[Ballot]) -> Report:
    """S7, on all ballots of the run and on some that the page's script makes."""
    report = Report("S7")
    for name, pairs in (
        (f"{len(ballots)} ballots of the run", signed_of(ballots)),
        (f"{JAVASCRIPT} made by the page's script", made_by_page(JAVASCRIPT)),
    ):
        count = given_away(pairs)
        report.holds(f"pairs that fit by a small or repeated r, {name}", count, "0", count == 0)
        p = evenness(pairs)
        report.holds(f"blinded messages spread evenly, {name}", f"p={p:.2g}", "p > 1e-6", p > ALPHA)
        z = dependence(pairs)
        report.holds(
            f"blinded message goes with hash or signature, {name}",
            f"z={z:+.1f}, p={p_of_z(z):.2g}",
            "p > 1e-6",
            p_of_z(z) > ALPHA,
        )
    large = secrets.randbits(2000)
    for name, factors in (
        ("r = 1", [1] * 20),
        ("r below 1024", [secrets.randbelow(SMALL - 2) + 2 for _ in range(20)]),
        ("one r for all", [large] * 20),
    ):
        count = given_away(badly_blinded(20, factors))
        report.caught(f"20 ballots with {name}", f"{count} pairs", "≥ 20", count >= 20)
    uneven = [Signed(one.modulus, bytes(1) + one.blinded[1:], one.signature, one.digest)
              for one in signed_of(ballots[:400])]  # fmt: skip
    p = evenness(uneven)
    report.caught("blinded messages with eight bits at 0", f"p={p:.2g}", "p < 1e-6", p < ALPHA)
    copied = [Signed(one.modulus, one.digest + one.blinded[32:], one.signature, one.digest)
              for one in signed_of(ballots[:400])]  # fmt: skip
    z = dependence(copied)
    report.caught(
        "blinded messages that begin as the hash", f"z={z:+.1f}", "p < 1e-6", p_of_z(z) < ALPHA
    )
    return report
