"""A worker whose one agent counts, as a process: `python -m tests.pipeline.transport.worker_process JSON`."""

import logging
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import faust
from mode import Service
from pydantic import TypeAdapter

from agents.knowledge import Knowledge
from pipeline.settings import KafkaSettings, Settings
from pipeline.transport.app import BatchApp
from pipeline.transport.lane import AgentSpec
from tests.factories.counting import Counting

ITEMS = "items"
"""The topic that the agent reads."""


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
    settings = Settings(kafka=kafka, data_dir=Path(options.data_dir), web_port=0, live_clock=False)
    app = BatchApp(settings, Knowledge())
    app.add_agent(AgentSpec("count", ITEMS, lambda _: Counting(options.name, options.raise_on)))
    if options.service_fails:
        app.services.append(FailingService())
    app.conf.broker_session_timeout = options.session_seconds
    app.conf.broker_heartbeat_interval = 0.5
    app.conf.broker_rebalance_timeout = options.session_seconds
    app.conf.broker_commit_interval = 0.25
    return app


def main() -> None:
    options = TypeAdapter(WorkerOptions).validate_json(sys.argv[1])
    logging.getLogger("aiokafka").setLevel(logging.ERROR)
    worker: Any = faust.Worker(build(options), loglevel="INFO", quiet=True)
    worker.execute_from_commandline()


if __name__ == "__main__":
    main()
