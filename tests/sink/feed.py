"""A recorder whose topics are lists: fetched while it has room, from where was acknowledged last."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from agents.effects import Record
from pipeline.clickhouse.sink import Sink
from pipeline.recorder import Recorder
from pipeline.transport.batch import Batch
from pipeline.transport.lanes import Lanes

Logs = dict[tuple[str, int], list[Record]]


class _Stream:
    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    def noack(self) -> "_Stream":
        return self

    async def events(self) -> AsyncIterator[Any]:
        while True:
            yield await self.queue.get()


class Feed:
    """Stands for the consumer; recorder and sink are the product's own.

    `committed` is what outlives a crash: the next offset of each partition. Cuts are drawn from the seed.
    """

    def __init__(
        self, logs: Logs, sink: Sink, *, seed: int = 0, most: int = 200, committed: dict[tuple[str, int], int]
    ) -> None:
        self.logs, self.sink, self.committed = logs, sink, committed
        self.on_ack: Callable[[], None] = lambda: None
        self._chance, self._most = random.Random(seed), most
        self._next = {place: committed.get(place, 0) for place in logs}
        self._streams: dict[str, _Stream] = {}
        self._tasks: list[asyncio.Task[None]] = []
        nothing: Any = None
        self._lanes = Lanes({}, {}, nothing, nothing)
        app: Any = SimpleNamespace(
            topic_prefix="",
            lanes=self._lanes,
            topic=str,
            agent=self._agent,
            watchdog=SimpleNamespace(parts={}),
        )
        self.recorder = Recorder(app, sink)

    def _agent(self, topic: str, name: str) -> Callable[[Any], None]:  # noqa: ARG002 - Faust's
        stream = self._streams[topic] = _Stream()
        return lambda gather: self._tasks.append(asyncio.ensure_future(gather(stream)))

    @property
    def done(self) -> bool:
        """Whether all is acknowledged."""
        return all(self.committed.get(place, 0) == len(log) for place, log in self.logs.items())

    async def run(self) -> None:
        """Work until all is acknowledged."""
        self.recorder.register()
        try:
            async with self.recorder:
                while not self.done:
                    self._fetch()
                    await asyncio.sleep(0.002)
                    if self.recorder.crashed:
                        raise AssertionError(self.recorder.crash_reason)
        finally:
            for task in self._tasks:
                task.cancel()
            await self.sink.close()

    def _fetch(self) -> None:
        places = list(self.logs)
        self._chance.shuffle(places)
        for place in places:
            tp, first = TP(*place), self._next[place]
            if self._lanes.busy(tp) or first == len(self.logs[place]):
                continue
            records = self.logs[place][first : first + self._chance.randint(1, self._most)]
            self._next[place] = first + len(records)
            message = SimpleNamespace(topic=place[0], partition=place[1], generation_id=self._lanes.generation)
            event = SimpleNamespace(value=Batch(*place, records), message=message, ack=self._acks(place))
            self._lanes.delivered(tp)
            self._streams[place[0]].queue.put_nowait(event)

    def _acks(self, place: tuple[str, int]) -> Callable[[], None]:
        upto = self._next[place]

        def ack() -> None:
            self.committed[place] = upto
            self.on_ack()

        return ack
