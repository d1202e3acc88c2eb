"""The roles: understood by the engine, on a server and on a cluster, and nothing in the schema is left undecided."""

import re
from xml.etree import ElementTree

import pytest
from clickhouse_connect.driver.client import Client

from pipeline.clickhouse.migrate import migrate, pending
from pipeline.clickhouse.roles import (
    HIDDEN,
    READ,
    REWRITTEN,
    WRITTEN,
    RolesRefusedError,
    make_roles,
    role_names,
    role_statements,
    selects,
)
from pipeline.clickhouse.statements import Layout
from pipeline.erasure.tables import count
from pipeline.settings import ClickHouseSettings
from tests.deploy.compose_file import ROOT

LAYOUTS = [Layout("crickets"), Layout("crickets", "main")]
AGAIN = re.compile(r"CREATE ROLE IF NOT EXISTS |GRANT |REVOKE ")


def columns(client: Client, database: str) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    where = "SELECT table, name FROM system.columns WHERE database = {database:String}"
    for table, name in client.query(where, {"database": database}).result_rows:
        found.setdefault(table, set()).add(name)
    return found


@pytest.mark.parametrize("layout", LAYOUTS, ids=["server", "cluster"])
def test_the_engine_understands_every_statement_and_each_may_be_run_twice(client: Client, layout: Layout) -> None:
    statements = role_statements(layout)
    for statement in statements:
        assert AGAIN.match(statement)
        assert ("ON CLUSTER `main`" in statement) == bool(layout.cluster)
        assert not re.search(r"[{}]", statement)
        client.command(f"EXPLAIN AST {statement}")
    assert any("CLUSTER ON *.*" in statement for statement in statements) == bool(layout.cluster)


def test_roles_are_named_by_the_database_and_have_no_password() -> None:
    assert not set(role_names("crickets")) & set(role_names("another"))
    for statement in role_statements(Layout("another")):
        assert re.search(r"`another_(writer|analyst)`", statement)
        assert "crickets" not in statement
        assert not re.search(r"IDENTIFIED|USER", statement)


def test_every_table_view_and_column_is_either_read_by_an_analyst_or_hidden(client: Client, database: str) -> None:
    known = columns(client, database)
    assert READ.keys() | HIDDEN.keys() == known.keys()
    for table, there in known.items():
        read, hidden = set(READ.get(table, ())), set(HIDDEN.get(table, ()))
        if table in READ and table in HIDDEN:
            assert (read | hidden, read & hidden) == (there, set()), table
        else:
            assert not read and not hidden, f"{table}: all of it or none"


def test_the_writer_writes_every_table_and_changes_what_an_erasure_changes(client: Client, database: str) -> None:
    query = "SELECT name FROM system.tables WHERE database = {d:String} AND engine LIKE '%MergeTree'"
    tables = set(client.query(query, {"d": database}).result_columns[0])
    assert set(WRITTEN) == tables - {"migrations"}
    assert set(REWRITTEN) == count(client, Layout(database), "m_nobody").keys()


def test_a_server_that_keeps_no_roles_is_told_what_to_do_about_it(client: Client, settings: ClickHouseSettings) -> None:
    migrate(client, settings.database)
    with pytest.raises(RolesRefusedError, match=r"CRICKETS_CLICKHOUSE__ROLES off.*--plan.*It said: .*CREATE ROLE"):
        make_roles(client, Layout(settings.database))
    assert pending(client, settings.database) == [], "the tables are there all the same"


def test_grafana_reads_what_an_analyst_reads_and_how_much_is_on_disk() -> None:
    file = ROOT / "deploy" / "clickhouse" / "grafana-user.xml"
    granted = [query.text for query in ElementTree.parse(file).iterfind("users/grafana/grants/query")]
    read = [f"GRANT {privilege.replace('{database}', 'crickets')}" for privilege in selects(READ)]
    assert sorted(map(str, granted)) == sorted([*read, "GRANT SELECT ON system.parts"])
