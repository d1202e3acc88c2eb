"""All lanes of a worker, and which partitions are in work."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from faust.types import TP

from pipeline.transport.broadcast import Broadcast
from pipeline.transport.fenced import FencedWriter
from pipeline.transport.lane import AgentSpec, Lane
from pipeline.transport.outbox import Outbox
from pipeline.transport.writer import Place, SharedWriter, Writer
from schemas.errors import CricketsError

STOP_SECONDS = 8.0
"""How long a stop waits for the batches in work; less than the group waits for its members in a rebalance."""


class LostBatchError(CricketsError):
    """A batch was dropped on its way to an agent, and the one behind it was not: a bug, found before it does harm."""


class Lanes:
    """Hands batches to their lanes, and keeps those whose partitions stay through a rebalance.

    Parameters
    ----------
    client, reader
        How producers and consumers connect: aiokafka's arguments.
    outbox, broadcast
        What the worker sends without a transaction, and what it knows.
    fenced
        Whether every lane with a state writes in transactions of its own.
    group
        Name of the consumer group: two groups do not fence each other.
    tries
        How often a record may make its agent raise before it is put aside.
    """

    def __init__(
        self,
        client: Mapping[str, Any],
        reader: Mapping[str, Any],
        outbox: Outbox,
        broadcast: Broadcast,
        *,
        fenced: bool = False,
        group: str = "",
        tries: int = 3,
    ) -> None:
        self.client, self.reader, self.tries = client, reader, tries
        self.outbox, self.broadcast = outbox, broadcast
        self._fenced, self._group = fenced, group
        self._lanes: dict[tuple[str, TP], Lane] = {}
        self._tasks: dict[tuple[str, TP], asyncio.Task[None]] = {}
        self._busy: Counter[TP] = Counter()
        self._readers: Counter[str] = Counter()
        self._free = asyncio.Event()
        self._stopped = False
        self._next: Counter[tuple[str, TP]] = Counter()
        self.generation = -1
        self.on_failure: Callable[[BaseException], None] = lambda _: None
        self.on_stop: list[Callable[[], None]] = []

    def new_writer(self, spec: AgentSpec, changelog: Place) -> Writer:
        """Make what a lane writes with."""
        if not self._fenced:
            return SharedWriter(self.outbox, changelog)
        transactional_id = f"{self._group}-{self.outbox.prefix}{spec.name}-{changelog[1]}"
        return FencedWriter(self.client, self.outbox.prefix, changelog, transactional_id)

    # ---- which partitions are in work

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

    def of(self, tp: TP) -> list[Lane]:
        """Return the lanes of a partition; from any thread."""
        return [lane for (_, of), lane in self._lanes.copy().items() if of == tp]

    # ---- work

    def stale(self, event: Any) -> bool:
        """Tell whether a batch is from before a rebalance, or comes in the middle of one."""
        return self._stopped or event.message.generation_id != self.generation

    def put(self, spec: AgentSpec, event: Any) -> None:
        """Queue a batch for its lane; one from before a rebalance is dropped, it comes again.

        Faust may hand such a batch over after the rebalance, when the one before it was dropped on the way: who worked
        on it would take the one before for done.
        """
        if self.stale(event):
            return
        tp = TP(event.message.topic, event.message.partition)
        key = (spec.name, tp)
        if event.value.number != self._next[key]:
            msg = (
                f"agent {spec.name} has not got batch {self._next[key]} of {tp.topic}[{tp.partition}], but the next one"
            )
            self.on_failure(LostBatchError(msg))
            return
        self._next[key] += 1
        lane = self._lanes.get(key)
        if lane is None:
            lane = self._lanes[key] = Lane(spec, tp, self)
        if key not in self._tasks:
            task = self._tasks[key] = asyncio.ensure_future(lane.run())
            task.add_done_callback(self._ended)
        lane.put(event)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            self.on_failure(error)

    async def stop(self, deadline: float = STOP_SECONDS) -> None:
        """Let every lane finish the batch it works on (not one that waits); nothing is worked on until `resume`."""
        self._stopped = True
        tasks = dict(self._tasks)
        for lane in self._lanes.values():
            lane.stop()
        if tasks:
            await asyncio.wait(tasks.values(), timeout=deadline)
            late = {key: task for key, task in tasks.items() if not task.done()}
            for key, task in late.items():
                self._lanes[key].body = None  # half a batch is in it
                task.cancel()
            if late:
                await asyncio.wait(late.values(), timeout=1.0)
        self._tasks = {}
        for forget in self.on_stop:
            forget()
        self._busy.clear()
        self._free.set()

    def resume(self, assigned: Collection[TP], generation: int) -> list[Lane]:
        """Take batches again: of the partitions that are ours now, from what is committed on.

        A lane goes on with the state it has if its partition was ours in the generation just before: nobody else can
        have had it in between. The others are returned, to be closed; should their partitions come back, they are
        taken over anew.
        """
        stays = assigned if generation == self.generation + 1 else ()
        gone = [key for key, lane in self._lanes.items() if key[1] not in stays or lane.body is None]
        left = [self._lanes.pop(key) for key in gone]
        for lane in self._lanes.values():
            lane.restart()
        self._next.clear()
        self.generation, self._stopped = generation, False
        return left

    async def close(self) -> None:
        """Give everything up."""
        await self.stop()
        await self.close_all(self._lanes.values())
        self._lanes = {}

    @staticmethod
    async def close_all(lanes: Iterable[Lane]) -> None:
        """Give the partitions of some lanes up."""
        await asyncio.gather(*[lane.close() for lane in lanes], return_exceptions=True)
