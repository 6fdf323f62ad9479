"""People who answer surveys while things break, as stubborn as the ballot page is."""

import asyncio
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from benchmarks.browser import Answer, Connection
from benchmarks.voters import Book, House, Voter, WentWrong
from surveys.protocol.client import Prepared
from surveys.protocol.encoding import strict_json, unb64
from surveys.protocol.sheet import Sheet

# The page waits 4 to 30 seconds before it tries again; we press on, to meet more of each fault.
RETRY_S = (0.2, 0.8)
TRY_FOR_S = 120.0
# A signature that was asked for waits so long until it is cast: the time in which things shall die.
BETWEEN_S = (0.0, 2.0)


@dataclass
class Tally:
    """What all voters met, since the last fault began."""

    cast: int = 0
    cut: int = 0  # connections refused or broken
    away: int = 0  # 503 with Retry-After
    again: int = 0  # the same asked a second time though it was answered
    slowest_s: float = 0.0


@dataclass
class Crowd:
    """All voters' book, and the tally of the fault that is on."""

    book: Book = field(default_factory=Book)
    tally: Tally = field(default_factory=Tally)
    dice: random.Random = field(default_factory=lambda: random.Random(20261125))


class StubbornVoter(Voter):
    """Asks until answered, with the same bytes; now and then also when answered already."""

    def __init__(
        self,
        house: House,
        session: str,
        ballot: tuple[Prepared, Sheet],
        other: Prepared,
        manifest: bytes,
        crowd: Crowd,
    ) -> None:
        """``other`` is a second ballot of the same person, which must never be signed."""
        super().__init__(house, session, ballot[0], manifest, crowd.book)
        self.sheet = ballot[1]
        self.other = other
        self.crowd = crowd
        self.is_through = False

    async def answer(self, *, arrives_in: float) -> None:
        """The whole way from the invitation to the box."""
        dice = self.crowd.dice
        await asyncio.sleep(arrives_in)
        try:
            ticket = await self.fetch_ticket()
            ballot = await self.have_signed(ticket)
            if dice.random() < 0.3:
                await self._ask_again(ticket)
            if dice.random() < 0.3:
                await self._ask_for_a_second(ticket)
            await asyncio.sleep(dice.uniform(*BETWEEN_S))
            await self.cast(ballot)
            self.crowd.tally.cast += 1
            if dice.random() < 0.3:
                self.crowd.tally.again += 1
                await self.cast(ballot)
            self.is_through = True
            self.book.receipts.append(self.prepared.receipt)
        except (WentWrong, OSError, EOFError, ValueError, KeyError) as error:
            self.book.errors.append(f"{type(error).__name__}: {error}")
        finally:
            self._leave()

    async def _ask_again(self, ticket: str) -> None:
        """As a page that was loaded anew before it could keep the answer."""
        self.crowd.tally.again += 1
        first, second = [await self.ask_to_sign(ticket, self.prepared) for _ in range(2)]
        if unb64(strict_json(first.body)["signature"]) != unb64(
            strict_json(second.body)["signature"]
        ):
            raise WentWrong("the same message was signed in two ways")

    async def _ask_for_a_second(self, ticket: str) -> None:
        """From another device, after the first was signed: never."""
        await self.ask_to_sign(ticket, self.other, expected=409)

    async def _step(
        self,
        name: str,
        expected: int,
        connection: Connection,
        method: str,
        path: str,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
    ) -> Answer:
        deadline = time.monotonic() + TRY_FOR_S
        tally = self.crowd.tally
        while time.monotonic() < deadline:
            began = time.monotonic()
            try:
                answer = await connection.ask(method, path, headers, body)
            except (OSError, EOFError):
                tally.cut += 1
            else:
                tally.slowest_s = max(tally.slowest_s, time.monotonic() - began)
                if answer.status == expected:
                    return answer
                if answer.status != 503 or "retry-after" not in answer.headers:
                    raise WentWrong(f"{name}: {answer.status} {answer.body[:200]!r}")
                tally.away += 1
            await asyncio.sleep(self.crowd.dice.uniform(*RETRY_S))
        raise WentWrong(f"{name}: no answer in {TRY_FOR_S:.0f} s")
