"""How long partitions stand still when a worker joins and when one leaves, under load.

One worker works through 2,000 events a second; a second one joins and leaves again (SIGTERM). The pause of a partition
is the longest time between two commits of its state that a reader of committed records sees. At the end every prompt
must have the responders of the workload's truth, and no outcome or verdict may stand in its topic twice.
"""

import asyncio
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from benchmarks import ours
from benchmarks.broker import PARTITIONS, Reader, keyed, marks, producer, reset_topics, write
from benchmarks.entry import Entry, progress
from benchmarks.latency import Changelog, Moment, talk
from benchmarks.ours import Passing, Workers
from benchmarks.processes import BenchmarkError, now
from benchmarks.taught import lesson, opened
from benchmarks.throughput import new_settings
from benchmarks.workload import START, Workload
from pipeline.settings import Settings
from schemas.outcome import OUTCOME
from schemas.topic import Topic
from schemas.verdict import VERDICT

RATE = 2_000
BEFORE, TOGETHER, AFTER = 5.0, 15.0, 10.0
"""Seconds until the second worker is started, until it is ended, and after that."""


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:
    """Run a few rounds."""
    found: dict[str, list[float]] = {}
    for n in range(1, min(rounds, 3) + 1):
        settings = new_settings(servers, folder, "talk")
        kafka = settings.kafka.model_copy(update={"group": f"rebalance-{n}"})
        for name, value in (await _round(settings.model_copy(update={"kafka": kafka}), n)).items():
            found.setdefault(name, []).append(value)
        progress(f"  round {n}: " + ", ".join(f"{name} {values[-1]:.0f} ms" for name, values in found.items()))
    return [Entry.of(f"rebalance/{name}", "ms", values) for name, values in found.items()]


async def _round(settings: Settings, number: int) -> dict[str, float]:
    kafka, workload = settings.kafka, Workload(seconds_between=1 / RATE)
    servers, events = kafka.bootstrap_servers, kafka.prefix + Topic.EVENTS
    await asyncio.to_thread(reset_topics, kafka)
    async with producer(servers) as client, Reader(servers, {kafka.prefix + Topic.VERDICTS: 1}) as verdicts:
        for value in (lesson(), opened().wire()):
            await client.send_and_wait(kafka.prefix + Topic.EXPECTATIONS, value, b"benchmark", 0)
        await write(client, events, keyed(workload.preload(), workload.key))
        await write(client, events, marks(START))
        running, passing = Workers(settings, 1, f"rebalance-{number}"), Passing(verdicts)
        async with running, Changelog(servers, kafka.prefix + "changelog-track") as changelog:
            await running.until("the preload is done", lambda: passing.all_at(START))
            await running.until_quiet()
            await changelog.skip()
            seconds = BEFORE + TOGETHER + AFTER
            options = {"bootstrap_servers": servers, "topic": events, "rate": RATE, "seconds": seconds}
            talking = asyncio.create_task(asyncio.to_thread(talk, f"talker-rebalance-{number}", options))
            moving = asyncio.create_task(_join_and_leave(running))
            visible = await changelog.follow(talking, running)
            joined, left = await moving
            for _ in workload.measured(int(RATE * seconds)):  # what the talker said, for the truth
                pass
            await write(client, events, marks(workload.ending()))
            await running.until("everything is worked through", lambda: passing.all_at(workload.ending()))
    ours.check(await ours.counted(settings), workload.truth.counts)
    await _check_nothing_is_there_twice(settings)
    return {
        "normal": _longest(visible, joined - BEFORE / 2, joined),
        "join": _longest(visible, joined, left),
        "leave": _longest(visible, left, left + AFTER),
    }


async def _join_and_leave(running: Workers) -> tuple[float, float]:
    await asyncio.sleep(BEFORE)
    joined, second = now(), running.add()
    await asyncio.sleep(TOGETHER)
    left = now()
    await running.end(second)
    return joined, left


def _longest(visible: Sequence[Moment], begin: float, end: float) -> float:
    """Return the longest pause of any partition that ends within a time, in milliseconds."""
    longest = 0.0
    for partition in range(PARTITIONS):
        at = [seconds for p, _, seconds in visible if p == partition]
        longest = max([longest, *(b - a for a, b in pairwise(at) if begin <= b <= end)])
    return 1000 * longest


async def _check_nothing_is_there_twice(settings: Settings) -> None:
    kafka = settings.kafka
    for topic, adapter in ((Topic.OUTCOMES, OUTCOME), (Topic.VERDICTS, VERDICT)):
        seen: Counter[tuple[bytes, int]] = Counter()
        async with Reader(kafka.bootstrap_servers, {kafka.prefix + topic: 1}) as reader:
            async for record in reader.read_all():
                if not record.key.startswith(b"watermark"):
                    seen[record.key, adapter.validate_json(record.value).version] += 1  # type: ignore[union-attr]
        if twice := [key for key, times in seen.items() if times > 1]:
            msg = f"{len(twice)} of {len(seen)} records of {topic} are there twice, {twice[0]} for one"
            raise BenchmarkError(msg)
