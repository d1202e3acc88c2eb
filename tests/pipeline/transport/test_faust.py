"""What the transport relies on in Faust and aiokafka, and what of them it answers: for the locked versions."""

import inspect
import re
from collections import OrderedDict, defaultdict
from importlib.metadata import version
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import aiokafka
import pytest
from aiokafka.consumer.fetcher import Fetcher, FetchResult, PartitionRecords
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.producer import sender
from faust import App
from faust.transport.consumer import Consumer
from faust.transport.drivers.aiokafka import AIOKafkaConsumerThread
from faust.transport.drivers.aiokafka import Consumer as StockConsumer
from faust.types import TP

from pipeline.transport.consumer import BatchConsumer, BatchConsumerThread

LOCK = Path(__file__).parents[3] / "requirements.lock"
TP0 = TP("items", 0)


@pytest.mark.parametrize("library", ["faust-streaming", "aiokafka", "mode-streaming"])
def test_the_version_that_these_tests_speak_of_is_the_locked_one(library: str) -> None:
    (locked,) = re.findall(rf"^{library}==([^ ;\\]+)", LOCK.read_text(), re.MULTILINE)
    assert version(library) == locked
    assert library != "faust-streaming" or locked == "0.15.3", "read the transport once more, then change this"
    assert library != "aiokafka" or locked.startswith("0.14."), "read the transport once more, then change this"


def test_stock_faust_commits_past_what_is_still_in_work() -> None:
    """Issue 606: when this fails it is mended there."""
    acked: dict[TP, list[int]] = defaultdict(list, {TP0: [2586, 2587, 2588, 2589]})  # 2585 is not done
    stock: Any = SimpleNamespace(
        _acked=acked,
        _acked_index=defaultdict(set, {TP0: set(acked[TP0])}),
        _gap=defaultdict(lambda: None),
        _committed_offset={TP0: 2585},
    )
    assert Consumer._new_offset(stock, TP0) == 2590


def test_every_method_that_is_replaced_is_there_and_is_called_in_the_same_way() -> None:
    ours = {name for name, value in vars(BatchConsumer).items() if inspect.isfunction(value)}
    new = {"__init__", "_deliver", "_pass_markers", "caught_up", "next_offset"}
    for name in ours - new:
        stock, mine = getattr(StockConsumer, name), getattr(BatchConsumer, name)
        assert list(inspect.signature(stock).parameters) == list(inspect.signature(mine).parameters), name
        assert inspect.iscoroutinefunction(stock) == inspect.iscoroutinefunction(mine), name
    for name in ("_create_worker_consumer", "on_start", "highwater"):
        assert name in vars(AIOKafkaConsumerThread) and name in vars(BatchConsumerThread)
    assert "_new_transport" in vars(App)


def test_what_is_set_on_aiokafkas_consumer_is_what_it_reads_when_it_starts() -> None:
    made, started = (
        inspect.getsource(aiokafka.AIOKafkaConsumer.__init__),
        inspect.getsource(aiokafka.AIOKafkaConsumer.start),
    )
    for name in ("_fetch_max_wait_ms", "_isolation_level", "_partition_assignment_strategy"):
        assert f"self.{name} =" in made
        assert f"self.{name}" in started
    assert StickyPartitionAssignor.name == "sticky"


def test_results_of_a_fetch_are_kept_in_a_dictionary_and_make_their_records_one_by_one() -> None:
    assert "self._records = collections.OrderedDict()" in inspect.getsource(Fetcher.__init__)
    assert issubclass(OrderedDict, dict)
    assert "self._records[tp] = FetchResult(" in inspect.getsource(Fetcher._proc_fetch_request)
    assert "partition_records" in inspect.signature(FetchResult.__init__).parameters
    assert "self._consumer_record(tp, record)" in inspect.getsource(PartitionRecords._unpack_records)
    assert "self._records_iterator = self._unpack_records()" in inspect.getsource(PartitionRecords.__init__)
    assert "for msg in self._partition_records:" in inspect.getsource(FetchResult.getall)


def test_the_wait_between_transactions_is_read_when_it_is_needed() -> None:
    assert sender.BACKOFF_OVERRIDE == 0.002, "ours, set by pipeline.transport.fenced"
    assert "return BACKOFF_OVERRIDE" in inspect.getsource(sender.AddPartitionsToTxnHandler)
