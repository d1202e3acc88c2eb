"""Both producers against a real broker."""

import asyncio
from typing import Any

import pytest
from kafka.partitioner.default import murmur2

from pipeline.kafka import AsyncProducer, BrokerError, BulkProducer, RecordSizeError, create_topics
from pipeline.settings import KafkaSettings
from schemas.topic import Topic
from tests.pipeline.kafka.reading import read_all


async def test_a_confirmed_record_stands_in_the_partition_of_its_key(kafka: KafkaSettings) -> None:
    create_topics(kafka)
    producer = AsyncProducer(kafka)
    keys = [f"slack:C{n}".encode() for n in range(20)]
    await asyncio.gather(*(producer.send(Topic.WEBHOOKS, key, b"v" + key) for key in keys))
    await producer.close()
    records = read_all(kafka, Topic.WEBHOOKS)
    assert {record.key: record.value for record in records} == {key: b"v" + key for key in keys}
    for record in records:
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % kafka.partitions


async def test_a_broker_that_is_down_is_an_error_in_time(nowhere: KafkaSettings) -> None:
    producer = AsyncProducer(nowhere, timeout=0.3)
    with pytest.raises(BrokerError, match=nowhere.bootstrap_servers):
        await producer.send(Topic.WEBHOOKS, b"k", b"v")
    await producer.close()


async def test_a_record_that_no_broker_takes_is_told_apart(kafka: KafkaSettings) -> None:
    create_topics(kafka)
    producer = AsyncProducer(kafka)
    with pytest.raises(RecordSizeError):
        await producer.send(Topic.WEBHOOKS, b"k", bytes(2_000_000))
    await producer.send(Topic.WEBHOOKS, b"k", b"v")
    await producer.close()


async def test_it_goes_on_when_the_broker_comes_back_and_has_forgotten_everything(restarted: Any) -> None:
    kafka = restarted.settings
    create_topics(kafka)
    producer = AsyncProducer(kafka, timeout=1.0)
    await producer.send(Topic.WEBHOOKS, b"k", b"before")
    restarted.stop()
    with pytest.raises(BrokerError):
        await producer.send(Topic.WEBHOOKS, b"k", b"meanwhile")
    restarted.start()
    create_topics(kafka)
    for _ in range(20):
        try:
            await producer.send(Topic.WEBHOOKS, b"k", b"after")
        except BrokerError:
            continue
        break
    await producer.close()
    assert b"after" in [record.value for record in read_all(kafka, Topic.WEBHOOKS)]


def test_many_records_arrive_in_order_within_their_partition(kafka: KafkaSettings) -> None:
    create_topics(kafka)
    with BulkProducer(kafka, in_flight=100) as producer:
        for n in range(5000):
            producer.send(Topic.EVENTS, b"k%d" % (n % 7), b"%d" % n, partition=n % kafka.partitions)
    records = read_all(kafka, Topic.EVENTS)
    assert len(records) == 5000
    for partition in range(kafka.partitions):
        values = [int(record.value) for record in records if record.partition == partition]
        assert values == list(range(partition, 5000, kafka.partitions))


def test_what_went_wrong_is_raised_by_a_later_call(restarted: Any) -> None:
    kafka = restarted.settings
    create_topics(kafka)
    with pytest.raises(BrokerError), BulkProducer(kafka, in_flight=10, timeout=0.5) as producer:
        producer.send(Topic.EVENTS, b"k", b"v")
        producer.flush()
        restarted.stop()
        for _ in range(11):
            producer.send(Topic.EVENTS, b"k", b"v")
        producer.flush()


def test_after_an_error_nothing_more_is_taken(restarted: Any) -> None:
    kafka = restarted.settings
    create_topics(kafka)
    producer = BulkProducer(kafka, timeout=0.5)
    restarted.stop()
    producer.send(Topic.EVENTS, b"k", b"v")
    with pytest.raises(BrokerError) as first:
        producer.flush()
    with pytest.raises(BrokerError) as second:
        producer.send(Topic.EVENTS, b"k", b"v")
    assert second.value is first.value
    producer.close()


def test_a_record_too_large_is_raised_at_once(kafka: KafkaSettings) -> None:
    create_topics(kafka)
    with BulkProducer(kafka) as producer:
        with pytest.raises(RecordSizeError):
            producer.send(Topic.EVENTS, b"k", bytes(2_000_000))
        producer.send(Topic.EVENTS, b"k", b"v")
