"""What a fetch brings becomes records at once: aiokafka makes an object of eleven fields of each, and costs as much."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Any

from aiokafka.consumer.fetcher import PartitionRecords

from agents.effects import Record


class Arrivals(OrderedDict[Any, Any]):
    """The fetcher's results by partition; those that come in are told to make our records.

    Stands in for `Fetcher._records` of aiokafka 0.14.
    """

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self._prefix = prefix

    def __setitem__(self, tp: Any, result: Any) -> None:
        """Keep a result, or an error."""
        if (records := getattr(result, "_partition_records", None)) is not None:
            records.__class__ = _Arrived
            records.topic, records.partition = tp.topic.removeprefix(self._prefix), tp.partition
        super().__setitem__(tp, result)


class _Arrived(PartitionRecords):  # type: ignore[misc]  # aiokafka has no types
    """aiokafka's records of a fetch, which unpacks them one by one by `_consumer_record`."""

    topic: str
    partition: int

    def __iter__(self) -> Iterator[Record]:
        """Return what unpacks them itself, and not `self`, which would be asked for each record."""
        return self._records_iterator  # type: ignore[no-any-return]

    def _consumer_record(self, _: Any, record: Any) -> Record:
        return Record(self.topic, self.partition, record.offset, record.key, record.value)
