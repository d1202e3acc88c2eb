"""Single records read back by where they stand, outside of any consumer group: nobody's offsets move."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from kafka import KafkaConsumer, TopicPartition
from kafka.errors import OffsetOutOfRangeError

from pipeline.kafka.client import client_config, connect, explained, hide_records_from_log, topic_name
from pipeline.settings import KafkaSettings

_BEYOND_SECONDS = 0.3  # how long to look for a record behind the end that the broker tells: Tansu's is too small


@dataclass(frozen=True)
class Standing:
    """A record as it stands in the broker."""

    topic: str  # without prefix
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes], ...]
    written_at: datetime

    @property
    def size(self) -> int:
        """Return the bytes of key and value."""
        return len(self.key or b"") + len(self.value or b"")


@dataclass(frozen=True)
class Missing:
    """No record stands there."""

    why: str


class PointReader:
    """Reads records by topic, partition and offset; a context manager."""

    def __init__(self, settings: KafkaSettings, timeout: float = 10.0) -> None:
        self._settings, self._timeout = settings, timeout
        self._consumer: Any = None
        self._bounds: dict[TopicPartition, tuple[int, int]] = {}
        self._held: dict[tuple[TopicPartition, int], Any] = {}  # what came with the last one: often the next ones

    def __enter__(self) -> Self:
        hide_records_from_log()
        config = client_config(self._settings) | {
            "bootstrap_timeout_ms": int(self._timeout * 1000),
            "request_timeout_ms": int(self._timeout * 1000),
            "group_id": None,
            "enable_auto_commit": False,
            "auto_offset_reset": "none",
            "allow_auto_create_topics": False,
            "fetch_max_wait_ms": 100,
            "max_partition_fetch_bytes": 65_536,  # one record is wanted; a larger one comes all the same
            "isolation_level": "read_committed",
        }
        with explained(self._settings):
            self._consumer = connect(KafkaConsumer, config)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._consumer.close()

    def read(self, topic: str, partition: int, offset: int) -> Standing | Missing:
        """Return the record that stands there, or why there is none."""
        name = topic_name(self._settings, topic)
        place = TopicPartition(name, partition)
        with explained(self._settings):
            if partition not in self._consumer.partitions_for_topic(name):
                return Missing(f"the broker has no partition {partition} of topic {name}")
            begin, end = self._bounds.get(place) or self._look(place)
            found = None
            if offset >= begin:
                found = self._first(place, offset, self._timeout if offset < end else _BEYOND_SECONDS)
            if found is None:
                begin, _ = self._look(place)
        if found is None and offset < begin:
            return Missing(f"retention has deleted it: {name}[{partition}] begins at offset {begin} now")
        if found is None:
            return Missing(f"{name}[{partition}] ends before offset {offset}: the topic was made anew since")
        if found.offset != offset:
            why = f"{name}[{partition}] goes on at offset {found.offset}"
            return Missing(f"compaction has removed it, or its transaction was given up: {why}")
        return self._standing(topic, found)

    def followed(self, record: Standing) -> int | None:
        """Return the offset of the last record with the same key that stands behind this one; None: it is the last."""
        place = TopicPartition(topic_name(self._settings, record.topic), record.partition)
        last = None
        with explained(self._settings):
            _, end = self._look(place)
            self._seek(place, record.offset + 1)
            while batch := self._poll(
                place, self._timeout if self._consumer.position(place) < end else _BEYOND_SECONDS
            ):
                last = next((later.offset for later in reversed(batch) if later.key == record.key), last)
        return last

    def _look(self, place: TopicPartition) -> tuple[int, int]:
        begin, end = (of([place])[place] for of in (self._consumer.beginning_offsets, self._consumer.end_offsets))
        self._bounds[place] = begin, end
        return begin, end

    def _first(self, place: TopicPartition, offset: int, seconds: float) -> Any:
        if (place, offset) not in self._held:
            self._seek(place, offset)
            try:
                batch = self._poll(place, seconds)
            except OffsetOutOfRangeError:
                return None
            self._held = {(place, record.offset): record for record in batch}
            return next(iter(batch), None)
        return self._held[place, offset]

    def _seek(self, place: TopicPartition, offset: int) -> None:
        if self._consumer.assignment() != {place}:
            self._consumer.assign([place])
        self._consumer.seek(place, offset)

    def _poll(self, place: TopicPartition, seconds: float) -> list[Any]:
        """Return what comes next; nothing when it does not come within so many seconds.

        Markers of transactions have offsets and are not delivered: behind the last one there is nothing to wait for.
        """
        deadline = time.monotonic() + seconds
        begun = self._consumer.position(place)
        end = self._bounds[place][1]
        while (left := deadline - time.monotonic()) > 0:
            if batch := self._consumer.poll(timeout_ms=max(1, int(min(left, 0.2) * 1000))).get(place):
                return list(batch)
            if begun < end <= self._consumer.position(place):
                break
        return []

    def _standing(self, topic: str, found: Any) -> Standing:
        return Standing(
            topic=topic,
            partition=found.partition,
            offset=found.offset,
            key=found.key,
            value=found.value,
            headers=tuple(found.headers or ()),
            written_at=datetime.fromtimestamp(max(found.timestamp, 0) / 1000, UTC),
        )
