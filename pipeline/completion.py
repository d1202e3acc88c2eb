"""Telling when a stream that was given its last record has been worked through, down to the rows in ClickHouse."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import aiokafka

from agents.record import RECORDED
from pipeline.settings import KafkaSettings
from pipeline.transport.client import reading
from pipeline.transport.offsets import end_offsets, seek_to_beginning
from schemas.anomaly import ANOMALY
from schemas.event import Watermark
from schemas.outcome import OUTCOME
from schemas.topic import Topic

Promise = tuple[str, str, int]
"""Topic, stage, partition of `events`: who promises."""


class Completion:
    """Follows watermarks through the topics, and the offsets that the workers have committed.

    A worker commits a record of what is recorded after it stands in ClickHouse; so once every
    stage has promised that nothing older than `time` comes, and everything up to there is committed, the tables are
    complete up to `time`.
    """

    def __init__(self, settings: KafkaSettings, consumer: Any, reader: Any, probe: Any) -> None:
        self.settings, self._consumer, self._reader, self._probe = settings, consumer, reader, probe
        self.promises: dict[Promise, float] = {
            **{(topic, "track", p): 0.0 for topic in (Topic.OUTCOMES, Topic.ANOMALIES) for p in range(self.wide)},
            (Topic.ANOMALIES, "watch", 0): 0.0,
        }

    @property
    def wide(self) -> int:
        """Return the number of partitions of `events`."""
        return self.settings.partitions

    def _place(self, topic: str, partition: int = 0) -> Any:
        return aiokafka.TopicPartition(self.settings.prefix + topic, partition)

    @property
    def judged_until(self) -> float:
        """Return the time up to which everything has been judged."""
        return min(self.promises.values())

    async def read(self) -> None:
        """Take in what has come since the last time."""
        while batch := await self._reader.getmany(timeout_ms=50, max_records=10_000):
            for place, records in batch.items():
                topic = place.topic.removeprefix(self.settings.prefix)
                adapter = OUTCOME if topic == Topic.OUTCOMES else ANOMALY
                for record in records:
                    if record.key is None or not record.key.startswith(b"watermark"):
                        continue
                    mark = adapter.validate_json(record.value)
                    if isinstance(mark, Watermark):
                        key = (topic, mark.stage, mark.partition)
                        self.promises[key] = max(self.promises.get(key, 0.0), mark.time)

    async def behind(self, topics: tuple[tuple[str, int], ...]) -> int:
        """Count the records of some topics (name, partitions) that are not committed yet."""
        places = [self._place(topic, p) for topic, partitions in topics for p in range(partitions)]
        ends = await end_offsets(self._probe, places)
        return sum([ends[place] - (await self._consumer.committed(place) or 0) for place in places])

    async def events_done(self) -> int:
        """Count the records of `events` that every agent is through with."""
        return sum([await self._consumer.committed(self._place(Topic.EVENTS, p)) or 0 for p in range(self.wide)])

    async def wait(self, time: float, check: Callable[[], Any], *, pause: float = 0.2) -> None:
        """Wait until everything before `time` is in ClickHouse; `check` is called meanwhile and may raise."""
        wide = ((Topic.WEBHOOKS, self.wide), (Topic.EVENTS, self.wide))
        narrow = tuple((topic, 1) for topic in (*RECORDED, Topic.VERDICTS) if topic != Topic.EVENTS)
        while True:
            check()
            await self.read()
            if self.judged_until >= time and await self.behind((*wide, *narrow)) == 0:
                return
            await asyncio.sleep(pause)


@asynccontextmanager
async def following(settings: KafkaSettings) -> AsyncIterator[Completion]:
    """Yield a `Completion` that is connected."""
    client = reading(settings)
    async with AsyncExitStack() as stack:

        async def connected(group: str | None) -> Any:
            consumer = aiokafka.AIOKafkaConsumer(**client, group_id=group, enable_auto_commit=False)
            await consumer.start()
            stack.push_async_callback(consumer.stop)
            return consumer

        reader = await connected(None)
        places = [aiokafka.TopicPartition(settings.prefix + t, 0) for t in (Topic.OUTCOMES, Topic.ANOMALIES)]
        reader.assign(places)
        await seek_to_beginning(reader, places)
        yield Completion(settings, await connected(settings.group), reader, await connected(None))
