"""S3: what the tables and settings let anybody keep. A lint over the catalogues of both clusters."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import psycopg

from tests.attack.report import Report
from tests.attack.stage import Stage

# All that may stand beside a ballot, and what keeps one survey in the ballot box.
BALLOT_TABLES = {
    "ballot": {
        "survey": "text",
        "receipt": "text",
        "cell": "text",
        "prefix": "bytea",
        "sig": "bytea",
        "sealed": "bytea",
    },
    "survey": {
        "key": "text",
        "manifest": "bytea",
        "page": "bytea",
        "opens_at": "timestamp with time zone",
        "closes_at": "timestamp with time zone",
        "is_cancelled": "boolean",
        "is_destroyed": "boolean",
        # A sum, written when nothing is left to count.
        "destroyed_count": "integer",
        "receipts": "text[]",
        "root": "text",
    },
}
BALLOT_LINKS = {("ballot", "survey")}
# The identity side: who has collected, and what a count leaves.
ROLL_TABLES = {
    "surveys_rollentry": {
        "id": "bigint",
        "survey_id": "bigint",
        "person_id": "bigint",
        "cell_id": "bigint",
        "is_collected": "boolean",
        "blinded_digest": "bytea",
    },
    "surveys_comment": {
        "id": "bigint",
        "count_id": "bigint",
        "group_key": "character varying",
        "item_key": "character varying",
        "audience": "character varying",
        "text": "text",
    },
    "surveys_publishedreceipt": {
        "id": "bigint",
        "count_id": "bigint",
        "receipt": "character varying",
    },
    "surveys_groupstatistic": {
        "id": "bigint",
        "count_id": "bigint",
        "key": "character varying",
        "kind": "character varying",
        "answered": "integer",
    },
    "surveys_itemstatistic": {
        "id": "bigint",
        "group_id": "bigint",
        "item_key": "character varying",
        "n": "integer",
        "counts": "integer[]",
    },
}
ROLL_LINKS = {
    ("surveys_rollentry", "surveys_survey"),
    ("surveys_rollentry", "surveys_cell"),
    ("surveys_rollentry", "people_person"),
    ("surveys_comment", "surveys_count"),
    ("surveys_publishedreceipt", "surveys_count"),
    ("surveys_groupstatistic", "surveys_count"),
    ("surveys_itemstatistic", "surveys_groupstatistic"),
}
# Neither cluster may remember what was asked of it, or when it was committed.
QUIET = {
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
    "track_commit_timestamp": "off",
    "shared_preload_libraries": "",
    "session_preload_libraries": "",
    "debug_print_parse": "off",
    "debug_print_plan": "off",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# The ballots' cluster is silent about visitors as well.
SILENT = {
    "log_connections": ("", "off"),
    "log_disconnections": ("off",),
    "track_activities": ("off",),
}
EXTENSIONS = {"plpgsql"}

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL),
       a.attidentity <> '' OR coalesce(pg_get_expr(d.adbin, d.adrelid), '') LIKE '%%nextval%%'
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
"""
_LINKS = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint WHERE contype = 'f'
"""
_TRIGGERS = "SELECT tgrelid::regclass::text FROM pg_trigger WHERE NOT tgisinternal"
_GRANTS = """
SELECT DISTINCT c.relname, pg_get_userbyid(g.grantee)
FROM pg_class c, aclexplode(c.relacl) g
WHERE c.relnamespace = 'public'::regnamespace AND g.grantee <> c.relowner
"""


class Catalogue:
    """What one database says of itself."""

    def __init__(self, db: psycopg.Connection) -> None:
        def ask(words: str) -> list[tuple[Any, ...]]:
            return db.execute(words.encode()).fetchall()

        self.tables: dict[str, dict[str, str]] = {}
        self.numbered: set[tuple[str, str]] = set()
        for table, column, kind, is_numbered in ask(_COLUMNS.replace("%%", "%")):
            self.tables.setdefault(table, {})[column] = kind
            if is_numbered:
                self.numbered.add((table, column))
        self.links = set(ask(_LINKS))
        self.triggers = {table for (table,) in ask(_TRIGGERS)}
        self.grants = set(ask(_GRANTS))
        self.extensions = {name for (name,) in ask("SELECT extname FROM pg_extension")}
        self.settings = dict(ask("SELECT name, setting FROM pg_settings"))
        self.roles = {
            name for (name,) in ask("SELECT rolname FROM pg_roles WHERE rolname !~ '^pg_'")
        }
        self.servers = {name for (name,) in ask("SELECT srvname FROM pg_foreign_server")}
        self.slots = {name for (name,) in ask("SELECT slot_name FROM pg_replication_slots")}
        ((self.system,),) = ask("SELECT system_identifier FROM pg_control_system()")


def lint_ballots(found: Catalogue) -> Iterator[str]:
    """What the ballots' database has and must not have."""
    yield from _columns(found, BALLOT_TABLES)
    for table in sorted(set(found.tables) - set(BALLOT_TABLES)):
        yield f"{table}: a table more"
    for table, column in sorted(found.numbered):
        yield f"{table}.{column}: numbers its rows"
    yield from _links(found, BALLOT_LINKS, set(found.tables))
    yield from _loose(found, set(found.tables))
    yield from _settings(found, QUIET)
    for name, allowed in SILENT.items():
        if found.settings.get(name) not in allowed:
            yield f"{name} is {found.settings.get(name)}"


