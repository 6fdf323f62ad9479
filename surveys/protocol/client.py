"""A voter in Python: what the ballot page does, for tests, benchmarks and the demo's history."""

from dataclasses import dataclass

from surveys.protocol import blind
from surveys.protocol.ballot import ballot_hash, receipt_of
from surveys.protocol.encoding import b64
from surveys.protocol.manifest import Manifest
from surveys.protocol.sealing import info_of, seal
from surveys.protocol.sheet import Sheet, write_sheet


@dataclass(frozen=True)
class Prepared:
    """A sealed ballot that still lacks its signature."""

    cell: str
    modulus: bytes
    prefix: bytes
    sealed: bytes
    digest: bytes
    state: blind.Blinded

    @property
    def blinded(self) -> bytes:
        """What the issuer is asked to sign."""
        return self.state.blinded

    @property
    def receipt(self) -> str:
        return receipt_of(self.digest)


def prepare_ballot(manifest: Manifest, cell: str, sheet: Sheet) -> Prepared:
    """Seals ``sheet`` for ``cell`` and blinds its hash."""
    sealed = seal(manifest.counting_key, info_of(manifest.hash, cell), write_sheet(cell, sheet))
    return prepare_sealed(manifest, cell, sealed)


def prepare_sealed(manifest: Manifest, cell: str, sealed: bytes) -> Prepared:
    """Blinds the hash of an envelope, whatever is in it."""
    modulus = manifest.cells[cell].modulus
    digest = ballot_hash(manifest.hash, cell, sealed)
    prefix, message = blind.prepare(digest)
    return Prepared(cell, modulus, prefix, sealed, digest, blind.blind(modulus, message))


def finish(prepared: Prepared, signature: bytes) -> dict[str, str]:
    """The ballot as it is cast, from the issuer's answer.

    :raises blind.Refused: when the issuer did not sign what it was given.
    """
    unblinded = blind.finalize(prepared.modulus, prepared.state, signature)
    return {
        "cell": prepared.cell,
        "prefix": b64(prepared.prefix),
        "sig": b64(unblinded),
        "sealed": b64(prepared.sealed),
    }
