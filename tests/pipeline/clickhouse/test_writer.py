import asyncio
from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.clickhouse.chunk import Chunk, chunks
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.writer import InsertFailedError, RowsRefusedError, Writer
from pipeline.settings import ClickHouseSettings
from schemas.event import MessagePosted, Traits, Watermark
from tests.servers.fault_proxy import REFUSALS, FaultProxy


def chunk(topic: str = "events", first: int = 0, stages: tuple[str, ...] = ("source", "track")) -> Chunk:
    values = [Watermark(time=5.0, stage=stage).wire() for stage in stages]
    [made] = chunks(topic, 0, [Record(topic, 0, first + n, None, value) for n, value in enumerate(values)])
    return made


@pytest.fixture
def writer(engine_url: str, settings: ClickHouseSettings) -> Writer:
    return Writer(settings, lambda: connect(settings, engine_url))


def test_the_token_says_where_the_rows_are_from_and_what_is_in_them() -> None:
    token = chunk().token
    assert token.startswith("events:0:0-1:watermarks:")
    assert token == chunk().token
    left, right = chunk(stages=("source", "source")).halves()
    others = [chunk("outcomes"), chunk(first=1), chunk(stages=("source", "watch")), left, right]
    assert len({token, *(other.token for other in others)}) == 6


def test_clickhouse_knows_a_batch_by_its_token(writer: Writer, client: Client, database: str) -> None:
    once = chunk()
    changed = replace(once, rows=[("other", *values[1:]) for values in once.rows])
    assert changed.token == once.token
    writer.write(once)
    writer.write(changed)
    assert client.query(f"SELECT DISTINCT topic FROM {database}.watermarks").result_rows == [("events",)]
    writer.close()


def test_a_missing_table_is_a_reason_to_wait(writer: Writer, client: Client, settings: ClickHouseSettings) -> None:
    client.command(f"CREATE DATABASE {settings.database}")
    with pytest.raises(InsertFailedError, match="run the migrations"):
        writer.write(chunk())
    writer.close()


@pytest.mark.usefixtures("database")
def test_a_value_that_fits_no_column_is_no_reason_to_wait(writer: Writer) -> None:
    whole = chunk()
    wrong = replace(whole, rows=[(None, *values[1:]) for values in whole.rows])
    with pytest.raises(RowsRefusedError):
        writer.write(wrong)
    writer.write(whole)
    writer.close()


async def met(fault: str, engine_url: str, settings: ClickHouseSettings) -> None:
    """Insert once while a proxy on the way makes a fault."""
    async with FaultProxy(engine_url) as proxy:
        proxy.fault = fault
        writer = Writer(settings, lambda: connect(settings, proxy.url))
        try:
            await asyncio.to_thread(writer.write, chunk())
        finally:
            writer.close()


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("fault", "todo"), [("wrong password", "CRICKETS_CLICKHOUSE__PASSWORD"), ("disk full", "free space")]
)
async def test_what_a_person_must_mend_says_what_to_do(
    fault: str, todo: str, engine_url: str, settings: ClickHouseSettings
) -> None:
    with pytest.raises(InsertFailedError, match=todo):
        await met(fault, engine_url, settings)


@pytest.mark.usefixtures("database")
async def test_an_insert_that_is_too_large_is_to_be_halved(
    engine_url: str, settings: ClickHouseSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(REFUSALS, "too large", (500, 307, "Limit for rows or bytes exceeded. (TOO_MANY_BYTES)"))
    with pytest.raises(RowsRefusedError):
        await met("too large", engine_url, settings)


def test_rows_are_not_to_blame_when_their_table_has_changed_meanwhile(
    writer: Writer, client: Client, database: str
) -> None:
    event = MessagePosted(
        event_id="1", source="s", conversation="C", time=5.0, author="m_1", message="1", traits=Traits()
    )
    [made] = chunks("events", 0, [Record("events", 0, 0, None, event.wire())])
    writer.write(made)  # the types of the columns are known from here on
    client.command(f"TRUNCATE TABLE {database}.events")
    client.command(f"ALTER TABLE {database}.events MODIFY COLUMN author UInt32")
    with pytest.raises(InsertFailedError, match="has changed meanwhile"):
        writer.write(made)
    client.command(f"ALTER TABLE {database}.events MODIFY COLUMN author String")
    writer.write(made)
    writer.close()
