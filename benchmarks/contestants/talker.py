"""Produces events at a steady rate, without lingering, and notes when: (partition, offset, seconds)."""

import asyncio
import json
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.broker import keyed, producer
from benchmarks.workload import Workload


@dataclass(frozen=True)
class Options:
    """What the talker is told, as JSON in its first argument."""

    bootstrap_servers: str
    topic: str
    rate: float
    seconds: float
    answer: str


async def talk(options: Options) -> None:
    workload = Workload(seconds_between=1 / options.rate)
    for _ in workload.preload():  # written before; what follows refers to it
        pass
    records = list(keyed(workload.measured(int(options.rate * options.seconds)), workload.key))
    noted: list[tuple[int, int, float]] = []

    def note(sent: "asyncio.Future[Any]", at: float) -> None:
        metadata = sent.result()
        noted.append((metadata.partition, metadata.offset, at))

    async with producer(options.bootstrap_servers, linger_ms=0) as client:
        started, waiting = time.monotonic(), None
        for n, (key, value, partition) in enumerate(records):
            due = started + n / options.rate
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            at = time.monotonic()
            waiting = await client.send(options.topic, value, key, partition)
            waiting.add_done_callback(lambda sent, at=at: note(sent, at))
        if waiting is not None:
            await waiting
    Path(options.answer).write_text(json.dumps(noted))


if __name__ == "__main__":
    asyncio.run(talk(Options(**json.loads(sys.argv[1]))))
