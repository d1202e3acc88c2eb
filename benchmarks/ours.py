"""Runs workers of the product and measures them from outside, between a gate and the end of the measured events.

The events stand in one topic: the preload, the measured ones, a last watermark. What may be judged is limited by what
has been learned, so the workers go through the preload and wait at the first measured event of each partition (they
say so: the watermark of that epoch stands in `verdicts`). When all wait and none uses CPU any more, the clocks start
and the gate is opened. The clocks stop when the last watermark of every partition stands in `verdicts`: then
everything before it has been sent.
"""

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from kafka import KafkaAdminClient

from benchmarks.broker import PARTITIONS, Reader, Written, producer, reset_topics
from benchmarks.processes import BenchmarkError, Process, start
from benchmarks.profile import attach
from benchmarks.taught import gate, lesson, opened
from pipeline.settings import Settings
from pipeline.stack import environment
from schemas.event import Watermark
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic
from schemas.verdict import VERDICT

PATIENCE = 240.0
"""Seconds that a part of a round may take."""
STAMPS = "CRICKETS_BENCHMARK_STAMPS"
QUIET = 0.05
"""Share of a core below which a worker is taken to wait."""


@dataclass
class Round:
    """What one round of ours gave."""

    events: int
    wall: float
    cpu: list[float]
    """CPU seconds of each worker."""
    memory: list[int] = field(default_factory=list)

    @property
    def per_cpu_second(self) -> float:
        """Return events a second if every worker had a core of its own: the busiest one decides."""
        return self.events / max(self.cpu)

    @property
    def per_second(self) -> float:
        """Return events a second by the clock on the wall, with whatever else runs on this machine."""
        return self.events / self.wall


