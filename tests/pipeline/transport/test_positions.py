"""From where a partition is read after a rebalance."""

import asyncio
import uuid
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest

from pipeline.transport.consumer import BatchConsumerThread
from tests.pipeline.transport.stage import create_topics


async def _read(consumer: Any) -> int:
    """Read what stands there and say up to where."""
    (place,) = consumer.assignment()
    async with asyncio.timeout(20.0):
        while await consumer.position(place) < 3:
            await consumer.getmany(timeout_ms=100)
    return int(await consumer.position(place))


@pytest.mark.parametrize("committed", [0, 2])
async def test_what_was_read_and_not_committed_comes_again_even_where_nothing_was_ever_committed(
    either_broker: str, committed: int
) -> None:
    topic = f"positions_{uuid.uuid4().hex[:8]}"
    create_topics(either_broker, {topic: 1})
    async with aiokafka.AIOKafkaProducer(bootstrap_servers=either_broker) as producer:
        for n in range(3):
            await producer.send_and_wait(topic, b"%d" % n, partition=0)
    async with aiokafka.AIOKafkaConsumer(
        topic,
        bootstrap_servers=either_broker,
        group_id=topic,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    ) as consumer:
        place = aiokafka.TopicPartition(topic, 0)
        assert await _read(consumer) == 3
        if committed:
            await consumer.commit({place: committed})
        thread: Any = SimpleNamespace(_ensure_consumer=lambda: consumer)
        await BatchConsumerThread._seek_to_committed(thread)
        assert await consumer.position(place) == committed
