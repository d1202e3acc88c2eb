"""The sink: what the topics say goes into the tables, once, and nothing is lost while ClickHouse is away."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Sequence

from clickhouse_connect.driver.client import Client

from agents.effects import Record
from agents.record import refused
from pipeline.backoff import delays
from pipeline.clickhouse.buffer import Buffer, Waiting
from pipeline.clickhouse.chunk import Chunk, chunks
from pipeline.clickhouse.client import ClickHouseAccessError, ClickHouseUnreachableError
from pipeline.clickhouse.writer import InsertFailedError, RowsRefusedError, Writer
from pipeline.settings import ClickHouseSettings

log = logging.getLogger(__name__)

_MAY_PASS = (InsertFailedError, ClickHouseUnreachableError, ClickHouseAccessError)


class Sink:
    """Gathers records (`add`), says when to insert (`due`) and inserts them (`flush`).

    `flush` comes back only when everything it took is stored, however long ClickHouse is away; who acknowledges after
    it loses nothing, and who calls it again with the same records stores nothing twice. Rows that ClickHouse will
    never take are found by halving the batch and end in `dead_letters`.
    """

    def __init__(
        self,
        settings: ClickHouseSettings,
        connect: Callable[[], Client],
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        chance: random.Random | None = None,
    ) -> None:
        self._buffer = Buffer(settings.batch_rows, settings.batch_seconds)
        self._batch_rows = settings.batch_rows
        self._writer = Writer(settings, connect)
        self._clock, self._sleep = clock, sleep
        self._chance = chance or random.Random()
        self._one_at_a_time = asyncio.Lock()
        self._cleared = 0
        self.away = False
        """Whether ClickHouse did not take what was written last."""
        self.inserted = 0
        """Chunks that were stored: grows while the sink gets on."""

    @property
    def waiting_rows(self) -> int:
        """Records that are not stored yet, those being inserted included."""
        return self._buffer.waiting

    def add(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        """Let records of one partition wait for the next insert."""
        self._buffer.add(topic, partition, records, self._clock())

    def due(self, now: float) -> bool:
        """Say whether enough waits, or something has waited long enough."""
        return self._buffer.due(now)

    def clear(self) -> None:
        """Forget what waits: it will come again, here or elsewhere."""
        self._cleared += 1
        self._buffer.clear()

    async def flush(self) -> dict[tuple[str, int], int]:
        """Insert everything that waits and return the last offset stored of each (topic, partition).

        When it is cancelled, or fails for a reason nobody foresaw, everything waits again.
        """
        async with self._one_at_a_time:
            batches, cleared = self._buffer.take(), self._cleared
            try:
                for batch in batches:
                    await self._insert(batch)
            except BaseException:
                if cleared == self._cleared:
                    self._buffer.put_back(batches, self._clock())
                raise
            if cleared == self._cleared:
                self._buffer.inserted(batches)
            return {(batch.topic, batch.partition): batch.records[-1].offset for batch in batches}

    async def _insert(self, batch: Waiting) -> None:
        """Insert records, no more than a batch at once: after an outage many wait."""
        for start in range(0, len(batch.records), self._batch_rows):
            records = batch.records[start : start + self._batch_rows]
            for chunk in await asyncio.to_thread(chunks, batch.topic, batch.partition, records):
                await self._store(chunk)

    async def _store(self, chunk: Chunk) -> None:
        """Store a chunk; when its rows are refused, halve it until the bad row stands alone."""
        try:
            await self._patiently(chunk)
        except RowsRefusedError as error:
            if len(chunk) > 1:
                for half in chunk.halves():
                    await self._store(half)
                return
            record = chunk.records[0]
            log.warning("%s[%d]@%d cannot be stored: %s", record.topic, record.partition, record.offset, error)
            table, values = refused(record, f"no row of {chunk.table}: {error}", error.kind)
            letter = Chunk(table, chunk.topic, chunk.partition, [record], list(chunk.numbers), [values])
            await self._patiently(letter)

    async def _patiently(self, chunk: Chunk) -> None:
        """Try until ClickHouse has decided."""
        for delay in delays(self._chance):
            try:
                await asyncio.to_thread(self._writer.write, chunk)
            except _MAY_PASS as error:
                log.warning("%d rows wait, next try in %.1f s: %s", self.waiting_rows, delay, error)
                self.away = True
                await self._sleep(delay)
            else:
                self.away = False
                self.inserted += 1
                return

    async def close(self) -> None:
        """Give the connection up."""
        await asyncio.to_thread(self._writer.close)
