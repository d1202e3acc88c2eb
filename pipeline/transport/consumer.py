"""The consumer: one stream event a fetched partition, and offsets committed in the order of delivery."""

import asyncio
from collections import Counter, defaultdict, deque
from collections.abc import Mapping
from typing import Any

from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from faust.transport.consumer import ensure_TP
from faust.transport.drivers import aiokafka as driver
from faust.types import TP
from faust.types.tuples import ConsumerMessage

from agents.effects import Record
from pipeline.transport.arrivals import Arrivals
from pipeline.transport.batch import Batch
from pipeline.transport.offsets import seek_to_beginning

FETCH_MAX_WAIT_MS = 20
"""How long the broker may wait for data before it answers a fetch (Faust has 1500, fixed).

A partition that becomes free meanwhile waits as long, so it is short; but the embedded broker (Tansu 0.6) looks through
the partitions for no longer than that, and with 2 ms and large topics it never came to the last ones.
"""


TOPICS_SECONDS = 1.0
"""How often the broker is asked again for topics that it did not know."""


class BatchConsumerThread(driver.AIOKafkaConsumerThread):
    """The thread with the aiokafka consumer."""

    app: Any  # the BatchApp

    def _create_worker_consumer(self, transport: Any) -> Any:
        consumer = super()._create_worker_consumer(transport)
        consumer._fetch_max_wait_ms = FETCH_MAX_WAIT_MS
        consumer._isolation_level = self.app.isolation_level
        # A partition that stays keeps its state in memory; round robin moves nearly all of them.
        consumer._partition_assignment_strategy = [StickyPartitionAssignor]
        return consumer

    async def on_start(self) -> None:
        """Connect."""
        await super().on_start()
        self._ensure_consumer()._fetcher._records = Arrivals(self.app.topic_prefix)
        self.add_future(self._look_for_topics())

    async def _look_for_topics(self) -> None:
        """Ask again for topics that the broker did not know: it knows none while it starts.

        Who leads the group then gives partitions to nobody, and aiokafka would ask again after five minutes.
        """
        while not self.should_stop:
            consumer = self._ensure_consumer()
            known = consumer._client.cluster.partitions_for_topic
            if not all(known(topic) for topic in consumer.subscription()):
                consumer._client.force_metadata_update()
            await self.sleep(TOPICS_SECONDS)

    async def seek_to_committed(self) -> Mapping[TP, int]:
        """Seek to what is committed; where nothing is, to the beginning.

        aiokafka leaves such a partition where it is, and that may be behind records that a fetch brought in the middle
        of a rebalance and that were dropped: nobody would get them any more.
        """
        found: Mapping[TP, int] = await self.call_thread(self._seek_to_committed)
        return found

    async def _seek_to_committed(self) -> Any:
        consumer = self._ensure_consumer()
        committed = await consumer.seek_to_committed()
        if untouched := [tp for tp, offset in committed.items() if not offset]:
            await seek_to_beginning(consumer, untouched)
        return committed

    def highwater(self, tp: TP) -> int:
        """Return where the partition ended when it was fetched last: for readers of committed records, of those."""
        consumer = self._ensure_consumer()
        committed = self.app.isolation_level == "read_committed"
        end: int = consumer.last_stable_offset(tp) if committed else consumer.highwater(tp)
        return end

    def next_offset(self, tp: TP) -> int | None:
        """Return the offset behind everything that was fetched, markers of transactions (nobody gets them) included."""
        assignment = self._ensure_consumer()._subscription.subscription.assignment
        if assignment is None or tp not in assignment.tps:
            return None
        state = assignment.state_value(tp)
        return state._position if state.has_valid_position else None


