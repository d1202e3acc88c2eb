import asyncio
import logging
import random
import socket
from collections.abc import Callable
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.backoff import FIRST_DELAY, LONGEST_DELAY
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.clickhouse.sink import Sink
from pipeline.settings import ClickHouseSettings
from schemas.event import MessagePosted, Traits, Watermark
from schemas.expectation import ExpectationVersion
from schemas.topic import Topic

Make = Callable[..., Any]
YEAR = 365 * 86_400


def posted(number: int, length: int = 10, time: float = 1_748_253_600.5) -> MessagePosted:
    return MessagePosted(
        event_id=f"slack:C1:message:{number}",
        source="slack",
        conversation="C1",
        time=time + number,
        author="m_1",
        message=str(number),
        traits=Traits(length=length),
    )


def truth(client: Client, database: str, table: str = "events", columns: str = "message") -> list[Any]:
    found = client.query(f"SELECT {columns} FROM {database}.{table} FINAL ORDER BY {columns}").result_rows
    return [row[0] if len(row) == 1 else row for row in found]


async def insert(sink: Sink, topic: str, records: list[Record], partition: int = 0) -> dict[tuple[str, int], int]:
    sink.add(topic, partition, records)
    return await sink.flush()


async def test_a_flush_says_up_to_where_each_partition_is_stored(sink: Sink, client: Client, database: str) -> None:
    sink.add(Topic.EVENTS, 0, [Record("events", 0, n, b"slack:C1", posted(n).wire()) for n in (3, 4)])
    sink.add(Topic.EVENTS, 1, [Record("events", 1, 9, b"slack:C1", posted(5).wire())])
    sink.add(Topic.OUTCOMES, 0, [Record("outcomes", 0, 2, b"T1", Watermark(time=5.0, stage="track").wire())])
    assert sink.waiting_rows == 4
    assert await sink.flush() == {("events", 0): 4, ("events", 1): 9, ("outcomes", 0): 2}
    assert sink.waiting_rows == 0
    assert truth(client, database) == ["3", "4", "5"]
    assert [row[:2] for row in truth(client, database, "watermarks", "topic, stage")] == [("outcomes", "track")]
    assert await sink.flush() == {}


async def test_moments_are_stored_to_the_microsecond(sink: Sink, client: Client, database: str, record: Make) -> None:
    await insert(sink, Topic.EVENTS, [record(Topic.EVENTS, posted(0, time=1531431954.000073))])
    assert truth(client, database, columns="toString(time)") == ["2018-07-12 21:45:54.000073"]


async def test_what_waited_long_is_inserted_a_batch_at_once(
    engine_url: str, settings: ClickHouseSettings, client: Client, database: str, record: Make
) -> None:
    client.command(f"SYSTEM STOP MERGES {database}.events")
    small = settings.model_copy(update={"batch_rows": 2})
    sink = Sink(small, lambda: connect(small, engine_url))
    await insert(sink, Topic.EVENTS, [record(Topic.EVENTS, posted(n)) for n in range(5)])
    parts = "SELECT rows FROM system.parts WHERE database = {d:String} AND table = 'events' AND active ORDER BY rows"
    assert client.query(parts, {"d": database}).result_columns[0] == [1, 2, 2]
    assert truth(client, database) == ["0", "1", "2", "3", "4"]


async def test_the_same_batch_twice_is_one_insert(sink: Sink, client: Client, database: str, record: Make) -> None:
    client.command(f"SYSTEM STOP MERGES {database}.events")  # nothing is collapsed afterwards
    batch = [record(Topic.EVENTS, posted(n)) for n in range(5)]
    await insert(sink, Topic.EVENTS, batch)
    await insert(sink, Topic.EVENTS, batch)
    assert client.query(f"SELECT count() FROM {database}.events").first_row == (5,)  # without FINAL


async def test_other_records_at_the_same_offsets_are_not_taken_for_the_old_ones(
    sink: Sink, client: Client, database: str
) -> None:
    await insert(sink, Topic.EVENTS, [Record("events", 0, 0, None, posted(1).wire())])
    await insert(sink, Topic.EVENTS, [Record("events", 0, 0, None, posted(2).wire())])  # a new broker begins at 0
    assert truth(client, database) == ["1", "2"]


