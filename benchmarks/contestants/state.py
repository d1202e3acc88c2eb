"""Makes the state of so many open prompts with the agent itself, writes it to the changelog, and times its ticks.

The same preload that is produced to `events` elsewhere is given to the agent directly, in batches; what it says must be
in its changelog is written there, as the transport would. A tick is a watermark for each partition, with everything
that `track` does about it and what it then says must be written.
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from pathlib import Path
from statistics import median
from typing import Any

from agents.effects import Record, Send
from agents.knowledge import Knowledge
from agents.track import Track, TrackRules
from benchmarks.broker import PARTITIONS, partition_of, producer, write
from benchmarks.taught import lesson, opened
from benchmarks.workload import START, Workload
from pipeline.settings import Settings
from pipeline.wiring import new_knowledge, track_rules
from schemas.event import Authored, Watermark
from schemas.ids import conversation_key
from schemas.topic import Topic

COMMON = 1_000
"""Prompts that are open in every size: the measured events are about these alone, and so the same everywhere."""
BATCH = 2_000
IDLE_TICKS = 200
DUE_SECONDS = 60.0
"""Event time that passes in a tick in which something is due."""


@dataclass(frozen=True)
class Options:
    """What it is told, as JSON in its first argument."""

    bootstrap_servers: str
    changelog: str
    open_prompts: int
    partitions: list[int]
    """What is worked through here; somebody else does the others meanwhile."""
    answer: str


def common(seconds_between: float = 0.001) -> Workload:
    """Return the workload that all sizes share."""
    return Workload(open_prompts=COMMON, seconds_between=seconds_between)


def preload(open_prompts: int) -> Iterator[Authored]:
    """Give the preload of a size, in order of time: that of the shared prompts and of the others."""
    streams: list[Iterable[Authored]] = [common().preload()]
    if open_prompts > COMMON:
        streams.append(Workload(seed=5, open_prompts=open_prompts - COMMON).preload())
    return merge(*streams, key=lambda event: event.time)


def learned() -> tuple[Knowledge, TrackRules]:
    """Return what the agent needs around it."""
    settings = Settings(_env_file=None)
    knowledge = new_knowledge(settings)
    for value in (lesson(), opened().wire()):
        knowledge.apply(Topic.EXPECTATIONS, value)
    return knowledge, track_rules(settings)


class State:
    """The agent on some partitions, without a transport."""

    def __init__(self, partitions: Iterable[int]) -> None:
        knowledge, rules = learned()
        self.bodies = {p: Track(p, knowledge, rules) for p in partitions}
        self.offsets = [0] * PARTITIONS
        for body in self.bodies.values():
            body.load({})
            body.ready()

    def work(self, events: Iterable[Authored]) -> None:
        """Work through events; the outputs are nobody's."""
        waiting: dict[int, list[Record]] = {p: [] for p in self.bodies}
        partitions: dict[bytes, int] = {}
        for event in events:
            key = conversation_key(event.source, event.conversation)
            if (p := partitions.get(key, -1)) < 0:
                p = partitions[key] = partition_of(key)
            if p not in waiting:
                continue
            waiting[p].append(Record(Topic.EVENTS, p, self.offsets[p], key, event.wire()))
            self.offsets[p] += 1
            if len(waiting[p]) == BATCH:
                self._batch(p, waiting[p])
        for p, records in waiting.items():
            self._batch(p, records)

    def _batch(self, partition: int, records: list[Record]) -> None:
        if records:
            for _ in self.bodies[partition](records):
                pass
            records.clear()

    def take_changes(self) -> Iterator[tuple[bytes, bytes | None, int]]:
        """Give (key, value, partition) of what must be in the changelog."""
        for p, body in self.bodies.items():
            for key, value in body.take_changes().items():
                yield key.encode(), value, p

    def tick(self, until: float) -> tuple[float, int]:
        """Let time pass; return the CPU seconds that takes, and how many records are sent about it."""
        marks = [
            Record(Topic.EVENTS, p, self.offsets[p], b"watermark", Watermark(time=until, partition=p).wire())
            for p in self.bodies
        ]
        sent, started = 0, time.process_time()
        for record, (p, body) in zip(marks, self.bodies.items(), strict=True):
            self.offsets[p] += 1
            for effect in body([record]):
                sent += isinstance(effect, Send) and not effect.key.startswith("watermark")
            body.take_changes()
        return time.process_time() - started, sent


def ticks(state: State) -> dict[str, Any]:
    """Return what ticks cost: the median of many in which nothing is due, and one in which much is."""
    state.tick(START)
    idle = [state.tick(START + (n + 1) * 1e-6)[0] for n in range(IDLE_TICKS)]
    seconds, sent = state.tick(START + DUE_SECONDS)
    return {"idle": median(idle), "due": seconds, "sent": sent}


async def make(options: Options) -> None:
    started = time.process_time()
    state = State(options.partitions)
    state.work(preload(options.open_prompts))
    made = time.process_time() - started
    offsets = list(state.offsets)
    async with producer(options.bootstrap_servers) as client:
        written = await write(client, options.changelog, state.take_changes())
    answer = {"offsets": offsets, "records": written.records, "made": made, **ticks(state)}
    Path(options.answer).write_text(json.dumps(answer))


if __name__ == "__main__":
    asyncio.run(make(Options(**json.loads(sys.argv[1]))))
