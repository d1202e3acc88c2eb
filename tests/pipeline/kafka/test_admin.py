import threading

import pytest
from kafka import KafkaAdminClient

from pipeline.kafka import (
    BrokerError,
    TopicMismatchError,
    client_config,
    create_topics,
    existing_topics,
    topic_name,
)
from pipeline.kafka.client import connect, connect_producer
from pipeline.settings import KafkaSettings
from pipeline.topics import TOPICS
from schemas.topic import Topic


def test_missing_topics_are_created_as_listed_and_only_once(kafka: KafkaSettings) -> None:
    assert set(create_topics(kafka)) == {topic_name(kafka, spec.topic) for spec in TOPICS}
    assert existing_topics(kafka) == {
        topic_name(kafka, spec.topic): kafka.partitions if spec.wide else 1 for spec in TOPICS
    }
    assert create_topics(kafka) == []


def test_another_partition_count_is_an_error_with_advice_and_creates_nothing(kafka: KafkaSettings) -> None:
    create_topics(kafka)
    before = existing_topics(kafka)
    other = kafka.model_copy(update={"partitions": 8})
    with pytest.raises(TopicMismatchError, match=r"CRICKETS_KAFKA__PARTITIONS=4"):
        create_topics(other)
    assert existing_topics(kafka) == before


def test_a_narrow_topic_with_several_partitions_needs_another_prefix(kafka: KafkaSettings) -> None:
    name = topic_name(kafka, Topic.OUTCOMES)
    with connect(KafkaAdminClient, client_config(kafka)) as admin:
        admin.create_topics({name: {"num_partitions": 3, "replication_factor": 1}})
    with pytest.raises(TopicMismatchError, match=f"{name} should have 1 partitions and has 3") as error:
        create_topics(kafka)
    assert "CRICKETS_KAFKA__PREFIX" in str(error.value)
    assert "CRICKETS_KAFKA__PARTITIONS" not in str(error.value)


def test_a_connection_that_fails_leaves_nothing_running(nowhere: KafkaSettings) -> None:
    before = set(threading.enumerate())
    for attempt in (existing_topics, connect_producer):
        with pytest.raises(BrokerError):
            attempt(nowhere, 0.2)
    assert set(threading.enumerate()) <= before


def test_a_broker_that_is_down_is_an_error_that_names_it(nowhere: KafkaSettings) -> None:
    with pytest.raises(BrokerError, match=nowhere.bootstrap_servers):
        create_topics(nowhere, timeout=0.3)
    with pytest.raises(BrokerError, match=nowhere.bootstrap_servers):
        existing_topics(nowhere, timeout=0.3)
