from dataclasses import replace

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.clickhouse.chunk import Chunk, chunks
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.writer import InsertFailedError, RowsRefusedError, Writer
from pipeline.settings import ClickHouseSettings
from schemas.event import Watermark


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
    changed = replace(once, lines=[line._replace(values=("other", *line.values[1:])) for line in once.lines])
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
    wrong = replace(whole, lines=[line._replace(values=(None, *line.values[1:])) for line in whole.lines])
    with pytest.raises(RowsRefusedError):
        writer.write(wrong)
    writer.write(whole)
    writer.close()
