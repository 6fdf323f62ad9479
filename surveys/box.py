"""The control channel to the ballot box: what the identity origin may ask of it, and nothing more.

Never called inside a transaction: the other side may be slow or away.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import httpx
from django.conf import settings

from engagement import times
from surveys.manifests import written
from surveys.protocol.capability import issue_capability

TIMEOUT = httpx.Timeout(10.0, connect=3.0)
BUNDLE_LIFE = dt.timedelta(hours=2)


class BoxProblem(Exception):
    """The ballot box is away or refuses; ``status`` is 0 when it did not answer."""

    def __init__(self, detail: str, *, status: int = 0) -> None:
        super().__init__(detail)
        self.status = status


def page_sha256() -> str:
    """The hash of the ballot page as the box serves it now."""
    return str(_ask("GET", "/control/page")["sha256"])


def put_survey(key: str, manifest: bytes) -> None:
    """Hands the manifest over; the same again does nothing."""
    _ask("PUT", f"/control/surveys/{key}", content=manifest)


def extend_survey(key: str, closes_at: dt.datetime) -> None:
    _ask("POST", f"/control/surveys/{key}/extend", json={"closes_at": written(closes_at)})


def cancel_survey(key: str) -> int:
    """Destroys the ballots unread; how many there were."""
    return int(_ask("POST", f"/control/surveys/{key}/cancel")["destroyed"])


def count_ballots(key: str) -> int | None:
    """How many ballots there are; None while more can come."""
    count = _ask("GET", f"/control/surveys/{key}")["ballots"]
    return None if count is None else int(count)


def publish_receipts(key: str, *, receipts: Sequence[str], root: str) -> None:
    _ask("POST", f"/control/surveys/{key}/counted", json={"receipts": list(receipts), "root": root})


def destroy_ballots(key: str) -> int:
    return int(_ask("POST", f"/control/surveys/{key}/destroy")["destroyed"])


def bundle_capability(key: str) -> str:
    """What whoever counts shows to fetch the ballots."""
    expires = int((times.now() + BUNDLE_LIFE).timestamp())
    return issue_capability(
        settings.BALLOT_CONTROL_TOKEN, survey=key, purpose="bundle", expires=expires
    )


def fetch_bundle(key: str) -> bytes:
    """All sealed ballots, as the counting process takes them."""
    return _send(
        "GET",
        f"/surveys/{key}/bundle",
        headers={"Authorization": f"Bearer {bundle_capability(key)}"},
    ).content


def _ask(method: str, path: str, **request: Any) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {settings.BALLOT_CONTROL_TOKEN}"}
    answer = _send(method, path, headers=headers, **request)
    return answer.json() if answer.content else {}


def _send(method: str, path: str, **request: Any) -> httpx.Response:
    try:
        # Not through a proxy of the environment: this is a conversation inside the house.
        with httpx.Client(timeout=TIMEOUT, trust_env=False) as client:
            answer = client.request(method, f"{settings.BALLOT_CONTROL_URL}{path}", **request)
    except httpx.HTTPError as error:
        raise BoxProblem(f"The ballot box does not answer ({type(error).__name__}).") from error
    if answer.status_code >= 400:
        raise BoxProblem(_detail(answer), status=answer.status_code)
    return answer


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:200]
    except (ValueError, KeyError, TypeError):
        return f"The ballot box answers {answer.status_code}."
