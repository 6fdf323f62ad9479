"""S6: our blind signatures and envelopes beside the RFC's vectors and other people's code.

Python and the ballot page's own JavaScript (in Node.js) meet each vector of RFC 9474, appendix A, and
agree with @cloudflare/blindrsa-ts and hpke on random cases both ways. A vector with one bit turned, and
a signer that errs in one bit, must be noticed by the same comparisons.
"""

import json
from collections.abc import Mapping

from surveys.protocol import blind
from tests.attack.report import Report
from tests.surveys.protocol import oracle

CASES = 12
VECTORS: list[dict[str, str]] = json.loads((oracle.FOLDER.parent / "rfc9474.json").read_text())


class Erring(blind.Signer):
    """Signs, and turns the last bit."""

    def sign(self, blinded: bytes) -> bytes:
        signed = super().sign(blinded)
        return bytes([*signed[:-1], signed[-1] ^ 1])


def value(vector: Mapping[str, str], name: str) -> bytes:
    return bytes.fromhex((vector.get(name) or "").removeprefix("0x"))


def python_meets(vector: Mapping[str, str]) -> bool:
    signer = blind.Signer.of_primes(int(vector["p"], 16), int(vector["q"], 16))
    message, salt = value(vector, "input_msg"), value(vector, "salt")
    state = blind.blind(signer.modulus, message, salt=salt, inverse=value(vector, "inv"))
    signed = signer.sign(state.blinded)
    found = blind.finalize(signer.modulus, state, signed, salt_bytes=len(salt))
    return (state.blinded, signed, found) == tuple(
        value(vector, name) for name in ("blinded_msg", "blind_sig", "sig")
    )


def page_meets(theirs: oracle.Oracle, vector: Mapping[str, str]) -> bool:
    facts = {"modulus": value(vector, "n"), "message": value(vector, "input_msg")}
    more = {"salt": value(vector, "salt"), "inverse": value(vector, "inv")}
    blinded = theirs.bytes_of("voter_blind", "blinded", **facts, **more)
    facts |= {"signed": value(vector, "blind_sig")}
    found = theirs.bytes_of("voter_finalize", "signature", **facts, **more)
    return (blinded, found) == (value(vector, "blinded_msg"), value(vector, "sig"))


def turned(vector: Mapping[str, str]) -> dict[str, str]:
    """The vector with the last digit of its blinded message changed."""
    text = vector["blinded_msg"]
    return {**vector, "blinded_msg": text[:-1] + ("0" if text[-1] != "0" else "1")}


def attack_words() -> Report:
    """S6."""
    report = Report("S6")
    with oracle.Oracle.open() as theirs:
        for name, met in (
            ("Python", [python_meets(one) for one in VECTORS]),
            ("the page's JavaScript", [page_meets(theirs, one) for one in VECTORS]),
        ):
            report.holds(
                f"vectors of RFC 9474 in {name}",
                f"{sum(met)} of {len(met)} met",
                "all",
                all(met) and len(met) >= 4,
            )
        wrong = [turned(one) for one in VECTORS]
        seen = sum(not python_meets(one) for one in wrong)
        seen += sum(not page_meets(theirs, one) for one in wrong)
        report.caught(
            "the same vectors with one digit changed",
            f"{seen} of {2 * len(wrong)} noticed",
            "all",
            seen == 2 * len(wrong),
        )
        key = blind.generate_key()
        theirs.take(key)
        report.caught(
            "a signer that errs in one bit",
            "noticed" if (is_seen := _is_noticed(theirs, Erring(key))) else "not noticed",
            "noticed",
            is_seen,
        )
    disagreement = ""
    try:
        oracle.compare(CASES)
    except oracle.Disagreement as found:
        disagreement = str(found)
    report.holds(
        f"{CASES} random cases in each of 6 directions beside other people's code",
        disagreement or "no difference",
        "no difference",
        not disagreement,
    )
    return report


def _is_noticed(theirs: oracle.Oracle, signer: blind.Signer) -> bool:
    try:
        oracle.they_vote_we_sign(theirs, signer)
    except oracle.Disagreement:
        return True
    return False
