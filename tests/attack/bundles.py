"""S8: bad bundles, to the counting process and to the witness's script.

Both must say which ballots are none and why, or not count at all. A counter that trusts what it is
given must be caught by the same judgement; and a genuine bundle must be counted whole.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from surveys.counting.bundle import BadBundle
from surveys.counting.count import count
from surveys.protocol import blind, client
from surveys.protocol.encoding import b64, canonical, strict_json, unb64
from surveys.protocol.manifest import BadManifest, parse
from surveys.protocol.sheet import Sheet
from tests.attack.history import Round
from tests.attack.report import Report
from tests.surveys.manifests import PRIVATE_KEYS, SIGNERS, manifest_bytes
from tests.surveys.witness.node import Witness

MANIFEST = parse(manifest_bytes())
CELL, OTHER = list(MANIFEST.cells)[:2]
INVITED = MANIFEST.cells[CELL].invited
Counter = Callable[[bytes, dict[str, int]], str]


def ballot(signer: blind.Signer | None = None, cell: str = CELL) -> dict[str, str]:
    """A ballot for ``cell``, signed by its key or by ``signer``."""
    prepared = client.prepare_ballot(MANIFEST, cell, Sheet({"pulse.1": 3}, {}))
    if signer is None:
        return client.finish(prepared, SIGNERS[cell].sign(prepared.blinded))
    state = blind.blind(signer.modulus, prepared.prefix + prepared.digest)
    signature = blind.finalize(signer.modulus, state, signer.sign(state.blinded))
    return {
        "cell": cell,
        "prefix": b64(prepared.prefix),
        "sig": b64(signature),
        "sealed": b64(prepared.sealed),
    }


def bundle(ballots: list[Any], **changes: Any) -> bytes:
    head = {"survey": MANIFEST.survey, "manifest_sha256": MANIFEST.hash.hex()}
    return canonical({**head, "ballots": ballots, **changes})


def told(result: dict[str, Any]) -> str:
    """A count as one looks at it: ballots, and what was none and why."""
    refused = {name: found for name, found in result["refused"].items() if found}
    return f"{result['ballots']} ballots, {result['spoilt']} spoilt, refused {refused}"


def in_python(data: bytes, collected: dict[str, int]) -> str:
    try:
        return told(count(MANIFEST, data, PRIVATE_KEYS[0], collected=collected))
    except BadBundle as bad:
        return f"not counted: {bad.reason}"


def trusting(data: bytes, collected: dict[str, int]) -> str:
    """A counter that opens whatever it is given."""
    try:
        entries = strict_json(data)["ballots"]
    except ValueError:
        entries = []
    return told({"ballots": len(entries), "spoilt": 0, "refused": {}})


def bad_bundles() -> dict[str, tuple[bytes, dict[str, int], str]]:
    """By name: the bundle, how many were given out, and what must be said."""
    good = [ballot() for _ in range(6)]
    all_given = dict.fromkeys(MANIFEST.cells, INVITED)
    stranger = blind.Signer(blind.generate_key())
    sealed = unb64(good[0]["sealed"])
    changed = dict(good[0], sealed=b64(sealed[:-1] + bytes([sealed[-1] ^ 1])))
    six = "6 ballots, 0 spoilt, refused "
    return {
        "more than invited": (
            bundle([ballot() for _ in range(INVITED + 1)]),
            dict.fromkeys(MANIFEST.cells, 10**6),
            "not counted: too_many",
        ),
        "more than given out": (bundle(good), {CELL: 5}, "not counted: too_many"),
        "none given out": (bundle(good), {}, "not counted: too_many"),
        "foreign signature": (
            bundle([*good, ballot(stranger)]),
            all_given,
            six + "{'signature': 1}",
        ),
        "key of another cell": (
            bundle([*good, ballot(SIGNERS[OTHER])]),
            all_given,
            six + "{'signature': 1}",
        ),
        "altered envelope": (bundle([*good, changed]), all_given, six + "{'signature': 1}"),
        "moved to another cell": (
            bundle([*good, dict(good[0], cell=OTHER)]),
            all_given,
            six + "{'signature': 1}",
        ),
        "unknown cell": (
            bundle([*good, dict(good[0], cell="c099")]),
            all_given,
            six + "{'cell': 1}",
        ),
        "duplicates": (bundle([*good, *good[:2]]), all_given, six + "{'duplicate': 2}"),
        "wrong manifest": (
            bundle(good, manifest_sha256="0" * 64),
            all_given,
            "not counted: other_manifest",
        ),
        "wrong survey": (bundle(good, survey="s0other"), all_given, "not counted: other_survey"),
        "truncated": (bundle(good)[:-9], all_given, "not counted: unreadable"),
        "cut between ballots": (
            bundle(good)[: bundle(good).rindex(b',{"cell"')],
            all_given,
            "not counted: unreadable",
        ),
        "a field more": (bundle(good, extra=1), all_given, "not counted: unreadable"),
    }


def misjudged(counter: Counter) -> list[str]:
    """The bad bundles that ``counter`` does not call what they are."""
    return [
        f"{name}: {said}"
        for name, (data, collected, wanted) in bad_bundles().items()
        if (said := counter(data, collected)) != wanted
    ]


def attack_counters(made: Round, data: bytes, collected: dict[str, int]) -> Report:
    """S8. ``data`` is the real bundle of the round ``made``."""
    report = Report("S8")
    with tempfile.TemporaryDirectory() as folder, Witness.open(Path(folder)) as witness:

        def in_browser_script(bad: bytes, given: dict[str, int]) -> str:
            answer = witness.ask(
                "count", manifest=MANIFEST.data, bundle=bad, secret=PRIVATE_KEYS[0], collected=given
            )
            return f"not counted: {answer['bad']}" if "bad" in answer else told(answer["result"])

        number = len(bad_bundles())
        for name, counter in (
            ("the counting process", in_python),
            ("the witness's script", in_browser_script),
        ):
            wrong = misjudged(counter)
            report.holds(
                f"{number} bad bundles to {name}",
                "; ".join(wrong) or "each called what it is",
                "each called what it is",
                not wrong,
            )
        wrong = misjudged(trusting)
        report.caught(
            "a counter that trusts", f"{len(wrong)} of {number} seen", "all", len(wrong) == number
        )
        genuine = witness.ask(
            "count",
            manifest=made.manifest.data,
            bundle=data,
            secret=made.secret,
            collected=collected,
        )
        said, wanted = genuine["result"]["ballots"], sum(collected.values())
        receipts = set(genuine["result"]["receipts"])
        missing = {one.receipt for one in made.ballots} - receipts
        report.caught(
            "the genuine bundle of a round, by the witness's script",
            f"{said} ballots, {len(missing)} missing",
            f"{wanted}, 0 missing",
            said == wanted and not missing,
        )
        _weak_manifests(report, witness)
    return report


def _weak_manifests(report: Report, witness: Witness) -> None:
    """Manifests with keys that must not be trusted, to both parsers."""
    document = strict_json(MANIFEST.data)
    cells = document["cells"]
    n = int.from_bytes(unb64(cells[0]["n"]))
    bad = {
        "1024 bits": {"n": b64((n >> 1024 | 1).to_bytes(128))},
        "1024 bits, filled up": {"n": b64((n >> 1024 | 1).to_bytes(256))},
        "even": {"n": b64((n - 1).to_bytes(256))},
        "its own exponent": {"e": 3},
        "a cell of four": {"invited": 4},
    }
    taken = []
    for name, changes in bad.items():
        data = canonical({**document, "cells": [{**cells[0], **changes}, *cells[1:]]})
        try:
            parse(data)
            taken.append(f"{name} (Python)")
        except BadManifest:
            pass
        answer = witness.ask(
            "count", manifest=data, bundle=bundle([]), secret=PRIVATE_KEYS[0], collected={}
        )
        if "bad" not in answer:
            taken.append(f"{name} (script)")
    report.holds(
        f"{len(bad)} manifests with weak keys, to both parsers",
        "; ".join(taken) or "none taken",
        "none taken",
        not taken,
    )
