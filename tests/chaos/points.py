"""Named points of a worker: it kills or stops itself at the n-th pass of one, when it is told to.

They are put around the calls of aiokafka and of the product from outside; the product knows nothing of them.
"""

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import aiokafka
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced
from aiokafka.producer.transaction_manager import TransactionManager

from pipeline.clickhouse.writer import Writer
from pipeline.transport import writer
from pipeline.transport.consumer import BatchConsumer

FOLDER = "CRICKETS_TEST_CHAOS"
"""Environment variable: the folder in which a worker finds its order and leaves its reports."""

ORDER, REPORT = "order.json", "report.txt"


class Points:
    """The order that a worker has, and what it reports."""

    def __init__(self, folder: Path) -> None:
        self._order, self._report = str(folder / ORDER), folder / REPORT
        self._point, self._left, self._deed = "", 0, ""

    def passed(self, point: str) -> None:
        """Note that a point is passed, and do there what was ordered."""
        if not self._point and os.path.exists(self._order):
            with open(self._order) as file:
                order = json.load(file)
            os.unlink(self._order)
            self._point, self._left, self._deed = order["point"], order["nth"], order["deed"]
        if point != self._point:
            return
        self._left -= 1
        if self._left == 0:
            self._point = ""
            self.report(f"{self._deed} {point}")
            os.kill(os.getpid(), signal.SIGKILL if self._deed == "kill" else signal.SIGSTOP)

    def report(self, line: str) -> None:
        """Tell the campaign something."""
        with self._report.open("a") as file:
            file.write(f"{line}\n")


def install(points: Points) -> None:
    """Put the points around what a worker calls."""
    _around_producer(points)
    _around_consumer(points)
    _before(BatchConsumer, "on_partitions_revoked", lambda *_: points.passed("revoked"))
    _before(BatchConsumer, "perform_seek", lambda *_: (points.report("assigned"), points.passed("assigned")))
    _after(writer.SharedWriter, "commit", lambda: points.passed("after changelog"))
    write = Writer.write

    def insert(self: Writer, chunk: Any) -> None:
        points.passed("before insert")
        write(self, chunk)
        points.passed("after insert")

    Writer.write = insert  # type: ignore[method-assign]


def _around_producer(points: Points) -> None:
    last: dict[int, bool] = {}  # producer -> whether its latest record went to a changelog

    def sending(producer: Any, topic: str) -> None:
        changelog = "changelog-" in topic
        before = last.get(id(producer), True)
        last[id(producer)] = changelog
        if changelog and not before:
            points.passed("after send")
        elif not changelog and before:
            points.passed("before send")

    def around(name: str, topic_of: Callable[..., str]) -> None:
        original = getattr(aiokafka.AIOKafkaProducer, name)

        async def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
            topic = topic_of(*args)
            sending(self, topic)
            future = await original(self, *args, **kwargs)
            if "changelog-" in topic:
                points.passed("within changelog")
            return future

        setattr(aiokafka.AIOKafkaProducer, name, wrapped)

    around("send", lambda topic, *_: str(topic))
    around("send_batch", lambda _, topic, *__: str(topic))
    _before(aiokafka.AIOKafkaProducer, "commit_transaction", lambda *_: points.passed("before commit"))
    _after(aiokafka.AIOKafkaProducer, "commit_transaction", lambda: points.passed("after changelog"))
    for name in ("error_transaction", "fatal_error"):
        _refusals(name, points)


def _refusals(name: str, points: Points) -> None:
    """Report that the broker has refused a producer whose transactional id somebody else took over."""
    original = getattr(TransactionManager, name)

    def noted(self: Any, error: BaseException) -> None:
        if isinstance(error, ProducerFenced | InvalidProducerEpoch):
            points.report(f"refused {type(error).__name__}")
        original(self, error)

    setattr(TransactionManager, name, noted)


def _around_consumer(points: Points) -> None:
    recovering: set[int] = set()
    consumer = aiokafka.AIOKafkaConsumer

    def began(self: Any, places: Any) -> None:
        if any("changelog-" in place.topic for place in places):
            recovering.add(id(self))
            points.passed("recovering")

    def fetched(self: Any, *_: Any, **__: Any) -> None:
        if id(self) in recovering:
            points.passed("recovering")

    _before(consumer, "beginning_offsets", began)
    _before(consumer, "getmany", fetched)
    _before(consumer, "commit", lambda *_, **__: points.passed("before offsets"))


def _before(owner: Any, name: str, passed: Callable[..., object]) -> None:
    original = getattr(owner, name)

    async def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        passed(self, *args, **kwargs)
        return await original(self, *args, **kwargs)

    setattr(owner, name, wrapped)


def _after(owner: Any, name: str, passed: Callable[[], object]) -> None:
    original = getattr(owner, name)

    async def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
        answer = await original(self, *args, **kwargs)
        passed()
        return answer

    setattr(owner, name, wrapped)
