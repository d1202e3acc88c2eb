"""What a worker sends without a transaction: single records, and the batches of agents that keep no state."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiokafka
from mode import Service

from agents.effects import Send

MAX_BATCH = 262_144
"""Bytes of a batch of records of one partition; a larger single record has a batch of its own."""

MAX_REQUEST = 10_000_000
"""Bytes; a version of the expectations that says everything can be larger than the default megabyte."""


class Outbox(Service):
    """The producer of a worker."""

    def __init__(self, client: Mapping[str, Any], prefix: str, **kwargs: Any) -> None:
        self._client, self.prefix = client, prefix
        self._producer: aiokafka.AIOKafkaProducer | None = None
        super().__init__(**kwargs)

    async def on_start(self) -> None:
        """Connect."""
        self._producer = aiokafka.AIOKafkaProducer(
            **self._client, acks="all", linger_ms=1, max_request_size=MAX_REQUEST, max_batch_size=MAX_BATCH
        )
        await self._producer.start()

    async def on_stop(self) -> None:
        """Send what is left and disconnect."""
        if self._producer is not None:
            await self._producer.stop()

    @property
    def producer(self) -> Any:
        """Return the producer."""
        assert self._producer is not None, "the outbox is started with the worker"
        return self._producer

    async def send(self, effect: Send) -> "asyncio.Future[Any]":
        """Hand a record over; the future is done when the broker has it."""
        return await self.write(self.prefix + effect.topic, effect.key.encode(), effect.value.wire(), effect.partition)

    async def write(self, topic: str, key: bytes, value: bytes | None, partition: int | None) -> "asyncio.Future[Any]":
        """Hand raw bytes over."""
        future: asyncio.Future[Any] = await self.producer.send(topic, value, key, partition)
        return future
