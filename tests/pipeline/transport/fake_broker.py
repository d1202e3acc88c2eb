"""Stands for the broker: what a lane sends is written down, and confirmed when the test says so."""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any, Self

from aiokafka.errors import MessageSizeTooLargeError

from agents.effects import Record, Send
from agents.knowledge import Knowledge
from pipeline.transport.batch import Batch
from pipeline.transport.lanes import Lanes
from schemas.expectation import ClosedUntil

PREFIX = "fake."


class FakeOutbox:
    """Confirms at once, unless `holding`."""

    prefix = PREFIX

    def __init__(self) -> None:
        self.written: list[tuple[str, str]] = []
        """Topic without prefix, key."""
        self.holding = False
        self.too_large = ""
        """Topic (with prefix) whose records are all too large."""
        self._open: list[asyncio.Future[None]] = []

    async def send(self, effect: Send) -> "asyncio.Future[None]":
        return await self.write(self.prefix + effect.topic, effect.key.encode(), effect.value.wire(), effect.partition)

    async def write(
        self,
        topic: str,
        key: bytes,
        value: bytes | None,  # noqa: ARG002
        partition: int | None,  # noqa: ARG002
    ) -> "asyncio.Future[None]":
        self.written.append((topic.removeprefix(PREFIX), key.decode()))
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._open.append(future)
        if not self.holding:
            self.answer()
        return future

    # ---- the producer that lanes write through

    @property
    def producer(self) -> Self:
        return self

    async def partitions_for(self, _: str) -> set[int]:
        return {0, 1}

    def create_batch(self) -> "FakeRecords":
        return FakeRecords()

    async def send_batch(self, batch: "FakeRecords", topic: str, *, partition: int) -> "asyncio.Future[None]":
        assert batch.closed
        if topic == self.too_large:
            raise MessageSizeTooLargeError
        for key in batch.keys[:-1]:
            self.written.append((topic.removeprefix(PREFIX), key.decode()))
        return await self.write(topic, batch.keys[-1], None, partition)

    def answer(self, error: Exception | None = None) -> None:
        """Confirm what is not confirmed yet, or refuse it."""
        for future in self._open:
            if future.done():  # given up
                continue
            if error is None:
                future.set_result(None)
            else:
                future.set_exception(error)
        self._open.clear()


class FakeRecords:
    """A batch of records on its way."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.closed = False

    def append(self, *, key: bytes, value: bytes | None, timestamp: int | None) -> object:  # noqa: ARG002
        self.keys.append(key)
        return object()

    def close(self) -> None:
        self.closed = True


class FakeBroadcast:
    """Knows what the test tells it."""

    def __init__(self) -> None:
        self.knowledge = Knowledge()
        self._changed = asyncio.Event()

    async def wait_ready(self) -> None: ...

    async def wait_for(self, as_of: float) -> None:
        while not self.knowledge.ready(as_of):
            self._changed.clear()
            await self._changed.wait()

    def learned(self, until: float) -> None:
        self.knowledge.apply("expectations", ClosedUntil(time=until, version=0).wire())
        self._changed.set()


class FakeEvent:
    """A batch as the stream hands it over; remembers whether it was acknowledged."""

    def __init__(
        self,
        topic: str,
        partition: int,
        values: Mapping[int, bytes],
        acked: list[int],
        generation: int = -1,
        number: int = 0,
    ) -> None:
        self.value = Batch(topic, partition, [Record(topic, partition, n, b"k", v) for n, v in values.items()], number)
        self.message = SimpleNamespace(
            topic=PREFIX + topic, partition=partition, offset=self.value.last_offset, generation_id=generation
        )
        self._acked = acked

    def ack(self) -> None:
        self._acked.append(self.value.last_offset)


def fake_lanes(outbox: Any, broadcast: Any) -> tuple[Lanes, list[BaseException]]:
    """Return lanes, and where their failures go."""
    lanes = Lanes({}, {}, outbox, broadcast)
    failures: list[BaseException] = []
    lanes.on_failure = failures.append
    return lanes, failures
