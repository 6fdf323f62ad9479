"""What lies in a running product: its databases and the mails it wrote, read from outside."""

import email
import email.policy
import time
from collections.abc import Callable, Sequence
from email.message import EmailMessage
from functools import cached_property
from typing import Any

import psycopg

from tests.journeys.conftest import Platform
from tests.journeys.survey_now import environment_of

PATIENCE = 40.0


def eventually(true: Callable[[], Any], seconds: float = PATIENCE) -> Any:
    """What ``true`` answers as soon as it is something; asked again and again until then."""
    end = time.monotonic() + seconds
    while not (found := true()):
        assert time.monotonic() < end, f"it did not happen in {seconds:.0f} s"
        time.sleep(0.1)
    return found


class ProductState:
    """Reads only."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform

    @cached_property
    def _databases(self) -> dict[str, str]:
        return {
            name: environment_of(self._platform.process_id(process))[name]
            for process, name in (("web", "DATABASE_URL"), ("ballots", "BALLOT_DATABASE_URL"))
        }

    def rows(self, query: str, *values: Any, of: str = "DATABASE_URL") -> list[tuple[Any, ...]]:
        with psycopg.connect(self._databases[of]) as database:
            return database.execute(query, values).fetchall()  # type: ignore[arg-type]

    def number(self, query: str, *values: Any, of: str = "DATABASE_URL") -> int:
        [(found,)] = self.rows(query, *values, of=of)
        return int(found)

    def ballot_count(self, survey: str) -> int:
        """How many ballots lie in the box's own database."""
        query = "SELECT count(*) FROM ballot WHERE survey = %s"
        return self.number(query, survey, of="BALLOT_DATABASE_URL")

    def mails(self) -> list[EmailMessage]:
        """Every mail that left, oldest first."""
        files = sorted((self._platform.folder / "mail").glob("*"))
        parse = email.policy.default
        return [message for file in files for message in _messages(file.read_bytes(), parse)]

    def mailed(self, subject: str) -> Sequence[str]:
        """The addresses that got a mail with ``subject`` in its own, with repetition."""
        return [str(one["To"]) for one in self.mails() if subject in str(one["Subject"])]


def _messages(data: bytes, policy: email.policy.EmailPolicy) -> list[EmailMessage]:
    parts = [part for part in data.split(b"-" * 79 + b"\n") if part.strip()]
    return [email.message_from_bytes(part, policy=policy) for part in parts]
