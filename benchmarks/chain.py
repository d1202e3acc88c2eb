"""The whole chain: raw webhooks -> normalise -> track, profile, learn, watch, diagnose -> rows in ClickHouse.

One worker of the product (`crickets worker`) with the embedded engine. It works through the preload, then chunks of
webhooks, one a round: from the first record written to the last event in ClickHouse and the last mark passed. Then one
more chunk is profiled, so that the profile does not disturb the figures.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from benchmarks.broker import PARTITIONS, marks, partition_of, producer, reset_topics, write
from benchmarks.entry import CPU, SHARE, WALL, Entry, progress
from benchmarks.ours import Workers
from benchmarks.processes import BenchmarkError
from benchmarks.profile import attach
from benchmarks.throughput import new_settings
from benchmarks.webhooks import webhooks
from benchmarks.workload import START, Workload
from pipeline.clickhouse.client import connect
from pipeline.pseudonyms import pseudonym_key
from pipeline.settings import Settings
from pipeline.stack import running_clickhouse
from schemas.base import HOUR
from schemas.topic import Topic
from schemas.webhook import Webhook

CHUNK = 25_000
CHUNK_HOURS = 2  # of event time; a chunk's events fill a little more than one


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:
    """Run the chain."""
    settings = new_settings(servers, folder, "talk")
    kafka = settings.kafka.model_copy(update={"group": "chain"})
    settings = settings.model_copy(update={"kafka": kafka})
    pseudonym_key(settings)
    await asyncio.to_thread(reset_topics, kafka)
    with running_clickhouse(settings) as url:
        clickhouse = settings.clickhouse.model_copy(update={"url": url})
        settings = settings.model_copy(update={"clickhouse": clickhouse})
        return await _Chain(settings, url).run(rounds)


class _Chain:
    """A worker, and the records that go through it."""

    def __init__(self, settings: Settings, url: str) -> None:
        self.settings, self.workload = settings, Workload()
        self.database, self.topic = settings.clickhouse.database, settings.kafka.prefix + Topic.WEBHOOKS
        self.client = connect(settings.clickhouse, url)
        self.authors: dict[tuple[str, str], str] = {}

    async def run(self, rounds: int) -> list[Entry]:
        """Run all rounds and a profiled one."""
        workload, cpu, wall = self.workload, list[float](), list[float]()
        async with (
            producer(self.settings.kafka.bootstrap_servers) as self.producer,
            Workers(self.settings, 1, "chain", "pipeline.cli", ("worker",)) as self.workers,
        ):
            progress(f"  working through {workload.open_prompts:,} open prompts")
            await self._through(workload.preload(), START)
            for n in range(1, rounds + 1):
                used, took = await self._chunk(n)
                cpu.append(CHUNK / used)
                wall.append(CHUNK / took)
                progress(f"  round {n} of {rounds}  chain {cpu[-1]:,.0f} {CPU}  {wall[-1]:,.0f} {WALL}")
            ended = attach(self.workers.processes[0], "chain")
            await self._chunk(rounds + 1)
            shares = ended()
            await asyncio.to_thread(self._check)
        for component, share in shares.items():
            progress(f"    {component:18} {share:6.1%}")
        parts = [Entry.of(f"chain-profile/{name}", SHARE, [100 * share]) for name, share in shares.items()]
        return [Entry.of("chain/webhook-to-row", CPU, cpu), Entry.of("chain/webhook-to-row", WALL, wall), *parts]

    async def _chunk(self, n: int) -> tuple[float, float]:
        begin = START + (n - 1) * CHUNK_HOURS * HOUR
        return await self._through(self.workload.measured(CHUNK, begin), begin + CHUNK_HOURS * HOUR)

    async def _through(self, events: Iterable[Any], until: float) -> tuple[float, float]:
        """Let events pass; return the CPU and wall seconds until the last is a row and all is known up to `until`."""
        records = [(hook_key, hook.wire(), partition_of(hook_key)) for hook_key, hook in self._hooks(events)]
        records += marks(until)
        await self.workers.until_quiet()
        process, started = self.workers.processes[0], time.monotonic()
        before = process.cpu
        await write(self.producer, self.topic, records)
        await self.workers.until("everything is in ClickHouse", lambda: asyncio.to_thread(self._stored, until), 0.02)
        return process.cpu - before, time.monotonic() - started

    def _hooks(self, events: Iterable[Any]) -> Iterator[tuple[bytes, Webhook]]:
        for hook, event in webhooks(events, self.authors):
            yield self.workload.key(event), hook

    def _stored(self, until: float) -> bool:
        """Tell whether the last marks of `events` and `outcomes`, and so all before them, stand in ClickHouse."""
        found = self.client.query(
            f"SELECT count() FROM (SELECT topic, partition, max(toFloat64(time)) AS reached "
            f"FROM {self.database}.watermarks WHERE (topic, stage) IN (('events', 'source'), ('outcomes', 'track')) "
            f"GROUP BY topic, partition HAVING reached >= {until})"
        )
        return bool(found.result_rows[0][0] == 2 * PARTITIONS)

    def _check(self) -> None:
        """Refuse the figures unless every event is a row and every prompt has its responders."""
        rows = self.client.query(f"SELECT prompt_id, responders FROM {self.database}.prompts_now").result_rows
        events = self.client.query(f"SELECT uniqExact(event_id) FROM {self.database}.events").result_rows[0][0]
        truth = self.workload.truth
        if dict(rows) != truth.counts or events != truth.events:
            wrong = dict(rows).items() ^ truth.counts.items()
            msg = (
                f"the result is wrong, so its figures do not count: {events} of {truth.events} events are rows, "
                f"{len({prompt for prompt, _ in wrong})} of {len(truth.responders)} prompts differ"
            )
            raise BenchmarkError(msg)
