"""Compaction, forced: it keeps the last record of a key, so a stale one that came late becomes the truth."""

import asyncio
import time
from collections.abc import Mapping
from typing import Any

import aiokafka
from kafka import KafkaAdminClient

from pipeline.kafka.client import client_config
from pipeline.settings import KafkaSettings
from pipeline.topics import TOPICS
from pipeline.transport.client import aiokafka_client

CHANGELOG = "changelog-track"
MARKER = b"~marker"
SECONDS = 15.0
"""How long the cleaner is waited for."""

_SMALL = {
    "cleanup.policy": "compact",
    "segment.ms": "1000",
    "segment.bytes": str(1 << 20),
    "min.cleanable.dirty.ratio": "0.0",
    "max.compaction.lag.ms": "1000",
    "min.compaction.lag.ms": "0",
}


def create_changelog(settings: KafkaSettings) -> None:
    """Create the changelog of `track` in small segments that are compacted at once; the product creates the others."""
    admin: Any = KafkaAdminClient(**client_config(settings))
    try:
        wanted = {
            settings.prefix + spec.topic: {
                "num_partitions": settings.partitions if spec.wide else 1,
                "replication_factor": settings.replication,
                "configs": _SMALL,
            }
            for spec in TOPICS
            if spec.topic == CHANGELOG
        }
        admin.create_topics(wanted, timeout_ms=30_000)
        admin.wait_for_topics(list(wanted), timeout_ms=30_000)
    finally:
        admin.close()


def delete_topics(settings: KafkaSettings) -> None:
    """Delete the topics of a round."""
    admin: Any = KafkaAdminClient(**client_config(settings))
    try:
        admin.delete_topics([settings.prefix + spec.topic for spec in TOPICS], timeout_ms=30_000)
    finally:
        admin.close()


async def compacted(settings: KafkaSettings) -> tuple[list[Mapping[str, bytes]], bool]:
    """Have the changelog of `track` compacted and return what it says then, by partition; and whether it was in time.

    A marker behind everything closes the segment before it; the cleaner has run when no key before the marker stands
    there twice. Nobody may read it as state after that, so the workers must have ended.
    """
    topic = settings.prefix + CHANGELOG
    places = [aiokafka.TopicPartition(topic, partition) for partition in range(settings.partitions)]
    client = aiokafka_client(settings)
    await asyncio.sleep(1.1)  # older than segment.ms: the marker opens a new segment
    async with aiokafka.AIOKafkaProducer(**client, acks="all") as producer:
        ends = {}
        for place in places:
            ends[place] = (await producer.send_and_wait(topic, b"", MARKER, place.partition)).offset
    deadline = time.monotonic() + SECONDS
    found: dict[Any, dict[str, bytes]] = {}
    async with aiokafka.AIOKafkaConsumer(
        **client, group_id=None, enable_auto_commit=False, isolation_level="read_committed"
    ) as consumer:
        waiting = list(places)
        while waiting:
            for place in list(waiting):
                found[place], doubled = await _read(consumer, place, ends[place])
                if not doubled:
                    waiting.remove(place)
            if time.monotonic() > deadline:
                break
            if waiting:
                await asyncio.sleep(0.3)
    return [found[place] for place in places], not waiting


async def _read(consumer: Any, place: Any, end: int) -> tuple[dict[str, bytes], int]:
    """Return the latest value of each key, and how many records are there beside the latest ones."""
    consumer.assign([place])
    consumer.seek(place, 0)
    latest: dict[str, bytes | None] = {}
    count = 0
    while True:
        for records in (await consumer.getmany(place, timeout_ms=200)).values():
            for record in records:
                if record.offset >= end:
                    return {key: value for key, value in latest.items() if value is not None}, count - len(latest)
                latest[record.key.decode()] = record.value
                count += 1
