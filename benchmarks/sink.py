"""How many rows a second the recorder's sink writes: records as they stand in the topics -> rows -> ClickHouse.

A batch is as large as by default, and goes through `Sink` into the embedded engine, which is a process of its own. CPU
time is this process's: reading, rows, tokens, the driver. Beside it the driver alone, with columns that are ready.

`mix` is what the agent `track` makes of the workload: all events, and what it tells of the prompts among them.
"""

import asyncio
import gc
import time
from collections.abc import Iterable
from pathlib import Path

from agents.effects import Record, Send
from agents.tables import COLUMNS
from agents.track import Track
from benchmarks.entry import Entry, progress
from benchmarks.workload import Workload
from pipeline.clickhouse.chunk import chunks
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.clickhouse.sink import Sink
from pipeline.embedded import EmbeddedEngine
from pipeline.settings import ClickHouseSettings, Settings
from pipeline.wiring import track_rules
from schemas.topic import Topic
from tests.factories.taught import taught

CPU, WALL = "rows per CPU second", "rows per second"
OPEN_PROMPTS = 2_000
PIECE = 1_000  # records that a worker's batch brings at once


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:  # noqa: ARG001 - needs no broker
    """Write batches of events, of outcomes, and of both as they come."""
    settings = ClickHouseSettings()
    values = await asyncio.to_thread(_values, settings.batch_rows)
    contents = {
        "mix": {topic: found for topic, found in values.items()},
        "events": {Topic.EVENTS: values[Topic.EVENTS]},
        "outcomes": {Topic.OUTCOMES: values[Topic.OUTCOMES]},
    }
    said = f"{len(values[Topic.EVENTS]):,} events with {len(values[Topic.OUTCOMES]):,} outcomes"
    progress(f"  a batch: {said}")
    found: dict[tuple[str, str], list[float]] = {}
    with EmbeddedEngine(folder / "engine") as engine:
        client = connect(settings, engine.url)
        migrate(client, settings.database)
        sink = Sink(settings, lambda: connect(settings, engine.url))
        gc.freeze()
        gc.set_threshold(200_000, 50, 100)  # as a worker does
        for number in range(rounds + 1):  # the first one makes connections and parts
            for name, topics in contents.items():
                records = {topic: _records(topic, of, number) for topic, of in topics.items()}
                rows, cpu, wall = await _write(sink, records)
                if number:
                    found.setdefault((f"sink/{name}", CPU), []).append(rows / cpu)
                    found.setdefault((f"sink/{name}", WALL), []).append(rows / wall)
            [chunk] = chunks(Topic.EVENTS, 0, _records(Topic.EVENTS, values[Topic.EVENTS], rounds + 1 + number))
            columns, started = chunk.columns(), time.process_time()
            client.insert(
                "events", columns, database=settings.database, column_names=COLUMNS["events"], column_oriented=True
            )
            if number:
                found.setdefault(("sink/driver-alone", CPU), []).append(len(chunk) / (time.process_time() - started))
                progress(f"  round {number}: " + ", ".join(f"{n} {v[-1]:,.0f} {u}" for (n, u), v in found.items()))
        await sink.close()
        client.close()
    return [Entry.of(name, unit, speeds) for (name, unit), speeds in found.items()]


def _values(number: int) -> dict[str, list[bytes]]:
    """Return the values of events, and of the outcomes that `track` tells of them."""
    workload = Workload(open_prompts=OPEN_PROMPTS, seconds_between=0.15)
    before = [event.wire() for event in workload.preload()]
    events = [event.wire() for event in workload.measured(number)]
    track = Track(0, taught(), track_rules(Settings()))
    track.ready()
    told: list[bytes] = []
    for values in (before, events):
        told = [
            effect.value.wire()
            for effect in track([Record(Topic.EVENTS, 0, n, None, value) for n, value in enumerate(values)])
            if isinstance(effect, Send) and effect.topic == Topic.OUTCOMES
        ]
    return {Topic.EVENTS: events, Topic.OUTCOMES: told}


def _records(topic: str, values: Iterable[bytes], number: int) -> list[Record]:
    """Return records that no round before had: ClickHouse takes a batch once."""
    return [Record(topic, 0, number * 10_000_000 + n, b"key", value) for n, value in enumerate(values)]


async def _write(sink: Sink, topics: dict[str, list[Record]]) -> tuple[int, float, float]:
    """Write records; return how many rows, and the CPU and wall seconds."""
    rows = sum(len(chunk) for topic, records in topics.items() for chunk in chunks(topic, 0, records))
    gc.collect()
    cpu, wall = time.process_time(), time.monotonic()
    for topic, records in topics.items():
        for start in range(0, len(records), PIECE):
            sink.add(topic, 0, records[start : start + PIECE])
    await sink.flush()
    return rows, time.process_time() - cpu, time.monotonic() - wall
