"""What open prompts cost: memory, CPU an event, CPU a tick, and seconds to restore them, from 1,000 to a million.

For each size a process makes the state with the agent itself and writes it to the changelog; then a worker of the
product starts, restores it, waits at the gate (see `ours.py`) and works through the same events for every size: they
are about a thousand prompts that are open in all of them, and fill one minute of event time, so that hardly anything
is due meanwhile.
"""

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import aiokafka

from benchmarks.broker import PARTITIONS, Reader, keyed, producer, reset_topics, start_at, write
from benchmarks.contestants.state import common
from benchmarks.entry import LATEST, Entry, progress
from benchmarks.ours import Passing, Workers
from benchmarks.processes import OUT, PEERS, ROOT, BenchmarkError, now, run
from benchmarks.taught import gate, lesson, opened
from benchmarks.throughput import new_settings
from benchmarks.workload import START
from pipeline.settings import Settings
from schemas.topic import Topic

SIZES = (1_000, 20_000, 100_000, 1_000_000)
EVENTS = 300_000
BETWEEN = 60.0 / EVENTS
MAKING_SECONDS = 900.0
PICTURE = ROOT / "benchmarks" / "open_prompts.svg"


async def measure(servers: str, folder: Path, rounds: int) -> list[Entry]:
    """Measure every size: once the largest, a few times the others."""
    entries: list[Entry] = []
    for size in _sizes():
        found: dict[tuple[str, str], list[float]] = {}
        for n in range(1, (1 if size > 100_000 else min(rounds, 3)) + 1):
            values = await _size(new_settings(servers, folder, "talk"), size, n)
            for key, value in values.items():
                found.setdefault(key, []).append(value)
            said = ", ".join(f"{name} {value:,.4g} {unit}" for (name, unit), value in values.items())
            progress(f"  {size:,} open prompts, round {n}: {said}")
        entries += [Entry.of(f"open-prompts/{size}/{name}", unit, values) for (name, unit), values in found.items()]
    return entries


def _sizes() -> tuple[int, ...]:
    """Return the sizes: those of the variable SIZES, else all."""
    named = os.environ.get("SIZES", "")
    return tuple(int(size) for size in named.split(",")) if named else SIZES


async def _size(settings: Settings, size: int, number: int) -> dict[tuple[str, str], float]:
    name = f"open-{size}-{number}"
    kafka = settings.kafka.model_copy(update={"group": name})
    settings = settings.model_copy(update={"kafka": kafka})
    servers, events, expectations = (
        kafka.bootstrap_servers,
        kafka.prefix + Topic.EVENTS,
        kafka.prefix + Topic.EXPECTATIONS,
    )
    await asyncio.to_thread(reset_topics, kafka)
    state = await _make(settings, size, name)
    stamps = OUT / f"{name}-stamps.json"
    stamps.unlink(missing_ok=True)
    workload = common(BETWEEN)
    for _ in workload.preload():  # it is in the state
        pass
    async with (
        producer(servers) as client,
        Reader(servers, {kafka.prefix + Topic.VERDICTS: 1}) as verdicts,
    ):
        # What made the state was worked through before: records that nobody reads keep its place in the topic.
        filler = ((b"", b"", p) for p in range(PARTITIONS) for _ in range(state["offsets"][p]))
        if (await write(client, events, filler)).end != state["offsets"]:
            msg = "the topic of events was not empty"
            raise BenchmarkError(msg)
        await start_at(servers, kafka.group, events, state["offsets"])
        written = await write(client, events, keyed(workload.measured(EVENTS), workload.key))
        for value in (lesson(), gate(settings, START).wire()):
            await client.send_and_wait(expectations, value, b"benchmark", 0)
        begun = now()
        async with Workers(settings, 1, name, stamps=stamps) as running:
            passing, process = Passing(verdicts), running.processes[0]
            await running.until("the state is restored", lambda: passing.all_at(START))
            restored = now() - begun
            await running.until_quiet()
            memory, before = process.memory(), process.cpu
            await client.send_and_wait(expectations, opened().wire(), b"closed", 0)
            async with _Committed(settings) as committed:
                await running.until("the events are done", lambda: committed.all_at(written.end))
            used, highest = process.cpu - before, process.memory("VmHWM")
    return {
        ("event", "us of CPU"): 1e6 * used / EVENTS,
        ("memory", "MiB"): memory / 2**20,
        ("memory-highest", "MiB"): highest / 2**20,
        ("tick-idle", "us"): 1e6 * state["idle"],
        ("tick-due", "us a record sent"): 1e6 * state["due"] / max(state["sent"], 1),
        ("tick-due-sent", "records"): state["sent"],
        ("recovery", "s"): _recovery(stamps),
        ("start-to-ready", "s"): restored,
        ("changelog", "records"): state["records"],
    }


async def _make(settings: Settings, size: int, name: str) -> dict[str, Any]:
    """Let two processes make the state, half of the partitions each, and add up what they say."""

    async def half(n: int) -> dict[str, Any]:
        options = {
            "bootstrap_servers": settings.kafka.bootstrap_servers,
            "changelog": settings.kafka.prefix + "changelog-track",
            "open_prompts": size,
            "partitions": list(range(n, PARTITIONS, 2)),
        }
        module, seconds = "benchmarks.contestants.state", MAKING_SECONDS
        return await asyncio.to_thread(
            run, f"{name}-state-{n}", module, options, python=sys.executable, seconds=seconds
        )  # fmt: skip

    one, other = await asyncio.gather(half(0), half(1))
    offsets = [a + b for a, b in zip(one.pop("offsets"), other.pop("offsets"), strict=True)]
    return {"offsets": offsets, **{key: one[key] + other[key] for key in one}}


class _Committed:
    """Looks at what the group has committed: no mark shows the end here, one would let an hour pass."""

    def __init__(self, settings: Settings) -> None:
        kafka = settings.kafka
        self._places = [aiokafka.TopicPartition(kafka.prefix + Topic.EVENTS, p) for p in range(PARTITIONS)]
        self._consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=kafka.bootstrap_servers, group_id=kafka.group, enable_auto_commit=False
        )

    async def __aenter__(self) -> "_Committed":
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def all_at(self, ends: list[int]) -> bool:
        """Tell whether every partition has been worked through."""
        committed = [await self._consumer.committed(place) or 0 for place in self._places]
        return all(offset >= end for offset, end in zip(committed, ends, strict=True))


def _recovery(stamps: Path) -> float:
    """Return the seconds from the first partition handed over to the last state restored."""
    if not stamps.exists():
        msg = f"the worker did not write {stamps} at its end"
        raise BenchmarkError(msg)
    noted = json.loads(stamps.read_text())
    made = [at for what, _, _, at in noted if what == "made"]
    return float(max(at for what, _, _, at in noted if what == "loaded") - min(made))


def draw() -> None:
    """Draw the curves of `latest.json`, where the environment of the peers is there: it has matplotlib."""
    if not (PEERS / "python").exists():
        progress(f"  no picture: {PEERS} is missing, `make bench` makes it")
        return
    command = [PEERS / "python", "-m", "benchmarks.picture", str(LATEST), str(PICTURE)]
    subprocess.run(command, check=True, cwd=ROOT)
    progress(f"  drawn: {PICTURE.relative_to(ROOT)}")
