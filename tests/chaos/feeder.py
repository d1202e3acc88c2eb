"""Feeding a story into the broker, in portions, each record once whatever happens to the broker meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import aiokafka

from pipeline.settings import KafkaSettings
from pipeline.transport.client import aiokafka_client
from tests.chaos.story import Fed

PATIENCE_MS = 60_000


class Feeder:
    """Feeds a story from its beginning to its end."""

    def __init__(self, prefix: str, fed: Sequence[Fed], producer: Any) -> None:
        self._prefix, self._fed, self._producer = prefix, fed, producer
        self._next = 0
        self._offsets: dict[tuple[str, int], int] = {}

    async def feed(self, share: float, portion: int = 60, pause: float = 0.05) -> None:
        """Feed on until so much of the whole is in the broker."""
        until = round(share * len(self._fed))
        while self._next < until:
            stop = min(self._next + portion, until)
            sent = [
                (one, await self._producer.send(self._prefix + one.topic, one.value, one.key, one.partition))
                for one in self._fed[self._next : stop]
            ]
            for one, future in sent:
                self._check(one, (await future).offset)
            self._next = stop
            await asyncio.sleep(pause)

    def _check(self, one: Fed, offset: int) -> None:
        """The ledger knows where each record must stand: the feeder itself may lose or double nothing."""
        place = (one.topic, one.partition)
        expected = self._offsets.get(place, 0)
        self._offsets[place] = expected + 1
        if offset != expected:
            msg = f"the feeder wrote {one.topic}[{one.partition}]@{offset} where {expected} was to be expected"
            raise RuntimeError(msg)


@asynccontextmanager
async def feeding(settings: KafkaSettings, fed: Sequence[Fed]) -> AsyncIterator[Feeder]:
    """Yield a feeder that is connected."""
    producer = aiokafka.AIOKafkaProducer(
        **aiokafka_client(settings), enable_idempotence=True, acks="all", request_timeout_ms=PATIENCE_MS
    )
    await producer.start()
    try:
        yield Feeder(settings.prefix, fed, producer)
    finally:
        await producer.stop()
