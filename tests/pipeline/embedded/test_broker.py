"""The embedded broker."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition

from pipeline.embedded import BrokerStartError, EmbeddedBroker
from pipeline.kafka import existing_topics
from pipeline.settings import KafkaSettings

pytestmark = pytest.mark.process


def test_a_record_comes_back(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        servers = broker.bootstrap_servers
        with KafkaAdminClient(bootstrap_servers=servers) as admin:
            admin.create_topics({"talk": {"num_partitions": 2, "replication_factor": 1}})
        producer = KafkaProducer(bootstrap_servers=servers)
        sent = producer.send("talk", key=b"k", value=b"hello", partition=1).get(timeout=10)
        producer.close()
        consumer = KafkaConsumer(bootstrap_servers=servers, consumer_timeout_ms=10_000)
        consumer.assign([TopicPartition("talk", 1)])
        consumer.seek(TopicPartition("talk", 1), sent.offset)
        record = next(consumer)
        consumer.close()
        assert (record.key, record.value, record.offset) == (b"k", b"hello", 0)


def test_two_run_side_by_side_and_listen_on_loopback_only(tmp_path: Path) -> None:
    with EmbeddedBroker(tmp_path) as one, EmbeddedBroker(tmp_path) as other:
        assert one.bootstrap_servers != other.bootstrap_servers
        assert one.bootstrap_servers.startswith("127.0.0.1:")
        assert existing_topics(KafkaSettings(bootstrap_servers=other.bootstrap_servers)) == {}


def test_it_is_gone_afterwards(tmp_path: Path, left_running: Callable[..., list[int]]) -> None:
    with EmbeddedBroker(tmp_path) as broker:
        pid = broker.pid
        assert pid is not None
        assert broker.alive
    assert not broker.alive
    assert left_running(pid, seconds=0) == []


def test_a_broker_that_ends_at_once_is_explained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = tmp_path / "tansu"
    broken.write_text("#!/bin/sh\necho no space on this ship >&2\nexit 4\n")
    broken.chmod(0o755)
    monkeypatch.setenv("CALF_TANSU_BIN", str(broken))
    with pytest.raises(BrokerStartError, match=r"exit code 4[^$]*no space on this ship"), EmbeddedBroker(tmp_path):
        pass


def test_a_missing_binary_is_said_with_the_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALF_TANSU_BIN", os.devnull)
    with pytest.raises(BrokerStartError, match=r"no binary for this platform.*CRICKETS_KAFKA__BOOTSTRAP_SERVERS"):
        EmbeddedBroker(tmp_path).start()
