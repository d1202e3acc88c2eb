"""What a command needs around it: a broker and ClickHouse (embedded unless the settings name others) and workers."""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import SecretStr

from pipeline.backoff import patiently
from pipeline.clickhouse.client import ClickHouseAccessError, ClickHouseUnreachableError, connect
from pipeline.clickhouse.migrate import migrate
from pipeline.embedded.broker import EmbeddedBroker
from pipeline.embedded.engine import EmbeddedEngine
from pipeline.embedded.leash import Leash
from pipeline.kafka import create_topics
from pipeline.pseudonyms import pseudonym_key
from pipeline.settings import Settings, variables
from schemas.errors import CricketsError

EMBEDDED_SESSION = 4.0
"""Seconds: the embedded broker lets a group join only after half of it, and its workers are our own children."""


class WorkerDiedError(CricketsError):
    """A worker that this command started has ended."""


def environment(settings: Settings) -> dict[str, str]:
    """Return the settings as the environment variables that give a child process the same ones."""
    return {name: _text(value) for name, value, _ in variables(settings)}


def _text(value: object) -> str:
    if isinstance(value, SecretStr):
        return value.get_secret_value()
    return ",".join(value) if isinstance(value, tuple) else str(value)


@contextmanager
def running_clickhouse(settings: Settings, *, patient: bool = False) -> Iterator[str]:
    """Yield the URL of ClickHouse, migrated: the one that the settings name, else the embedded engine.

    Whoever is patient waits for a server that is down; a command that somebody looks at had better say so.
    """
    with ExitStack() as stack:
        url = settings.clickhouse.url
        if not url:
            url = stack.enter_context(EmbeddedEngine(settings.data_dir / "clickhouse")).url
        if patient:
            patiently(lambda: _migrate(settings, url), (ClickHouseUnreachableError, ClickHouseAccessError))
        else:
            _migrate(settings, url)
        yield url


def _migrate(settings: Settings, url: str) -> None:
    client = connect(settings.clickhouse, url)
    try:
        migrate(client, settings.clickhouse.database, cluster=settings.clickhouse.cluster)
    finally:
        client.close()


@contextmanager
def running_broker(settings: Settings) -> Iterator[Settings]:
    """Yield the settings with a broker in them whose topics are there."""
    with ExitStack() as stack:
        if not settings.kafka.bootstrap_servers:
            broker = stack.enter_context(EmbeddedBroker(settings.data_dir / "broker"))
            named = {
                "bootstrap_servers": broker.bootstrap_servers,
                "session_timeout_seconds": EMBEDDED_SESSION,
                "transactions": False,  # it has none, and its workers are children of ours: none outlives its place
            }
            kafka = settings.kafka.model_copy(update=named)
            settings = settings.model_copy(update={"kafka": kafka})
        create_topics(settings.kafka)
        yield settings


@dataclass
class Stack:
    """A broker, ClickHouse and workers that run."""

    settings: Settings
    clickhouse_url: str
    started: ExitStack
    workers: list[Leash] = field(default_factory=list)

    def start_workers(self, number: int) -> None:
        """Start workers as child processes; they end with the stack."""
        for _ in range(number):
            self.workers.append(self.started.enter_context(_worker(self.settings, len(self.workers))))

    def check(self) -> None:
        """Raise when a worker has ended."""
        for worker in self.workers:
            if (status := worker.poll()) is not None:
                msg = f"a worker ended with status {status}; the end of its log:\n{worker.log_tail()}"
                raise WorkerDiedError(msg)


@contextmanager
def running_stack(settings: Settings) -> Iterator[Stack]:
    """Start what is missing, without workers yet, and end everything again, whatever happens."""
    pseudonym_key(settings)  # made before the workers need it
    with running_clickhouse(settings) as url, running_broker(settings) as connected, ExitStack() as started:
        clickhouse = connected.clickhouse.model_copy(update={"url": url})
        yield Stack(connected.model_copy(update={"clickhouse": clickhouse}), url, started)


def _worker(settings: Settings, number: int) -> Leash:
    alone = settings.model_copy(update={"web_port": settings.web_port + number if settings.web_port else 0})
    log = settings.data_dir / "logs" / f"worker-{number}-{time.time_ns()}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    _keep_latest(log.parent)
    return Leash(
        [sys.executable, "-m", "pipeline.cli", "worker"],
        name=f"worker {number}",
        env={**os.environ, **environment(alone)},
        log_file=log,
    )


def _keep_latest(folder: Path, most: int = 20) -> None:
    for old in sorted(folder.glob("worker-*.log"), key=lambda path: path.stat().st_mtime)[:-most]:
        old.unlink(missing_ok=True)