@pytest.mark.parametrize("seed", range(3))
async def test_in_whatever_cuts_and_order_records_come_the_tables_say_the_same(
    seed: int,
    sink: Sink,
    client: Client,
    database: str,
    record: Make,
    prompt: Make,
    outcome: Make,
    anomaly: Make,
) -> None:
    prompts = [prompt(str(n), day=n, asset=f"asset {n % 3}") for n in range(6)]
    stories = [
        outcome(asked, status, version)
        for asked in prompts
        for version, status in enumerate(["open", "silent", "revived" if asked.message == "4" else "silent"], start=1)
    ]
    found = [anomaly(asked, "revived" if asked.message == "4" else "silent", version=2) for asked in prompts]
    events = [record(Topic.EVENTS, posted(n)) for n in range(30)]
    outcomes = [record(Topic.OUTCOMES, story) for story in stories]
    anomalies = [record(Topic.ANOMALIES, item) for item in [*map(anomaly, prompts), *found]]

    chance = random.Random(seed)
    for records in (events, outcomes, anomalies):
        for _ in range(3):  # everything comes three times, cut and ordered otherwise each time
            left = list(records)
            if seed:
                chance.shuffle(left)
            while left:
                size = chance.randint(1, 8)
                await insert(sink, records[0].topic, left[:size])
                left = left[size:]

    assert truth(client, database, columns="toUInt32(message)") == list(range(30))
    now = client.query(f"SELECT message, status, version FROM {database}.prompts_now ORDER BY message").result_rows
    assert now == [(str(n), "revived" if n == 4 else "silent", 3) for n in range(6)]
    dead = client.query(f"SELECT asset_id, prompts FROM {database}.dead_assets ORDER BY asset_id").result_rows
    assert dead == [("asset 0", 2), ("asset 2", 2)]  # prompt 4 of asset 1 came after prompt 1


async def test_years_of_an_archive_fit_into_one_batch(sink: Sink, client: Client, database: str, record: Make) -> None:
    batch = [record(Topic.EVENTS, posted(n, time=n * YEAR / 12)) for n in range(150)]
    await insert(sink, Topic.EVENTS, batch)
    client.command(f"OPTIMIZE TABLE {database}.events FINAL")  # retention counts from recording, so nothing is gone
    assert len(truth(client, database)) == 150


class Naps:
    """Stands for time: remembers how long the sink wanted to wait, and wakes it at once."""

    def __init__(self) -> None:
        self.taken: list[float] = []
        self.before_waking: Callable[[int], None] = lambda _: None

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        self.before_waking(len(self.taken))


def nobody() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{free.getsockname()[1]}"


async def test_while_clickhouse_is_away_the_batch_waits_and_nothing_is_lost(
    engine_url: str,
    settings: ClickHouseSettings,
    client: Client,
    database: str,
    record: Make,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.WARNING, "pipeline.clickhouse.sink")
    urls = iter([nobody()] * 9)
    naps = Naps()
    sink = Sink(
        settings,
        lambda: connect(settings, next(urls, engine_url)),
        sleep=naps,
        chance=random.Random(7),
    )
    seen_waiting: list[int] = []
    naps.before_waking = lambda _: seen_waiting.append(sink.waiting_rows)
    assert await insert(sink, Topic.EVENTS, [record(Topic.EVENTS, posted(n)) for n in range(4)]) == {("events", 0): 3}
    assert truth(client, database) == ["0", "1", "2", "3"]
    tops = [min(FIRST_DELAY * 2**n, LONGEST_DELAY) for n in range(9)]
    assert tops[-1] == LONGEST_DELAY
    assert all(top / 2 <= nap <= top for nap, top in zip(naps.taken, tops, strict=True))
    assert len({nap / top for nap, top in zip(naps.taken, tops, strict=True)}) == 9, "no jitter"
    assert len([line for line in caplog.messages if "4 rows wait" in line]) == 9, "each try is logged once"
    assert seen_waiting == [4] * 9, "rows being inserted count as waiting"
    await sink.close()


async def test_tables_that_are_not_there_yet_are_waited_for(
    engine_url: str, settings: ClickHouseSettings, client: Client, record: Make
) -> None:
    naps = Naps()
    naps.before_waking = lambda tries: migrate(client, settings.database) and None if tries == 2 else None
    sink = Sink(settings, lambda: connect(settings, engine_url), sleep=naps)
    await insert(sink, Topic.EVENTS, [record(Topic.EVENTS, posted(1))])
    assert truth(client, settings.database) == ["1"] and len(naps.taken) == 2
    await sink.close()


