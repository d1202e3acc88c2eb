"""What a lane writes: the outputs of a batch and the state that knows of them, together or not at all."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from aiokafka.partitioner import DefaultPartitioner

from agents.effects import Send
from pipeline.transport.outbox import Outbox

Place = tuple[str, int]
"""Topic with prefix, and partition."""

Bytes = tuple[bytes | None, bytes | None]
"""Key and value."""


class Output(NamedTuple):
    """What an agent sends, as bytes: far smaller than the objects it is made of, which need not wait with it."""

    topic: str  # without prefix
    key: bytes
    value: bytes
    partition: int | None

    @classmethod
    def of(cls, send: Send) -> "Output":
        """Return what is written for an effect."""
        return cls(send.topic, send.key.encode(), send.value.wire(), send.partition)


class Writer(ABC):
    """Writes for one agent and one partition; `changelog` is where its state goes."""

    def __init__(self, prefix: str, changelog: Place) -> None:
        self._prefix, self._changelog = prefix, changelog
        self._producer: Any = None

    @abstractmethod
    async def start(self) -> None:
        """Take the partition over."""

    @abstractmethod
    async def stop(self) -> None:
        """Give the partition up."""

    @abstractmethod
    async def abandon(self) -> None:
        """Give up what was sent and not committed, where that is possible."""

    @abstractmethod
    async def confirm(self) -> None:
        """Make sure that what was committed last counts, whatever became of the broker since."""

    @abstractmethod
    async def send(self, outputs: Sequence[Output]) -> None:
        """Write outputs of a batch that has many more; return when the broker has them."""

    @abstractmethod
    async def commit(self, outputs: Sequence[Output], changes: Mapping[str, bytes | None]) -> None:
        """Write the last outputs of a batch and the state that knows of all; return when the broker has everything."""

    async def _placed(self, outputs: Iterable[Output]) -> dict[Place, list[Bytes]]:
        """Sort outputs by topic and partition; each partition keeps their order."""
        placed: dict[Place, list[Bytes]] = {}
        names: dict[str, tuple[str, list[int]]] = {}
        for output in outputs:
            if output.topic not in names:
                name = self._prefix + output.topic
                names[output.topic] = name, sorted(await self._producer.partitions_for(name))
            name, partitions = names[output.topic]
            partition = output.partition
            if partition is None:
                partition = partitions[0] if len(partitions) == 1 else _partition_of(output.key, partitions)
            placed.setdefault((name, partition), []).append((output.key, output.value))
        return placed

    async def _send(self, placed: Mapping[Place, Iterable[Bytes]]) -> "list[asyncio.Future[Any]]":
        """Hand batches over; a future each is done when the broker has it."""
        sent = []
        for (topic, partition), records in placed.items():
            batch = self._producer.create_batch()
            for key, value in records:
                if batch.append(key=key, value=value, timestamp=None) is None:  # full
                    sent.append(await self._producer.send_batch(batch, topic, partition=partition))
                    batch = self._producer.create_batch()
                    batch.append(key=key, value=value, timestamp=None)
            batch.close()  # else it waits for more
            sent.append(await self._producer.send_batch(batch, topic, partition=partition))
        return sent

    @staticmethod
    async def _confirmed(sent: "list[asyncio.Future[Any]]") -> None:
        await asyncio.gather(*sent)


class SharedWriter(Writer):
    """Writes through the producer that all share, without transactions: first the outputs, then the state.

    A crash between the two leaves outputs that are sent again by whoever has the partition then; readers know a record
    by its id, so that is no harm.
    """

    def __init__(self, outbox: Outbox, changelog: Place) -> None:
        super().__init__(outbox.prefix, changelog)
        self._outbox = outbox

    async def start(self) -> None:
        """Do nothing but look the producer up: nobody can be kept out."""
        self._producer = self._outbox.producer

    async def stop(self) -> None:
        """Do nothing: the producer ends with the worker."""

    async def abandon(self) -> None:
        """Do nothing: what is sent is sent."""

    async def confirm(self) -> None:
        """Do nothing: what is written counts."""

    async def send(self, outputs: Sequence[Output]) -> None:
        """Write outputs."""
        if outputs:
            await self._confirmed(await self._send(await self._placed(outputs)))

    async def commit(self, outputs: Sequence[Output], changes: Mapping[str, bytes | None]) -> None:
        """Write outputs, then the state."""
        await self.send(outputs)
        if changes:
            await self._confirmed(await self._send({self._changelog: encoded(changes)}))


def encoded(changes: Mapping[str, bytes | None]) -> list[Bytes]:
    """Return changes as records of a changelog."""
    return [(key.encode(), value) for key, value in changes.items()]


def _partition_of(key: bytes, partitions: list[int]) -> int:
    return int(DefaultPartitioner()(key, partitions, partitions))
