"""S5: the protocol misused, over HTTP, against the running web and ballot box.

Every misuse is answered with the refusal that docs/ballots.md names, and changes nothing: the roll and
the box are compared before and after. A genuine ballot passes on the same way, and moves both: that is
the control, without which a box that refuses everything would look safe.
"""

import datetime as dt
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import httpx
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings

from engagement import times
from engagement.people.models import Person
from surveys.models import RollEntry
from surveys.protocol import blind
from surveys.protocol.client import Prepared, finish, prepare_ballot, prepare_sealed
from surveys.protocol.encoding import b64, canonical, unb64
from surveys.protocol.manifest import parse
from surveys.protocol.sheet import Sheet
from surveys.tickets import issue_ticket
from tests.attack.history import Round
from tests.attack.report import Report
from tests.attack.stage import Stage
from tests.attack.voters import Booth

# So many people of the roll are the attacker's, and have not answered.
NEEDED = 4
EMPTY = Sheet({}, {})
LONG_AGO = dt.timedelta(minutes=61)


@dataclass(frozen=True)
class State:
    """Everything that a misuse could change."""

    roll: str
    ballots: str

    @classmethod
    def now(cls, stage: Stage) -> "State":
        """Digests of all rows of the roll and of the ballot box."""
        roll = stage.ask_identity(
            "SELECT survey_id, person_id, cell_id, is_collected, blinded_digest"
            " FROM surveys_rollentry ORDER BY id"
        )
        ballots = stage.ask_ballots(
            "SELECT survey, receipt, cell, md5(sealed) FROM ballot ORDER BY 1, 2"
        )
        surveys = stage.ask_ballots(
            "SELECT key, md5(manifest), opens_at, closes_at FROM survey ORDER BY 1"
        )
        return cls(_digest(roll), _digest([*ballots, *surveys]))


def _digest(rows: Sequence[Any]) -> str:
    return hashlib.sha256(repr(rows).encode()).hexdigest()


