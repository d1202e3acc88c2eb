import asyncio
import itertools
from typing import Any

import aiokafka
from kafka import KafkaAdminClient, KafkaProducer, TopicPartition

from pipeline.transport.offsets import end_offsets, seek_to_beginning
from tests.pipeline.transport.stage import create_topics
from tests.servers.apache_kafka_cluster import ApacheKafkaCluster

_numbers = itertools.count()


def fill(bootstrap_servers: str, *batches: int) -> str:
    """Create a topic with three partitions, the last one empty, and write batches of so many records to the others."""
    topic = f"ends{next(_numbers)}"
    create_topics(bootstrap_servers, {topic: 3})
    producer = KafkaProducer(bootstrap_servers=[bootstrap_servers], linger_ms=200)
    try:
        for partition in (0, 1):
            for size in batches:
                for n in range(size):
                    producer.send(topic, value=b"%d" % n, partition=partition)
                producer.flush(30)
    finally:
        producer.close()
    return topic


async def test_the_end_is_where_the_next_record_will_stand(either_broker: str) -> None:
    topic = fill(either_broker, 1, 7, 300)
    places = [aiokafka.TopicPartition(topic, partition) for partition in range(3)]
    async with aiokafka.AIOKafkaConsumer(bootstrap_servers=either_broker, group_id=None) as consumer:
        assert await end_offsets(consumer, places) == dict(zip(places, (308, 308, 0), strict=True))
        assert await end_offsets(consumer, places[2:]) == {places[2]: 0}


async def test_the_embedded_broker_itself_says_something_else(embedded_broker: str) -> None:
    """When this fails Tansu has learned it, and the detour may go."""
    place = aiokafka.TopicPartition(fill(embedded_broker, 7, 300), 0)
    async with aiokafka.AIOKafkaConsumer(bootstrap_servers=embedded_broker, group_id=None) as consumer:
        assert (await consumer.end_offsets([place]))[place] < 307


async def test_a_partition_whose_records_are_all_gone_has_an_end_nevertheless(apache_kafka: str) -> None:
    topic = fill(apache_kafka, 10)
    admin = KafkaAdminClient(bootstrap_servers=[apache_kafka])
    try:
        admin.delete_records({TopicPartition(topic, 0): 10}, timeout_ms=30_000)
    finally:
        admin.close()
    places = [aiokafka.TopicPartition(topic, partition) for partition in range(2)]
    async with aiokafka.AIOKafkaConsumer(bootstrap_servers=apache_kafka, group_id=None) as consumer:
        assert await end_offsets(consumer, places) == dict.fromkeys(places, 10)


async def test_a_broker_that_leads_a_partition_no_more_is_not_asked_for_ever(
    apache_kafka_cluster: ApacheKafkaCluster,
) -> None:
    topic, servers = f"ends{next(_numbers)}", apache_kafka_cluster.bootstrap_servers
    create_topics(servers, {topic: 1}, copies=len(apache_kafka_cluster.nodes))
    place = aiokafka.TopicPartition(topic, 0)
    async with aiokafka.AIOKafkaConsumer(bootstrap_servers=servers, group_id=None) as consumer:
        consumer.assign([place])
        assert await consumer.position(place) == 0
        cluster: Any = consumer._client.cluster
        leader = cluster.leader_for_partition(place)
        another = next(node.nodeId for node in cluster.brokers() if node.nodeId != leader)
        known = cluster._partitions[topic]
        known[0] = known[0]._replace(leader=another)
        async with asyncio.timeout(20.0):
            await seek_to_beginning(consumer, [place])
        assert await consumer.position(place) == 0
        assert cluster.leader_for_partition(place) == leader