async def test_a_cancelled_flush_loses_nothing(
    engine_url: str, settings: ClickHouseSettings, client: Client, database: str, record: Make
) -> None:
    urls = iter([nobody()])
    napping = asyncio.Event()

    async def nap(seconds: float) -> None:  # noqa: ARG001 - for ever
        napping.set()
        await asyncio.Event().wait()

    sink = Sink(settings, lambda: connect(settings, next(urls, engine_url)), sleep=nap)
    sink.add(Topic.EVENTS, 0, [record(Topic.EVENTS, posted(1))])
    flush = asyncio.create_task(sink.flush())
    await napping.wait()
    sink.add(Topic.EVENTS, 0, [record(Topic.EVENTS, posted(2))])
    flush.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flush
    assert sink.waiting_rows == 2 and sink.due(float("inf"))
    assert await sink.flush() == {("events", 0): 1}
    assert truth(client, database) == ["1", "2"]
    await sink.close()


async def test_what_was_cleared_during_a_cancelled_flush_stays_forgotten(
    settings: ClickHouseSettings, record: Make
) -> None:
    napping = asyncio.Event()

    async def nap(seconds: float) -> None:  # noqa: ARG001 - for ever
        napping.set()
        await asyncio.Event().wait()

    url = nobody()
    sink = Sink(settings, lambda: connect(settings, url), sleep=nap)
    sink.add(Topic.EVENTS, 0, [record(Topic.EVENTS, posted(1))])
    flush = asyncio.create_task(sink.flush())
    await napping.wait()
    sink.clear()
    flush.cancel()
    with pytest.raises(asyncio.CancelledError):
        await flush
    assert sink.waiting_rows == 0 and await sink.flush() == {}


@pytest.mark.parametrize("bad", [{0}, {6}, {3, 4}, set(range(7))], ids=str)
async def test_rows_that_cannot_be_stored_become_dead_letters_and_the_rest_is_stored(
    bad: set[int], sink: Sink, client: Client, database: str, record: Make
) -> None:
    batch = [record(Topic.EVENTS, posted(n, length=2**40 if n in bad else 10)) for n in range(7)]
    assert await insert(sink, Topic.EVENTS, batch) == {("events", 0): 6}
    assert truth(client, database) == [str(n) for n in range(7) if n not in bad]
    letters = truth(client, database, "dead_letters", "offset, dead_letter_id, source")
    assert letters == [(n, f"record/events/0/{n}", "slack") for n in sorted(bad)]


async def test_rows_that_the_server_refuses_become_dead_letters_too(
    sink: Sink, client: Client, database: str, record: Make
) -> None:
    client.command(f"ALTER TABLE {database}.events ADD CONSTRAINT short CHECK length < 100")
    batch = [record(Topic.EVENTS, posted(n, length=500 if n == 2 else 10)) for n in range(5)]
    await insert(sink, Topic.EVENTS, batch)
    assert truth(client, database) == ["0", "1", "3", "4"]
    assert truth(client, database, "dead_letters", "offset, error") == [(2, "clickhouse_469")]


async def test_what_cannot_be_read_is_a_dead_letter_among_the_rest(
    sink: Sink, client: Client, database: str, record: Make
) -> None:
    await insert(sink, Topic.EVENTS, [record(Topic.EVENTS, posted(0)), record(Topic.EVENTS, b"{")])
    assert truth(client, database) == ["0"]
    assert truth(client, database, "dead_letters", "offset, error") == [(1, "json_invalid")]


async def test_one_learned_value_of_many_is_isolated_within_its_record(
    sink: Sink, client: Client, database: str, record: Make
) -> None:
    client.command(f"ALTER TABLE {database}.expectations ADD CONSTRAINT known CHECK key NOT IN ('b', 'd')")
    learned = ExpectationVersion(version=1, as_of=5.0, full=True, values={"bins": {"a": 1, "b": 2, "c": 3, "d": None}})
    await insert(sink, Topic.EXPECTATIONS, [record(Topic.EXPECTATIONS, learned)])
    assert truth(client, database, "expectations", "key, value") == [("a", "1"), ("c", "3")]
    assert truth(client, database, "dead_letters", "offset") == [0]
