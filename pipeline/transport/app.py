"""The Faust app with batches, lanes and broadcast knowledge."""

from typing import Any

import faust

from agents.knowledge import Knowledge
from pipeline.settings import Settings
from pipeline.topics import BROADCAST
from pipeline.transport.batch import BatchSchema
from pipeline.transport.broadcast import Broadcast
from pipeline.transport.client import aiokafka_client, faust_broker
from pipeline.transport.consumer import BatchTransport
from pipeline.transport.lane import AgentSpec, Lanes
from pipeline.transport.outbox import Outbox


class BatchApp(faust.App):
    """A worker's app; agents are added with `add_agent`, nothing is wired at import."""

    def __init__(self, settings: Settings, knowledge: Knowledge) -> None:
        self.topic_prefix = settings.kafka.prefix
        client = aiokafka_client(settings.kafka)
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
            broker_max_poll_records=2_000,
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
        self.broadcast = Broadcast(client, self.outbox, BROADCAST, knowledge)
        self.lanes = Lanes(client, self.outbox, self.broadcast)
        self.lanes.on_failure = self._lane_failed
        self.services: list[Any] = []

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

    def _lane_failed(self, error: BaseException) -> None:
        self.add_future(self.crash(error))

    async def on_stop(self) -> None:
        """Finish what is in work."""
        await self.lanes.stop()
        await super().on_stop()
