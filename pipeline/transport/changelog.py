"""Changelogs: the state of an agent's partition, as the latest record of each key."""

import asyncio
from collections.abc import Mapping
from typing import Any

import aiokafka

from pipeline.transport.ends import end_offsets
from pipeline.transport.outbox import Outbox


async def read_to_end(client: Mapping[str, Any], topic: str, partition: int) -> dict[str, bytes]:
    """Read a partition from its beginning to its present end; the latest value of each key is kept."""
    consumer = aiokafka.AIOKafkaConsumer(**client, group_id=None, enable_auto_commit=False, fetch_max_wait_ms=50)
    await consumer.start()
    try:
        place = aiokafka.TopicPartition(topic, partition)
        end = (await end_offsets(consumer, [place]))[place]
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        latest: dict[str, bytes] = {}
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=200)).values():
                for record in records:
                    if record.value is None:
                        latest.pop(record.key.decode(), None)
                    else:
                        latest[record.key.decode()] = record.value
        return latest
    finally:
        await consumer.stop()


class Changelog:
    """The changelog of one agent."""

    def __init__(self, agent: str, client: Mapping[str, Any], outbox: Outbox) -> None:
        self.topic = f"{outbox.prefix}changelog-{agent}"
        self._client, self._outbox = client, outbox

    async def recover(self, partition: int) -> dict[str, bytes]:
        """Return the state that the partition's last owner left."""
        return await read_to_end(self._client, self.topic, partition)

    async def write(self, partition: int, changes: Mapping[str, bytes | None]) -> None:
        """Write changes; return when the broker has them all."""
        sent = [await self._outbox.write(self.topic, key.encode(), value, partition) for key, value in changes.items()]
        await asyncio.gather(*sent)
