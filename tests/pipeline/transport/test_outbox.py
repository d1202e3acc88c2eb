import itertools
from collections.abc import AsyncIterator

import aiokafka
import pytest

from agents.effects import Send
from pipeline.kafka import BulkProducer
from pipeline.settings import KafkaSettings
from pipeline.transport.outbox import Outbox
from schemas.expectation import ClosedUntil
from tests.pipeline.transport.stage import create_topics

PARTITIONS = 5
_numbers = itertools.count()


@pytest.fixture
async def outbox(embedded_broker: str) -> AsyncIterator[Outbox]:
    prefix = f"outbox{next(_numbers)}."
    create_topics(embedded_broker, {f"{prefix}out": PARTITIONS})
    async with Outbox({"bootstrap_servers": embedded_broker}, prefix) as outbox:
        yield outbox


async def read(bootstrap_servers: str, topic: str, count: int) -> dict[tuple[int, bytes], bytes]:
    places = [aiokafka.TopicPartition(topic, partition) for partition in range(PARTITIONS)]
    found: dict[tuple[int, bytes], bytes] = {}
    async with aiokafka.AIOKafkaConsumer(bootstrap_servers=bootstrap_servers, group_id=None) as consumer:
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        while len(found) < count:
            record = await consumer.getone()
            found[record.partition, record.key] = record.value
    return found


async def test_a_record_keeps_its_key_and_the_partition_that_was_named(outbox: Outbox, embedded_broker: str) -> None:
    sent = {(partition, b"key"): ClosedUntil(time=partition, version=0) for partition in range(PARTITIONS)}
    futures = [await outbox.send(Send("out", "key", value, partition)) for (partition, _), value in sent.items()]
    assert [(await future).partition for future in futures] == list(range(PARTITIONS))
    found = await read(embedded_broker, outbox.prefix + "out", PARTITIONS)
    assert found == {place: value.wire() for place, value in sent.items()}


async def test_a_key_goes_to_the_same_partition_whoever_writes_it(outbox: Outbox, embedded_broker: str) -> None:
    keys = [f"slack:C{n}" for n in range(50)]
    ours = {
        key: (await (await outbox.send(Send("out", key, ClosedUntil(time=0, version=0))))).partition for key in keys
    }
    assert set(ours.values()) == set(range(PARTITIONS))
    settings = KafkaSettings(bootstrap_servers=embedded_broker, prefix=outbox.prefix)
    with BulkProducer(settings) as producer:  # as gateway and replay do
        for key in keys:
            producer.send("out", f"{key}".encode(), b"")
    found = await read(embedded_broker, outbox.prefix + "out", len(keys))
    assert {(partition, key.encode()) for key, partition in ours.items()} == set(found)


async def test_what_was_handed_over_is_sent_before_the_outbox_ends(embedded_broker: str) -> None:
    prefix = f"outbox{next(_numbers)}."
    create_topics(embedded_broker, {f"{prefix}out": PARTITIONS})
    async with Outbox({"bootstrap_servers": embedded_broker}, prefix) as outbox:
        futures = [await outbox.send(Send("out", str(n), ClosedUntil(time=n, version=0))) for n in range(100)]
    assert all(future.done() and future.exception() is None for future in futures)
