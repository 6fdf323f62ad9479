"""``python -m surveys.ballots.past``: a second ballot box for the demo, whose clock is set by hand.

The demo's history is issued, cast and counted by the same code as everything else, at the times it
tells of. Only in the demo, and only in the past: what is still open for people is open here too.
"""

import datetime as dt
import os
import sys
from collections.abc import Callable
from urllib.parse import urlsplit

from surveys.ballots.app import (
    MOST_CONTROL_BYTES,
    BallotBox,
    Request,
    Route,
    route,
    settings_of_environment,
    wall_clock,
)
from surveys.ballots.http import Answer, Problem
from surveys.ballots.serving import serve, server_of

LOOPBACK = {"127.0.0.1", "localhost", "::1"}


class PastBox(BallotBox):
    """A box that stands at a moment of the past. ``end_process`` is called when its work is done."""

    def __init__(self, *, database_url: str, base_url: str, token: str) -> None:
        super().__init__(database_url=database_url, base_url=base_url, token=token, clock=self.now)
        self.end_process: Callable[[], None] = lambda: None
        self._at: dt.datetime | None = None

    def now(self) -> dt.datetime:
        if self._at is None:
            raise Problem(409, "The clock of this box is not set.")
        return self._at

    def routes(self) -> list[Route]:
        return [
            *super().routes(),
            route("PUT", "/control/clock", PastBox.set_clock),
            route("POST", "/control/end", PastBox.end),
        ]

    async def set_clock(self, request: Request) -> Answer:
        """``{"at": …}``: a moment that has passed. Nothing may be fetched before its time."""
        self.check_control(request)
        document = await request.document(MOST_CONTROL_BYTES)
        try:
            at = dt.datetime.fromisoformat(document["at"])
        except (KeyError, TypeError, ValueError) as error:
            raise Problem(400, "at is not a time.") from error
        if at.tzinfo is None or at > wall_clock():
            raise Problem(422, "This clock is set to a moment that has passed, with its zone.")
        self._at = at
        return Answer(204)

    async def end(self, request: Request) -> Answer:
        self.check_control(request)
        self.end_process()
        return Answer(204)


def refuse_outside_demo() -> None:
    """Ends the process where people answer in earnest."""
    host = urlsplit(os.environ.get("BASE_URL", "")).hostname
    if os.environ.get("DEMO") != "1" or host not in LOOPBACK:
        sys.exit("A ballot box with a clock of its own runs in the demo only.")


def main() -> None:
    refuse_outside_demo()
    box = PastBox(**settings_of_environment())
    server = server_of(box)

    def end() -> None:
        server.should_exit = True

    box.end_process = end
    serve(server)


if __name__ == "__main__":
    main()
