"""The unmodified ClickHouse client against the embedded engine."""

import datetime
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import DatabaseError

from pipeline.embedded import EmbeddedEngine

pytestmark = pytest.mark.process

TABLE = "CREATE TABLE t (id UInt64, name String, at DateTime64(3, 'UTC')) ENGINE = MergeTree ORDER BY id"
NOON = datetime.datetime(2025, 6, 2, 12, tzinfo=datetime.UTC)
COLUMNS = ["id", "name", "at"]


@pytest.mark.parametrize("compress", [False, "lz4", "zstd", "gzip"])
def test_fifty_thousand_rows_go_in_and_come_out(
    compress: str | bool, client: Client, engine: EmbeddedEngine, connect: Callable[..., Client]
) -> None:
    client.command(TABLE)
    # Blank lines and semicolons in binary data end nothing: 2570 is two line feeds.
    rows = [(number, f"name\n\n;'{number}\0", NOON) for number in range(50_000)]
    summary = connect(engine.url, database=client.database, compress=compress).insert("t", rows, column_names=COLUMNS)
    assert summary.written_rows == 50_000
    assert client.query("SELECT count(), sum(id) FROM t").result_rows == [(50_000, 1_249_975_000)]
    assert client.query("SELECT * FROM t WHERE id = 2570", tz_mode="aware").result_rows == [rows[2570]]


def test_the_same_token_inserts_once(client: Client) -> None:
    client.command(f"{TABLE} SETTINGS non_replicated_deduplication_window = 100")
    rows, others = [[1, "a", NOON]] * 1000, [[2, "b", NOON]] * 1000
    for batch, token in ((rows, "p:0:0-9"), (others, "p:0:0-9"), (others, "p:0:10-19"), (others, "p:0:10-19")):
        client.insert("t", batch, column_names=COLUMNS, settings={"insert_deduplication_token": token})
    assert client.query("SELECT id, count() FROM t GROUP BY id ORDER BY id").result_rows == [(1, 1000), (2, 1000)]


def test_replacing_tables_and_views(client: Client) -> None:
    client.command("CREATE TABLE r (k String, version UInt64) ENGINE = ReplacingMergeTree(version) ORDER BY k")
    client.command("CREATE VIEW latest AS SELECT k, version FROM r FINAL")
    client.command("CREATE MATERIALIZED VIEW seen ENGINE = MergeTree ORDER BY k AS SELECT k FROM r")
    for version in (1, 3, 2):
        client.insert("r", [["a", version]], column_names=["k", "version"])
    assert client.query("SELECT * FROM latest").result_rows == [("a", 3)]
    assert client.command("SELECT count() FROM seen") == 3


def test_parameters_are_bound_by_the_engine(client: Client) -> None:
    text = "it's\t\\N {x:String}\n; DROP TABLE t"
    query = "SELECT {text:String}, {number:Int32}, {list:Array(String)}, {at:DateTime}"
    parameters = {"text": text, "number": -5, "list": ["a'", "b"], "at": NOON}
    expected = [(text, -5, ["a'", "b"], NOON)]
    assert client.query(query, parameters=parameters, tz_mode="aware").result_rows == expected


def test_parameters_within_a_long_form(engine: EmbeddedEngine, connect: Callable[..., Client]) -> None:
    client = connect(engine.url, form_encode_query_params=True)
    text = "x;'" * 100_000
    assert client.query("SELECT length({t:String}), {t:String}", parameters={"t": text}).first_row == (300_000, text)


def test_values_and_select_bring_their_rows_along(client: Client) -> None:
    client.command(TABLE)
    client.command("INSERT INTO t VALUES ({id:UInt64}, 'a\n\nb;c', 0), (2, 'x', 0);", parameters={"id": 1})
    client.command("INSERT INTO t SELECT id + 10, name, at FROM t")
    assert client.query("SELECT id, name FROM t ORDER BY id").result_rows == [
        (1, "a\n\nb;c"),
        (2, "x"),
        (11, "a\n\nb;c"),
        (12, "x"),
    ]


@pytest.mark.parametrize(
    ("query", "code"),
    [("SELECT * FROM nowhere", 60), ("SELEC 1", 62), ("SELECT nothing", 47), ("SELECT throwIf(1, 'oops')", 395)],
)
def test_errors_carry_their_code_and_harm_nothing(query: str, code: int, client: Client) -> None:
    with pytest.raises(DatabaseError) as told:
        client.query(query)
    assert told.value.code == code
    assert client.command("SELECT 1") == 1


def test_a_bad_insert_changes_nothing(client: Client) -> None:
    client.command(TABLE)
    with pytest.raises(DatabaseError) as told:
        client.raw_insert("t", insert_block=b'1,"a"\n2,', fmt="CSV")
    assert told.value.code in (27, 117, 33)
    assert client.command("SELECT count() FROM t") == 0


def test_raw_inserts_and_streams(client: Client) -> None:
    client.command(TABLE)
    client.raw_insert("t", ["id", "name"], insert_block='{"id": 1, "name": "a"}\n\n{"id": 2}', fmt="JSONEachRow")
    assert client.raw_query("SELECT id, name FROM t ORDER BY id", fmt="CSV") == b'1,"a"\n2,""\n'
    with client.query_row_block_stream("SELECT number FROM numbers(200000)") as blocks:
        assert sum(len(block) for block in blocks) == 200_000


def test_settings_hold_for_one_request(client: Client) -> None:
    query = "SELECT getSetting('max_threads'), getSetting('log_comment')"
    default = client.query(query).first_row
    assert client.query(query, settings={"max_threads": 7, "log_comment": "it's"}).first_row == (7, "it's")
    client.command("SELECT 1", settings={"max_threads": 3})
    assert client.query(query).first_row == default
    with pytest.raises(DatabaseError) as told:
        client.raw_query("SELECT 1", settings={"max_threads": "many"})
    assert told.value.code == 27
    assert client.query(query).first_row == default


def test_each_request_has_its_own_database(
    client: Client, engine: EmbeddedEngine, connect: Callable[..., Client]
) -> None:
    other = connect(engine.url)
    assert client.command("SELECT currentDatabase()") == client.database
    assert other.command("SELECT currentDatabase()") == "default"
    assert other.command("SELECT currentDatabase()", use_database=False) == "default"
    with pytest.raises(DatabaseError) as told:
        connect(engine.url, database="nowhere").command("SELECT 1")
    assert told.value.code == 81


def test_clients_work_side_by_side(client: Client, engine: EmbeddedEngine, connect: Callable[..., Client]) -> None:
    client.command(TABLE)

    def work(number: int) -> list[tuple[int, int]]:
        mine = connect(engine.url, database=client.database)
        for round_ in range(5):
            rows = [(number * 1_000_000 + round_ * 1000 + row, "x", NOON) for row in range(1000)]
            mine.insert("t", rows, column_names=COLUMNS, settings={"max_threads": number + 1})
            with pytest.raises(DatabaseError):
                mine.query("SELECT * FROM nowhere")
        query = "SELECT countIf(intDiv(id, 1000000) = {n:UInt64}), getSetting('max_threads') FROM t"
        answer = mine.query(query, parameters={"n": number}, settings={"max_threads": number + 1})
        return list(answer.result_rows)

    with ThreadPoolExecutor(6) as threads:
        assert list(threads.map(work, range(6))) == [[(5000, number + 1)] for number in range(6)]
    assert client.command("SELECT uniqExact(id) FROM t") == 30_000
