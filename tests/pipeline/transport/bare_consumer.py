"""The consumer without its connection: what it would fetch is what the test says."""

import asyncio
from collections import Counter, defaultdict, deque
from types import SimpleNamespace
from typing import Any

from faust.types import TP

from agents.effects import Record
from pipeline.transport.batch import Batch
from pipeline.transport.consumer import BatchConsumer
from tests.pipeline.transport.fake_broker import PREFIX, FakeBroadcast, FakeOutbox, fake_lanes

TP0, TP1 = TP(PREFIX + "items", 0), TP(PREFIX + "items", 1)


class Message(SimpleNamespace):
    """What Faust makes of a record."""

    topic = property(lambda self: self.tp.topic)
    __hash__ = object.__hash__


class BareConsumer(BatchConsumer):
    """Gives what it fetched to `delivered`."""

    def __init__(self) -> None:  # not the parent's: it connects
        self._delivered, self._acked, self._acked_index = defaultdict(deque), defaultdict(list), defaultdict(set)
        self._committed_offset, self._read_offset = defaultdict(lambda: None), defaultdict(lambda: None)
        self._unacked_messages: set[Any] = set()
        self._n_acked = 0
        self._numbers: Counter[TP] = Counter()
        self._stopped, self._fetching = asyncio.Event(), asyncio.Lock()
        self.can_resume_flow = asyncio.Event()
        self.flow_active = True
        self.fetches: asyncio.Queue[dict[TP, list[int]]] = asyncio.Queue()
        self.asked: list[set[TP]] = []
        self.under_way = False
        self.batches: list[tuple[TP, list[int]]] = []
        self.messages: list[Any] = []
        self.positions: dict[TP, int] = {}
        self._thread: Any = SimpleNamespace(next_offset=self.positions.get, assignment=lambda: {TP0, TP1})
        lanes, _ = fake_lanes(FakeOutbox(), FakeBroadcast())
        lanes.reads(PREFIX + "items")
        self.app = SimpleNamespace(
            lanes=lanes,
            topic_prefix=PREFIX,
            consumer_generation_id=1,
            should_stop=False,
            flow_control=SimpleNamespace(acquire=self._acquire),
            monitor=SimpleNamespace(track_tp_end_offset=lambda *_: None),
            topics=SimpleNamespace(acks_enabled_for=lambda _: True),
        )
        self.flow = asyncio.Event()
        self.flow.set()
        self.callback = self._received

    async def _acquire(self) -> None:
        await self.flow.wait()

    def _get_active_partitions(self) -> set[TP]:
        return {TP0, TP1}

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> Any:  # noqa: ARG002
        self.asked.append(set(active_partitions or ()))
        self.under_way = True
        try:
            async with asyncio.timeout(0.01):
                fetched = await self.fetches.get()
        except TimeoutError:
            return {}
        finally:
            self.under_way = False
        for tp, offsets in fetched.items():
            self.positions[tp] = offsets[-1] + 1
        return {tp: [Record("items", tp.partition, n, b"k", b"v") for n in ns] for tp, ns in fetched.items()}

    def _to_message(self, tp: TP, record: Any) -> Any:
        return Message(tp=tp, offset=record.offset, acked=False, generation_id=self.app.consumer_generation_id)

    def highwater(self, tp: TP) -> int | None:  # noqa: ARG002
        return None

    async def _received(self, message: Any) -> None:
        batch: Batch = message.value
        assert (batch.topic, batch.partition) == ("items", message.tp.partition)
        self.messages.append(message)
        self.batches.append((message.tp, [record.offset for record in batch.records]))
