"""A permission that can be shown to the ballot box without an account: signed, dated, narrow."""

import hmac

from surveys.protocol.encoding import b64, canonical, strict_json, unb64


def issue_capability(token: str, *, survey: str, purpose: str, expires: int) -> str:
    """For ``purpose`` on ``survey`` until ``expires`` (seconds since 1970)."""
    claim = b64(canonical({"survey": survey, "purpose": purpose, "expires": expires}))
    return f"{claim}.{_mac(token, claim)}"


def check_capability(token: str, capability: str, *, survey: str, purpose: str, now: float) -> bool:
    """Whether ``capability`` was issued with ``token`` for exactly this and still holds."""
    claim, _, mac = capability.partition(".")
    if not hmac.compare_digest(_mac(token, claim).encode(), mac.encode()):
        return False
    try:
        said = strict_json(unb64(claim))
    except ValueError:
        return False
    return said.get("survey") == survey and said.get("purpose") == purpose and said["expires"] > now


def _mac(token: str, claim: str) -> str:
    return b64(hmac.digest(token.encode(), b"capability/v1" + claim.encode(), "sha256"))
