"""What lies in a running product: its databases and the mails it wrote, read from outside."""

import datetime as dt
import email
import email.policy
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import parseaddr
from functools import cached_property, partial
from typing import Any

import psycopg

from tests.journeys.conftest import ROOT, Platform
from tests.journeys.survey_now import environment_of

PATIENCE = 40.0
# How Django writes mails into a file.
MAIL_ENDS = b"-" * 79 + b"\n"
ROLL = """
FROM surveys_rollentry AS entry
JOIN surveys_survey AS survey ON survey.id = entry.survey_id
JOIN people_person AS person ON person.id = entry.person_id
WHERE survey.key = %s
"""
STATISTICS = """
SELECT part.kind, part.key, cell.name, item.item_key, item.counts
FROM surveys_itemstatistic AS item
JOIN surveys_groupstatistic AS part ON part.id = item.group_id
JOIN surveys_count AS count ON count.id = part.count_id
JOIN surveys_survey AS survey ON survey.id = count.survey_id
LEFT JOIN surveys_cell AS cell
  ON cell.survey_id = survey.id AND cell.key = part.key AND part.kind = 'cell'
WHERE survey.key = %s
"""


@dataclass(frozen=True)
class Group:
    """What is stored of a cell, of a rest of cells, or of the whole.

    ``items``: of each question, how often each point of its scale was chosen.
    """

    kind: str
    name: str
    items: dict[str, list[int]]


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

    def is_opened(self, survey: str) -> bool:
        return self._is_set("opened_at", survey)

    def is_closed(self, survey: str) -> bool:
        return self._is_set("closed_at", survey)

    def _is_set(self, column: str, survey: str) -> bool:
        query = f"SELECT {column} IS NOT NULL FROM surveys_survey WHERE key = %s"
        [(found,)] = self.rows(query, survey)
        return bool(found)

    def roll_size(self, survey: str) -> int:
        return self.number(f"SELECT count(*) {ROLL}", survey)

    def signing_keys(self, survey: str) -> int:
        """How many cells still have the key that signs their ballots."""
        query = "SELECT count(signing_key) FROM surveys_cell JOIN surveys_survey AS survey ON survey_id = survey.id WHERE survey.key = %s"
        return self.number(query, survey)

    def addresses_on_roll(self, survey: str, *, is_collected: bool | None = None) -> list[str]:
        """Of those with an address; only those who have (not) collected, when that is asked."""
        query = f"SELECT email {ROLL} AND email <> '' AND (%s::bool IS NULL OR is_collected = %s) ORDER BY email"
        return [email for (email,) in self.rows(query, survey, is_collected, is_collected)]

    def address_of(self, name: str) -> str:
        query = "SELECT email FROM people_person WHERE concat(given_name, ' ', family_name) = %s"
        [(found,)] = self.rows(query, name)
        return str(found)

    def statistics(self, survey: str) -> list[Group]:
        found: dict[tuple[str, str], Group] = {}
        for kind, key, name, item, counts in self.rows(STATISTICS, survey):
            group = found.setdefault((kind, key), Group(kind, name or "", {}))
            group.items[item] = counts
        return list(found.values())

    def comments(self, survey: str) -> list[str]:
        query = "SELECT text FROM surveys_comment JOIN surveys_count AS count ON count_id = count.id JOIN surveys_survey AS survey ON survey_id = survey.id WHERE survey.key = %s"
        return [text for (text,) in self.rows(query, survey)]

    def mailed(self, *subjects: str) -> list[str]:
        """The addresses that got a mail with one of ``subjects``, as often as they got one."""
        return [parseaddr(str(one["To"]))[1] for one in self._mails() if one["Subject"] in subjects]

    def mails_to(self, address: str) -> list[EmailMessage]:
        """In the order they left in."""
        return [one for one in self._mails() if parseaddr(str(one["To"]))[1] == address]

    def names(self) -> list[str]:
        """Of everybody who is not forgotten, as pages write them."""
        query = (
            "SELECT concat(given_name, ' ', family_name) FROM people_person WHERE given_name <> ''"
        )
        rows = self.rows(query)
        return [str(name) for (name,) in rows]

    def swept_since(self, moment: dt.datetime) -> bool:
        """Whether the worker has been woken by the clock since ``moment``."""
        query = "SELECT count(*) FROM clock_sweep WHERE name = 'worker' AND last_ran_at > %s"
        return self.number(query, moment) > 0

    def token(self, address: str, *scopes: str) -> str:
        """A token that acts as whoever has ``address``, made on the server's own terminal."""
        words = ["manage.py", "create_api_token", "--email", address, "--scope", *scopes]
        environment = environment_of(self._platform.process_id("web"))
        made = subprocess.run(
            [sys.executable, *words],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=True,
        )  # fmt: skip
        return made.stdout.split()[-1]

    def _mails(self) -> list[EmailMessage]:
        files = sorted((self._platform.folder / "mail").glob("*"))
        parts = [part for file in files for part in file.read_bytes().split(MAIL_ENDS)]
        parse = partial(email.message_from_bytes, policy=email.policy.default)
        return [parse(part) for part in parts if part.strip()]
