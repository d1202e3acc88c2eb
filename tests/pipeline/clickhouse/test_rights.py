"""What the rights of each role are good for: the product's own work and questions, by users who have nothing else."""

import asyncio
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import Migration, MigrationFailedError, migrate, packaged_migrations
from pipeline.clickhouse.report import read_report
from pipeline.clickhouse.roles import HIDDEN, READ, role_names, role_statements
from pipeline.clickhouse.statements import Layout
from pipeline.dead_letters.store import note
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.erasure.tables import count, erase
from pipeline.settings import ClickHouseSettings
from tests.deploy.compose_file import ROOT
from tests.deploy.grafana.recorded import JUDGE, MEMBERS, record, sink_of
from tests.servers.restricted_engine import restricted_engine

pytestmark = pytest.mark.process

DATABASE = "crickets"
LAYOUT = Layout(DATABASE)
WRITER, ANALYST = role_names(DATABASE)
QUERIES = [
    sql
    for page in ("tables.md", "cookbook.md")
    for sql in re.findall(r"```sql\n(.*?);?\n```", (ROOT / "docs" / page).read_text("utf-8"), re.DOTALL)
]
README = (ROOT / "deploy" / "README.md").read_text("utf-8")
ACCESS_DENIED, SETTING_CONSTRAINT_VIOLATION, READONLY, ACCESS_STORAGE_READONLY = 497, 452, 164, 495

As = Callable[..., Client]


def granted(role: str) -> list[str]:
    """Return what `crickets migrate` grants a role, without to whom."""
    found = [re.fullmatch(rf"(GRANT .*) TO `{role}`", text, re.DOTALL) for text in role_statements(LAYOUT)]
    return [match[1] for match in found if match]


def profile(role: str) -> str:
    """Return the settings of a role, as the XML of a settings profile."""
    [made] = [text for text in role_statements(LAYOUT) if text.startswith(f"CREATE ROLE IF NOT EXISTS `{role}`")]
    settings = re.findall(r"(\w+) = (\d+)(?: MIN (\d+) MAX (\d+))?", made)
    bounds = [f"<{name}><min>{least}</min><max>{most}</max></{name}>" for name, _, least, most in settings if least]
    values = [f"<{name}>{value}</{name}>" for name, value, *_ in settings]
    return f"{''.join(values)}<constraints>{''.join(bounds)}</constraints>"


