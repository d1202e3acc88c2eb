"""The three nodes do what the tests on them rely on."""

from kafka import KafkaAdminClient, KafkaProducer
from kafka.admin import NewTopic

from tests.deploy.kafka.test_apache_kafka import read_first
from tests.servers.apache_kafka_cluster import NODES, ApacheKafkaCluster


def test_what_was_confirmed_is_there_whichever_node_goes(apache_kafka_cluster: ApacheKafkaCluster) -> None:
    servers = apache_kafka_cluster.bootstrap_servers.split(",")
    assert len(servers) == NODES
    topic = "cluster.survives"
    admin = KafkaAdminClient(bootstrap_servers=servers)
    try:
        admin.create_topics([NewTopic(name=topic, num_partitions=1, replication_factor=NODES)])
        admin.wait_for_topics([topic])
        (described,) = admin.describe_topics([topic])
        (partition,) = described["partitions"]
    finally:
        admin.close()
    producer = KafkaProducer(bootstrap_servers=servers, acks="all")
    try:
        producer.send(topic, key=b"key", value=b"still here").get(timeout=20)
    finally:
        producer.close()
    leader = apache_kafka_cluster.nodes[partition["leader_id"] - 1]
    leader.kill()
    try:
        others = [server for server in servers if server != leader.bootstrap_servers]
        assert read_first(others, topic) == b"still here"
    finally:
        leader.start()
