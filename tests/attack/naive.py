"""The design that everybody has and that does not hold: who answered here, what was answered there.

Built by the book in the same PostgreSQL: random UUID keys, no times, two transactions, four people at
once. What measures the product must link this one far above chance, or it measures nothing.
"""

import os
import random
import secrets
import time
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from queue import SimpleQueue

import psycopg
from psycopg.conninfo import make_conninfo

from tests.attack.chance import Line, Links, links_by_order
from tests.attack.voters import AT_ONCE

CELL_SIZE = 9
# What these answers are marked with: the searches of the attack must find them.
MARK = "naivfugl"
LONGEST_WAY_S = 0.004
_SCHEMA = """
DROP TABLE IF EXISTS answered, answers;
CREATE TABLE answered (id uuid PRIMARY KEY, person int NOT NULL, cell int NOT NULL);
CREATE TABLE answers (id uuid PRIMARY KEY, cell int NOT NULL, body text NOT NULL);
"""
ORDERS = {"ctid": "ctid", "xmin": "xmin::text::bigint"}
# How the tables are written anew, and whether the order survives in ctid and in xmin. A copy in random
# order shows that the measure can also say no.
REWRITINGS = {
    "as written": ([], {"ctid": True, "xmin": True}),
    "after VACUUM FULL FREEZE": (
        ["VACUUM (FULL, FREEZE) answered", "VACUUM (FULL, FREEZE) answers"],
        {"ctid": True, "xmin": True},
    ),
    "after CLUSTER by random key": (
        ["CLUSTER answered USING answered_pkey", "CLUSTER answers USING answers_pkey"],
        {"ctid": False, "xmin": True},
    ),
    "copied in random order": (
        [
            "CREATE TABLE copy AS SELECT * FROM answered ORDER BY random()",
            "DROP TABLE answered",
            "ALTER TABLE copy RENAME TO answered",
            "CREATE TABLE copy AS SELECT * FROM answers ORDER BY random()",
            "DROP TABLE answers",
            "ALTER TABLE copy RENAME TO answers",
        ],
        {"ctid": False, "xmin": False},
    ),
}


@dataclass(frozen=True)
class Voter:
    """The truth, for scoring: what this person wrote."""

    person: int
    cell: int
    body: str


class NaiveSurvey:
    """In a database of its own on ``server``. Four people at once blur the places of rows (each session
    fills pages of its own), not the numbers of transactions."""

    def __init__(self, server: str, *, people: int, at_once: int = AT_ONCE) -> None:
        self._server, self._at_once = server, at_once
        self._name = f"naive_{os.getpid()}_{at_once}"
        self.url = make_conninfo(server, dbname=self._name)
        self.voters = [
            Voter(number, number // CELL_SIZE, f"Vi bør {MARK}{secrets.token_hex(8)} mer")
            for number in range(people)
        ]
        self.written: dict[str, dict[int, tuple[int, int | str]]] = {}

    def hold(self) -> None:
        """Everybody answers, in random order."""
        with psycopg.connect(self._server, autocommit=True) as db:
            db.execute(f"CREATE DATABASE {self._name}".encode())
        with psycopg.connect(self.url, autocommit=True) as db:
            db.execute(_SCHEMA)
        arriving = random.sample(self.voters, len(self.voters))
        with ExitStack() as stack, ThreadPoolExecutor(self._at_once) as pool:
            doors: SimpleQueue[psycopg.Connection] = SimpleQueue()
            for _ in range(self._at_once):
                doors.put(stack.enter_context(psycopg.connect(self.url, autocommit=True)))
            list(pool.map(lambda voter: self._answer(voter, doors), arriving))
        # Before the tables are written anew: whose transaction each row is.
        self.written = {table: self._written(table) for table in ("answered", "answers")}

    def _written(self, table: str) -> dict[int, tuple[int, int | str]]:
        """Cell and person or answer, by the transaction that wrote it."""
        column = "person" if table == "answered" else "body"
        words = f"SELECT xmin::text::bigint, cell, {column} FROM {table}"
        with psycopg.connect(self.url, autocommit=True) as db:
            return {xid: (cell, name) for xid, cell, name in db.execute(words.encode())}

    def _answer(self, voter: Voter, doors: "SimpleQueue[psycopg.Connection]") -> None:
        db = doors.get()
        time.sleep(random.random() * LONGEST_WAY_S)
        db.execute(
            "INSERT INTO answered VALUES (%s, %s, %s)", [uuid.uuid4(), voter.person, voter.cell]
        )
        time.sleep(random.random() * LONGEST_WAY_S)
        db.execute(
            "INSERT INTO answers VALUES (%s, %s, %s)", [uuid.uuid4(), voter.cell, voter.body]
        )
        doors.put(db)

    def drop(self) -> None:
        with psycopg.connect(self._server, autocommit=True) as db:
            db.execute(f"DROP DATABASE {self._name} WITH (FORCE)".encode())

    def rewrite(self, orders: Sequence[str]) -> None:
        with psycopg.connect(self.url, autocommit=True) as db:
            for order in orders:
                db.execute(order.encode())

    def links(self, by: str) -> Links:
        """Answers to people, by the place of their rows or the number of who wrote them."""
        return self.links_of(self.in_order("answered", by), self.in_order("answers", by))

    def in_order(self, table: str, by: str) -> list[tuple[int, int | str]]:
        """Cell, and person or answer."""
        column = "person" if table == "answered" else "body"
        words = f"SELECT cell, {column} FROM {table} ORDER BY {ORDERS[by]}"
        with psycopg.connect(self.url, autocommit=True) as db:
            return db.execute(words.encode()).fetchall()

    def links_of(
        self, people: Sequence[tuple[int, int | str]], answers: Sequence[tuple[int, int | str]]
    ) -> Links:
        """The same code that judges the product."""
        writer = {voter.body: voter.person for voter in self.voters}
        cells = sorted({cell for cell, _ in people})
        return links_by_order(
            Line(
                things=[writer[str(body)] for cell, body in answers if cell == wanted],
                candidates=[person for cell, person in people if cell == wanted],
            )
            for wanted in cells
        )
