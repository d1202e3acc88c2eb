"""The agent `record` at work: batches of several topics gathered and inserted into ClickHouse, then acknowledged."""

import asyncio
import logging
from collections import defaultdict, deque
from collections.abc import Set
from time import monotonic
from typing import Any

from faust.types import TP
from mode import Service

from agents.record import RECORDED, known
from pipeline.clickhouse.sink import Sink
from pipeline.transport.app import BatchApp
from pipeline.transport.progress import Look

log = logging.getLogger(__name__)

MOST_WAITING = 200_000
"""Rows that may wait to be inserted; beyond it nothing more is fetched."""


class Recorder(Service):
    """Gathers what comes and inserts it when enough is there or the oldest has waited long enough.

    While ClickHouse is away the sink tries the same rows again; meanwhile nothing is acknowledged and nothing more is
    fetched of the partitions that wait, so memory stays bounded.
    """

    def __init__(self, app: BatchApp, sink: Sink, erased: Set[str] = frozenset()) -> None:
        self.app, self.sink, self._erased = app, sink, erased
        self._held: defaultdict[tuple[str, int], deque[Any]] = defaultdict(deque)
        self._full: list[TP] = []
        self._work = asyncio.Event()
        super().__init__()

    def register(self) -> None:
        """Add one Faust agent a topic; all of them feed the one sink."""
        for topic in RECORDED:
            name = self.app.topic_prefix + topic
            self.app.lanes.reads(name)
            self.app.agent(self.app.topic(name), name=f"record-{topic}")(self._gather)
        self.app.lanes.on_stop.append(self._forget)
        self.app.watchdog.parts["the recorder"] = self._look

    async def _gather(self, stream: Any) -> None:
        async for event in stream.noack().events():
            if self.app.lanes.stale(event):
                continue
            batch = event.value
            self.sink.add(batch.topic, batch.partition, known(batch.records, self._erased))
            self._held[batch.topic, batch.partition].append(event)
            self._full.append(TP(event.message.topic, event.message.partition))
            self._release()
            self._work.set()

    def _look(self) -> Look:
        return Look(self.sink.waiting_rows > 0, self.sink.inserted, "ClickHouse" if self.sink.away else "")

    async def on_start(self) -> None:
        """Insert in the background."""
        self.add_future(self._insert())

    async def _insert(self) -> None:
        while not self.should_stop:
            try:
                await asyncio.wait_for(self._work.wait(), timeout=0.2)
            except TimeoutError:
                if not self._held:
                    continue
            if not self.sink.due(monotonic()):
                await asyncio.sleep(0.05)
                continue
            self._work.clear()
            for (topic, partition), offset in (await self.sink.flush()).items():
                waiting = self._held[topic, partition]
                while waiting and waiting[0].value.last_offset <= offset:
                    waiting.popleft().ack()
            self._release()

    def _release(self) -> None:
        """Let more be fetched, unless too much is waiting to be inserted."""
        if self.sink.waiting_rows < MOST_WAITING:
            for tp in self._full:
                self.app.lanes.done(tp)
            self._full.clear()

    def _forget(self) -> None:
        """Drop what is not inserted yet: after a rebalance it comes again, to whoever owns it then."""
        self._held.clear()
        self._full.clear()
        self.sink.clear()
