"""What brokers say about transactions: how one ended, and where it is open still.

aiokafka asks neither; both are two requests of the protocol (KIP-664, brokers since 3.0), told to it here.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection

from aiokafka.client import AIOKafkaClient, CoordinationType
from aiokafka.cluster import ClusterMetadata
from aiokafka.errors import IncompatibleBrokerVersion, KafkaError, LeaderNotAvailableError, NoError, for_code
from aiokafka.producer.transaction_manager import TransactionResult
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)
from aiokafka.structs import TopicPartition

RETRY_SECONDS = 0.1

_COMMITTED = {"PrepareCommit", "CompleteCommit"}
_UNKNOWN_ID = 105
_NOT_OURS = 29
"""Codes: a transactional id that was never used, a topic that we may not read."""

_TAGS = ("tags", TaggedFields)


class _TransactionsResponse(Response):  # type: ignore[misc]
    API_KEY = 65
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "states",
            CompactArray(
                ("error_code", Int16),
                ("transactional_id", CompactString()),
                ("state", CompactString()),
                ("timeout_ms", Int32),
                ("start_time_ms", Int64),
                ("producer_id", Int64),
                ("producer_epoch", Int16),
                ("topics", CompactArray(("topic", CompactString()), ("partitions", CompactArray(Int32)), _TAGS)),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _TransactionsRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 65
    API_VERSION = 0
    RESPONSE_TYPE = _TransactionsResponse
    SCHEMA = Schema(("transactional_ids", CompactArray(CompactString())), _TAGS)


class _DescribeTransactions(Request[_TransactionsRequest]):  # type: ignore[misc]
    API_KEY = 65

    def __init__(self, transactional_id: str) -> None:
        self._id = transactional_id

    def build(self, request_struct_class: type[_TransactionsRequest]) -> _TransactionsRequest:
        return request_struct_class([self._id], {})


class _ProducersResponse(Response):  # type: ignore[misc]
    API_KEY = 61
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "topics",
            CompactArray(
                ("name", CompactString()),
                (
                    "partitions",
                    CompactArray(
                        ("partition", Int32),
                        ("error_code", Int16),
                        ("error_message", CompactString()),
                        (
                            "producers",
                            CompactArray(
                                ("producer_id", Int64),
                                ("producer_epoch", Int32),
                                ("last_sequence", Int32),
                                ("last_timestamp", Int64),
                                ("coordinator_epoch", Int32),
                                ("open_from", Int64),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class _ProducersRequest(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 61
    API_VERSION = 0
    RESPONSE_TYPE = _ProducersResponse
    SCHEMA = Schema(
        ("topics", CompactArray(("name", CompactString()), ("partitions", CompactArray(Int32)), _TAGS)), _TAGS
    )


class _DescribeProducers(Request[_ProducersRequest]):  # type: ignore[misc]
    API_KEY = 61

    def __init__(self, places: Collection[TopicPartition]) -> None:
        partitions: dict[str, list[int]] = defaultdict(list)
        for place in places:
            partitions[place.topic].append(place.partition)
        self._topics: list[tuple[str, list[int], dict[int, bytes]]] = [
            (topic, numbers, {}) for topic, numbers in partitions.items()
        ]

    def build(self, request_struct_class: type[_ProducersRequest]) -> _ProducersRequest:
        return request_struct_class(self._topics, {})


async def last_result(client: AIOKafkaClient, transactional_id: str) -> TransactionResult:
    """Return how the last transaction of an id ended; where it did not end, or there was none, it counts as aborted.

    Asks again and again while there is no coordinator, or it still reads its log.
    """
    while True:
        try:
            node = await client.coordinator_lookup(CoordinationType.TRANSACTION, transactional_id)
            response = await client.send(node, _DescribeTransactions(transactional_id))
            error_code, _, state, *_ = response.states[0]
            if error_code == _UNKNOWN_ID:
                return TransactionResult.ABORT
            if (error := for_code(error_code)) is not NoError:
                raise error
            return TransactionResult.COMMIT if state in _COMMITTED else TransactionResult.ABORT
        except IncompatibleBrokerVersion:  # it cannot be asked where it is open either
            return TransactionResult.ABORT
        except KafkaError as error:
            if not error.retriable:
                raise
            await client.force_metadata_update()
            await asyncio.sleep(RETRY_SECONDS)


async def still_open(
    client: AIOKafkaClient, producer_id: int, places: Collection[TopicPartition]
) -> set[TopicPartition]:
    """Return the partitions in which a producer has a transaction open; none where the broker cannot say.

    Asks again while a partition has no leader, or one that does not know of it yet: a topic may be new, or a leader
    may have gone.
    """
    cluster, pause = client.cluster, 0.0
    while True:
        try:
            return await _open_at(client, cluster, producer_id, places)
        except IncompatibleBrokerVersion:
            return set()
        except KafkaError as error:
            if not error.retriable:
                raise
            await asyncio.sleep(pause)
            cluster, pause = await client.fetch_all_metadata(), RETRY_SECONDS


async def _open_at(
    client: AIOKafkaClient, cluster: ClusterMetadata, producer_id: int, places: Collection[TopicPartition]
) -> set[TopicPartition]:
    leaders: dict[int, list[TopicPartition]] = defaultdict(list)
    for place in places:
        leader = cluster.leader_for_partition(place)
        if leader is None or leader == -1:
            raise LeaderNotAvailableError
        leaders[leader].append(place)
    found = set()
    for leader, led in leaders.items():
        response = await client.send(leader, _DescribeProducers(led))
        for topic, partitions, _ in response.topics:
            for partition, error_code, _, producers, _ in partitions:
                if error_code == _NOT_OURS:
                    continue
                if (error := for_code(error_code)) is not NoError:
                    raise error
                if any(entry[0] == producer_id and entry[5] >= 0 for entry in producers):
                    found.add(TopicPartition(topic, partition))
    return found


async def all_partitions(client: AIOKafkaClient, prefix: str) -> list[TopicPartition]:
    """Return the partitions of all topics whose names begin so."""
    cluster = await client.fetch_all_metadata()
    return [
        TopicPartition(topic, partition)
        for topic in sorted(cluster.topics())
        if topic.startswith(prefix)
        for partition in sorted(cluster.partitions_for_topic(topic))
    ]
