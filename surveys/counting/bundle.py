"""Reading a bundle of sealed ballots: what is a ballot, what is not, and when not to count at all."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from surveys.protocol.ballot import ballot_hash, receipt_of
from surveys.protocol.blind import verify
from surveys.protocol.encoding import strict_json, unb64
from surveys.protocol.manifest import Manifest
from surveys.protocol.sealing import SEALED_BYTES

_FIELDS = {"cell", "prefix", "sig", "sealed"}


class BadBundle(ValueError):
    """A bundle that must not be counted. ``reason`` is a key, the message says which and how many."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class SealedBallot:
    """One ballot whose signature fits."""

    cell: str
    receipt: str
    sealed: bytes


@dataclass
class Bundle:
    """The ballots that may be opened, by receipt, and how many entries were none and why."""

    ballots: list[SealedBallot]
    refused: Counter[str] = field(default_factory=Counter)
    forged: list[str] = field(default_factory=list)


def read_bundle(manifest: Manifest, data: bytes, *, collected: Mapping[str, int]) -> Bundle:
    """Checks every signature against the manifest, drops duplicates, compares the counts.

    ``collected`` says how many ballots were given out in each cell.

    :raises BadBundle: ``unreadable``, ``other_survey``, ``other_manifest``; ``too_many`` when a cell
        has more ballots than were invited or given out: then somebody signed ballots for nobody.
    """
    try:
        document = strict_json(data)
        entries = document["ballots"]
        survey, digest = document["survey"], document["manifest_sha256"]
        if len(document) != 3 or not isinstance(entries, list):
            raise ValueError("not a bundle")
    except (ValueError, KeyError, TypeError) as error:
        raise BadBundle("unreadable", "The bundle is cut off or not a bundle.") from error
    if survey != manifest.survey:
        raise BadBundle("other_survey", "The bundle is of another survey.")
    if digest != manifest.hash.hex():
        raise BadBundle("other_manifest", "The bundle was collected under another manifest.")
    bundle = _sorted_out(manifest, entries)
    counts = Counter(ballot.cell for ballot in bundle.ballots)
    for cell, count in sorted(counts.items()):
        most = min(manifest.cells[cell].invited, collected.get(cell, 0))
        if count > most:
            raise BadBundle(
                "too_many", f"{cell} has {count} ballots, and only {most} were given out."
            )
    return bundle


def _sorted_out(manifest: Manifest, entries: list[Any]) -> Bundle:
    bundle = Bundle([])
    seen: set[str] = set()
    for entry in entries:
        ballot = _ballot(manifest, entry, bundle)
        if ballot is None:
            continue
        if ballot.receipt in seen:
            bundle.refused["duplicate"] += 1
            continue
        seen.add(ballot.receipt)
        bundle.ballots.append(ballot)
    bundle.ballots.sort(key=lambda one: one.receipt)
    return bundle


def _ballot(manifest: Manifest, entry: Any, bundle: Bundle) -> SealedBallot | None:
    try:
        if set(entry) != _FIELDS:
            raise ValueError("not a ballot")
        cell = manifest.cells.get(entry["cell"])
        prefix, sig, sealed = (unb64(entry[name]) for name in ("prefix", "sig", "sealed"))
    except (ValueError, TypeError, AttributeError):
        bundle.refused["signature"] += 1
        return None
    if cell is None:
        bundle.refused["cell"] += 1
        return None
    digest = ballot_hash(manifest.hash, cell.key, sealed)
    if len(sealed) != SEALED_BYTES or not verify(cell.modulus, digest, prefix, sig):
        bundle.refused["signature"] += 1
        bundle.forged.append(receipt_of(digest))
        return None
    return SealedBallot(cell.key, receipt_of(digest), sealed)