class Abuse:
    """One attacker with a few people's tickets."""

    def __init__(self, stage: Stage, made: Round, other: Round, people: Sequence[Person]) -> None:
        self.stage, self.made, self.other = stage, made, other
        self.report = Report("S5")
        self.booth = made.booth
        entries = RollEntry.objects.filter(survey=made.survey, is_collected=False)
        self.entries = list(entries.filter(person__in=people).order_by("pk")[:NEEDED])
        assert len(self.entries) == NEEDED
        self.refused: list[str] = []
        self.done = 0

    # --- Judging ---------------------------------------------------------------------------------

    def _try(self, name: str, status: int, act: Callable[[], httpx.Response]) -> None:
        before = State.now(self.stage)
        answer = act()
        self.done += 1
        detail = answer.headers.get("content-type", "").startswith("application/problem+json")
        if answer.status_code != status:
            self.refused.append(f"{name}: {answer.status_code}, not {status}")
        elif not detail or not answer.json().get("detail"):
            self.refused.append(f"{name}: {status} without a reason")
        if State.now(self.stage) != before:
            self.refused.append(f"{name}: it changed something")

    def _told(self, what: str) -> None:
        self.report.holds(
            f"{what} ({self.done} misuses)",
            "; ".join(self.refused) or "refused, nothing changed",
            "refused with a reason, nothing changed",
            not self.refused,
        )
        self.refused, self.done = [], 0

    # --- Means -----------------------------------------------------------------------------------

    def ticket(self, number: int, *, at: dt.datetime | None = None) -> str:
        return issue_ticket(self.entries[number], at=at or times.now())

    def prepared(self, number: int) -> Prepared:
        return prepare_ballot(self.made.manifest, self.entries[number].cell.key, EMPTY)

    # --- Attacks ---------------------------------------------------------------------------------

    def run(self) -> Report:
        self.ask_for_signatures()
        ballot, signature, prepared = self.genuine()
        self.ask_again(prepared, signature)
        self.cast_altered(ballot)
        self.cast_at_wrong_times()
        self.hand_in_manifests()
        return self.report

    def ask_for_signatures(self) -> None:
        """Numbers that must not be signed, and tickets that do not hold."""
        prepared, ticket = self.prepared(0), self.ticket(0)
        n = int.from_bytes(prepared.modulus)
        numbers = {
            "0": 0,
            "1": 1,
            "n − 1": n - 1,
            "n": n,
            "n + 1": n + 1,
            "2²⁰⁴⁸ − 1": 2**2048 - 1,
        }
        messages = {name: number.to_bytes(256) for name, number in numbers.items()}
        messages |= {f"{size} bytes": bytes([2] * size) for size in (0, 1, 255, 257, 1024)}
        for name, message in messages.items():
            self._try(name, 400, lambda message=message: self.booth.issue(ticket, message))
        blinded = prepared.blinded
        self._try(
            "expired ticket",
            401,
            lambda: self.booth.issue(self.ticket(0, at=times.now() - LONG_AGO), blinded),
        )
        forged = ticket[:-4] + ("AAAA" if ticket[-4:] != "AAAA" else "BBBB")
        self._try("forged ticket", 401, lambda: self.booth.issue(forged, blinded))
        self._try("no ticket", 401, lambda: self.booth.issue("", blinded))
        elsewhere = Booth(self.other.survey.key, self.other.manifest)
        self._try("ticket of another survey", 403, lambda: elsewhere.issue(ticket, blinded))
        self._try("a field more", 400, lambda: self._issue({"ticket": ticket, "blinded": b64(blinded), "cell": "c001"}))  # fmt: skip
        self._try("no JSON", 400, lambda: self._issue([ticket, b64(blinded)]))
        self._told("issue: numbers, lengths, tickets")

    def _issue(self, document: Any) -> httpx.Response:
        return self.booth.client.post(
            f"{settings.BASE_URL}/surveys/{self.made.survey.key}/issue", json=document
        )

    def genuine(self) -> tuple[dict[str, str], bytes, Prepared]:
        """A ballot as it should be: it must pass and be seen."""
        before = State.now(self.stage)
        prepared = self.prepared(0)
        issued = self.booth.issue(self.ticket(0), prepared.blinded)
        signature = unb64(issued.json().get("signature", "")) if issued.is_success else b""
        between = State.now(self.stage)
        ballot = finish(prepared, signature)
        cast = self.booth.cast(ballot)
        after = State.now(self.stage)
        moved = before.roll != between.roll and between.ballots != after.ballots
        self.report.caught(
            "a genuine ballot on the same way",
            f"{issued.status_code}, {cast.status_code}, {'changes' if moved else 'does not change'} "
            "roll and box",
            "200, 204, changes roll and box",
            (issued.status_code, cast.status_code, moved) == (200, 204, True),
        )
        return ballot, signature, prepared

    def ask_again(self, prepared: Prepared, signature: bytes) -> None:
        again = self.booth.issue(self.ticket(0), prepared.blinded)
        is_same = again.is_success and unb64(again.json()["signature"]) == signature
        self.report.holds(
            "the same blinded message again",
            f"{again.status_code}, {'the same' if is_same else 'another'} signature",
            "200, the same signature",
            is_same,
        )
        second = self.prepared(0)
        self._try("another message", 409, lambda: self.booth.issue(self.ticket(0), second.blinded))
        own = self._cell_of_another(self.entries[0].cell.key)
        foreign = prepare_ballot(self.made.manifest, own, EMPTY)
        self._try(
            "for another cell", 409, lambda: self.booth.issue(self.ticket(0), foreign.blinded)
        )
        self._told("issue: a second ballot")

    def _cell_of_another(self, cell: str) -> str:
        return next(key for key in self.made.manifest.cells if key != cell)

    def cast_altered(self, ballot: dict[str, str]) -> None:
        """What was signed, changed; and what was never signed."""
        before = State.now(self.stage)
        replay = self.booth.cast(ballot)
        self.report.holds(
            "the same ballot again",
            f"{replay.status_code}, {'one' if State.now(self.stage) == before else 'a second'} ballot",
            "204, one ballot",
            replay.status_code == 204 and State.now(self.stage) == before,
        )
        sealed = bytearray(unb64(ballot["sealed"]))
        sealed[-1] ^= 1
        other = self._cell_of_another(ballot["cell"])
        signature = bytearray(unb64(ballot["sig"]))
        signature[5] ^= 1
        cast = self.booth.cast
        for name, changes, status in (
            ("altered envelope", {"sealed": b64(bytes(sealed))}, 403),
            ("other cell's name", {"cell": other}, 403),
            ("altered signature", {"sig": b64(bytes(signature))}, 403),
            ("signature of zeros", {"sig": b64(bytes(256))}, 403),
            ("other prefix", {"prefix": b64(bytes(32))}, 403),
            ("unknown cell", {"cell": "c999"}, 404),
            ("a field more", {"person": "p0"}, 400),
            ("8191 bytes", {"sealed": b64(bytes(sealed)[:-1])}, 400),
            ("8193 bytes", {"sealed": b64(bytes(sealed) + b"x")}, 400),
            ("no base 64", {"sig": "*" * 342}, 400),
            ("no text", {"cell": 7}, 404),
        ):
            self._try(name, status, lambda changes=changes: cast({**ballot, **changes}))
        self._try(
            "a field less", 400, lambda: cast({k: v for k, v in ballot.items() if k != "sig"})
        )
        for name, value in (("Cookie", "vaffel_session=x"), ("Authorization", "Bearer x")):
            self._try(name, 400, lambda name=name, value=value: cast(ballot, headers={name: value}))
        foreign = self._signed_by_another_cell()
        self._try("other cell's key", 403, lambda: cast(foreign))
        mine = Booth(self.other.survey.key, self.other.manifest)
        is_known = ballot["cell"] in self.other.manifest.cells
        self._try("another survey", 403 if is_known else 404, lambda: mine.cast(ballot))
        self._told("cast: altered, foreign and marked ballots")

    def _signed_by_another_cell(self) -> dict[str, str]:
        """A ballot for one cell with a good signature by the key of another."""
        cell = self.entries[1].cell.key
        target = self._cell_of_another(cell)
        prepared = prepare_sealed(
            self.made.manifest, target, prepare_ballot(self.made.manifest, target, EMPTY).sealed
        )
        own = blind.blind(self.made.manifest.cells[cell].modulus, prepared.prefix + prepared.digest)
        issued = self.booth.issue(self.ticket(1), own.blinded)
        assert issued.status_code == 200, issued.text
        signature = blind.finalize(
            self.made.manifest.cells[cell].modulus, own, unb64(issued.json()["signature"])
        )
        return {
            "cell": target,
            "prefix": b64(prepared.prefix),
            "sig": b64(signature),
            "sealed": b64(prepared.sealed),
        }

    # --- Manifests of the attacker's own in the box ------------------------------------------------

    def _put(self, document: dict[str, Any], key: str) -> httpx.Response:
        return self.booth.client.put(
            f"{settings.BALLOT_URL}/control/surveys/{key}",
            content=canonical(document),
            headers={"Authorization": f"Bearer {settings.BALLOT_CONTROL_TOKEN}"},
        )

    def _document(self, key: str, opens: dt.timedelta, closes: dt.timedelta) -> dict[str, Any]:
        """The survey's manifest under another key and with a cell key that the attacker knows."""
        now = times.now()
        document = dict(self.made.manifest.document)
        cell = dict(document["cells"][0], n=b64(self.signer.modulus))
        return document | {
            "survey": key,
            "opens_at": _written(now + opens),
            "closes_at": _written(now + closes),
            "reminders_at": [],
            "cells": [cell],
        }

    def cast_at_wrong_times(self) -> None:
        """Ballots with good signatures, before the opening and after the last seconds of grace."""
        self.signer = blind.Signer(blind.generate_key())
        hour = dt.timedelta(hours=1)
        for name, key, opens, closes, status in (
            ("before it opens", "s1attackbefore", hour, 2 * hour, 410),
            ("after the close and its 30 seconds", "s1attackafter", -hour, dt.timedelta(seconds=-31), 410),
        ):  # fmt: skip
            booth, ballot = self._own_survey(key, opens, closes)
            self._try(name, status, lambda booth=booth, ballot=ballot: booth.cast(ballot))
        self._told("cast: at the wrong time")
        booth, ballot = self._own_survey("s1attackgrace", -hour, dt.timedelta(seconds=-5))
        taken = booth.cast(ballot).status_code
        self.report.caught("the same within the 30 seconds", taken, "204", taken == 204)

    def _own_survey(
        self, key: str, opens: dt.timedelta, closes: dt.timedelta
    ) -> tuple[Booth, dict[str, str]]:
        document = self._document(key, opens, closes)
        put = self._put(document, key)
        assert put.status_code == 201, put.text
        manifest = parse(canonical(document))
        [cell] = manifest.cells
        prepared = prepare_ballot(manifest, cell, EMPTY)
        return Booth(key, manifest), finish(prepared, self.signer.sign(prepared.blinded))

    def hand_in_manifests(self) -> None:
        """Weak keys and differing manifests, with the control channel's own token."""
        hour = dt.timedelta(hours=1)
        good = self._document("s1attackweak", -hour, hour)
        [cell] = good["cells"]
        short = rsa.generate_private_key(65537, 1024).public_key().public_numbers().n
        n = int.from_bytes(self.signer.modulus)
        for name, changes in {
            "a key of 1024 bits": {"n": b64(short.to_bytes(128))},
            "1024 bits in 256 bytes": {"n": b64(short.to_bytes(256))},
            "an even modulus": {"n": b64((n - 1).to_bytes(256))},
            "an exponent of its own": {"e": 3},
            "a cell of four": {"invited": 4},
        }.items():
            document = good | {"cells": [{**cell, **changes}]}
            self._try(name, 422, lambda document=document: self._put(document, "s1attackweak"))
        twice = good | {"cells": [cell, {**cell, "key": "c998"}]}
        self._try("one key for two cells", 422, lambda: self._put(twice, "s1attackweak"))
        sizes = good | {"rules": {**good["rules"], "ballot_bytes": 8193}}
        self._try("another length of sheets", 422, lambda: self._put(sizes, "s1attackweak"))
        spaced = canonical(good).replace(b":", b": ", 1)
        self._try("not canonical", 422, lambda: self._put_raw(spaced, "s1attackweak"))
        differing = dict(self.made.manifest.document) | {"organisation": "Another"}
        key = self.made.survey.key
        self._try("another manifest of this survey", 409, lambda: self._put(differing, key))
        self._try("without the token", 401, lambda: self._put_raw(canonical(good), "s1attackweak", token="guessed"))  # fmt: skip
        self._told("manifests: weak keys, differing, unsigned for")

    def _put_raw(self, data: bytes, key: str, *, token: str = "") -> httpx.Response:
        return self.booth.client.put(
            f"{settings.BALLOT_URL}/control/surveys/{key}",
            content=data,
            headers={"Authorization": f"Bearer {token or settings.BALLOT_CONTROL_TOKEN}"},
        )


def _written(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def attack_protocol(stage: Stage, made: Round, other: Round, people: Sequence[Person]) -> Report:
    """S5 on the open ``made``; ``other`` is another survey, ``people`` are whom the attacker holds."""
    return Abuse(stage, made, other, people).run()
