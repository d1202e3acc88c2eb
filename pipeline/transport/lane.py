"""A lane: one agent at work on one partition, in a task of its own."""

import asyncio
import gc
import logging
from collections import Counter, deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from aiokafka.errors import KafkaError, MessageSizeTooLargeError
from faust.types import TP

from agents.body import Body, RecordError
from agents.effects import Effect, Record, Send
from agents.poison import poisoned, trace
from agents.sequenced import Sequenced
from pipeline.backoff import delays
from pipeline.transport.batch import Batch
from pipeline.transport.changelog import Changes, read_changelog
from pipeline.transport.writer import Output

if TYPE_CHECKING:
    from pipeline.transport.lanes import Lanes

log = logging.getLogger(__name__)

BREATH = 500
"""Effects between two chances for everything else in the worker."""

MOST_OUTPUTS = 5_000
"""Outputs that are held back at most: a tick in which very much is due writes them piece by piece."""

MUCH_STATE = 50_000
"""Records."""

IDLE_SECONDS = 2.0
"""After so long without work a lane sees to it that all it has done is durable and counts."""


@dataclass(frozen=True)
class AgentSpec:
    """An agent: its name, the topic it reads, and how its body for a partition is made."""

    name: str
    topic: str
    body: Callable[[int], Body]


class Raised(Exception):
    """The agent raised; `offset` is the record's, where that is not simply the one it was given."""

    def __init__(self, error: Exception) -> None:
        self.error: BaseException = error
        self.offset: int | None = None
        if isinstance(error, RecordError):
            self.offset, self.error = error.offset, error.__cause__ or error


class Stopped(Exception):
    """The lane is to stop, and was waiting."""


