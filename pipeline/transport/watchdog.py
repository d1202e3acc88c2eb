"""The watchdog: a partition that has work and makes no progress ends the worker; a supervisor starts it anew."""

import asyncio
import faulthandler
import logging
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from faust.types import TP
from kafka import KafkaConsumer, TopicPartition
from kafka.errors import KafkaError

from pipeline.kafka.client import client_config, connect, hide_records_from_log
from pipeline.settings import KafkaSettings
from pipeline.transport.progress import Look, Progress

if TYPE_CHECKING:
    from pipeline.transport.app import BatchApp

log = logging.getLogger(__name__)

STALLED = 70
"""Status with which a stalled worker ends (EX_SOFTWARE of sysexits.h)."""


CRASH_SECONDS = 20.0
"""How long a worker that has failed may take to end in good order."""


def end_soon(seconds: float = CRASH_SECONDS) -> None:
    """End the process with status 1 after a while, should it still be there.

    After a crash Faust's consumer thread now and then never answers its stop, and a worker that neither works nor ends
    is the worst of all.
    """
    timer = threading.Timer(seconds, os._exit, [1])
    timer.daemon = True
    timer.start()


class Watchdog(threading.Thread):
    """Looks at the worker from a thread of its own: what is stuck may be the event loop itself.

    Where partitions end it asks the broker over a connection of its own: a consumer that has stopped fetching does not
    know of anything it has missed. While the broker does not answer nothing counts as stalled, and neither does what
    waits for something outside of this worker (another worker's epoch, ClickHouse).

    Parameters
    ----------
    app
        The worker.
    kafka
        How to connect.
    limit
        Seconds after which the worker ends; at half of it readiness turns red.
    """

    def __init__(self, app: "BatchApp", kafka: KafkaSettings, limit: float) -> None:
        super().__init__(name="watchdog", daemon=True)
        self._app, self._kafka, self._limit = app, kafka, limit
        self._progress = Progress()
        self._ended = threading.Event()
        self._client: Any = None
        self.broker_away = False
        self._joined = False
        self.parts: dict[str, Callable[[], Look]] = {}
        """Other parts of the worker that have to move, by name."""

    def stop(self) -> None:
        """Look no more."""
        self._ended.set()

    def run(self) -> None:
        """Look until stopped."""
        hide_records_from_log()
        while not self._ended.wait(min(self._limit / 8, 5.0)):
            try:
                self._look(time.monotonic())
            except Exception as error:  # noqa: BLE001 - things change while they are looked at; it must not end for that
                log.info("the watchdog looks again: %s", type(error).__name__)
        if self._client is not None:
            self._client.close()

    @property
    def complaints(self) -> list[str]:
        """Say why the worker is not ready; empty when it is."""
        found = ["the broker does not answer"] if self.broker_away else []
        found += [] if self._joined else ["it has not joined its consumer group yet"]
        now, soon = time.monotonic(), self._limit / 2
        waiting, stalled = self._progress.waiting(now, soon), self._progress.stalled(now, soon)
        found += [f"{name} has waited for {what} for {seconds:.0f} s" for name, (what, seconds) in waiting.items()]
        return found + [f"{name} has work and has not moved for {seconds:.0f} s" for name, seconds in stalled.items()]

    def _look(self, now: float) -> None:
        assignment = self._assignment()
        ends = self._ends(assignment)
        self.broker_away = ends is None
        if ends is None:
            self._progress.excuse(now)
            return
        self._progress.see(self._looks(assignment, ends), now)
        if stalled := self._progress.stalled(now, self._limit):
            self._end(stalled)

    def _assignment(self) -> set[TP]:
        consumer: Any = self._app.consumer
        self._joined = self._joined or consumer.flow_active
        return set(consumer.assignment()) if consumer.flow_active else set()

    def _looks(self, assignment: set[TP], ends: Mapping[TP, int]) -> dict[str, Look]:
        consumer: Any = self._app.consumer
        lanes = self._app.lanes
        looks = {
            "the event loop": Look(True, self._app.heartbeat),
            "its place in the consumer group": Look(not consumer.flow_active, self._app.consumer_generation_id),
            **{name: look() for name, look in self.parts.items()},
        }
        for tp in assignment:
            position, behind = consumer.next_offset(tp), not lanes.busy(tp)
            looks[f"fetching of {tp.topic}[{tp.partition}]"] = Look(behind and (position or 0) < ends[tp], position)
            for lane in lanes.of(tp):
                looks[lane.name] = Look(bool(lane.queue), lane.beats, lane.waits_for)
        return looks

    def _ends(self, assignment: set[TP]) -> dict[TP, int] | None:
        """Ask the broker where partitions end; None when it does not answer."""
        places = [TopicPartition(tp.topic, tp.partition) for tp in assignment]
        try:
            if self._client is None:
                isolation = {"isolation_level": self._app.isolation_level, "bootstrap_timeout_ms": 5_000}
                self._client = connect(KafkaConsumer, client_config(self._kafka) | isolation)
            if places:
                found = self._client.end_offsets(places, timeout_ms=5_000)
                return {TP(place.topic, place.partition): end for place, end in found.items()}
            self._client.topics()
        except (KafkaError, OSError, ValueError) as error:
            log.warning("the watchdog gets no answer from the broker: %s", type(error).__name__)
            return None
        return {}

    def _end(self, stalled: Mapping[str, float]) -> None:
        try:
            self._explain(stalled)
        finally:
            os._exit(STALLED)

    def _explain(self, stalled: Mapping[str, float]) -> None:
        for name, seconds in stalled.items():
            log.critical(
                "%s has work and has not moved for %.0f s: the worker ends with status %d. Nothing is lost, it goes on "
                "where it was when it is started again. What its threads are doing, and what its tasks wait for:",
                name, seconds, STALLED,
            )  # fmt: skip
        if sys.__stderr__ is not None:  # the real one: Faust's own goes to the log
            faulthandler.dump_traceback(file=sys.__stderr__, all_threads=True)
            sys.__stderr__.flush()
            consumer: Any = self._app.consumer
            for loop in (self._app.loop, consumer._thread.thread_loop):
                for task in asyncio.all_tasks(loop):
                    print(f"{task.get_name()}: {' > '.join(waits(task.get_coro()))}", file=sys.__stderr__)
            sys.__stderr__.flush()


def waits(coroutine: Any) -> list[str]:
    """Return where a suspended coroutine stands, from the outside in."""
    found = []
    while coroutine is not None:
        frame = getattr(coroutine, "cr_frame", None) or getattr(coroutine, "gi_frame", None)
        if frame is None:
            break
        found.append(f"{frame.f_code.co_qualname} ({Path(frame.f_code.co_filename).name}:{frame.f_lineno})")
        coroutine = getattr(coroutine, "cr_await", None) or getattr(coroutine, "gi_yieldfrom", None)
    return found
