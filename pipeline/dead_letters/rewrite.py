"""Originals on their way back into their topics: sent, confirmed by the broker, one answer each."""

from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Any, Self

from kafka.errors import KafkaError

from pipeline.dead_letters.letter import Letter
from pipeline.kafka.client import BrokerError, close_producer, connect_producer, explain, topic_name
from pipeline.kafka.reader import Standing
from pipeline.settings import KafkaSettings

MOST_RECORDS, MOST_BYTES = 200, 10_000_000
"""How much may be under way before it should be confirmed; a single record may be as large."""

TIMEOUT = 30.0
"""Seconds until a record that the broker does not confirm is given up."""

Answer = tuple[Sequence[Letter], int | BrokerError]
"""The letters of an original, and the offset where it stands now, or why the broker has not taken it."""


class Rewriter:
    """Writes records to the partition where they stood, with the same key, value and headers; a context manager."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._producer: Any = None
        self._under_way: list[tuple[Sequence[Letter], Any]] = []
        self._bytes = 0

    def __enter__(self) -> Self:
        self._producer = connect_producer(
            self._settings,
            TIMEOUT,
            linger_ms=10,
            max_request_size=MOST_BYTES,
            enable_idempotence=False,  # with it one record that is refused takes all others with it
            max_in_flight_requests_per_connection=1,  # so that order is kept without it
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        close_producer(self._producer, 0)

    @property
    def full(self) -> bool:
        """Tell whether enough is under way to be confirmed."""
        return len(self._under_way) >= MOST_RECORDS or self._bytes >= MOST_BYTES

    def send(self, original: Standing, letters: Sequence[Letter]) -> None:
        """Hand a record over; `confirm` tells what became of it."""
        try:
            sent = self._producer.send(
                topic_name(self._settings, original.topic),
                key=original.key,
                value=original.value,
                headers=list(original.headers),
                partition=original.partition,
            )
        except (KafkaError, OSError, ValueError) as error:  # too large, or no room for so long
            self._under_way.append((letters, explain(self._settings, error)))
            return
        self._under_way.append((letters, sent))
        self._bytes += original.size

    def confirm(self) -> Iterator[Answer]:
        """Wait for the broker's answer to everything that is under way."""
        under_way, self._under_way, self._bytes = self._under_way, [], 0
        for letters, sent in under_way:
            if isinstance(sent, BrokerError):
                yield letters, sent
                continue
            try:
                yield letters, sent.get(TIMEOUT + 5).offset
            except (KafkaError, OSError, ValueError) as error:
                yield letters, explain(self._settings, error)
