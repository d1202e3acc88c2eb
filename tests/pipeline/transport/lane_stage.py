"""Lanes of one agent on a broker that the test plays."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any

from faust.types import TP

from pipeline.transport.lane import AgentSpec
from tests.factories.counting import Counting
from tests.pipeline.transport.fake_broker import PREFIX, FakeBroadcast, FakeEvent, FakeOutbox, fake_lanes

TP0, TP1 = TP(PREFIX + "items", 0), TP(PREFIX + "items", 1)


class LaneStage:
    """Lanes of one agent that counts, and what came of it."""

    def __init__(self) -> None:
        self.outbox, self.broadcast = FakeOutbox(), FakeBroadcast()
        self.lanes, self.failures = fake_lanes(self.outbox, self.broadcast)
        self.lanes.reads(PREFIX + "items")
        self.acked: list[int] = []
        self.recovered: dict[str, bytes | None] = {}
        self.reads = 0
        self.numbers: Counter[tuple[int, TP]] = Counter()
        self.bodies: list[Counting] = []
        self.spec = AgentSpec("count", "items", self._body)

    def _body(self, _: int) -> Counting:
        return self.keep(Counting(raise_on="bad"))

    def keep(self, body: Counting) -> Counting:
        self.bodies.append(body)
        return body

    def put(self, values: Mapping[int, bytes], partition: int = 0, spec: AgentSpec | None = None) -> None:
        tp, generation = TP(PREFIX + "items", partition), self.lanes.generation
        self.lanes.delivered(tp)
        number = self.numbers[generation, tp]
        self.numbers[generation, tp] += 1
        self.lanes.put(spec or self.spec, FakeEvent("items", partition, values, self.acked, generation, number))

    async def read(self, _client: Any, _topic: str, _partition: int, load: Any, _what: str = "") -> int:
        """Stand for `read_changelog`."""
        self.reads += 1
        load(self.recovered)
        return len(self.recovered)

    @property
    def written(self) -> list[str]:
        return [topic for topic, _ in self.outbox.written]


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(5):
        while not check():
            await asyncio.sleep(0)


async def rest() -> None:
    """Let everything run that can: whoever is still waiting then waits for the test."""
    for _ in range(50):
        await asyncio.sleep(0)
