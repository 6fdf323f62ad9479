"""Our blind signatures and envelopes, in Python and on the ballot page, beside other people's:
@cloudflare/blindrsa-ts and hpke.

``python -m tests.surveys.protocol.oracle 1000`` compares as many random cases in each direction.
"""

import contextlib
import json
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from cryptography.hazmat.primitives import serialization

from surveys.ballots.page import join_scripts
from surveys.protocol import blind, sealing

FOLDER = Path(__file__).parent
CASES_PER_KEY = 50
VOTERS = (
    *("asBase64", "blindMessage", "finalizeSignature"),
    *("prepareBallot", "sealSheet", "verifySignature"),
)


class Disagreement(AssertionError):
    """Ours and theirs do not say the same."""


def _voters_script(folder: Path) -> Path:
    """What the ballot page runs to make a ballot, as a module that Node.js can load."""
    path = folder / "voter.mjs"
    parts = ("hpke.js", "wire.js", "blind.js", "ballot.js")
    path.write_text(f"{join_scripts(parts)}\nexport {{ {', '.join(VOTERS)} }};\n")
    return path


class Oracle:
    """Their side: one process, asked one thing at a time."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process = process

    @classmethod
    @contextlib.contextmanager
    def open(cls) -> Iterator[Self]:
        """:raises RuntimeError: without Node.js and npm."""
        node, npm = shutil.which("node"), shutil.which("npm")
        if node is None or npm is None:
            raise RuntimeError("The comparison needs Node.js and npm on the PATH.")
        if not (FOLDER / "node_modules" / "hpke").exists():
            words = [npm, "ci", "--no-audit", "--no-fund", "--ignore-scripts"]
            subprocess.run(words, cwd=FOLDER, check=True, capture_output=True)
        with (
            tempfile.TemporaryDirectory() as folder,
            subprocess.Popen(
                [node, "oracle.mjs", str(_voters_script(Path(folder)))],
                cwd=FOLDER,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            ) as process,
        ):
            try:
                yield cls(process)
            finally:
                process.kill()

    def ask(self, order: str, **values: bytes) -> dict[str, Any]:
        """:raises Disagreement: when they refuse."""
        assert self._process.stdin
        assert self._process.stdout
        words = {"order": order, **{name: value.hex() for name, value in values.items()}}
        self._process.stdin.write(json.dumps(words) + "\n")
        self._process.stdin.flush()
        answer: dict[str, Any] = json.loads(self._process.stdout.readline())
        if "error" in answer:
            raise Disagreement(f"{order}: {answer['error']}")
        return answer

    def bytes_of(self, order: str, wanted: str, **values: bytes) -> bytes:
        return bytes.fromhex(self.ask(order, **values)[wanted])

    def take(self, key: bytes) -> None:
        """Works with the RSA key ``key`` from here on."""
        public = serialization.load_der_private_key(key, None).public_key()
        spki = public.public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        self.ask("key", pkcs8=key, spki=spki)


def compare(cases: int) -> None:
    """``cases`` random ballots signed each way round, and as many envelopes.

    :raises Disagreement: at the first that differs.
    """
    with Oracle.open() as oracle:
        for number in range(cases):
            if number % CASES_PER_KEY == 0:
                key = blind.generate_key()
                signer = blind.Signer(key)
                oracle.take(key)
            they_vote_we_sign(oracle, signer)
            we_vote_they_sign(oracle, signer)
            page_votes_they_sign(oracle, signer)
            they_seal_we_open(oracle)
            we_seal_they_open(oracle)
            page_seals_we_open(oracle)


def they_vote_we_sign(oracle: Oracle, signer: blind.Signer) -> None:
    digest = secrets.token_bytes(32)
    message = oracle.bytes_of("prepare", "message", message=digest)
    state = oracle.ask("blind", message=message)
    signed = signer.sign(bytes.fromhex(state["blinded"]))
    signature = oracle.bytes_of(
        "finalize",
        "signature",
        message=message,
        signed=signed,
        inverse=bytes.fromhex(state["inverse"]),
    )
    if message[32:] != digest or not blind.verify(signer.modulus, digest, message[:32], signature):
        raise Disagreement("a signature of ours, unblinded by them, does not verify")


def we_vote_they_sign(oracle: Oracle, signer: blind.Signer) -> None:
    digest = secrets.token_bytes(32)
    prefix, message = blind.prepare(digest)
    state = blind.blind(signer.modulus, message)
    signed = oracle.bytes_of("sign", "signed", blinded=state.blinded)
    if signed != signer.sign(state.blinded):
        raise Disagreement("they sign the same number differently")
    signature = blind.finalize(signer.modulus, state, signed)
    forged = bytes([*signature[:-1], signature[-1] ^ 1])
    for candidate, holds in ((signature, True), (forged, False)):
        if oracle.ask("verify", message=message, signature=candidate)["holds"] is not holds:
            raise Disagreement("they judge a signature differently")
        if blind.verify(signer.modulus, digest, prefix, candidate) is not holds:
            raise Disagreement("we judge a signature of theirs differently")


def page_votes_they_sign(oracle: Oracle, signer: blind.Signer) -> None:
    digest = secrets.token_bytes(32)
    message = oracle.bytes_of("prepare", "message", message=digest)
    facts = {"modulus": signer.modulus, "message": message}
    state = oracle.ask("voter_blind", **facts)
    blinded, inverse = (bytes.fromhex(state[name]) for name in ("blinded", "inverse"))
    signed = oracle.bytes_of("sign", "signed", blinded=blinded)
    facts["inverse"] = inverse
    found = oracle.bytes_of("voter_finalize", "signature", signed=signed, **facts)
    theirs = oracle.bytes_of(
        "finalize", "signature", message=message, signed=signed, inverse=inverse
    )
    if found != theirs or not oracle.ask("verify", message=message, signature=found)["holds"]:
        raise Disagreement("the page unblinds to another signature than they do")
    if not blind.verify(signer.modulus, digest, message[:32], found):
        raise Disagreement("a signature that the page unblinded does not verify here")
    for wrong in (bytes([*signed[:-1], signed[-1] ^ 1]), blinded, signed[:-1]):
        try:
            oracle.ask("voter_finalize", signed=wrong, **facts)
        except Disagreement:
            continue
        raise Disagreement("the page takes what was not signed")


def they_seal_we_open(oracle: Oracle) -> None:
    private, public, info, plain = _envelope()
    sealed = oracle.bytes_of("seal", "sealed", key=public, info=info, plain=plain)
    if sealing.open_sealed(private, info, sealed) != plain:
        raise Disagreement("we read another sheet than they sealed")


def we_seal_they_open(oracle: Oracle) -> None:
    private, public, info, plain = _envelope()
    sealed = sealing.seal(public, info, plain)
    if oracle.bytes_of("open", "plain", key=private, info=info, sealed=sealed) != plain:
        raise Disagreement("they read another sheet than we sealed")
    changed = bytes([*sealed[:-1], sealed[-1] ^ 1])
    try:
        oracle.ask("open", key=private, info=info, sealed=changed)
    except Disagreement:
        return
    raise Disagreement("they open an envelope that was changed")


def page_seals_we_open(oracle: Oracle) -> None:
    private, public, info, plain = _envelope()
    sealed = oracle.bytes_of("voter_seal", "sealed", key=public, info=info, plain=plain)
    if sealing.open_sealed(private, info, sealed) != plain:
        raise Disagreement("we read another sheet than the page sealed")
    if oracle.bytes_of("open", "plain", key=private, info=info, sealed=sealed) != plain:
        raise Disagreement("they read another sheet than the page sealed")


def _envelope() -> tuple[bytes, bytes, bytes, bytes]:
    info = sealing.info_of(secrets.token_bytes(32), f"c{secrets.randbelow(1000):03}")
    plain = sealing.pad(secrets.token_bytes(secrets.randbelow(sealing.LONGEST_JSON + 1)))
    return *sealing.new_counting_key(), info, plain