def lint_identity(found: Catalogue) -> Iterator[str]:
    """What the tables of surveys on the identity side have and must not have."""
    tables = set(ROLL_TABLES)
    yield from _columns(found, ROLL_TABLES)
    yield from _links(found, ROLL_LINKS, tables)
    if ("surveys_comment", "id") in found.numbered:
        yield "surveys_comment.id: numbers its rows"
    yield from _loose(found, tables)
    yield from _settings(found, QUIET)


def _columns(found: Catalogue, wanted: Mapping[str, Mapping[str, str]]) -> Iterator[str]:
    for table, columns in wanted.items():
        there = found.tables.get(table, {})
        if not there:
            yield f"{table}: is not there"
        for column, kind in sorted(there.items()):
            if column not in columns:
                yield f"{table}.{column} ({kind}): a column more"
            elif kind != columns[column]:
                yield f"{table}.{column}: {kind}, not {columns[column]}"


def _links(found: Catalogue, wanted: Iterable[tuple[str, str]], tables: set[str]) -> Iterator[str]:
    for one, other in sorted(found.links - set(wanted)):
        if one in tables:
            yield f"{one} points to {other}"


def _loose(found: Catalogue, tables: set[str]) -> Iterator[str]:
    for table in sorted(found.triggers & tables):
        yield f"{table}: has a trigger"
    for table, role in sorted(found.grants):
        if table in tables:
            yield f"{table}: granted to {role}"
    for kind, names in (
        ("extension", found.extensions - EXTENSIONS),
        ("foreign server", found.servers),
        ("replication slot", found.slots),
    ):
        for name in sorted(names):
            yield f"{kind} {name}"


def _settings(found: Catalogue, wanted: Mapping[str, str]) -> Iterator[str]:
    for name, value in wanted.items():
        if found.settings.get(name, value) != value:
            yield f"{name} is {found.settings[name]}"


def lint_apart(identity: Catalogue, ballots: Catalogue) -> Iterator[str]:
    """Two clusters, with nobody in both."""
    if identity.system == ballots.system:
        yield "one cluster for both"
    for role in sorted(identity.roles & ballots.roles):
        yield f"role {role} is in both"


# What a ballot box must not become, and what it would be called for it.
SLIPS = {
    "ALTER TABLE ballot ADD COLUMN at timestamptz DEFAULT now()": "at (timestamp",
    "ALTER TABLE ballot ADD COLUMN seq bigserial": "numbers its rows",
    "ALTER TABLE ballot ADD COLUMN address inet": "address (inet)",
    "ALTER TABLE ballot ADD COLUMN id uuid DEFAULT uuidv7()": "id (uuid)",
    "CREATE TABLE person (id int PRIMARY KEY)": "person: a table more",
    "ALTER TABLE ballot ADD COLUMN person int REFERENCES person": "ballot points to person",
    "CREATE FUNCTION noted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'": "",
    "CREATE TRIGGER noted AFTER INSERT ON ballot FOR EACH ROW EXECUTE FUNCTION noted()": "trigger",
    "GRANT SELECT ON ballot TO PUBLIC": "granted",
    "SET log_statement = 'all'": "log_statement",
    "SET log_min_duration_statement = 0": "log_min_duration_statement",
}


def slips_seen(db: psycopg.Connection) -> tuple[int, list[str]]:
    """How many of `SLIPS` the lint sees, and those it does not. Nothing of them stays."""
    missed = []
    with db.transaction(force_rollback=True):
        for words in SLIPS:
            db.execute(words.encode())
        said = list(lint_ballots(Catalogue(db)))
        db.execute("RESET log_statement")
        db.execute("RESET log_min_duration_statement")
        missed = [words for words, mark in SLIPS.items() if not any(mark in one for one in said)]
    return len(SLIPS) - len(missed), missed


def attack_schema(stage: Stage) -> Report:
    """S3, on the clusters of the run."""
    report = Report("S3")
    with (
        psycopg.connect(stage.identity.url, autocommit=True) as ours,
        psycopg.connect(stage.ballots.url, autocommit=True) as theirs,
    ):
        identity, ballots = Catalogue(ours), Catalogue(theirs)
        seen, missed = slips_seen(theirs)
    for tried, found in (
        ("the ballots' database: columns, keys, triggers, roles, logging", lint_ballots(ballots)),
        ("roll, counts and comments on the identity side", lint_identity(identity)),
        ("two clusters, no role in both", lint_apart(identity, ballots)),
    ):
        said = list(found)
        report.holds(tried, "; ".join(said) or "nothing more", "nothing more", not said)
    report.holds(
        "ballots' cluster without its password",
        "let in" if (is_open := _is_open(stage)) else "refused",
        "refused",
        not is_open,
    )
    report.caught(
        "a ballot box with time, number, address, person, trigger, grant, logging",
        "; ".join(missed) or f"{seen} of {len(SLIPS)} seen",
        "all seen",
        not missed,
    )
    report.caught("one cluster for both", "seen", "seen", any(lint_apart(identity, identity)))
    return report


def _is_open(stage: Stage) -> bool:
    parts = psycopg.conninfo.conninfo_to_dict(stage.ballots.url)
    for user in (str(parts["user"]), stage.identity.role):
        try:
            told = {**parts, "user": user, "password": "guessed"}
            psycopg.connect(**{name: str(value) for name, value in told.items()}).close()
        except psycopg.OperationalError:
            continue
        return True
    return False
