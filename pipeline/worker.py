"""A worker: all agents, as one process of a consumer group."""

import asyncio
import time
from collections.abc import Set
from typing import Any

import faust
from mode import Service

from agents.effects import Send
from pipeline.clickhouse.client import connect
from pipeline.clickhouse.sink import Sink
from pipeline.recorder import Recorder
from pipeline.settings import Settings
from pipeline.transport.app import BatchApp
from pipeline.wiring import agents, new_knowledge
from schemas.event import Watermark
from schemas.topic import Topic

TICK_SECONDS = 1.0


class LiveClock(Service):
    """Writes the time into quiet partitions: silence makes no events, and what is not written nobody can replay."""

    def __init__(self, app: BatchApp, lateness: float) -> None:
        self.app, self.lateness = app, lateness
        self._webhooks = app.topic_prefix + Topic.WEBHOOKS
        super().__init__()

    async def on_start(self) -> None:
        """Tick in the background."""
        self.add_future(self._tick())

    async def _tick(self) -> None:
        while not self.should_stop:
            await asyncio.sleep(TICK_SECONDS)
            now = time.time() - self.lateness
            consumer: Any = self.app.consumer
            for tp in consumer.assignment():
                if tp.topic == self._webhooks and consumer.caught_up(tp):
                    mark = Watermark(time=now, partition=tp.partition)
                    await self.app.outbox.send(Send(Topic.EVENTS, "watermark", mark, tp.partition))


def build_app(settings: Settings, clickhouse_url: str, erased: Set[str] = frozenset()) -> BatchApp:
    """Return the app of a worker that knows, by their digests, who was erased before it started."""
    knowledge = new_knowledge(settings)
    knowledge.erased |= erased
    app = BatchApp(settings, knowledge)
    for spec in agents(settings, knowledge):
        app.add_agent(spec)
    sink = Sink(settings.clickhouse, lambda: connect(settings.clickhouse, clickhouse_url))
    recorder = Recorder(app, sink, knowledge.erased)
    recorder.register()
    app.services.append(recorder)
    if settings.live_clock:
        app.services.append(LiveClock(app, settings.judge.lateness_seconds))
    return app


def run_worker(settings: Settings, clickhouse_url: str, erased: Set[str]) -> None:
    """Run until a signal comes; raises SystemExit with the status."""
    app = build_app(settings, clickhouse_url, erased)
    worker: Any = faust.Worker(app, override_logging=False, quiet=True, blocking_timeout=30.0)
    worker.execute_from_commandline()
