"""Broadcast: small compact topics that every worker reads whole, whoever wrote them."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiokafka
from mode import Service
from pydantic import ValidationError

from agents.decode import refuse
from agents.effects import Record
from agents.knowledge import Knowledge
from pipeline.transport.consumer import FETCH_MAX_WAIT_MS
from pipeline.transport.offsets import end_offsets, seek_to_beginning
from pipeline.transport.outbox import Outbox

STAGE = "broadcast"
"""The stage of the dead letters."""


class Broadcast(Service):
    """Keeps the worker's knowledge up to date, and lets lanes wait for it."""

    def __init__(
        self, client: Mapping[str, Any], outbox: Outbox, topics: tuple[str, ...], knowledge: Knowledge
    ) -> None:
        self._client, self._outbox, self._topics = client, outbox, topics
        self.knowledge = knowledge
        self._changed = asyncio.Event()
        self._ready = asyncio.Event()
        super().__init__()

    async def on_start(self) -> None:
        """Read in the background."""
        self.add_future(self._read())

    async def _read(self) -> None:
        consumer = aiokafka.AIOKafkaConsumer(
            **self._client, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=FETCH_MAX_WAIT_MS
        )
        await consumer.start()
        try:
            places = [aiokafka.TopicPartition(self._outbox.prefix + topic, 0) for topic in self._topics]
            ends = await end_offsets(consumer, places)
            consumer.assign(places)
            await seek_to_beginning(consumer, places)
            while not self.should_stop:
                for place, records in (await consumer.getmany(timeout_ms=100)).items():
                    topic = place.topic.removeprefix(self._outbox.prefix)
                    for record in records:
                        if record.value is not None:
                            await self._apply(Record(topic, 0, record.offset, record.key, record.value))
                    self._changed.set()
                if not self._ready.is_set():
                    behind = [place for place in places if await consumer.position(place) < ends[place]]
                    if not behind:
                        self._ready.set()
        finally:
            await consumer.stop()

    async def _apply(self, record: Record) -> None:
        """Take in a record; others may write to these topics, too, and what they wrote may be broken."""
        try:
            self.knowledge.apply(record.topic, record.value)
        except ValidationError as error:
            await (await self._outbox.send(refuse(record, STAGE, error)))

    async def wait_ready(self) -> None:
        """Wait until everything that stood in the topics at the start has been read."""
        await self._ready.wait()

    async def wait_for(self, as_of: float) -> None:
        """Wait until everything before `as_of` has been learned from."""
        while not self.knowledge.ready(as_of):
            self._changed.clear()
            await self._changed.wait()
