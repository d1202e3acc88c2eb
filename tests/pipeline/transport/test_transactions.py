"""Transactions whose markers the broker has lost: they are ended once more as they had ended.

A node that checks nothing is made to lose them: it is not told that a partition belongs to the transaction.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiokafka.producer.transaction_manager import TransactionState
from aiokafka.structs import TopicPartition

from agents.effects import Send
from pipeline.settings import KafkaSettings
from pipeline.transport.changelog import Changes, read_changelog
from pipeline.transport.client import aiokafka_client, reading
from pipeline.transport.fenced import FencedWriter
from pipeline.transport.transactions import all_partitions, still_open
from pipeline.transport.writer import Output
from tests.chaos.committed import committed
from tests.factories.counting import Note
from tests.pipeline.transport.stage import create_topics
from tests.servers.apache_kafka import ApacheKafka
from tests.servers.apache_kafka_cluster import ApacheKafkaCluster

NOTES, OTHERS, CHANGELOG = "notes", "others", "changelog-count"
_numbers = itertools.count()


@pytest.fixture(scope="module")
def careless_node(apache_kafka_jars: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = {"transaction.partition.verification.enable": "false"}
    with ApacheKafka(apache_kafka_jars, tmp_path_factory.mktemp("careless"), settings) as node:
        yield node.bootstrap_servers


class Place:
    """Topics of one test, and owners of its one partition."""

    def __init__(self, bootstrap_servers: str) -> None:
        prefix = f"markers{next(_numbers)}."
        self.settings = KafkaSettings(bootstrap_servers=bootstrap_servers, prefix=prefix, transactions=True)
        create_topics(bootstrap_servers, {prefix + topic: 1 for topic in (NOTES, OTHERS, CHANGELOG)})

    @asynccontextmanager
    async def owner(self) -> AsyncIterator[FencedWriter]:
        prefix = self.settings.prefix
        writer = FencedWriter(aiokafka_client(self.settings), prefix, (prefix + CHANGELOG, 0), prefix + "count-0")
        try:
            await writer.start()
            yield writer
        finally:
            await writer.stop()

    async def forgets(self, writer: FencedWriter, *topics: str) -> None:
        """Let the markers of the next transaction be lost in these topics; those of the last one are written before."""
        producer, kafka = writer._producer, writer._kafka
        places = await all_partitions(kafka, self.settings.prefix)
        while await still_open(kafka, producer._txn_manager.producer_id, places):
            await asyncio.sleep(0.01)
        begin = producer.begin_transaction

        async def begin_and_forget() -> None:
            producer.begin_transaction = begin
            await begin()
            producer._txn_manager.txn_partitions.update((self.settings.prefix + topic, 0) for topic in topics)

        producer.begin_transaction = begin_and_forget

    async def state(self) -> Changes:
        state: Changes = {}
        await read_changelog(reading(self.settings), self.settings.prefix + CHANGELOG, 0, state.update)
        return state

    async def notes(self) -> list[str]:
        return [Note.model_validate_json(value).id for value in await committed(self.settings, NOTES)]


@pytest.fixture
def place(careless_node: str) -> Place:
    return Place(careless_node)


def outputs(number: int) -> list[Output]:
    note = Note(id=f"{number}", worker="", partition=0, offset=0, batch=number)
    return [Output.of(Send(topic, "key", note)) for topic in (NOTES, OTHERS)]


async def test_the_next_owner_knows_what_was_committed(place: Place) -> None:
    async with place.owner() as writer:
        await writer.commit(outputs(1), {"a": b"1"})
        await place.forgets(writer, NOTES, CHANGELOG)
        await writer.commit(outputs(2), {"a": b"2"})
        assert (await place.state(), await place.notes()) == ({"a": b"1"}, ["1"]), "or there is nothing to be mended"
    async with place.owner() as writer:
        assert (await place.state(), await place.notes()) == ({"a": b"2"}, ["1", "2"])
        await writer.commit(outputs(3), {"a": b"3"})
        assert (await place.state(), await place.notes()) == ({"a": b"3"}, ["1", "2", "3"])


async def test_what_was_given_up_does_not_come_to_count(place: Place) -> None:
    async with place.owner() as writer:
        await writer.commit(outputs(1), {"a": b"1"})
        await place.forgets(writer, NOTES, CHANGELOG)
        await writer.send(outputs(2))
        await writer._write({writer._changelog: [(b"a", b"2")]})
        await writer.abandon()
    async with place.owner() as writer:
        assert (await place.state(), await place.notes()) == ({"a": b"1"}, ["1"])
        await writer.commit(outputs(3), {"b": b"3"})
        assert (await place.state(), await place.notes()) == ({"a": b"1", "b": b"3"}, ["1", "3"])


@pytest.mark.parametrize("late", [False, True], ids=["under way", "done"])
async def test_a_commit_that_is_not_waited_for_is_one(place: Place, late: bool) -> None:
    async with place.owner() as writer:
        await writer.commit(outputs(1), {"a": b"1"})
        manager = writer._producer._txn_manager
        committing = asyncio.ensure_future(writer.commit(outputs(2), {"a": b"2"}))
        while manager.state is not TransactionState.COMMITTING_TRANSACTION:
            await asyncio.sleep(0)
        if late:
            manager.wait_for_transaction_end().add_done_callback(lambda _: committing.cancel())
        else:
            committing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await committing
        await writer.commit(outputs(3), {"b": b"3"})
        assert (await place.state(), await place.notes()) == ({"a": b"2", "b": b"3"}, ["1", "2", "3"])


@pytest.mark.parametrize("then", ["nothing more", "a batch elsewhere", "a batch given up"])
async def test_who_has_lost_a_connection_looks_whether_its_last_commit_counts(place: Place, then: str) -> None:
    async with place.owner() as writer:
        await place.forgets(writer, NOTES)
        await writer.commit(outputs(1), {"a": b"1"})
        await writer.confirm()
        assert await place.notes() == [], "no connection was lost, so nothing is asked"
        for link in writer._kafka._conns.values():
            link.close()
        match then:
            case "nothing more":
                await writer.confirm()
            case "a batch elsewhere":
                await writer.commit(outputs(2)[1:], {"a": b"2"})
            case "a batch given up":
                await writer.send(outputs(2))
                await writer.abandon()
        assert await place.notes() == ["1"]


async def test_what_was_given_up_stays_so_for_who_has_lost_a_connection(place: Place) -> None:
    async with place.owner() as writer:
        await writer.commit(outputs(1), {"a": b"1"})
        await place.forgets(writer, NOTES)
        await writer.send(outputs(2))
        await writer.abandon()
        for link in writer._kafka._conns.values():
            link.close()
        await writer.commit(outputs(3), {"a": b"3"})
        assert await place.notes() == ["1", "3"]


@pytest.mark.parametrize("known", ["another broker", "nobody", "a broker that is not there"])
async def test_whoever_is_taken_for_a_leader_the_leader_answers(
    apache_kafka_cluster: ApacheKafkaCluster, known: str
) -> None:
    """A topic may be new, or its leader may have gone: who takes a partition over then waits, and does not fail."""
    settings = KafkaSettings(
        bootstrap_servers=apache_kafka_cluster.bootstrap_servers, prefix=f"markers{next(_numbers)}.", transactions=True
    )
    topic = settings.prefix + CHANGELOG
    create_topics(settings.bootstrap_servers, {topic: 1}, copies=len(apache_kafka_cluster.nodes))
    writer = FencedWriter(aiokafka_client(settings), settings.prefix, (topic, 0), settings.prefix + "count-0")
    try:
        await writer.start()
        await writer._write({(topic, 0): [(b"a", b"1")]})
        kafka, producer_id = writer._kafka, writer._producer._txn_manager.producer_id
        cluster: Any = kafka.cluster
        leader = cluster.leader_for_partition(TopicPartition(topic, 0))
        another = {
            "another broker": next(node.nodeId for node in cluster.brokers() if node.nodeId != leader),
            "nobody": -1,
            "a broker that is not there": 99,
        }[known]
        partitions = cluster._partitions[topic]
        partitions[0] = partitions[0]._replace(leader=another)
        async with asyncio.timeout(20.0):
            assert await still_open(kafka, producer_id, [TopicPartition(topic, 0)]) == {TopicPartition(topic, 0)}
    finally:
        await writer.stop()
