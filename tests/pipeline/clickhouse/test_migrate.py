import multiprocessing
import re
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from agents.tables import COLUMNS
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import (
    Migration,
    MigrationChangedError,
    MigrationFailedError,
    migrate,
    packaged_migrations,
    pending,
    plan,
)
from pipeline.clickhouse.statements import split_statements
from pipeline.settings import ClickHouseSettings

NAMES = [migration.name for migration in packaged_migrations()]
MIRRORS = {"prompts_now", "anomalies_now", "latest_postings_kept"}  # the columns of their tables, explained there
OTHERS = {"erasures", "latest_postings", "redrives"}  # tables that are not the recorder's


def test_the_second_time_there_is_nothing_to_do(client: Client, settings: ClickHouseSettings) -> None:
    assert pending(client, settings.database) == NAMES
    assert migrate(client, settings.database) == NAMES
    assert pending(client, settings.database) == []
    assert migrate(client, settings.database) == []


def test_a_plan_says_what_migrate_then_runs_and_changes_nothing(client: Client, settings: ClickHouseSettings) -> None:
    first, second, *others = plan(client, settings.database)
    assert client.query(f"SELECT count() FROM system.databases WHERE name = '{settings.database}'").first_row[0] == 0
    assert [planned.name for planned in (second, *others)] == NAMES
    for planned in (first, second, *others):
        for statement in planned.statements:
            client.command(statement)
    tables = "SELECT name, create_table_query FROM system.tables WHERE database = {d:String} ORDER BY name"
    made = client.query(tables, {"d": settings.database}).result_rows
    client.command(f"DROP DATABASE {settings.database}")
    migrate(client, settings.database)
    assert client.query(tables, {"d": settings.database}).result_rows == made


def test_a_plan_knows_what_is_applied(client: Client, settings: ClickHouseSettings) -> None:
    first, second, *_ = packaged_migrations()
    migrate(client, settings.database, migrations=(first,))
    base, one, two = plan(client, settings.database, migrations=(first, second))
    assert (base.statements, one.statements) == ((), ())
    assert len(two.statements) == len(split_statements(second.sql))
    with pytest.raises(MigrationChangedError, match=r"0001_events"):
        plan(client, settings.database, migrations=(replace(first, sql=first.sql + "\n"),))
    with pytest.raises(MigrationChangedError, match="share a number"):
        plan(client, settings.database, migrations=(first, first))


def test_on_a_cluster_every_statement_is_for_all_servers_and_understood(
    client: Client, settings: ClickHouseSettings
) -> None:
    for planned in plan(client, settings.database, cluster="main"):
        for statement in planned.statements:
            assert "ON CLUSTER `main`" in statement or statement.startswith(
                "INSERT INTO"
            )  # what is there is replicated
            assert "non_replicated" not in statement
            assert re.findall(r"ENGINE = (?!Replicated)\w+", statement) == []
            client.command(f"EXPLAIN AST {statement}")


def migrate_in_a_process(url: str, database: str, start: object) -> None:
    client = connect(ClickHouseSettings(), url)
    start.wait()  # type: ignore[attr-defined]
    migrate(client, database)


def test_two_processes_at_once_do_no_harm(client: Client, engine_url: str, settings: ClickHouseSettings) -> None:
    spawn = multiprocessing.get_context("spawn")
    start = spawn.Barrier(2)
    workers = [spawn.Process(target=migrate_in_a_process, args=(engine_url, settings.database, start)) for _ in "12"]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert [worker.exitcode for worker in workers] == [0, 0]
    assert migrate(client, settings.database) == []
    names = client.query(f"SELECT DISTINCT name FROM {settings.database}.migrations ORDER BY name").result_columns[0]
    assert list(names) == NAMES


def test_a_run_that_was_cut_short_is_completed(client: Client, settings: ClickHouseSettings) -> None:
    first, second, *_ = packaged_migrations()
    broken = replace(second, sql=second.sql + "; SELECT no_such_column")
    with pytest.raises(MigrationFailedError, match=r"0002_prompts\.sql"):
        migrate(client, settings.database, migrations=(first, broken))
    assert migrate(client, settings.database) == NAMES[1:]


def test_a_file_that_changed_after_it_was_applied_is_an_error(client: Client, database: str) -> None:
    first, *others = packaged_migrations()
    with pytest.raises(MigrationChangedError, match=r"0001_events.sql.*new one"):
        migrate(client, database, migrations=(replace(first, sql=first.sql + "\n"), *others))


def test_two_files_with_one_number_are_an_error(client: Client, settings: ClickHouseSettings) -> None:
    twins = (Migration(1, "0001_a.sql", ""), Migration(1, "0001_b.sql", ""))
    with pytest.raises(MigrationChangedError, match=r"0001_a\.sql, 0001_b\.sql"):
        migrate(client, settings.database, migrations=twins)


@pytest.mark.parametrize("migration", packaged_migrations(), ids=lambda migration: migration.name)
def test_every_statement_may_be_run_twice(migration: Migration) -> None:
    again = re.compile(
        r"CREATE (TABLE IF NOT EXISTS|OR REPLACE VIEW|MATERIALIZED VIEW IF NOT EXISTS) "
        r"|ALTER TABLE \S+ \{on_cluster\}\s+"
        r"(COMMENT COLUMN|ADD COLUMN IF NOT EXISTS|MATERIALIZE COLUMN|MODIFY SETTING) "
        r"|INSERT INTO \{database\}\.latest_postings "  # of equal rows the table keeps one
    )
    for statement in split_statements(migration.sql):
        assert again.match(statement), statement[:80]


def test_every_table_and_every_column_is_explained(client: Client, database: str) -> None:
    where = {"database": database}
    tables = client.query("SELECT name, comment FROM system.tables WHERE database = {database:String}", where)
    assert len(tables.result_rows) == 34
    assert [name for name, comment in tables.result_rows if not comment] == []
    columns = client.query("SELECT table, name, comment FROM system.columns WHERE database = {database:String}", where)
    silent = [(table, name) for table, name, comment in columns.result_rows if not comment and table not in MIRRORS]
    assert silent == []


@pytest.mark.parametrize("table", sorted(COLUMNS))
def test_the_recorder_writes_every_column_of_a_table(client: Client, database: str, table: str) -> None:
    found = client.query(
        "SELECT name FROM system.columns WHERE database = {d:String} AND table = {t:String} "
        "AND default_kind != 'MATERIALIZED'",
        {"d": database, "t": table},
    ).result_columns[0]
    assert set(found) == {*COLUMNS[table], "recorded_at"}


def test_every_table_takes_an_insert_once_and_keeps_time_in_utc(client: Client, database: str) -> None:
    tables = client.query(
        "SELECT create_table_query FROM system.tables WHERE database = {d:String} AND engine LIKE '%MergeTree' "
        "AND name != 'migrations'",
        {"d": database},
    ).result_columns[0]
    assert len(tables) == len(COLUMNS) + len(OTHERS)
    for text in tables:
        assert "non_replicated_deduplication_window" in text
        assert re.findall(r"DateTime(?:64\(6\))? ", text) == [], "a moment without zone"
