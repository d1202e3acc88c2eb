"""Whatever comes again, however often, cut otherwise and in another order: the views say what they say of it once."""

import asyncio
import random
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.clickhouse.sink import Sink
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.settings import ClickHouseSettings
from tests.sink.feed import Logs
from tests.sink.load import Load

SIZE = 100
VIEWS = ("prompts_now", "silence_by_segment", "calibration", "time_to_first_response", "too_little_to_tell")


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedEngine(tmp_path_factory.mktemp("clickhouse")) as engine:
        yield engine.url


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[Client]:
    client = connect(ClickHouseSettings(), url)
    yield client
    client.close()


@pytest.fixture(scope="module")
def told_once(client: Client, url: str) -> dict[str, object]:
    """Return what the views say when each record comes once."""
    asyncio.run(store(client, url, "once", [[batch] for batch in Load(SIZE).logs.values()]))
    return told(client, "once")


@pytest.mark.parametrize("seed", range(3))
def test_replays_in_other_cuts_and_orders_change_no_view(
    seed: int, client: Client, url: str, told_once: dict[str, object]
) -> None:
    load, database = Load(SIZE), f"replayed_{seed}"
    asyncio.run(store(client, url, database, replays(load.logs, random.Random(seed))))
    assert load.compare(client, database) == (0, 0)
    assert told(client, database) == told_once


def replays(logs: Logs, chance: random.Random) -> Iterator[list[list[Record]]]:
    """Cut every log one to three times at other places and deal all pieces in any order, some at once, some twice."""
    pieces: list[list[Record]] = []
    for log in logs.values():
        for _ in range(chance.randint(1, 3)):
            cuts = sorted({0, len(log), *chance.sample(range(len(log)), 4)})
            pieces += [log[first:last] for first, last in pairwise(cuts)]
    pieces += chance.sample(pieces, 3)  # the same batch again has the same token
    chance.shuffle(pieces)
    while pieces:
        yield [pieces.pop() for _ in range(min(len(pieces), chance.randint(1, 4)))]


async def store(client: Client, url: str, database: str, dealt: Iterable[list[list[Record]]]) -> None:
    """Let the sink store the batches that are dealt together in one flush."""
    migrate(client, database)
    settings = ClickHouseSettings(database=database, batch_rows=150)
    sink = Sink(settings, lambda: connect(settings, url))
    for batches in dealt:
        for batch in batches:
            sink.add(batch[0].topic, batch[0].partition, batch)
        await sink.flush()
    await sink.close()


def told(client: Client, database: str) -> dict[str, object]:
    """Return every view's rows, but for when they were recorded and how sums are rounded that were added otherwise."""
    found = {
        view: client.query(f"SELECT * EXCEPT ('^recorded_at$') FROM {database}.{view} ORDER BY ALL").result_rows
        for view in VIEWS
    }
    return {view: [tuple(map(_rounded, row)) for row in rows] for view, rows in found.items()}


def _rounded(value: Any) -> Any:
    return f"{value:.9g}" if isinstance(value, float) else value  # a share of nothing is nan, which equals nothing
