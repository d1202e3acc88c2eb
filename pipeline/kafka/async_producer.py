"""Single records from asyncio, each confirmed."""

import asyncio
import functools
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from pipeline.kafka.client import BrokerError, close_producer, connect_producer, explain, explained, topic_name
from pipeline.settings import KafkaSettings


class AsyncProducer:
    """Sends single records and waits until the broker has confirmed them.

    All of kafka-python that may block runs in one thread of its own, connecting too: a gateway may start before its
    broker, and every send tries again.
    """

    def __init__(self, settings: KafkaSettings, timeout: float = 2.5) -> None:
        self._settings = settings
        self._timeout = timeout
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="kafka-producer")
        self._producer: Any = None

    async def send(self, topic: str, key: bytes, value: bytes, timeout: float | None = None) -> None:
        """Return when the broker has the record, else raise `BrokerError` after at most `timeout` seconds."""
        loop = asyncio.get_running_loop()
        confirmed: asyncio.Future[None] = loop.create_future()
        limit = self._timeout if timeout is None else timeout
        hand_over = functools.partial(self._hand_over, topic_name(self._settings, topic), key, value, loop, confirmed)
        try:
            async with asyncio.timeout(limit):
                await loop.run_in_executor(self._thread, hand_over)
                await confirmed
        except TimeoutError as error:
            self._drop(self._producer)
            msg = (
                f"Kafka at {self._settings.bootstrap_servers} did not confirm the record within {limit:g} s: is it up?"
            )
            raise BrokerError(msg) from error

    async def close(self) -> None:
        """Send what is still waiting, for at most the time-out, and disconnect."""
        await asyncio.get_running_loop().run_in_executor(self._thread, self._disconnect)
        self._thread.shutdown(wait=False)

    def _hand_over(
        self, topic: str, key: bytes, value: bytes, loop: asyncio.AbstractEventLoop, confirmed: asyncio.Future[None]
    ) -> None:
        if confirmed.done():  # nobody waits for it any more
            return
        if self._producer is None:
            self._producer = connect_producer(self._settings, self._timeout)
        producer = self._producer
        with explained(self._settings):
            sent = producer.send(topic, value=value, key=key)
        sent.add_callback(lambda _: loop.call_soon_threadsafe(_resolve, confirmed, None))
        sent.add_errback(lambda error: loop.call_soon_threadsafe(self._failed, producer, error, confirmed))

    def _failed(self, producer: Any, error: Exception, confirmed: asyncio.Future[None]) -> None:
        self._drop(producer)
        _resolve(confirmed, explain(self._settings, error))

    def _drop(self, producer: Any) -> None:
        """Let the next send connect anew: a producer whose broker came back without its log may never recover."""
        if producer is not None and producer is self._producer:
            self._producer = None
            # What others have under way with it may still succeed, and nobody has to wait for that here.
            threading.Thread(target=close_producer, args=(producer, self._timeout), daemon=True).start()

    def _disconnect(self) -> None:
        if self._producer is not None:
            close_producer(self._producer, self._timeout)


def _resolve(confirmed: asyncio.Future[None], error: BrokerError | None) -> None:
    if confirmed.done():  # given up already
        return
    if error is None:
        confirmed.set_result(None)
    else:
        confirmed.set_exception(error)
