"""What the attacker measures with finds what leaks: small, and without the product running."""

import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from surveys.ballots.store import SCHEMA
from surveys.participation import bands_told
from surveys.protocol import blind, client
from surveys.protocol.sheet import Remark, Sheet
from tests.attack import bands, blindness, bundles, schema, traces
from tests.attack.naive import REWRITINGS, NaiveSurvey
from tests.attack.report import Report, problems
from tests.attack.voters import CANARY, VOTERS_ADDRESS, Ballot
from tests.surveys.manifests import SIGNERS

# --- S1: rows ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(("at_once", "by"), [(4, "xmin"), (1, "ctid")])
def test_two_tables_name_their_writers_until_they_are_copied_in_random_order(
    at_once: int, by: str
) -> None:
    naive = NaiveSurvey(os.environ["DATABASE_URL"], people=90, at_once=at_once)
    try:
        naive.hold()
        for orders, survives in REWRITINGS.values():
            naive.rewrite(orders)
            links = naive.links(by)
            assert links.is_chance is not survives[by], (orders, by, links)
            assert links.share >= 0.7 or not survives[by]
    finally:
        naive.drop()


# --- S3: schema -------------------------------------------------------------------------------------


@pytest.fixture
def ballot_box() -> Iterator[psycopg.Connection]:
    """A fresh ballot box in the ballots' own cluster."""
    server, name = os.environ["BALLOT_DATABASE_URL"], f"lint_{os.getpid()}"
    with psycopg.connect(server, autocommit=True) as db:
        db.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        address = psycopg.conninfo.make_conninfo(server, dbname=name)
        with psycopg.connect(address, autocommit=True) as db:
            db.execute(SCHEMA.encode())
            yield db
    finally:
        with psycopg.connect(server, autocommit=True) as db:
            db.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def test_ballot_box_keeps_nothing_beside_ballots(ballot_box: psycopg.Connection) -> None:
    assert list(schema.lint_ballots(schema.Catalogue(ballot_box))) == []


def test_every_slip_of_a_ballot_box_is_seen(ballot_box: psycopg.Connection) -> None:
    assert schema.slips_seen(ballot_box) == (len(schema.SLIPS), [])
    assert list(schema.lint_ballots(schema.Catalogue(ballot_box))) == []


@pytest.mark.django_db
def test_roll_and_comments_keep_nothing_more(ballot_box: psycopg.Connection) -> None:
    connection.ensure_connection()
    identity = schema.Catalogue(connection.connection)
    assert list(schema.lint_identity(identity)) == []
    assert list(schema.lint_apart(identity, schema.Catalogue(ballot_box))) == []
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE surveys_rollentry ADD COLUMN at timestamptz")
        cursor.execute(
            "ALTER TABLE surveys_comment ADD COLUMN by_id bigint REFERENCES people_person"
        )
    said = list(schema.lint_identity(schema.Catalogue(connection.connection)))
    assert len(said) == 3


# --- S2 and S4: files and logs ------------------------------------------------------------------------


@pytest.fixture
def ballot() -> Ballot:
    text = f"Mer {CANARY}abc"
    sheet = Sheet({"pulse.1": 3}, {"open.1": Remark(text, "team")})
    prepared = client.prepare_ballot(bundles.MANIFEST, bundles.CELL, sheet)
    signature = SIGNERS[bundles.CELL].sign(prepared.blinded)
    return Ballot(7, "p0123456789abcde", bundles.CELL, prepared, signature, sheet)


def test_log_that_tells_is_caught_and_a_quiet_one_is_not(ballot: Ballot) -> None:
    survey = "s0123456789abcde"

    def said(line: str) -> list[str]:
        return traces.log_problems([line.encode()], ballots=[ballot], surveys=[survey], is_box=True)

    assert said("WARNING database_away") == []
    assert said(f"survey {survey} was closed") == []
    assert said(f"person {ballot.person_key} signed in") == []
    assert said(f"{ballot.person_key} at /surveys/{survey}/start") == ["a person and a survey"]
    assert said(f"taken {ballot.receipt}0") == []
    assert said(f"taken {ballot.receipt}") == ["a receipt"]
    assert said(f"signed {ballot.blinded_digest.hex()}") == ["a digest"]
    assert said(f"{VOTERS_ADDRESS} POST") == ["an address", "a voter's address"]
    assert said(f"INSERT {CANARY}abc") == ["a comment"]


def test_search_finds_a_mark_anywhere_in_a_file(tmp_path: Path) -> None:
    (tmp_path / "page").write_bytes(os.urandom(9000) + CANARY.encode() + os.urandom(9000))
    (tmp_path / "other").write_bytes(os.urandom(9000))
    (tmp_path / "empty").touch()
    files = traces.files_below(tmp_path)
    assert traces.files_with(files, [b"other", CANARY.encode()]) == [tmp_path / "page"]


# --- S7, S8, P6 ---------------------------------------------------------------------------------------


def test_blinding_with_small_or_repeated_factors_is_given_away() -> None:
    assert blindness.given_away(blindness.badly_blinded(6, [1] * 6)) >= 6
    assert blindness.given_away(blindness.badly_blinded(6, range(2, 8))) == 6
    assert blindness.given_away(blindness.badly_blinded(6, [2**1999 + 1] * 6)) >= 6


def test_blinding_as_it_is_gives_nothing_away() -> None:
    signer = blind.Signer(blind.generate_key())
    pairs = []
    for number in range(400):
        digest = number.to_bytes(32)
        _prefix, message = blind.prepare(digest)
        state = blind.blind(signer.modulus, message)
        signature = blind.finalize(signer.modulus, state, signer.sign(state.blinded))
        pairs.append(blindness.Signed(signer.modulus, state.blinded, signature, digest))
    assert blindness.given_away(pairs[:20]) == 0
    assert blindness.evenness(pairs) > 1e-6


def test_bad_bundles_are_called_what_they_are_and_trust_is_caught() -> None:
    assert bundles.misjudged(bundles.in_python) == []
    assert len(bundles.misjudged(bundles.trusting)) == len(bundles.bad_bundles())


def test_bands_of_a_small_site_pin_its_people_and_ours_do_not() -> None:
    asked = {"Fornebu": 40, "Bergen": 25, "Tromsø": 6, "": 7}
    answers = [site for site, count in asked.items() for _ in range(count)]
    assert bands.pinned_while(asked, answers, bands.told_of_all)[1]
    assert not bands.pinned_while(asked, answers, bands_told)[1]


# --- The table ----------------------------------------------------------------------------------------


def test_what_falls_short_and_what_is_not_caught_is_a_problem() -> None:
    report = Report("S1")
    report.holds("rows", "7 of 148", "p > 1e-6", holds=True)
    report.holds("more rows", "140 of 148", "p > 1e-6", holds=False)
    report.caught("two tables", "1 of 90", "≥ 80 %", holds=False)
    report.assumed("person → sealed ballot", "all")
    assert [one.split(":")[0] for one in problems(report.findings)] == [
        "S1 more rows",
        "S1 control",
    ]
