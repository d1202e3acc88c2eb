"""Three nodes of Apache Kafka on loopback: any one of them may go."""

from collections.abc import Mapping
from pathlib import Path
from typing import Self

from tests.servers.apache_kafka import ApacheKafka, free_ports

NODES = 3
MOST_GONE = 1
"""So many may be gone without anybody having to wait."""

_SETTINGS = {
    "default.replication.factor": NODES,
    "min.insync.replicas": NODES - MOST_GONE,
    "offsets.topic.replication.factor": NODES,
    "transaction.state.log.replication.factor": NODES,
    "transaction.state.log.min.isr": NODES - MOST_GONE,
    "share.coordinator.state.topic.replication.factor": NODES,
    "share.coordinator.state.topic.min.isr": NODES - MOST_GONE,
}


class ApacheKafkaCluster:
    """Brokers and controllers at once, each of which can be killed, stopped and started again: `nodes[0].kill()`.

    What is written with acks=all is on two nodes at least; topics have three copies where they are created so.

    Parameters
    ----------
    jars
        Folder with the jars: the fixture `apache_kafka_jars`.
    folder
        An empty folder; each node gets one of its own in it.
    settings
        Properties of the brokers that differ from `deploy/kafka/server.properties`.
    """

    def __init__(self, jars: Path, folder: Path, settings: Mapping[str, str] | None = None) -> None:
        common = {name: str(value) for name, value in _SETTINGS.items()} | dict(settings or {})
        members = free_ports(NODES)
        self.nodes: list[ApacheKafka] = []
        for number in range(1, NODES + 1):
            own = folder / f"node-{number}"
            own.mkdir()
            self.nodes.append(ApacheKafka(jars, own, common, members, number))
        self.bootstrap_servers = ",".join(node.bootstrap_servers for node in self.nodes)

    def start(self) -> Self:
        """Start all nodes and return when each of them knows of the others."""
        try:
            for node in self.nodes:
                node.launch()
            for node in self.nodes:
                node.wait_until_it_names(NODES)
        except BaseException:
            self.kill()
            raise
        return self

    def stop(self) -> None:
        """End all nodes; one that waits for the others to write down that it goes is killed in the end."""
        for node in self.nodes:
            node.terminate()
        for node in self.nodes:
            node.stop()

    def kill(self) -> None:
        """End all nodes as a power cut would."""
        for node in self.nodes:
            node.kill()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()
