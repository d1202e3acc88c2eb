"""The broker of the benchmarks: Apache Kafka on loopback, its topics, and the workload written into them."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiokafka
from aiokafka.partitioner import murmur2
from kafka import KafkaAdminClient

from pipeline.kafka import create_topics
from pipeline.settings import KafkaSettings
from pipeline.topics import TOPICS
from schemas.base import Contract
from schemas.errors import CricketsError
from schemas.event import Watermark
from schemas.topic import Topic
from tests.servers import kafka_jars
from tests.servers.apache_kafka import ApacheKafka

PARTITIONS = 4
BATCH_BYTES = 200_000
UNDER_WAY = 16


@contextmanager
def apache_kafka(folder: Path) -> Iterator[str]:
    """Start Apache Kafka and give its address."""
    if missing := kafka_jars.missing():
        msg = f"the benchmarks run on Apache Kafka, which needs {missing}: install it"
        raise SystemExit(msg)
    with ApacheKafka(kafka_jars.fetch(), folder) as node:
        yield node.bootstrap_servers


@dataclass
class Written:
    """Where the records stand that were written: [first, end) of each partition."""

    first: list[int] = field(default_factory=lambda: [0] * PARTITIONS)
    end: list[int] = field(default_factory=lambda: [0] * PARTITIONS)

    @property
    def records(self) -> int:
        return sum(self.end) - sum(self.first)


def partition_of(key: bytes) -> int:
    """Return the partition that every Kafka client gives a key."""
    return (murmur2(key) & 0x7FFFFFFF) % PARTITIONS


@asynccontextmanager
async def producer(bootstrap_servers: str, **config: Any) -> AsyncIterator[Any]:
    """Give a producer."""
    client = aiokafka.AIOKafkaProducer(
        bootstrap_servers=bootstrap_servers,
        **{"acks": "all", "max_batch_size": BATCH_BYTES, "max_request_size": 10_000_000, **config},
    )
    await client.start()
    try:
        yield client
    finally:
        await client.stop()


async def write(client: Any, topic: str, records: Iterable[tuple[bytes, bytes, int]]) -> Written:
    """Write (key, value, partition) records in large batches; each partition's order is kept.

    Record times are those of writing: the broker would delete what seems older than its topic keeps.
    """
    written, batches = Written(), [client.create_batch() for _ in range(PARTITIONS)]
    sent: list[list[Any]] = [[] for _ in range(PARTITIONS)]

    async def send(partition: int) -> None:
        batch, batches[partition] = batches[partition], client.create_batch()
        if batch.record_count():
            batch.close()
            sent[partition].append(await client.send_batch(batch, topic, partition=partition))
        if len(sent[partition]) % UNDER_WAY == 0 and sent[partition]:
            await sent[partition][-1]

    counts = [0] * PARTITIONS
    for key, value, partition in records:
        now = int(time.time() * 1000)
        if batches[partition].append(key=key, value=value, timestamp=now) is None:
            await send(partition)
            batches[partition].append(key=key, value=value, timestamp=now)
        counts[partition] += 1
    for partition in range(PARTITIONS):
        await send(partition)
        answers = await asyncio.gather(*sent[partition])
        if answers:
            written.first[partition] = answers[0].offset
            written.end[partition] = answers[0].offset + counts[partition]
    return written


def keyed(events: Iterable[Any], key: Any) -> Iterator[tuple[bytes, bytes, int]]:
    """Turn events into records by the real contract."""
    partitions: dict[bytes, int] = {}
    for event in events:
        name = key(event)
        partition = partitions.get(name)
        if partition is None:
            partition = partitions[name] = partition_of(name)
        yield name, event.wire(), partition


def marks(time: float) -> list[tuple[bytes, bytes, int]]:
    """Return a watermark for each partition."""
    return [(b"watermark", Watermark(time=time, partition=p).wire(), p) for p in range(PARTITIONS)]


async def broadcast(bootstrap_servers: str, prefix: str, *values: Contract | bytes) -> None:
    """Write to the topic that tells every worker what was learned."""
    async with producer(bootstrap_servers) as client:
        for value in values:
            raw = value if isinstance(value, bytes) else value.wire()
            await client.send_and_wait(prefix + Topic.EXPECTATIONS, raw, b"benchmark", 0)


def reset_topics(settings: KafkaSettings, keep: Iterable[str] = ()) -> None:
    """Delete all topics but those to keep, and create what is missing."""
    names = [settings.prefix + spec.topic for spec in TOPICS if spec.topic not in set(keep)]
    admin: Any = KafkaAdminClient(bootstrap_servers=[settings.bootstrap_servers])
    try:
        there = {topic["name"] for topic in admin.describe_topics()}
        if gone := [name for name in names if name in there]:
            admin.delete_topics(gone)
            while any(name in {topic["name"] for topic in admin.describe_topics()} for name in gone):
                time.sleep(0.1)
    finally:
        admin.close()
    deadline = time.monotonic() + 10.0
    while True:
        try:
            create_topics(settings)
        except CricketsError:  # a topic that was deleted may haunt the broker for a moment
            if time.monotonic() > deadline:
                raise
            time.sleep(0.3)
        else:
            return


async def start_at(bootstrap_servers: str, group: str, topic: str, offsets: list[int]) -> None:
    """Let a group that has no member yet begin at these offsets."""
    places = {aiokafka.TopicPartition(topic, p): offset for p, offset in enumerate(offsets)}
    consumer = aiokafka.AIOKafkaConsumer(
        bootstrap_servers=bootstrap_servers, group_id=group, enable_auto_commit=False, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        consumer.assign(list(places))
        await consumer.commit(places)
    finally:
        await consumer.stop()


class Reader:
    """Reads topics from their beginning, committed records only; a context manager."""

    def __init__(self, bootstrap_servers: str, topics: dict[str, int]) -> None:
        self._servers = bootstrap_servers
        self._places = [aiokafka.TopicPartition(name, p) for name, count in topics.items() for p in range(count)]

    async def __aenter__(self) -> "Reader":
        self._consumer = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self._servers,
            group_id=None,
            enable_auto_commit=False,
            isolation_level="read_committed",
            fetch_max_wait_ms=100,
        )
        await self._consumer.start()
        self._consumer.assign(self._places)
        await self._consumer.seek_to_beginning(*self._places)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def read(self, timeout: float = 0.1) -> list[Any]:
        """Return what has come."""
        found = await self._consumer.getmany(timeout_ms=int(timeout * 1000))
        return [record for records in found.values() for record in records]

    async def read_all(self) -> AsyncIterator[Any]:
        """Give everything that stands there now."""
        quiet = 0
        while quiet < 5:
            records = await self.read(0.2)
            quiet = 0 if records else quiet + 1
            for record in records:
                yield record
