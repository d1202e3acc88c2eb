"""Lanes: every partition of every agent is worked on in a task of its own."""

import asyncio
import logging
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from faust.types import TP

from agents.body import Body
from agents.effects import Send, WaitFor
from agents.sequenced import Sequenced
from pipeline.transport.batch import Batch
from pipeline.transport.broadcast import Broadcast
from pipeline.transport.changelog import Changelog
from pipeline.transport.outbox import Outbox

log = logging.getLogger(__name__)

BREATH = 200
"""Effects between two chances for everything else in the worker."""

IDLE_SECONDS = 2.0
"""After so long without work a lane makes durable what it has not acknowledged yet."""


@dataclass(frozen=True)
class AgentSpec:
    """An agent: its name, the topic it reads, and how its body for a partition is made."""

    name: str
    topic: str
    body: Callable[[int], Body]
    stateful: bool = True


class Lane:
    """One agent at work on one partition: a batch at a time, acknowledged after everything it caused is durable."""

    def __init__(self, spec: AgentSpec, tp: TP, lanes: "Lanes") -> None:
        self.spec, self.tp, self.lanes = spec, tp, lanes
        self.queue: asyncio.Queue[Any] = asyncio.Queue()
        self.body = spec.body(tp.partition)
        self.held: deque[Any] = deque()
        self.stopping = asyncio.Event()
        self._sent: list[asyncio.Future[Any]] = []
        self._changelog = Changelog(spec.name, lanes.client, lanes.outbox) if spec.stateful else None

    async def run(self) -> None:
        """Restore the state, then work until stopped."""
        await self.lanes.broadcast.wait_ready()
        if self._changelog is not None:
            self.body.load(await self._changelog.recover(self.tp.partition))
        self.body.ready()
        while not self.stopping.is_set():
            event = await self._next()
            if event is None:
                await self._settle()
                continue
            batch: Batch = event.value
            try:
                if not await self._work(batch):
                    return
            except Exception:
                log.exception(
                    "agent %s failed on %s[%d]@%d-%d: the worker stops, the batch is not acknowledged",
                    self.spec.name, batch.topic, batch.partition, batch.records[0].offset, batch.last_offset,
                )  # fmt: skip
                raise
            self.held.append(event)
            self._acknowledge()
            self.lanes.done(self.tp)

    async def _next(self) -> Any:
        """Return the next event; None when it is time to settle or to stop."""
        get = asyncio.ensure_future(self.queue.get())
        stop = asyncio.ensure_future(self.stopping.wait())
        timeout = IDLE_SECONDS if self.held else None
        done, _ = await asyncio.wait({get, stop}, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        stop.cancel()
        if get in done:
            return get.result()
        get.cancel()
        return None

    async def _work(self, batch: Batch) -> bool:
        """Carry out what the agent asks for; return False when stopped while waiting."""
        for n, effect in enumerate(self.body(batch.records), start=1):
            if isinstance(effect, Send):
                self._sent.append(await self.lanes.outbox.send(effect))
            elif isinstance(effect, WaitFor):
                await self._flush()
                if not await self._wait_for(effect.as_of):
                    return False
            if n % BREATH == 0:
                await asyncio.sleep(0)
        await self._flush()
        return True

    async def _wait_for(self, as_of: float) -> bool:
        if self.lanes.broadcast.knowledge.ready(as_of):
            return True
        known = asyncio.ensure_future(self.lanes.broadcast.wait_for(as_of))
        stop = asyncio.ensure_future(self.stopping.wait())
        done, pending = await asyncio.wait({known, stop}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        return known in done

    async def _flush(self) -> None:
        """First what was sent, then the state that knows it was sent."""
        sent, self._sent = self._sent, []
        await asyncio.gather(*sent)
        changes = self.body.take_changes()
        if self._changelog is not None and changes:
            await self._changelog.write(self.tp.partition, changes)

    def _acknowledge(self) -> None:
        while self.held and self.held[0].value.last_offset <= self.body.durable:
            self.held.popleft().ack()

    async def _settle(self) -> None:
        if self.held and isinstance(self.body, Sequenced):
            self.body.idle()
            await self._flush()
            self._acknowledge()


class Lanes:
    """All lanes of a worker."""

    def __init__(self, client: dict[str, Any], outbox: Outbox, broadcast: Broadcast) -> None:
        self.client, self.outbox, self.broadcast = client, outbox, broadcast
        self._lanes: dict[tuple[str, TP], Lane] = {}
        self._tasks: dict[tuple[str, TP], asyncio.Task[None]] = {}
        self._busy: Counter[TP] = Counter()
        self._readers: Counter[str] = Counter()
        self._free = asyncio.Event()
        self._stopped = False
        self.on_failure: Callable[[BaseException], None] = lambda _: None
        self.on_stop: list[Callable[[], None]] = []

    def reads(self, topic: str) -> None:
        """Note that one more agent reads a topic (named with its prefix)."""
        self._readers[topic] += 1

    def busy(self, tp: TP) -> bool:
        """Tell whether a batch of the partition is in work."""
        return self._busy[tp] > 0

    @property
    def any_busy(self) -> bool:
        """Tell whether any batch is in work."""
        return any(self._busy.values())

    def delivered(self, tp: TP) -> None:
        """Note that a batch goes to all agents of its topic."""
        self._busy[tp] += self._readers[tp.topic]

    def done(self, tp: TP) -> None:
        """Note that one agent is through with a batch."""
        self._busy[tp] = max(self._busy[tp] - 1, 0)
        self._free.set()

    async def wait_free(self, timeout: float) -> None:
        """Wait until a batch is done."""
        self._free.clear()
        try:
            await asyncio.wait_for(self._free.wait(), timeout)
        except TimeoutError:
            return

    def put(self, spec: AgentSpec, event: Any) -> None:
        """Queue a batch for its lane."""
        if self._stopped:  # the partition may be moving away; what is not acknowledged comes again
            return
        tp = TP(event.message.topic, event.message.partition)
        key = (spec.name, tp)
        if key not in self._lanes:
            lane = self._lanes[key] = Lane(spec, tp, self)
            task = self._tasks[key] = asyncio.ensure_future(lane.run())
            task.add_done_callback(self._ended)
        self._lanes[key].queue.put_nowait(event)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.on_failure(error)

    async def stop(self, deadline: float = 10.0) -> None:
        """Let every lane finish the batch it works on (not one that waits), then forget all of them until `resume`."""
        self._stopped = True
        tasks = list(self._tasks.values())
        for lane in self._lanes.values():
            lane.stopping.set()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=deadline)
            for task in late:
                task.cancel()
        self._lanes, self._tasks = {}, {}
        for forget in self.on_stop:
            forget()
        self._busy.clear()
        self._free.set()

    def resume(self) -> None:
        """Take batches again: of the partitions that are ours now, from what is committed on."""
        self._stopped = False
