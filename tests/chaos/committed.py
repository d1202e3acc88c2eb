"""What stands in a topic, for readers of committed records: each of them must stand there once."""

from typing import Any

import aiokafka

from pipeline.settings import KafkaSettings
from pipeline.transport.client import reading
from pipeline.transport.offsets import end_offsets, seek_to_beginning


async def committed(settings: KafkaSettings, topic: str) -> list[bytes]:
    """Return the values in the one partition of a topic."""
    place = aiokafka.TopicPartition(settings.prefix + topic, 0)
    values: list[bytes] = []
    consumer: Any
    async with aiokafka.AIOKafkaConsumer(**reading(settings), group_id=None, enable_auto_commit=False) as consumer:
        end = (await end_offsets(consumer, [place]))[place]
        consumer.assign([place])
        await seek_to_beginning(consumer, [place])
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=200)).values():
                values += [record.value for record in records]
    return values
