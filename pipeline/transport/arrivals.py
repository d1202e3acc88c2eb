"""What a fetch brings becomes records at once: aiokafka makes an object of eleven fields of each, and costs as much."""

from collections import OrderedDict
from functools import partial
from typing import Any

from agents.effects import Record


class Arrivals(OrderedDict[Any, Any]):
    """The fetcher's results by partition; those that come in are told to make our records.

    Stands in for `Fetcher._records` of aiokafka 0.14, which calls `_consumer_record` for each record that it unpacks.
    """

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self._prefix = prefix

    def __setitem__(self, tp: Any, result: Any) -> None:
        """Keep a result, or an error."""
        if (records := getattr(result, "_partition_records", None)) is not None:
            records._consumer_record = partial(_record, tp.topic.removeprefix(self._prefix), tp.partition)
        super().__setitem__(tp, result)


def _record(topic: str, partition: int, _: Any, record: Any) -> Record:
    return Record(topic, partition, record.offset, record.key, record.value)
