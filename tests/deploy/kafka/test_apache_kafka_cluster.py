"""The three nodes do what the tests on them rely on."""

import time

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from tests.deploy.kafka.test_apache_kafka import read_first
from tests.servers.apache_kafka_cluster import NODES, ApacheKafkaCluster


def leader_of(admin: KafkaAdminClient, topic: str, patience: float = 20.0) -> int:
    """Ask until the node that answers knows the topic: each of the three hears of it in its own time."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        (described,) = admin.describe_topics([topic])
        if described["partitions"] and (leader := int(described["partitions"][0]["leader_id"])) > 0:
            return leader
        time.sleep(0.05)
    msg = f"{topic} has no leader after {patience} s"
    raise TimeoutError(msg)


def test_what_was_confirmed_is_there_whichever_node_goes(apache_kafka_cluster: ApacheKafkaCluster) -> None:
    servers = apache_kafka_cluster.bootstrap_servers.split(",")
    assert len(servers) == NODES
    topic = "cluster.survives"
    admin = KafkaAdminClient(bootstrap_servers=servers)
    try:
        admin.create_topics([NewTopic(name=topic, num_partitions=1, replication_factor=NODES)])
        leader = apache_kafka_cluster.nodes[leader_of(admin, topic) - 1]
    finally:
        admin.close()
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    try:
        producer.send(topic, key=b"key", value=b"still here").get(timeout=20)
    finally:
        producer.close()
    leader.kill()
    try:
        others = [server for server in servers if server != leader.bootstrap_servers]
        assert read_first(others, topic) == b"still here"
    finally:
        leader.start()