def refusal(client: Client, sql: str) -> int:
    """Return the code with which a statement is refused; 0: it is not."""
    try:
        client.command(sql)
    except DatabaseError as error:
        return int(error.code or -1)
    return 0


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the tables, with a small workspace in them."""
    folder = tmp_path_factory.mktemp("rights")
    with EmbeddedEngine(folder) as engine:
        client = connect(ClickHouseSettings(), engine.url)
        migrate(client, DATABASE)
        asyncio.run(record(sink_of(client)))
        client.close()
    return folder


@pytest.fixture(scope="module")
def who(data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[As]:
    """Connect as somebody who has been granted so much, to a copy of the tables of their own."""
    with ExitStack() as stack:

        def connected(grants: list[str], settings: str = "", roles: Sequence[str] = ()) -> Client:
            folder = tmp_path_factory.mktemp("user")
            shutil.copytree(data, folder / "data", symlinks=True)
            engine = stack.enter_context(restricted_engine(folder, folder / "data", grants, settings, roles))
            client = connect(ClickHouseSettings(), engine.url)
            stack.callback(client.close)
            return client

        yield connected


@pytest.fixture(scope="module")
def analyst(who: As) -> Client:
    return who(granted(ANALYST), profile(ANALYST))


@pytest.fixture(scope="module")
def writer(who: As) -> Client:
    return who(granted(WRITER))


@pytest.mark.parametrize("query", QUERIES)
def test_an_analyst_may_ask_every_question_of_the_pages(analyst: Client, query: str) -> None:
    analyst.query(query)


@pytest.mark.parametrize("name", READ)
def test_an_analyst_reads_every_view_and_is_shown_no_member(analyst: Client, name: str) -> None:
    columns = ", ".join(READ[name]) or ("* EXCEPT author" if name == "prompts_now" else "*")
    rows = analyst.query(f"SELECT {columns} FROM {DATABASE}.{name}").result_rows
    assert rows or name == "redrives"
    told = {member for member in MEMBERS if member in str(rows)}
    assert told == ({JUDGE} if name == "feedback" else set()), "who gave feedback: the views count by it"


@pytest.mark.parametrize(
    ("table", "column"),
    [
        *((table, column) for table, columns in HIDDEN.items() for column in columns or ("*",)),
        ("prompts_now", "author"),
        ("prompts_now", "*"),
    ],
)
def test_an_analyst_does_not_read_what_is_hidden(analyst: Client, table: str, column: str) -> None:
    assert refusal(analyst, f"SELECT {column} FROM {DATABASE}.{table} FORMAT Null") == ACCESS_DENIED


def test_what_is_hidden_is_taken_from_whoever_had_it(who: As) -> None:
    [taken] = [text for text in role_statements(LAYOUT) if text.startswith("REVOKE")]
    had = who([f"GRANT SELECT ON {DATABASE}.*", taken.removesuffix(f" FROM `{ANALYST}`")])
    for table, columns in HIDDEN.items():
        for column in columns or ("*",):
            assert refusal(had, f"SELECT {column} FROM {DATABASE}.{table} FORMAT Null") == ACCESS_DENIED
    assert refusal(had, f"SELECT asset FROM {DATABASE}.prompts FORMAT Null") == 0


def test_an_analyst_asks_about_columns_without_final(analyst: Client) -> None:
    assert refusal(analyst, f"SELECT prompt_id FROM {DATABASE}.prompts WHERE asset_id != '' AND notEmpty(reach)") == 0


@pytest.mark.parametrize(
    ("sql", "code"),
    [
        ("INSERT INTO {database}.watermarks (topic) VALUES ('x')", ACCESS_DENIED),
        ("ALTER TABLE {database}.prompts DELETE WHERE 1", ACCESS_DENIED),
        ("DROP TABLE {database}.prompts", ACCESS_DENIED),
        ("CREATE TABLE {database}.mine (a Int8) ENGINE = Memory", ACCESS_DENIED),
        ("SELECT 1 SETTINGS max_execution_time = 0", SETTING_CONSTRAINT_VIOLATION),
        ("SELECT 1 SETTINGS max_execution_time = 601", SETTING_CONSTRAINT_VIOLATION),
        ("SELECT 1 SETTINGS max_memory_usage = 0", SETTING_CONSTRAINT_VIOLATION),
        ("SELECT 1 SETTINGS readonly = 0", READONLY),
        ("SELECT 1 SETTINGS max_execution_time = 600", 0),
    ],
)
def test_an_analyst_changes_nothing_and_stays_within_limits(analyst: Client, sql: str, code: int) -> None:
    assert refusal(analyst, LAYOUT.fill(sql)) == code


def test_a_writer_records_reports_and_erases(writer: Client) -> None:
    assert migrate(writer, DATABASE) == [], "every command asks whether the tables are up to date"
    asyncio.run(record(sink_of(writer)))
    note(writer, DATABASE, [(("webhooks", 0, 1), 7)])
    writer.insert("erasures", [("d",)], column_names=["digest"], database=DATABASE)
    assert read_report(writer, DATABASE).dead_assets
    for member in MEMBERS:
        assert any(count(writer, LAYOUT, member).values())
        erase(writer, LAYOUT, member)
        assert not any(count(writer, LAYOUT, member).values())


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE {database}.prompts",
        "CREATE TABLE {database}.mine (a Int8) ENGINE = Memory",
        "ALTER TABLE {database}.prompts ADD COLUMN mine Int8",
        "ALTER TABLE {database}.erasures DELETE WHERE 1",
        "INSERT INTO {database}.migrations (number) VALUES (9999)",
        "TRUNCATE TABLE {database}.events",
    ],
)
def test_a_writer_does_nothing_else(writer: Client, sql: str) -> None:
    assert refusal(writer, LAYOUT.fill(sql)) == ACCESS_DENIED


def test_a_writer_is_told_that_somebody_else_has_to_migrate(writer: Client) -> None:
    newer = Migration(9999, "9999_newer.sql", "CREATE TABLE IF NOT EXISTS {database}.t (a Int8) ENGINE = Memory")
    with pytest.raises(MigrationFailedError, match=r"9999_newer\.sql \(crickets migrate needs .*deploy/README\.md"):
        migrate(writer, DATABASE, migrations=(*packaged_migrations(), newer))


def rights_of_who_migrates(database: str) -> list[str]:
    """Return what the page says, without a cluster, and for another database."""
    told = re.findall(r"^    (GRANT .*?) TO migrator( WITH GRANT OPTION)?;$", README, re.MULTILINE)
    return ["".join(right).replace("crickets.", f"{database}.") for right in told if "CLUSTER" not in right[0]]


def test_who_migrates_needs_what_the_page_says_first(who: As) -> None:
    migrator = who(rights_of_who_migrates("another")[:1])
    assert len(migrate(migrator, "another")) == len(packaged_migrations())
    assert migrate(migrator, "another") == []
    assert {refusal(migrator, text) for text in role_statements(Layout("another"))} & {ACCESS_DENIED}
    assert refusal(migrator, f"SELECT 1 FROM {DATABASE}.prompts") == ACCESS_DENIED


def test_who_makes_the_roles_needs_the_rest_of_it(who: As) -> None:
    maker = who(rights_of_who_migrates("another"), roles=role_names("another"))
    for statement in role_statements(Layout("another")):
        assert refusal(maker, statement) == ACCESS_STORAGE_READONLY, "understood and allowed; there is no place for it"