class Workers:
    """Workers of one group on one topic; an async context manager that ends them."""

    def __init__(
        self, settings: Settings, number: int, name: str, module: str = "benchmarks.contestants.track",
        arguments: Sequence[str] = (), stamps: Path | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.number, self.name = settings, number, name
        self.module, self.arguments, self.stamps = module, arguments, stamps
        self.processes: list[Process] = []

    async def __aenter__(self) -> "Workers":
        environ = environment(self.settings)
        if self.stamps is not None:
            environ[STAMPS] = str(self.stamps)
        for n in range(self.number):
            self.processes.append(start(f"{self.name}-{n}", self.module, *self.arguments, environment=environ))
        return self

    async def __aexit__(self, *_: object) -> None:
        for process in self.processes:
            await asyncio.to_thread(process.stop)

    def add(self) -> Process:
        """Start one more."""
        name = f"{self.name}-{len(self.processes)}"
        self.processes.append(start(name, self.module, *self.arguments, environment=environment(self.settings)))
        return self.processes[-1]

    async def end(self, process: Process) -> None:
        """End one of them in good order."""
        self.processes.remove(process)
        await asyncio.to_thread(process.stop)

    def check(self) -> None:
        """Raise when one has ended."""
        for process in self.processes:
            process.check()

    async def until(self, what: str, done: Callable[[], Any], pause: float = 0.05) -> None:
        """Wait until something is so."""
        deadline = time.monotonic() + PATIENCE
        while not await done():
            self.check()
            if time.monotonic() > deadline:
                logs = "\n".join(process.leash.log_tail() for process in self.processes)
                msg = f"{self.name}: {what}: not so within {PATIENCE:.0f} s\n{logs}"
                raise BenchmarkError(msg)
            await asyncio.sleep(pause)

    async def until_quiet(self) -> None:
        """Wait until every partition belongs to somebody, everybody has some, and nobody works."""
        last, calm = [0.0] * self.number, 0

        async def quiet() -> bool:
            nonlocal last, calm
            await asyncio.sleep(0.5)
            used = [process.cpu for process in self.processes]
            calm = calm + 1 if all(u - b < QUIET * 2 for u, b in zip(used, last, strict=True)) else 0
            last = used
            return calm >= 3 and await asyncio.to_thread(self.members) == self.number

        await self.until("all wait at the gate", quiet)

    def members(self) -> int:
        """Return how many members of the group have partitions."""
        name = self.settings.kafka.group
        admin: Any = KafkaAdminClient(bootstrap_servers=[self.settings.kafka.bootstrap_servers])
        try:
            group = admin.describe_groups([name])[name]
        finally:
            admin.close()
        assigned = [member["member_assignment"] for member in group["members"]]
        return sum(bool(one) and any(topic["partitions"] for topic in one["assigned_partitions"]) for one in assigned)


class Passing:
    """Follows `verdicts` for how far each partition has come."""

    def __init__(self, reader: Reader) -> None:
        self.reader = reader
        self.reached = [0.0] * PARTITIONS

    async def all_at(self, time: float) -> bool:
        """Tell whether every partition has come so far."""
        for record in await self.reader.read(0.05):
            if record.key.startswith(b"watermark:"):
                value = VERDICT.validate_json(record.value)
                if isinstance(value, Watermark):
                    self.reached[value.partition] = max(self.reached[value.partition], value.time)
        return all(reached >= time for reached in self.reached)


async def run_round(
    settings: Settings, measured: Written, *, begins: float, ends: float, workers: int = 1, name: str = "track",
    profile: dict[str, float] | None = None,
) -> Round:  # fmt: skip
    """Run one round and return its figures; the outcomes stay in the topics until the next.

    With `profile` the first worker is looked at meanwhile, which slows it down, and its shares are put in there.
    """
    kafka = settings.kafka
    await asyncio.to_thread(reset_topics, kafka, [Topic.EVENTS, Topic.WEBHOOKS])
    async with (
        producer(kafka.bootstrap_servers) as client,
        Reader(kafka.bootstrap_servers, {kafka.prefix + Topic.VERDICTS: 1}) as reader,
        Workers(settings, workers, name) as running,
    ):
        topic, passing = kafka.prefix + Topic.EXPECTATIONS, Passing(reader)
        await client.send_and_wait(topic, lesson(), b"version:1", 0)
        await client.send_and_wait(topic, gate(settings, begins).wire(), b"closed", 0)
        await running.until("the preload is done", lambda: passing.all_at(begins))
        await running.until_quiet()
        ended = attach(running.processes[0], name) if profile is not None else None
        before, started = [process.cpu for process in running.processes], time.monotonic()
        await client.send_and_wait(topic, opened().wire(), b"closed", 0)
        await running.until("the measured events are done", lambda: passing.all_at(ends), pause=0.0)
        wall = time.monotonic() - started
        cpu = [process.cpu - b for process, b in zip(running.processes, before, strict=True)]
        if profile is not None and ended is not None:
            profile |= ended()
        return Round(measured.records, wall, cpu, [process.memory() for process in running.processes])


async def counted(settings: Settings) -> dict[str, int]:
    """Return the responders of every prompt, by its latest outcome."""
    kafka, latest = settings.kafka, dict[str, Outcome]()
    async with Reader(kafka.bootstrap_servers, {kafka.prefix + Topic.OUTCOMES: 1}) as reader:
        async for record in reader.read_all():
            value = OUTCOME.validate_json(record.value)
            if isinstance(value, Outcome):
                known = latest.get(value.prompt.prompt_id)
                if known is None or value.version >= known.version:
                    latest[value.prompt.prompt_id] = value
    return {prompt: outcome.responders for prompt, outcome in latest.items()}


def check(found: dict[str, int], truth: dict[str, int]) -> None:
    """Refuse the figure unless every prompt has as many responders as the workload gave it."""
    if found != truth:
        wrong = [prompt for prompt in truth.keys() | found.keys() if truth.get(prompt) != found.get(prompt)]
        example = wrong[0]
        msg = (
            f"the result is wrong, so its figure does not count: {len(wrong)} of {len(truth)} prompts differ, "
            f"{example} has {found.get(example)} responders instead of {truth.get(example)}"
        )
        raise BenchmarkError(msg)