class BatchConsumer(driver.Consumer):
    """Delivers batches; at most one of a partition is in work, what arrives meanwhile makes the next one larger.

    Two at a time were tried and lost events around rebalances: the second one could be worked on without the first.
    """

    app: Any  # the BatchApp; Faust's own type for it knows no lanes
    _thread: BatchConsumerThread

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._delivered: defaultdict[TP, deque[int]] = defaultdict(deque)
        self._numbers: Counter[TP] = Counter()
        self._fetching = asyncio.Lock()
        super().__init__(*args, **kwargs)

    def _new_consumer_thread(self) -> BatchConsumerThread:
        return BatchConsumerThread(self, loop=self.loop, beacon=self.beacon)

    async def _drain_messages(self, fetcher: Any) -> None:
        lanes = self.app.lanes
        while not (self._stopped.is_set() or fetcher._stopped.is_set()):
            await asyncio.sleep(0)
            if not self.flow_active:
                await self.can_resume_flow.wait()
                continue
            free = {tp for tp in self._get_active_partitions() if not lanes.busy(ensure_TP(tp))}
            if not free:
                await lanes.wait_free(0.1)
                continue
            try:
                async with self._fetching:
                    generation = self.app.consumer_generation_id
                    before = {tp: self._thread.next_offset(ensure_TP(tp)) for tp in free}
                    # Only short while some are not asked for: one that gets free is not among those waited for.
                    records = await self._getmany(active_partitions=free, timeout=0.004 if lanes.any_busy else 0.2)
            except self.consumer_stopped_errors:
                if self.transport.app.should_stop:
                    return
                raise
            for tp in free:
                await self.app.flow_control.acquire()  # an inactive stream would drop the batch for good
                if generation != self.app.consumer_generation_id or not self.flow_active:
                    break  # fetched again by whoever owns the partition now
                if fetched := records.get(tp):
                    await self._deliver(ensure_TP(tp), fetched)
                else:
                    self._pass_markers(ensure_TP(tp), before[tp])

    async def _deliver(self, tp: TP, fetched: list[Record]) -> None:
        expected = self._read_offset[tp]
        if expected is not None and fetched[0].offset < expected:
            fetched = [record for record in fetched if record.offset >= expected]
            if not fetched:
                return
        message: Any = self._to_message(tp, fetched[-1])
        message.value = Batch(fetched[0].topic, tp.partition, fetched, self._numbers[tp])
        self._numbers[tp] += 1
        position = self._thread.next_offset(tp)
        if position is not None:  # behind the batch, and behind the marker that ends its transaction
            message.offset = max(message.offset, position - 1)
        self.app.monitor.track_tp_end_offset(tp, self.highwater(tp))
        self._delivered[tp].append(message.offset)
        self._read_offset[tp] = message.offset + 1
        self.app.lanes.delivered(tp)
        await self.callback(message)

    def _to_message(self, tp: TP, record: Record) -> ConsumerMessage:
        """Return what Faust passes on; it is known by its offset, and a batch by its last one."""
        nothing: Any = None
        rest = (nothing,) * 8  # timestamps, headers, key, value, checksum and sizes: nobody asks a batch for them
        generation = self.app.consumer_generation_id
        return ConsumerMessage(tp.topic, tp.partition, record.offset, *rest, tp, generation_id=generation)

    def _pass_markers(self, tp: TP, before: int | None) -> None:
        """Commit past markers of transactions when only they came, so that nothing seems to be left to do."""
        position = self._thread.next_offset(tp)
        if position is None or before is None or position <= before or before != (self._read_offset[tp] or before):
            return
        marker = position - 1
        self._read_offset[tp] = position
        self._delivered[tp].append(marker)
        self._acked[tp].append(marker)
        self._acked_index[tp].add(marker)

    def next_offset(self, tp: TP) -> int | None:
        """Return the offset that is fetched next."""
        return self._thread.next_offset(tp)

    # ---- what is done

    def ack(self, message: Any) -> bool:
        """Note that a batch is done; one from before a rebalance belongs to somebody else now."""
        if message.generation_id != self.app.consumer_generation_id:
            return False
        return bool(super().ack(message))

    def _new_offset(self, tp: TP) -> int | None:
        order, acked, last = self._delivered[tp], self._acked_index[tp], None
        while order and order[0] in acked:
            last = order.popleft()
            acked.discard(last)
        if last is None:
            return None
        self._acked[tp] = [offset for offset in self._acked[tp] if offset > last]
        return last + 1

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Do nothing: the order of delivery replaces consecutive offsets."""

    def caught_up(self, tp: TP) -> bool:
        """Tell whether everything that is in the partition has been worked on."""
        position, highwater = self._thread.next_offset(tp), self.highwater(tp)
        return not self.app.lanes.busy(tp) and (highwater is None or (position or 0) >= highwater)

    async def on_stop(self) -> None:
        """Commit what is done; not after a crash, which ended the thread already: nobody would answer, for ever."""
        if not self._crashed.is_set():
            await super().on_stop()

    # ---- rebalancing

    async def on_partitions_revoked(self, revoked: set[TP]) -> None:
        """Finish what is in work and commit it, then let go."""
        if self.assignment() and not self.app.should_stop:
            self.stop_flow()
            await self.app.lanes.stop()
            await self.commit()
        await super().on_partitions_revoked(revoked)

    async def perform_seek(self) -> None:
        """Start again from what is committed: everything else comes again."""
        await self.app.lanes.stop()
        # A fetch may have waited through the whole rebalance: what it brings is dropped, as it was asked for before,
        # but the consumer's position is behind it then. So its end comes first.
        async with self._fetching:
            self._delivered.clear()
            self._acked.clear()
            self._acked_index.clear()
            self._numbers.clear()
            await super().perform_seek()
            # Before anything is fetched again: what comes to lanes that are stopped is dropped.
            left = self.app.lanes.resume(self.assignment(), self.app.consumer_generation_id)
        await self.app.lanes.close_all(left)


class BatchTransport(driver.Transport):
    """Faust's aiokafka transport with that consumer."""

    Consumer = BatchConsumer
