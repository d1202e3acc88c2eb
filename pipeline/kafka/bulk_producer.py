"""Many records from a plain loop, for `replay`."""

import threading
from types import TracebackType
from typing import Self

from pipeline.kafka.client import BrokerError, close_producer, connect_producer, explain, explained, topic_name
from pipeline.settings import KafkaSettings


class BulkProducer:
    """Sends many records with at most `in_flight` of them unconfirmed; the first error is raised and ends it.

    A context manager: leaving it flushes, unless something was raised within.
    """

    def __init__(self, settings: KafkaSettings, in_flight: int = 20_000, timeout: float = 60.0) -> None:
        self._settings = settings
        self._timeout = timeout
        self._producer = connect_producer(settings, timeout, linger_ms=10, batch_size=131_072)
        self._room = threading.Semaphore(in_flight)
        self._error: BrokerError | None = None

    def send(self, topic: str, key: bytes, value: bytes | None, partition: int | None = None) -> None:
        """Take a record, waiting while too many are under way; raises what went wrong with an earlier one.

        Without a value it removes its key from a topic that is compacted.
        """
        self._raise()
        if not self._room.acquire(timeout=self._timeout):
            msg = f"Kafka at {self._settings.bootstrap_servers} confirmed nothing for {self._timeout:g} s: is it up?"
            self._error = BrokerError(msg)
            raise self._error
        name = topic_name(self._settings, topic)
        try:
            with explained(self._settings):
                sent = self._producer.send(name, value=value, key=key, partition=partition)
        except BrokerError:
            self._room.release()
            raise
        sent.add_callback(self._confirmed)
        sent.add_errback(self._failed)

    def flush(self) -> None:
        """Return when the broker has every record taken so far, else raise what went wrong."""
        try:
            with explained(self._settings):
                self._producer.flush(self._timeout)
        except BrokerError as error:
            self._error = self._error or error
        self._raise()

    def close(self) -> None:
        """Disconnect without waiting: whoever wants everything sent flushes first."""
        close_producer(self._producer, 0)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self.flush()
        finally:
            self.close()

    def _confirmed(self, _: object) -> None:
        self._room.release()

    def _failed(self, error: Exception) -> None:
        self._error = self._error or explain(self._settings, error)
        self._room.release()

    def _raise(self) -> None:
        if self._error is not None:
            raise self._error
