"""Migrations: numbered SQL files, each applied once and remembered with its checksum.

ClickHouse has neither transactions over statements nor locks. So every statement may be run twice (IF NOT EXISTS, OR
REPLACE), and a file is remembered only after its last statement: a run that was cut short is repeated, and two
processes that migrate at once do no harm to each other.
"""

import hashlib
import re
from dataclasses import dataclass
from importlib.resources import files

from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError, OperationalError

from pipeline.clickhouse.client import ClickHouseUnreachableError
from pipeline.clickhouse.statements import Layout, split_statements
from schemas.errors import CricketsError

_NAME = re.compile(r"(\d{4})_(\w+)\.sql")
_TRIES = 5
_ACCESS_DENIED = 497

_DATABASE = "CREATE DATABASE IF NOT EXISTS {database} {on_cluster}"

_LEDGER = """
CREATE TABLE IF NOT EXISTS {database}.migrations {on_cluster} (
    number UInt32 COMMENT 'Number of the file',
    name String COMMENT 'Name of the file',
    checksum FixedString(32) COMMENT 'BLAKE2b of the file, hexadecimal',
    applied_at DateTime('UTC') DEFAULT now() COMMENT 'When its last statement had run'
)
ENGINE = {replicated}ReplacingMergeTree
ORDER BY (number, checksum)
COMMENT 'Migrations that have been applied'
"""


class MigrationChangedError(CricketsError):
    """A file that was applied reads differently now, or two files share a number."""


class MigrationFailedError(CricketsError):
    """ClickHouse refused a statement."""


@dataclass(frozen=True)
class Migration:
    """One file."""

    number: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """Return the hash by which a changed file is noticed."""
        return hashlib.blake2b(self.sql.encode(), digest_size=16).hexdigest()


def packaged_migrations() -> tuple[Migration, ...]:
    """Return the files of this package by number."""
    found = []
    for file in files("pipeline.clickhouse").joinpath("migrations").iterdir():
        if match := _NAME.fullmatch(file.name):
            found.append(Migration(int(match[1]), file.name, file.read_text("utf-8")))
    return tuple(sorted(found, key=lambda migration: migration.number))


@dataclass(frozen=True)
class Planned:
    """A migration as it stands: the statements that would run, none if it has been applied."""

    name: str
    statements: tuple[str, ...] = ()


def migrate(
    client: Client, database: str, *, cluster: str = "", migrations: tuple[Migration, ...] | None = None
) -> list[str]:
    """Apply what is missing and return the names of what was applied.

    Where nothing is missing nothing is created: whoever may only write the tables can ask.
    """
    layout = Layout(database, cluster)
    wanted = _numbered(migrations)
    if not _has_ledger(client, layout):
        run(client, layout, _DATABASE, "the database")
        run(client, layout, _LEDGER, "the list of migrations")
    applied = _applied(client, layout)
    done: list[str] = []
    for migration in wanted:
        if migration.number in applied:
            _same(migration, applied[migration.number])
            continue
        for statement in split_statements(migration.sql):
            run(client, layout, statement, migration.name)
        client.insert(
            "migrations",
            [(migration.number, migration.name, migration.checksum)],
            column_names=["number", "name", "checksum"],
            database=layout.database,
        )
        done.append(migration.name)
    return done


def plan(
    client: Client, database: str, *, cluster: str = "", migrations: tuple[Migration, ...] | None = None
) -> list[Planned]:
    """Return what `migrate` would do, in its order and with its words filled in, without changing anything."""
    layout = Layout(database, cluster)
    wanted = _numbered(migrations)
    ledger = _has_ledger(client, layout)
    applied = _applied(client, layout) if ledger else {}
    planned = [Planned("database and list of migrations", () if ledger else _filled(layout, f"{_DATABASE};{_LEDGER}"))]
    for migration in wanted:
        if migration.number in applied:
            _same(migration, applied[migration.number])
            planned.append(Planned(migration.name))
        else:
            planned.append(Planned(migration.name, _filled(layout, migration.sql)))
    return planned


def pending(client: Client, database: str) -> list[str]:
    """Return the names of the files that have not been applied, without changing anything."""
    layout = Layout(database)
    applied = _applied(client, layout) if _has_ledger(client, layout) else {}
    return [migration.name for migration in packaged_migrations() if migration.number not in applied]


def _numbered(migrations: tuple[Migration, ...] | None) -> tuple[Migration, ...]:
    wanted = packaged_migrations() if migrations is None else migrations
    if len({migration.number for migration in wanted}) != len(wanted):
        msg = f"two migrations share a number: {', '.join(m.name for m in wanted)}; give the newer one the next number"
        raise MigrationChangedError(msg)
    return wanted


def _filled(layout: Layout, sql: str) -> tuple[str, ...]:
    return tuple(layout.fill(statement) for statement in split_statements(sql))


def _has_ledger(client: Client, layout: Layout) -> bool:
    found = client.query(
        "SELECT name FROM system.tables WHERE database = {database:String} AND name = 'migrations'",
        parameters={"database": layout.database},
    )
    return bool(found.result_rows)


def _applied(client: Client, layout: Layout) -> dict[int, set[str]]:
    rows = client.query(layout.fill("SELECT number, checksum FROM {database}.migrations")).result_rows
    applied: dict[int, set[str]] = {}
    for number, checksum in rows:
        text = checksum.decode() if isinstance(checksum, bytes) else str(checksum)
        applied.setdefault(number, set()).add(text)
    return applied


def _same(migration: Migration, checksums: set[str]) -> None:
    if checksums != {migration.checksum}:
        msg = (
            f"migration {migration.name} was applied with another content than it has now: "
            "restore the file and put the change into a new one with the next number"
        )
        raise MigrationChangedError(msg)


def run(client: Client, layout: Layout, statement: str, what: str) -> None:
    """Run one statement; again when it fails, since another process may be replacing the same thing right now.

    Raises
    ------
    MigrationFailedError
        ClickHouse refused it time and again.
    ClickHouseUnreachableError
        ClickHouse stopped answering.
    """
    for left in reversed(range(_TRIES)):
        try:
            client.command(layout.fill(statement))
        except OperationalError as error:
            msg = f"ClickHouse stopped answering while {what} was applied: run the migrations again"
            raise ClickHouseUnreachableError(msg) from error
        except DatabaseError as error:
            if left == 0:
                denied = getattr(error, "code", None) == _ACCESS_DENIED
                todo = " (crickets migrate needs a user with more rights: see deploy/README.md)" if denied else ""
                msg = f"ClickHouse refused a statement of {what}{todo}: {error}"
                raise MigrationFailedError(msg) from error
        else:
            return
