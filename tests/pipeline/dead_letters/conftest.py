"""A store with the recorder's own sink before it, and both brokers."""

import asyncio
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.clickhouse import Sink, connect, migrate
from pipeline.dead_letters import Letter, Wanted, find
from pipeline.embedded import EmbeddedBroker, EmbeddedEngine
from pipeline.kafka import create_topics
from pipeline.kafka.client import connect_producer, topic_name
from pipeline.settings import ClickHouseSettings, KafkaSettings, Settings
from schemas.dead_letter import DeadLetter
from schemas.topic import Topic
from tests.pipeline.kafka.conftest import RestartedBroker

_NUMBERS = itertools.count()
_OFFSETS = itertools.count()  # never the same batch twice: the store would take it for one that it has


@pytest.fixture(scope="session")
def engine_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedEngine(tmp_path_factory.mktemp("clickhouse")) as engine:
        yield engine.url


@pytest.fixture(scope="session")
def embedded_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with EmbeddedBroker(tmp_path_factory.mktemp("broker")) as broker:
        yield broker.bootstrap_servers


@pytest.fixture(scope="session")
def migrated(engine_url: str) -> ClickHouseSettings:
    """Settings of a store with tables: one for all tests, since making them takes longer than most of the tests."""
    clickhouse = ClickHouseSettings(url=engine_url, database="letters")
    client = connect(clickhouse, engine_url)
    migrate(client, clickhouse.database)
    client.close()
    return clickhouse


@pytest.fixture
def unconnected(migrated: ClickHouseSettings, tmp_path: Path) -> Settings:
    """Settings that name no broker."""
    return Settings(_env_file=None, data_dir=tmp_path, clickhouse=migrated)


@pytest.fixture
def embedded(unconnected: Settings, embedded_broker: str) -> Settings:
    """Settings with topics of the test's own on the embedded broker."""
    return _connected(unconnected, embedded_broker)


@pytest.fixture
def on_kafka(unconnected: Settings, apache_kafka: str) -> Settings:
    """The same on Apache Kafka."""
    return _connected(unconnected, apache_kafka)


@pytest.fixture(params=["embedded", "on_kafka"])
def settings(request: pytest.FixtureRequest) -> Settings:
    """The same on either broker."""
    connected: Settings = request.getfixturevalue(request.param)
    return connected


def _connected(settings: Settings, servers: str) -> Settings:
    kafka = KafkaSettings(bootstrap_servers=servers, prefix=f"letters-{next(_NUMBERS)}.", partitions=2)
    create_topics(kafka)
    return settings.model_copy(update={"kafka": kafka})


@pytest.fixture
def client(unconnected: Settings, engine_url: str) -> Iterator[Client]:
    """A client of that store, in which nothing stands yet."""
    client = connect(unconnected.clickhouse, engine_url)
    for table in ("dead_letters", "redrives"):
        client.command(f"TRUNCATE TABLE {unconnected.clickhouse.database}.{table}")
    yield client
    client.close()


@pytest.fixture
def recorded(client: Client, unconnected: Settings, engine_url: str) -> Callable[..., list[Letter]]:
    """Let the sink store letters, and return what stands in the table then, the newest first."""

    def record(*letters: DeadLetter) -> list[Letter]:
        async def insert() -> None:
            sink = Sink(unconnected.clickhouse, lambda: connect(unconnected.clickhouse, engine_url))
            records = [Record(Topic.DEAD_LETTERS, 0, next(_OFFSETS), b"k", letter.wire()) for letter in letters]
            sink.add(Topic.DEAD_LETTERS, 0, records)
            await sink.flush()
            await sink.close()

        asyncio.run(insert())
        return find(client, unconnected.clickhouse.database, Wanted(redriven=True))

    return record


def letter(stage: str = "normalise", offset: int = 0, **facts: Any) -> DeadLetter:
    given = {"topic": "webhooks", "source": "slack", "reason": "no ts", "error": "missing", "partition": 1}
    return DeadLetter(stage=stage, offset=offset, **given | facts)


def write(settings: Settings, topic: str, *records: tuple[bytes | None, bytes | None], **more: Any) -> list[int]:
    """Write (key, value) pairs into partition 1, or that of a narrow topic, and return where they stand."""
    partition = 1 if topic in (Topic.WEBHOOKS, Topic.EVENTS) else 0
    producer = connect_producer(settings.kafka, 10.0, max_request_size=5_000_000)
    try:
        sent = [
            producer.send(topic_name(settings.kafka, topic), key=key, value=value, partition=partition, **more)
            for key, value in records
        ]
        return [each.get(10).offset for each in sent]
    finally:
        producer.close()


@pytest.fixture
def restarted(tmp_path: Path) -> Iterator[RestartedBroker]:
    broker = RestartedBroker(tmp_path / "broker.log")
    broker.start()
    yield broker
    broker.stop()
