"""A writer whose transactions the broker fences: who was taken for dead can write nothing any more."""

import asyncio
import itertools
import logging
from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

import aiokafka
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, ProducerFenced, UnknownError
from aiokafka.producer import sender
from aiokafka.producer.transaction_manager import TransactionResult, TransactionState
from aiokafka.structs import TopicPartition

from pipeline.transport.outbox import MAX_BATCH, MAX_REQUEST
from pipeline.transport.transactions import all_partitions, last_result, still_open
from pipeline.transport.writer import Bytes, Output, Place, Writer, encoded
from schemas.errors import CricketsError

log = logging.getLogger(__name__)

TRANSACTION_TIMEOUT_MS = 600_000
"""So long a broker may be away with a transaction open before it is given up, and its writer counts as fenced."""

_DECIDED = (TransactionState.COMMITTING_TRANSACTION, TransactionState.READY)
"""Where nothing can be aborted any more."""

sender.BACKOFF_OVERRIDE = 0.002
# How long aiokafka waits when the marker of the transaction before is not written yet. Its 20 ms are the largest part
# of a transaction (Kafka 4.3.1 on loopback, four at a time: p99 26 ms; with 2 ms 13 ms).


class FencedError(CricketsError):
    """Somebody else owns the partition now: what this worker still writes for it is refused."""


class NoTransactionsError(CricketsError):
    """The broker has no transactions."""


class FencedWriter(Writer):
    """Writes everything in one transaction of a producer of its own.

    Its transactional id belongs to an agent and a partition. Whoever starts with the same id takes both over: what the
    owner before left open is aborted, and the broker refuses everything that it still sends. Without that a worker
    that was stopped for a while would write stale state, and compaction, which keeps the last record of a key, would
    make it the truth.

    How a transaction ended stands in the coordinator's log first, and then, as a marker, in each partition. A broker
    that was killed in between and comes back before it was missed drops the markers of partitions that nobody else
    leads: it takes them for deleted (Kafka 4.3.1, KAFKA-5202). Readers of committed records then stop there, until the
    next transaction of the same producer ends it in its own way; if that comes from a new owner who has not read it
    back, everything happens twice. So who takes over, or has lost a connection since, looks where a transaction is
    open although none is, and ends it once more as it had ended.
    """

    def __init__(self, client: Mapping[str, Any], prefix: str, changelog: Place, transactional_id: str) -> None:
        super().__init__(prefix, changelog)
        self._client, self._id = client, transactional_id
        self._open = False
        self._touched: set[TopicPartition] = set()
        """Where the last transaction wrote."""
        self._result = TransactionResult.COMMIT
        self._links: set[Any] = set()
        """The connections that there were meanwhile."""

    async def start(self) -> None:
        """Take the partition over, before anything of it is read back."""
        self._open, self._touched = False, set()
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
            result = await self._last_result()
            await self._producer.start()
        except UnknownError as error:
            msg = (
                "the broker knows no transactions, so it cannot refuse what a worker that was taken for dead still "
                "writes: set CRICKETS_KAFKA__TRANSACTIONS=false to run without, or use Apache Kafka"
            )
            raise NoTransactionsError(msg) from error
        await self._producer.partitions_for(self._changelog[0])
        changelog = {TopicPartition(*self._changelog)}
        producer_id = self._producer._txn_manager.producer_id
        if await still_open(self._kafka, producer_id, changelog):
            await self._end_once_more(await all_partitions(self._kafka, self._prefix), result)

    async def stop(self) -> None:
        """Give the partition up; what is open is aborted, for until then nobody could read what comes behind it."""
        await self.abandon()
        producer, self._producer = self._producer, None
        if producer is not None:
            await producer.stop()

    async def abandon(self) -> None:
        """Abort the transaction, if one is open; one whose commit was not waited for to the end is committed."""
        if not self._open:
            return
        self._open, manager = False, self._producer._txn_manager
        with suppress(KafkaError):  # the broker ends it itself, at the latest when the id is taken over
            if manager.state in _DECIDED:
                self._result = TransactionResult.COMMIT
                await asyncio.shield(manager.wait_for_transaction_end())
            else:
                self._result = TransactionResult.ABORT
                await self._producer.abort_transaction()

    async def confirm(self) -> None:
        """Make sure that the last transaction has ended wherever it wrote, if a broker may have gone since."""
        if self._touched and not self._open and not all(link.connected() for link in self._links):
            async with self._refusals():
                await self._end_once_more(self._touched, self._result)
            self._touched, self._links = set(), set()

    async def send(self, outputs: Sequence[Output]) -> None:
        """Write outputs; they count only once `commit` has come back."""
        async with self._refusals():
            await self._write(await self._placed(outputs))

    async def commit(self, outputs: Sequence[Output], changes: Mapping[str, bytes | None]) -> None:
        """Write the rest and end the transaction."""
        async with self._refusals():
            placed = await self._placed(outputs)
            if changes:
                placed[self._changelog] = encoded(changes)
            await self._write(placed)
            await self._producer.commit_transaction()
            self._open, self._result = False, TransactionResult.COMMIT
            self._links.update(self._kafka._conns.values())

    async def _write(self, placed: Mapping[Place, Iterable[Bytes]]) -> None:
        if not self._open:
            await self.confirm()
            self._touched, self._links = set(), set(self._kafka._conns.values())
            await self._producer.begin_transaction()
            self._open = True
        self._touched.update(TopicPartition(*place) for place in placed)
        await self._confirmed(await self._send(placed))

    @property
    def _kafka(self) -> AIOKafkaClient:
        return self._producer.client

    async def _last_result(self) -> TransactionResult:
        """Ask how the last transaction ended: whoever takes the id over makes the broker forget it."""
        kafka = AIOKafkaClient(**self._client)
        try:
            await kafka.bootstrap()
            return await last_result(kafka, self._id)
        finally:
            await kafka.close()

    async def _end_once_more(self, places: Collection[TopicPartition], result: TransactionResult) -> None:
        """End the last transaction as it has ended, wherever it is open; return when it is nowhere."""
        kafka, manager = self._kafka, self._producer._txn_manager
        for number in itertools.count():
            if not (hanging := await still_open(kafka, manager.producer_id, places)):
                return
            if number == 0:
                log.warning(
                    "%s: the broker came back without knowing that its last transaction was ended (%s); it is ended "
                    "once more in %s",
                    self._id, result.name, ", ".join(f"{place.topic}[{place.partition}]" for place in sorted(hanging)),
                )  # fmt: skip
            await self._producer.begin_transaction()
            for place in hanging:
                manager.maybe_add_partition_to_txn(place)
            if result is TransactionResult.COMMIT:
                await self._producer.commit_transaction()
            else:
                await self._producer.abort_transaction()

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
