"""A worker whose one agent counts, as a process: `python -m tests.pipeline.transport.worker_process JSON`."""

import asyncio
import logging
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import faust
from mode import Service
from pydantic import TypeAdapter

from agents.effects import Effect, Record
from agents.knowledge import Knowledge
from pipeline.settings import KafkaSettings, Settings
from pipeline.transport.app import BatchApp
from pipeline.transport.consumer import BatchConsumer
from pipeline.transport.lane import AgentSpec
from pipeline.transport.writer import SharedWriter, Writer
from tests.factories.counting import Counting

ITEMS = "items"
"""The topic that the agent reads."""


Trouble = Literal["the loop stands still", "a write never ends", "nothing is fetched any more", "stopped in a write"]


@dataclass(frozen=True)
class WorkerOptions:
    """What a test says about a worker."""

    name: str
    bootstrap_servers: str
    prefix: str
    group: str
    data_dir: str
    raise_on: str = ""
    """Id of an item at which the agent raises."""
    service_fails: bool = False
    """Whether a service beside the agents, as the recorder is one, fails at once."""
    session_seconds: float = 6.0
    """So long after it was killed a worker is missed, and so long the embedded broker lets others wait."""

    transactions: bool = False
    trouble: Trouble | None = None
    """What goes wrong, at the item "trouble"."""
    stall_seconds: float = 180.0
    web_port: int = 0

    def arguments(self) -> list[str]:
        json = TypeAdapter(WorkerOptions).dump_json(self).decode()
        return [sys.executable, "-m", "tests.pipeline.transport.worker_process", json]


class FailingService(Service):
    """Fails in its background task."""

    async def on_start(self) -> None:
        self.add_future(self._fail())

    async def _fail(self) -> None:
        msg = "the service was told to fail"
        raise OSError(msg)


def build(options: WorkerOptions) -> BatchApp:
    kafka = KafkaSettings(
        bootstrap_servers=options.bootstrap_servers,
        prefix=options.prefix,
        group=options.group,
        transactions=options.transactions,
    )
    settings = Settings(kafka=kafka, data_dir=Path(options.data_dir), web_port=options.web_port, live_clock=False)
    settings.stall_seconds = options.stall_seconds
    app = BatchApp(settings, Knowledge())
    body = (lambda _: Counting(options.name, options.raise_on)) if options.trouble is None else trouble(options)
    app.add_agent(AgentSpec("count", ITEMS, body))
    if options.service_fails:
        app.services.append(FailingService())
    app.conf.broker_session_timeout = options.session_seconds
    app.conf.broker_heartbeat_interval = 0.5
    app.conf.broker_rebalance_timeout = options.session_seconds
    app.conf.broker_commit_interval = 0.25
    return app


def trouble(options: WorkerOptions) -> Callable[[int], Counting]:
    """Return the agent's body; something goes wrong as soon as it has seen the item "trouble"."""
    seen: list[int] = []

    class Troubled(Counting):
        def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
            yield from super().__call__(records)
            if any(b'"trouble"' in record.value for record in records):
                seen.append(1)
                while options.trouble == "the loop stands still":
                    time.sleep(0.1)

    async def never_ends(writer: Any, *arguments: Any) -> None:
        if seen and options.trouble == "a write never ends":
            await asyncio.Event().wait()
        await write(writer, *arguments)

    async def fetches(consumer: Any, **arguments: Any) -> Any:
        if seen and options.trouble == "nothing is fetched any more":
            await asyncio.Event().wait()
        return await fetch(consumer, **arguments)

    async def stops(sent: Any) -> None:
        await confirmed(sent)
        if seen and options.trouble == "stopped in a write":
            seen.clear()
            os.kill(os.getpid(), signal.SIGSTOP)

    write, fetch, confirmed = SharedWriter.commit, BatchConsumer._getmany, Writer._confirmed
    SharedWriter.commit, BatchConsumer._getmany = never_ends, fetches  # type: ignore[method-assign]
    Writer._confirmed = staticmethod(stops)  # type: ignore[method-assign]
    return lambda _: Troubled(options.name)


def main() -> None:
    options = TypeAdapter(WorkerOptions).validate_json(sys.argv[1])
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    worker: Any = faust.Worker(build(options), loglevel="INFO", quiet=True)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
