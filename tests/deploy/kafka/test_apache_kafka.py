"""The node of Apache Kafka that other tests build on does what they rely on."""

import shutil
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import ProducerFenced
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import NewTopic

from tests.servers import kafka_jars
from tests.servers.apache_kafka import ApacheKafka


def create(bootstrap_servers: str, name: str) -> None:
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        admin.create_topics([NewTopic(name=name, num_partitions=1, replication_factor=1)])
    finally:
        admin.close()


def write(bootstrap_servers: str, topic: str, value: bytes) -> None:
    producer = KafkaProducer(bootstrap_servers=bootstrap_servers, acks="all")
    try:
        producer.send(topic, key=b"key", value=value).get(timeout=20)
    finally:
        producer.close()


def read_first(bootstrap_servers: str | list[str], topic: str) -> bytes:
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap_servers, auto_offset_reset="earliest", consumer_timeout_ms=20_000
    )
    try:
        consumer.assign([TopicPartition(topic, 0)])
        return next(consumer).value
    finally:
        consumer.close()


def test_a_record_comes_back(apache_kafka: str) -> None:
    create(apache_kafka, "node.round-trip")
    write(apache_kafka, "node.round-trip", b"there and back")
    assert read_first(apache_kafka, "node.round-trip") == b"there and back"


async def test_a_transaction_is_read_whole_or_not_at_all_and_the_older_owner_is_fenced(apache_kafka: str) -> None:
    topic = "node.transactions"
    create(apache_kafka, topic)
    old = AIOKafkaProducer(bootstrap_servers=apache_kafka, transactional_id="node-0")
    new = AIOKafkaProducer(bootstrap_servers=apache_kafka, transactional_id="node-0")
    await old.start()
    async with old.transaction():
        await old.send_and_wait(topic, b"committed by the first owner")
    await old.begin_transaction()
    await old.send_and_wait(topic, b"never committed")

    await new.start()  # takes the id over
    async with new.transaction():
        await new.send_and_wait(topic, b"committed by the second owner")
    with pytest.raises(ProducerFenced):
        await old.commit_transaction()

    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=apache_kafka, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await consumer.start()
    try:
        read = [(await consumer.getone()).value for _ in range(2)]
    finally:
        await consumer.stop()
        await new.stop()
        await old.stop()
    assert read == [b"committed by the first owner", b"committed by the second owner"]


def test_a_killed_node_comes_back_with_its_records(apache_kafka_jars: Path, tmp_path: Path) -> None:
    with ApacheKafka(apache_kafka_jars, tmp_path) as node:
        create(node.bootstrap_servers, "survives")
        write(node.bootstrap_servers, "survives", b"still here")
        node.kill()
        node.start()
        assert read_first(node.bootstrap_servers, "survives") == b"still here"


def test_a_node_that_cannot_start_says_why(apache_kafka_jars: Path, tmp_path: Path) -> None:
    node = ApacheKafka(apache_kafka_jars, tmp_path)
    shutil.rmtree(tmp_path / "data")
    with pytest.raises(RuntimeError, match=r"ended with status 1; the end of its log:[\s\S]*meta\.properties"):
        node.start()


def test_jars_belong_to_one_pom(apache_kafka_jars: Path, tmp_path: Path) -> None:
    changed = tmp_path / "pom.xml"
    changed.write_text(kafka_jars.POM.read_text().replace("for-tests", "for-other-tests"))
    assert kafka_jars.folder() == apache_kafka_jars
    assert kafka_jars.folder(changed).name != apache_kafka_jars.name
    assert any(jar.name.startswith("log4j-slf4j-impl") for jar in apache_kafka_jars.iterdir())


def test_what_maven_cannot_fetch_leaves_nothing_behind(apache_kafka_jars: Path, tmp_path: Path) -> None:  # noqa: ARG001
    broken = tmp_path / "pom.xml"
    broken.write_text("<project>")
    with pytest.raises(RuntimeError, match="Maven could not fetch"):
        kafka_jars.fetch(broken)
    assert not kafka_jars.folder(broken).exists()
