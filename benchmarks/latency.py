"""How long it takes: from an event produced to its state durable, and from a deadline's tick to its row in ClickHouse.

Durable means: the changelog record that covers the event's offset is visible to a reader of committed records in
another process. One process produces without lingering, one worker runs the agent `track` with 20,000 open prompts,
this process reads the changelog. The worker's stamps say where the time goes.
"""

import asyncio
import json
from bisect import bisect_left
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import aiokafka

from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from benchmarks.broker import PARTITIONS, Reader, keyed, marks, producer, reset_topics, write
from benchmarks.entry import Entry, progress
from benchmarks.ours import Passing, Workers
from benchmarks.processes import OUT, BenchmarkError, now, run
from benchmarks.quantile import summary
from benchmarks.row_latency import measure_rows
from benchmarks.taught import lesson, opened
from benchmarks.throughput import new_settings
from benchmarks.workload import START, Workload
from pipeline.settings import Settings
from schemas.topic import Topic

RATES = (500, 5_000)
WARM_UP, SECONDS = 5.0, 20.0
PATIENCE = 120.0

Moment = tuple[int, int, float]
"""Partition, offset, seconds."""


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:
    """Run every rate once a round, then the rows."""
    found: dict[tuple[str, str], list[float]] = {}
    for n in range(1, min(rounds, 3) + 1):
        for rate in RATES:
            for name, value in (await _round(new_settings(servers, folder, "talk"), rate, n)).items():
                found.setdefault((f"latency/durable-{rate}/{name}", "ms"), []).append(value)
    entries = [Entry.of(name, unit, values) for (name, unit), values in found.items()]
    rows = await measure_rows(new_settings(servers, folder, "talk"))
    return [*entries, *(Entry.of(f"latency/row-behind-tick/{name}", "ms", [value]) for name, value in rows.items())]


async def _round(settings: Settings, rate: int, number: int) -> dict[str, float]:
    kafka = settings.kafka.model_copy(update={"group": f"latency-{rate}-{number}"})
    settings = settings.model_copy(update={"kafka": kafka})
    servers, events, workload = kafka.bootstrap_servers, kafka.prefix + Topic.EVENTS, Workload()
    stamps = OUT / f"stamps-{rate}-{number}.json"
    stamps.unlink(missing_ok=True)
    await asyncio.to_thread(reset_topics, kafka)
    async with producer(servers) as client, Reader(servers, {kafka.prefix + Topic.VERDICTS: 1}) as verdicts:
        for value in (lesson(), opened().wire()):
            await client.send_and_wait(kafka.prefix + Topic.EXPECTATIONS, value, b"benchmark", 0)
        await write(client, events, keyed(workload.preload(), workload.key))
        await write(client, events, marks(START))
        running = Workers(settings, 1, f"latency-{rate}-{number}", stamps=stamps)
        async with running, Changelog(servers, kafka.prefix + "changelog-track") as changelog:
            passing = Passing(verdicts)
            await running.until("the preload is done", lambda: passing.all_at(START))
            await running.until_quiet()
            await changelog.skip()
            options = {"bootstrap_servers": servers, "topic": events, "rate": rate, "seconds": WARM_UP + SECONDS}
            talker = asyncio.create_task(
                asyncio.to_thread(talk, f"talker-{rate}-{number}", options)
            )  # fmt: skip
            visible = await changelog.follow(talker, running)
            produced = await talker
    return _report(rate, produced, visible, json.loads(stamps.read_text()) if stamps.exists() else [])


def talk(name: str, options: dict[str, Any]) -> list[Moment]:
    import sys

    return run(name, "benchmarks.contestants.talker", options, python=sys.executable, seconds=PATIENCE)  # type: ignore[return-value]


class Changelog:
    """Reads what is committed of the changelog, and notes when which offset of `events` was covered."""

    def __init__(self, servers: str, topic: str) -> None:
        self._places = [aiokafka.TopicPartition(topic, p) for p in range(PARTITIONS)]
        self._consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=servers, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
        )
        self._silent: set[bytes] = set()

    async def __aenter__(self) -> "Changelog":
        await self._consumer.start()
        self._consumer.assign(self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def skip(self) -> None:
        """Begin at the end."""
        await self._consumer.seek_to_end(*self._places)
        await self._consumer.getmany(timeout_ms=100)

    async def follow(self, talker: "asyncio.Task[list[Moment]]", running: Workers) -> list[Moment]:
        """Return (partition, covered offset, seconds) until everything that was produced is covered."""
        found: list[Moment] = []
        covered, ends, deadline = [-1] * PARTITIONS, None, now() + PATIENCE
        while ends is None or any(c < end for c, end in zip(covered, ends, strict=True)):
            running.check()
            if now() > deadline:
                msg = f"the state of the last events was not durable after {PATIENCE:.0f} s"
                raise BenchmarkError(msg)
            if ends is None and talker.done():
                ends = [max((o for q, o, _ in talker.result() if q == p), default=-1) for p in range(PARTITIONS)]
            for place, records in (await self._consumer.getmany(timeout_ms=50)).items():
                at = now()
                offset = max((self._covers(record) for record in records), default=-1)
                if offset > covered[place.partition]:
                    covered[place.partition] = offset
                    found.append((place.partition, offset, at))
        return found

    def _covers(self, record: Any) -> int:
        """Return up to which offset a record says that everything was worked through; asks the agent itself."""
        kind = record.key.split(b" ", 1)[0]
        if record.value is None or kind in self._silent:
            return -1
        body = Track(record.partition, Knowledge(), TrackRules())
        body.load({record.key.decode(): record.value})
        body.ready()
        if body.durable < 0:
            self._silent.add(kind)
        return body.durable


def _report(rate: int, produced: list[Moment], visible: list[Moment], stamps: list[Any]) -> dict[str, float]:
    """Return the quantiles, and say where the time went."""
    begin = min(at for _, _, at in produced) + WARM_UP
    measured = [moment for moment in produced if moment[2] >= begin]
    seen = _first_covering(visible)
    waited = [1000 * (seen(partition, offset) - at) for partition, offset, at in measured]
    found = summary(waited)
    said = ", ".join(f"{name} {value:.1f} ms" for name, value in found.items())
    progress(f"  {rate} events/s, {len(measured):,} measured: produced -> durable {said}")
    if stamps:
        stages = {
            what: _first_covering((p, o, at) for kind, p, o, at in stamps if kind == what)
            for what in ("fetched", "worked", "committed")
        }
        stages["visible"] = seen
        before = {(p, o): at for p, o, at in measured}
        for what, reached in stages.items():
            after = {(p, o): reached(p, o) for p, o, _ in measured}
            steps = summary([1000 * (after[key] - before[key]) for key in after])
            progress(f"    ... -> {what:10} " + ", ".join(f"{name} {value:.1f}" for name, value in steps.items()))
            found |= {f"to-{what}-p50": steps["p50"], f"to-{what}-p99": steps["p99"]}
            before = after
    return found


def _first_covering(moments: Iterable[Moment]) -> Any:
    """Return a function: when was this offset of this partition covered for the first time?"""
    offsets: dict[int, list[int]] = {}
    times: dict[int, list[float]] = {}
    for partition, offset, at in moments:
        known = offsets.setdefault(partition, [])
        if not known or offset > known[-1]:
            known.append(offset)
            times.setdefault(partition, []).append(at)
    return lambda partition, offset: times[partition][bisect_left(offsets[partition], offset)]
