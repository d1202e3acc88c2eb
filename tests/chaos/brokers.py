"""The brokers of a campaign: a cluster of three, and one alone."""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.settings import KafkaSettings
from tests.chaos.plan import NODES
from tests.servers import kafka_jars
from tests.servers.apache_kafka import ApacheKafka
from tests.servers.apache_kafka_cluster import ApacheKafkaCluster

_SETTINGS = {"log.cleaner.backoff.ms": "500"}  # compaction is to be seen within a round

SESSION_SECONDS = 3.0


@dataclass(frozen=True)
class Brokers:
    """Nodes that work together."""

    name: str
    nodes: list[ApacheKafka]

    def settings(self, prefix: str, partitions: int) -> KafkaSettings:
        """Return settings that name the brokers, and topics and a group of one's own."""
        return KafkaSettings(
            bootstrap_servers=",".join(node.bootstrap_servers for node in self.nodes),
            prefix=f"{prefix}.",
            group=prefix,
            partitions=partitions,
            replication=len(self.nodes),
            session_timeout_seconds=SESSION_SECONDS,
        )

    def start_all(self) -> None:
        """Start what is down: a round that was cut short may have left a node so."""
        for node in self.nodes:
            if not node.runs:
                node.start()
                time.sleep(1.0)  # until the others take it for a member again


@contextmanager
def running_brokers(folder: Path, names: set[str]) -> Iterator[dict[str, Brokers]]:
    """Start the kinds of brokers that are named and end them again."""
    if missing := kafka_jars.missing():
        msg = f"the campaign needs Apache Kafka, and {missing} is not there: install it"
        raise RuntimeError(msg)
    jars = kafka_jars.fetch()
    with ExitStack() as stack:
        found: dict[str, Brokers] = {}
        if "node" in names:
            (folder / "node").mkdir()
            node = stack.enter_context(ApacheKafka(jars, folder / "node", _SETTINGS))
            found["node"] = Brokers("node", [node])
        if "cluster" in names:
            (folder / "cluster").mkdir()
            cluster = stack.enter_context(ApacheKafkaCluster(jars, folder / "cluster", _SETTINGS))
            assert len(cluster.nodes) == NODES
            found["cluster"] = Brokers("cluster", cluster.nodes)
        yield found