class Lane:
    """One agent at work on one partition: a batch at a time, acknowledged after everything it caused is durable.

    Its life: take the partition over (from then on the broker refuses what an earlier owner still writes), read the
    state back, work. When the broker does not take what it writes, all of that begins anew after a while, with the
    same batches. When the agent raises, the state is read back and the records of the batch are tried one by one: the
    one that makes it raise again and again is put aside as a dead letter, the others are worked through.
    """

    def __init__(self, spec: AgentSpec, tp: TP, lanes: "Lanes") -> None:
        self.spec, self.tp, self.lanes = spec, tp, lanes
        self.queue: deque[Any] = deque()
        self.arrived = asyncio.Event()
        self.stopping = asyncio.Event()
        self.body: Body | None = None
        self.held: deque[Any] = deque()
        self.beats = 0
        """Grows with everything that is done, so that somebody can see that something is."""
        self.waits_for: str = ""
        """What else has to happen before this lane can go on; empty while it works."""
        self._pauses = delays()
        self._aside: set[int] = set()
        self._outputs: list[Output] = []
        self._changelog = (f"{lanes.outbox.prefix}changelog-{spec.name}", tp.partition)
        self._writer = lanes.new_writer(spec, self._changelog)

    @property
    def name(self) -> str:
        """Name agent and partition."""
        return f"agent {self.spec.name} on {self.tp.topic}[{self.tp.partition}]"

    def put(self, event: Any) -> None:
        """Queue a batch."""
        self.queue.append(event)
        self.arrived.set()

    # ---- from start to stop

    async def run(self) -> None:
        """Work until stopped; after a stop between two batches `body` may go on later, else it is gone."""
        try:
            await self._unless_stopped(self.lanes.broadcast.wait_ready())
            while not await self._worked():
                pass
        except Stopped:
            self.body = None  # it was in the middle of a batch; what it had done of that is in the changelog
        except BaseException:
            self.body = None  # half a batch may be in it
            raise

    async def _worked(self) -> bool:
        """Work; return False after a pause, because the broker did not take what was written."""
        beats = self.beats
        try:
            if self.body is None:
                await self._take_over()
            await self._work_on()
        except KafkaError as error:
            self.body = None
            if self.beats > beats + 1:
                self._pauses = delays()
            pause = next(self._pauses)
            log.warning("%s: the broker does not take it (%r), next try in %.1f s", self.name, error, pause)
            self.waits_for = "the broker"
            await self._unless_stopped(asyncio.sleep(pause))
            self.waits_for = ""
            return False
        return True

    async def close(self) -> None:
        """Give the partition up."""
        await self._writer.stop()

    def restart(self) -> None:
        """Go on in a new generation of the group, in which the partition is still ours."""
        self.queue.clear()
        self.held.clear()
        self.arrived.clear()
        self.stopping.clear()

    async def _take_over(self) -> None:
        await self._writer.stop()
        await self._writer.start()
        await self._restore()

    async def _restore(self) -> None:
        """Read the state back, and let it see again what is not in it yet."""
        await self._writer.abandon()
        await self._writer.confirm()
        body = self.spec.body(self.tp.partition)

        def load(changes: Changes) -> None:
            body.load(changes)
            self.beats += 1

        count = await read_changelog(self.lanes.reader, *self._changelog, load, self.name)
        body.ready()
        if count > MUCH_STATE:
            gc.freeze()  # or the garbage collector looks through all of it again and again
        self.body, self._outputs = body, []
        if self.held:
            await self._carry_out([record for event in self.held for record in event.value.records])

    async def _work_on(self) -> None:
        while not self.stopping.is_set():
            if not self.queue and not await self._arrival():
                await self._settle()
                continue
            event = self.queue[0]
            await self._work(event.value)
            self.queue.popleft()
            self.held.append(event)
            self._acknowledge()
            self.lanes.done(self.tp)

    async def _arrival(self) -> bool:
        """Wait for a batch; return False when it is time to settle or to stop."""
        self.arrived.clear()
        try:
            async with asyncio.timeout(IDLE_SECONDS):
                await self.arrived.wait()
        except TimeoutError:
            return False
        return bool(self.queue)

    async def _settle(self) -> None:
        if self.held and isinstance(self.body, Sequenced):
            self.body.idle()
            await self._commit()
            self._acknowledge()
        await self._writer.confirm()

    def stop(self) -> None:
        """Stop after the batch in work, or at once when it waits."""
        self.stopping.set()
        self.arrived.set()

    # ---- a batch

    async def _work(self, batch: Batch) -> None:
        try:
            await self._carry_out(batch.records)
        except Raised as raised:
            log.error(
                "agent %s failed on %s[%d]@%d-%d: its records are tried one by one\n%s",
                self.spec.name, batch.topic, batch.partition, batch.records[0].offset, batch.last_offset,
                trace(raised.error),
            )  # fmt: skip
            await self._one_by_one(batch)

    async def _carry_out(self, records: Sequence[Record]) -> None:
        """Do what the agent asks for, and make it durable."""
        if self._aside:
            records = [record for record in records if record.offset not in self._aside]
        if not records:
            return
        outputs = self._outputs
        for n, effect in enumerate(self._effects(records), start=1):
            if isinstance(effect, Send):
                outputs.append(Output.of(effect))
                if len(outputs) >= MOST_OUTPUTS:
                    await self._write_outputs()
                    outputs = self._outputs
            else:
                await self._commit()
                outputs = self._outputs
                await self._wait_for(effect.as_of)
            if n % BREATH == 0:
                self.beats += 1
                await asyncio.sleep(0)
        await self._commit()

    def _effects(self, records: Sequence[Record]) -> Iterator[Effect]:
        assert self.body is not None, "restored before anything is worked on"
        try:
            yield from self.body(records)
        except Exception as error:
            raise Raised(error) from error

    async def _wait_for(self, as_of: float) -> None:
        if not self.lanes.broadcast.knowledge.ready(as_of):
            self.waits_for = "an epoch that is not learned from yet"
            await self._unless_stopped(self.lanes.broadcast.wait_for(as_of))
            self.waits_for = ""

    async def _write_outputs(self) -> None:
        """Write some of what was sent; where there are transactions it counts only with the state."""
        outputs, self._outputs = self._outputs, []
        await self._written(self._writer.send(outputs))
        self.beats += 1

    async def _commit(self) -> None:
        """Make durable what was sent, and the state that knows it was sent."""
        assert self.body is not None, "restored before anything is worked on"
        changes = self.body.take_changes()
        outputs, self._outputs = self._outputs, []
        if outputs or changes:
            await self._written(self._writer.commit(outputs, changes))
        self.beats += 1

    @staticmethod
    async def _written(writing: Coroutine[Any, Any, None]) -> None:
        try:
            await writing
        except MessageSizeTooLargeError as error:  # no broker to wait for: the record behind it has to be found
            raise Raised(error) from error

    def _acknowledge(self) -> None:
        while self.held and self._is_durable(self.held[0].value):
            last = self.held.popleft()
            last.ack()
            if self._aside:
                self._aside = {offset for offset in self._aside if offset > last.value.last_offset}

    def _is_durable(self, batch: Batch) -> bool:
        assert self.body is not None, "restored before anything is acknowledged"
        if not self._aside:
            return batch.last_offset <= self.body.durable
        kept = [record.offset for record in batch.records if record.offset not in self._aside]
        return not kept or kept[-1] <= self.body.durable

    # ---- poison

    async def _one_by_one(self, batch: Batch) -> None:
        """Work through the records of a batch each by itself; put aside the one that fails `tries` times."""
        tries: Counter[int] = Counter()
        position, dirty = 0, True
        while position < len(batch.records):
            record = batch.records[position]
            try:
                if dirty:
                    await self._restore()
                    await self._carry_out(batch.records[:position])
                    dirty = False
                await self._carry_out([record])
                position += 1
            except Raised as raised:
                dirty = True
                offset = record.offset if raised.offset is None else raised.offset
                tries[offset] += 1
                if tries[offset] >= self.lanes.tries:
                    await self._put_aside(offset, batch, raised.error, tries[offset])
                else:
                    await asyncio.sleep(0)

    async def _put_aside(self, offset: int, batch: Batch, error: BaseException, tries: int) -> None:
        """Make the record a dead letter, and go on without it."""
        seen: Iterable[Record] = (r for event in (*self.held, _Only(batch)) for r in event.value.records)
        record = next(r for r in seen if r.offset == offset)
        log.error("%s: the record at offset %d is put aside as a dead letter", self.name, offset)
        await (await self.lanes.outbox.send(poisoned(record, self.spec.name, error, tries)))
        self._aside.add(offset)

    # ---- waiting

    async def _unless_stopped(self, what: Coroutine[Any, Any, None]) -> None:
        """Wait for something; raises `Stopped` when the lane is to stop before."""
        waited = asyncio.ensure_future(what)
        stop = asyncio.ensure_future(self.stopping.wait())
        try:
            await asyncio.wait({waited, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not waited.done():
                raise Stopped
            waited.result()
        finally:
            for task in (waited, stop):
                task.cancel()


@dataclass(frozen=True)
class _Only:
    """A batch that is not held yet, beside those that are."""

    value: Batch
