import asyncio
from collections.abc import AsyncIterator, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from faust.types import TP

from agents.effects import Record
from agents.record import RECORDED
from pipeline import recorder as module
from pipeline.recorder import Recorder
from pipeline.transport.batch import Batch
from pipeline.transport.lanes import Lanes
from schemas.topic import Topic
from tests.factories.fake_sink import FakeSink

PREFIX = "test."


class FakeStream:
    """The stream of one Faust agent: what the test puts into it."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[Any] = asyncio.Queue()

    def noack(self) -> "FakeStream":
        return self

    async def events(self) -> AsyncIterator[Any]:
        while True:
            yield await self.queue.get()


class RecorderStage:
    """A recorder whose topics the test feeds, and what it acknowledged."""

    def __init__(self) -> None:
        self.sink = FakeSink()
        nothing: Any = None
        self.lanes = Lanes({}, {}, nothing, nothing)
        self.streams: dict[str, FakeStream] = {}
        self.tasks: list[asyncio.Task[None]] = []
        self.acked: list[tuple[str, int, int]] = []
        self.names: list[str] = []
        watchdog = SimpleNamespace(parts={})
        app: Any = SimpleNamespace(
            topic_prefix=PREFIX, lanes=self.lanes, topic=str, agent=self._agent, watchdog=watchdog
        )
        sink: Any = self.sink
        self.recorder = Recorder(app, sink)
        self.recorder.register()

    def _agent(self, topic: str, name: str) -> Callable[[Any], None]:
        self.names.append(name)
        stream = self.streams[topic.removeprefix(PREFIX)] = FakeStream()
        return lambda gather: self.tasks.append(asyncio.ensure_future(gather(stream)))

    def put(self, topic: str, *offsets: int, partition: int = 0) -> None:
        """Deliver a batch."""
        batch = Batch(topic, partition, [Record(topic, partition, n, b"k", b"v") for n in offsets])
        message = SimpleNamespace(
            topic=PREFIX + topic, partition=partition, offset=offsets[-1], generation_id=self.lanes.generation
        )
        event = SimpleNamespace(
            value=batch, message=message, ack=lambda: self.acked.append((topic, partition, offsets[-1]))
        )
        self.lanes.delivered(TP(PREFIX + topic, partition))
        self.streams[topic].queue.put_nowait(event)

    def busy(self, topic: str, partition: int = 0) -> bool:
        return self.lanes.busy(TP(PREFIX + topic, partition))


async def until(check: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not check():
            await asyncio.sleep(0.001)


@pytest.fixture
async def on() -> AsyncIterator[RecorderStage]:
    stage = RecorderStage()
    async with stage.recorder:
        yield stage
        stage.sink.error = None
        stage.sink.stored.set()
    for task in stage.tasks:
        task.cancel()


async def test_every_recorded_topic_has_an_agent_of_its_own(on: RecorderStage) -> None:
    assert set(on.streams) == set(RECORDED) and len(set(on.names)) == len(RECORDED)


async def test_nothing_is_acknowledged_before_it_is_stored(on: RecorderStage) -> None:
    on.put(Topic.EVENTS, 0, 1)
    on.put(Topic.EVENTS, 7, partition=2)
    on.put(Topic.OUTCOMES, 4)
    await until(lambda: on.sink.waiting_rows == 4 and bool(on.sink.taken))
    assert on.acked == [] and on.sink.rows == []
    on.sink.stored.set()
    await until(lambda: len(on.acked) == 3)
    assert sorted(on.acked) == [("events", 0, 1), ("events", 2, 7), ("outcomes", 0, 4)]
    assert len(on.sink.rows) == 4


async def test_what_came_during_an_insert_is_acknowledged_after_the_next_one(on: RecorderStage) -> None:
    on.put(Topic.EVENTS, 0, 1)
    await until(lambda: bool(on.sink.taken))
    on.put(Topic.EVENTS, 2)
    await until(lambda: bool(on.sink.waiting))
    on.sink.stored.set()
    on.sink.stored = asyncio.Event()
    await until(lambda: bool(on.acked) and bool(on.sink.taken))
    assert on.acked == [("events", 0, 1)]
    on.sink.stored.set()
    await until(lambda: on.acked == [("events", 0, 1), ("events", 0, 2)])


async def test_while_the_sink_is_slow_no_more_is_fetched_than_may_wait(
    on: RecorderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST_WAITING", 10)
    on.put(Topic.EVENTS, *range(9))
    await until(lambda: bool(on.sink.taken))
    assert not on.busy(Topic.EVENTS), "there is room"
    on.put(Topic.EVENTS, 9)
    on.put(Topic.OUTCOMES, 0)
    await until(lambda: on.sink.waiting_rows == 11)
    assert on.busy(Topic.EVENTS) and on.busy(Topic.OUTCOMES)
    on.sink.stored.set()
    await until(lambda: not on.busy(Topic.EVENTS) and not on.busy(Topic.OUTCOMES))
    await until(lambda: len(on.acked) == 3)


async def test_a_sink_that_fails_for_good_acknowledges_nothing_and_ends_the_worker(on: RecorderStage) -> None:
    on.put(Topic.EVENTS, 0)
    on.sink.error = RuntimeError("a bug")
    on.sink.stored.set()
    await until(on.recorder._crashed.is_set)
    assert on.recorder.crash_reason is on.sink.error and on.acked == []


async def test_a_rebalance_forgets_what_is_not_stored_yet_and_it_comes_again(on: RecorderStage) -> None:
    on.put(Topic.EVENTS, 0, 1)
    await until(lambda: bool(on.sink.taken))
    on.put(Topic.EVENTS, 2)
    on.put(Topic.OUTCOMES, 5)  # moves away for good
    await until(lambda: on.sink.waiting_rows == 4)
    await on.lanes.stop()
    assert on.sink.waiting_rows == 0 and not on.lanes.any_busy
    on.lanes.resume((), 1)
    on.sink.stored.set()  # the insert that was under way ends only now
    await until(lambda: len(on.sink.rows) == 2)
    on.put(Topic.EVENTS, 0, 1, 2)
    await until(lambda: bool(on.acked))
    assert on.acked == [("events", 0, 2)]
    assert sorted({offset for _, _, offset in on.sink.rows}) == [0, 1, 2]


async def test_a_rebalance_while_too_much_waits_frees_the_partition_once_and_no_more(
    on: RecorderStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    events = TP(PREFIX + Topic.EVENTS, 0)
    on.lanes.reads(events.topic)  # by another agent, too
    monkeypatch.setattr(module, "MOST_WAITING", 1)
    on.put(Topic.EVENTS, 0, 1)
    await until(lambda: bool(on.sink.taken))
    on.lanes.done(events)
    assert on.busy(Topic.EVENTS), "too much waits to be inserted"
    await on.lanes.stop()
    on.lanes.resume((), 1)
    assert not on.busy(Topic.EVENTS), "it would never be fetched again"
    on.sink.stored.set()
    on.put(Topic.EVENTS, 0, 1)
    await until(lambda: bool(on.acked) and not on.sink.waiting_rows)
    assert on.busy(Topic.EVENTS), "the other agent is not through"
    on.lanes.done(events)
    await until(lambda: not on.busy(Topic.EVENTS))
