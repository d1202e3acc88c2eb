"""What a lane writes: the outputs of a batch and the state that knows of them, together or not at all."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiokafka
from aiokafka.errors import KafkaError, ProducerFenced, UnknownError
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.producer import sender

from agents.effects import Send
from pipeline.transport.outbox import MAX_BATCH, MAX_REQUEST, Outbox
from schemas.errors import CricketsError

TRANSACTION_TIMEOUT_MS = 600_000
"""So long a broker may be away with a transaction open before it is given up, and its writer counts as fenced."""

sender.BACKOFF_OVERRIDE = 0.002
# How long aiokafka waits when the marker of the transaction before is not written yet. Its 20 ms are the largest part
# of a transaction (Kafka 4.3.1 on loopback, four at a time: p99 26 ms; with 2 ms 13 ms).

Place = tuple[str, int]
"""Topic with prefix, and partition."""

Bytes = tuple[bytes | None, bytes | None]
"""Key and value."""


class FencedError(CricketsError):
    """Somebody else owns the partition now: what this worker still writes for it is refused."""


class NoTransactionsError(CricketsError):
    """The broker has no transactions."""


class Writer(ABC):
    """Writes for one agent and one partition."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
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
    async def send(self, outputs: Sequence[Send]) -> None:
        """Write outputs of a batch that has many more; return when the broker has them."""

    @abstractmethod
    async def commit(self, outputs: Sequence[Send], changelog: Place, changes: Mapping[str, bytes | None]) -> None:
        """Write the last outputs of a batch and the state that knows of all; return when the broker has everything."""

    async def _placed(self, outputs: Iterable[Send]) -> dict[Place, list[Bytes]]:
        """Sort outputs by topic and partition; each partition keeps their order."""
        placed: dict[Place, list[Bytes]] = {}
        names: dict[str, tuple[str, list[int]]] = {}
        for output in outputs:
            if output.topic not in names:
                name = self._prefix + output.topic
                names[output.topic] = name, sorted(await self._producer.partitions_for(name))
            name, partitions = names[output.topic]
            key, partition = output.key.encode(), output.partition
            if partition is None:
                partition = partitions[0] if len(partitions) == 1 else _partition_of(key, partitions)
            placed.setdefault((name, partition), []).append((key, output.value.wire()))
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

    def __init__(self, outbox: Outbox) -> None:
        super().__init__(outbox.prefix)
        self._outbox = outbox

    async def start(self) -> None:
        """Do nothing but look the producer up: nobody can be kept out."""
        self._producer = self._outbox.producer

    async def stop(self) -> None:
        """Do nothing: the producer ends with the worker."""

    async def abandon(self) -> None:
        """Do nothing: what is sent is sent."""

    async def send(self, outputs: Sequence[Send]) -> None:
        """Write outputs."""
        if outputs:
            await self._confirmed(await self._send(await self._placed(outputs)))

    async def commit(self, outputs: Sequence[Send], changelog: Place, changes: Mapping[str, bytes | None]) -> None:
        """Write outputs, then the state."""
        await self.send(outputs)
        if changes:
            await self._confirmed(await self._send({changelog: _encoded(changes)}))


class FencedWriter(Writer):
    """Writes everything in one transaction of a producer of its own.

    Its transactional id belongs to an agent and a partition. Whoever starts with the same id takes both over: what the
    owner before left open is aborted, and the broker refuses everything that it still sends. Without that a worker
    that was stopped for a while would write stale state, and compaction, which keeps the last record of a key, would
    make it the truth.
    """

    def __init__(self, client: Mapping[str, Any], prefix: str, transactional_id: str) -> None:
        super().__init__(prefix)
        self._client, self._id = client, transactional_id
        self._open = False

    async def start(self) -> None:
        """Take the partition over, before anything of it is read back."""
        self._open = False
        self._producer = aiokafka.AIOKafkaProducer(
            **self._client,
            transactional_id=self._id,
            acks="all",
            linger_ms=0,
            max_batch_size=MAX_BATCH,
            max_request_size=MAX_REQUEST,
            transaction_timeout_ms=TRANSACTION_TIMEOUT_MS,
        )
        try:
            await self._producer.start()
        except UnknownError as error:
            msg = (
                "the broker knows no transactions, so it cannot refuse what a worker that was taken for dead still "
                "writes: set CRICKETS_KAFKA__TRANSACTIONS=false to run without, or use Apache Kafka"
            )
            raise NoTransactionsError(msg) from error

    async def stop(self) -> None:
        """Give the partition up; what is open is aborted, for until then nobody could read what comes behind it."""
        await self.abandon()
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def abandon(self) -> None:
        """Abort the transaction, if one is open."""
        if self._open:
            self._open = False
            with suppress(KafkaError):  # the broker does so itself, at the latest when the id is taken over
                await self._producer.abort_transaction()

    async def send(self, outputs: Sequence[Send]) -> None:
        """Write outputs; they count only once `commit` has come back."""
        async with self._refusals():
            await self._write(await self._placed(outputs))

    async def commit(self, outputs: Sequence[Send], changelog: Place, changes: Mapping[str, bytes | None]) -> None:
        """Write the rest and end the transaction."""
        async with self._refusals():
            placed = await self._placed(outputs)
            if changes:
                placed[changelog] = _encoded(changes)
            await self._write(placed)
            await self._producer.commit_transaction()
            self._open = False

    async def _write(self, placed: Mapping[Place, Iterable[Bytes]]) -> None:
        if not self._open:
            await self._producer.begin_transaction()
            self._open = True
        await self._confirmed(await self._send(placed))

    @asynccontextmanager
    async def _refusals(self) -> AsyncIterator[None]:
        """Give the transaction up when something goes wrong, and say who is fenced."""
        try:
            yield
        except ProducerFenced as error:
            msg = f"{self._id} was taken over by another worker: this one had stopped for longer than its session lasts"
            raise FencedError(msg) from error
        except BaseException:
            await self.abandon()
            raise


def _encoded(changes: Mapping[str, bytes | None]) -> list[Bytes]:
    return [(key.encode(), value) for key, value in changes.items()]


def _partition_of(key: bytes, partitions: list[int]) -> int:
    return int(DefaultPartitioner()(key, partitions, partitions))
