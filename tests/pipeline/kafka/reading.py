"""Reading a topic back."""

from typing import Any

from kafka import KafkaConsumer, TopicPartition

from pipeline.kafka import topic_name
from pipeline.settings import KafkaSettings


def read_all(settings: KafkaSettings, topic: str) -> list[Any]:
    """Return the records that stand in a wide topic now."""
    name = topic_name(settings, topic)
    partitions = [TopicPartition(name, partition) for partition in range(settings.partitions)]
    consumer = KafkaConsumer(bootstrap_servers=settings.bootstrap_servers, group_id=None, enable_auto_commit=False)
    try:
        consumer.assign(partitions)
        end = sum(consumer.end_offsets(partitions).values())
        consumer.seek_to_beginning()
        records: list[Any] = []
        while len(records) < end:
            for batch in consumer.poll(timeout_ms=500).values():
                records += batch
        return records
    finally:
        consumer.close()
