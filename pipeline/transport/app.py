"""The Faust app with batches, lanes and broadcast knowledge."""

import asyncio
import gc
from typing import Any

import faust

from agents.knowledge import Knowledge
from pipeline.settings import Settings
from pipeline.topics import BROADCAST
from pipeline.transport.batch import BatchSchema
from pipeline.transport.broadcast import Broadcast
from pipeline.transport.client import aiokafka_client, faust_broker, isolation, reading
from pipeline.transport.consumer import BatchTransport
from pipeline.transport.health import serve_health
from pipeline.transport.lane import AgentSpec
from pipeline.transport.lanes import Lanes
from pipeline.transport.outbox import Outbox
from pipeline.transport.watchdog import Watchdog, end_soon

MAX_BATCH_RECORDS = 16_000
"""Of all partitions together that are fetched at once. A transaction costs the same however much is in it, but while an
agent works through a batch nothing else happens in the worker: 16,000 events take it 0.1 s."""


MAX_FETCH_BYTES = 4_194_304
"""Of a partition."""


class BatchApp(faust.App):
    """A worker's app; agents are added with `add_agent`, nothing is wired at import."""

    def __init__(self, settings: Settings, knowledge: Knowledge) -> None:
        self.topic_prefix = settings.kafka.prefix
        self.isolation_level = isolation(settings.kafka)
        client, reader = aiokafka_client(settings.kafka), reading(settings.kafka)
        datadir = settings.data_dir / "faust"
        datadir.mkdir(parents=True, exist_ok=True)  # Faust makes the last part of the path only
        super().__init__(
            settings.kafka.group,
            **faust_broker(settings.kafka),
            Schema=BatchSchema,
            datadir=str(datadir),
            topic_allow_declare=False,  # `crickets topics` creates them, from one list
            topic_disable_leader=True,
            consumer_auto_offset_reset="earliest",
            broker_session_timeout=settings.kafka.session_timeout_seconds,
            broker_heartbeat_interval=settings.kafka.session_timeout_seconds / 5,
            broker_rebalance_timeout=10.0,
            broker_max_poll_records=MAX_BATCH_RECORDS,
            consumer_max_fetch_size=MAX_FETCH_BYTES,
            # While all partitions have a batch in work (ClickHouse is away) nothing is polled; after Faust's 1000 s
            # aiokafka would leave the group, and join again only when polled.
            broker_max_poll_interval=30 * 86_400.0,
            broker_commit_interval=1.0,
            stream_wait_empty=False,  # lanes are waited for instead
            web_enabled=settings.web_port != 0,
            web_port=settings.web_port or 6066,
            web_bind="127.0.0.1",
        )
        self.outbox = Outbox(client, settings.kafka.prefix)
        self.broadcast = Broadcast(reader, self.outbox, BROADCAST, knowledge)
        self.lanes = Lanes(
            client,
            reader,
            self.outbox,
            self.broadcast,
            fenced=settings.kafka.transactions,
            group=settings.kafka.group,
            tries=settings.poison_tries,
        )
        self.lanes.on_failure = self._lane_failed
        self.services: list[Any] = []
        self.heartbeat = 0
        """Grows while the event loop turns."""
        self.watchdog = Watchdog(self, settings.kafka, settings.stall_seconds)
        if settings.web_port:
            serve_health(self)

    def _new_transport(self) -> Any:
        return BatchTransport(self.conf.broker_consumer, self)

    def on_init_dependencies(self) -> list[Any]:
        """Start our own services with the app."""
        return [self.outbox, self.broadcast, *super().on_init_dependencies(), *self.services]

    def add_agent(self, spec: AgentSpec) -> None:
        """Register an agent: a Faust agent that hands the batches of its topic to their lanes."""

        async def dispatch(stream: Any) -> None:
            async for event in stream.noack().events():
                self.lanes.put(spec, event)

        name = self.topic_prefix + spec.topic
        self.lanes.reads(name)
        self.agent(self.topic(name), name=spec.name)(dispatch)

    async def on_start(self) -> None:
        """Let somebody watch."""
        gc.collect()
        gc.freeze()
        gc.set_threshold(200_000, 50, 100)
        await super().on_start()
        self.add_future(self._beat())
        self.watchdog.start()

    async def _beat(self) -> None:
        while not self.should_stop:
            self.heartbeat += 1
            await asyncio.sleep(0.5)

    def _lane_failed(self, error: BaseException) -> None:
        self.add_future(self.crash(error))

    def _crash(self, reason: BaseException) -> None:
        if not self._crashed.is_set():
            end_soon()
        super()._crash(reason)

    async def on_stop(self) -> None:
        """Finish what is in work."""
        self.watchdog.stop()
        await self.lanes.close()
        await super().on_stop()
