"""A broker with the topics of one test, workers as processes on it, and a look at what they did."""

import asyncio
import itertools
import json
import os
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any, Self

import aiokafka
from kafka import KafkaAdminClient

from pipeline.embedded import Leash
from pipeline.kafka import BulkProducer
from pipeline.settings import KafkaSettings
from pipeline.transport.changelog import Changes, read_changelog
from pipeline.transport.client import reading
from schemas.dead_letter import DeadLetter
from schemas.expectation import ClosedUntil
from tests.factories.counting import NOTES, Note, item
from tests.pipeline.transport.worker_process import ITEMS, WorkerOptions

ROOT = Path(__file__).parents[3]
CHANGELOG = "changelog-count"
SECONDS = 45.0
"""How long anything may take; a join takes three seconds on the embedded broker, now and then ten."""

_numbers = itertools.count()


def create_topics(bootstrap_servers: str, topics: dict[str, int], copies: int = 1, **config: str) -> None:
    """Create topics (full name: partitions) and return when they are there."""
    admin = KafkaAdminClient(bootstrap_servers=bootstrap_servers)
    try:
        wanted = {
            name: {"num_partitions": count, "replication_factor": copies, "configs": config}
            for name, count in topics.items()
        }
        admin.create_topics(wanted, timeout_ms=30_000)
        admin.wait_for_topics(list(topics), timeout_ms=30_000)
    finally:
        admin.close()


class Stage:
    """Everything of one test; leaving it ends every worker that is left."""

    def __init__(
        self,
        bootstrap_servers: str,
        folder: Path,
        session_seconds: float = 2.0,
        partitions: int = 4,
        transactions: bool = False,
        later: Collection[str] = (),
    ) -> None:
        number = next(_numbers)
        self.settings = KafkaSettings(
            bootstrap_servers=bootstrap_servers,
            prefix=f"stage{number}.",
            group=f"stage{number}",
            partitions=partitions,
            transactions=transactions,
        )
        self.folder, self.partitions, self._later = folder, partitions, later
        self.session_seconds = session_seconds
        self.notes: list[Note] = []
        self.workers: list[Leash] = []
        self.sent: Counter[str] = Counter()
        """Items by key."""
        self.ids: set[str] = set()

    def name(self, topic: str) -> str:
        return self.settings.prefix + topic

    async def __aenter__(self) -> Self:
        wide = {self.name(topic): self.partitions for topic in (ITEMS, NOTES, CHANGELOG) if topic not in self._later}
        narrow = {self.name(topic): 1 for topic in ("directory", "expectations", "dead-letters")}
        await asyncio.to_thread(create_topics, self.settings.bootstrap_servers, wide | narrow)
        self._stack = AsyncExitStack()
        self._producer = self._stack.enter_context(BulkProducer(self.settings))
        self._notes = await self._reader()
        self._committed = aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self.settings.bootstrap_servers, group_id=self.settings.group, enable_auto_commit=False
        )
        await self._stack.enter_async_context(self._committed)
        return self

    async def __aexit__(self, *_: object) -> None:
        for worker in self.workers:
            worker.stop(0)
        await self._stack.aclose()

    async def create_later(self) -> None:
        """Create the topics that were to come later."""
        wide = {self.name(topic): self.partitions for topic in self._later}
        await asyncio.to_thread(create_topics, self.settings.bootstrap_servers, wide)

    # ---- workers

    def worker(self, name: str, **options: Any) -> Leash:
        """Start a worker."""
        said = WorkerOptions(
            name=name,
            bootstrap_servers=self.settings.bootstrap_servers,
            prefix=self.settings.prefix,
            group=self.settings.group,
            data_dir=str(self.folder),
            session_seconds=self.session_seconds,
            transactions=self.settings.transactions,
            **options,
        )
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        log = self.folder / f"{name}.log"
        leash = Leash(said.arguments(), name=f"worker {name}", env=environment, log_file=log, grace=30.0)
        self.workers.append(leash.start())
        return leash

    async def end(self, worker: Leash, kill: bool = False) -> int:
        """End a worker as a supervisor does, or as a crash does, and return its exit status."""
        os.kill(worker.pid, signal.SIGKILL if kill else signal.SIGTERM)
        return await self.ended(worker)

    async def ended(self, worker: Leash) -> int:
        """Wait for a worker's end and return its exit status."""
        code = await asyncio.to_thread(worker.wait, SECONDS)
        assert code is not None, worker.explain(f"did not end within {SECONDS:.0f} s")
        return code

    def log(self, name: str) -> str:
        """Return all that a worker has said."""
        return (self.folder / f"{name}.log").read_text()

    # ---- what goes in

    def produce(self, partition: int, ids: Sequence[str], keys: int = 5, **more: Any) -> None:
        """Write items; the keys are the partition's own."""
        for n, id_ in enumerate(ids):
            key = f"{partition}/{n % keys}"
            self.sent[key] += 1
            self.ids.add(id_)
            self._producer.send(ITEMS, key.encode(), item(id_, **more), partition)
        self._producer.flush()

    def learned(self, until: float) -> None:
        """Say on the broadcast that everything before `until` has been learned from."""
        self._producer.send("expectations", b"closed", ClosedUntil(time=until, version=0).wire())
        self._producer.flush()

    # ---- what comes out

    async def _reader(self) -> Any:
        reader = aiokafka.AIOKafkaConsumer(**reading(self.settings), group_id=None, enable_auto_commit=False)
        await self._stack.enter_async_context(reader)
        places = [aiokafka.TopicPartition(self.name(NOTES), p) for p in range(self.partitions)]
        reader.assign(places)
        await reader.seek_to_beginning(*places)
        return reader

    async def dead_letters(self) -> list[DeadLetter]:
        """Return what was put aside."""
        place = aiokafka.TopicPartition(self.name("dead-letters"), 0)
        async with aiokafka.AIOKafkaConsumer(
            bootstrap_servers=self.settings.bootstrap_servers, group_id=None, enable_auto_commit=False
        ) as reader:
            reader.assign([place])
            await reader.seek_to_beginning(place)
            found = await reader.getmany(place, timeout_ms=5_000)
            return [DeadLetter.model_validate_json(record.value) for record in found.get(place, [])]

    async def read(self) -> list[Note]:
        """Return all notes so far, of each partition in the order in which they stand there."""
        while found := await self._notes.getmany(timeout_ms=20):
            for place, records in found.items():
                notes = [Note.model_validate_json(record.value) for record in records]
                assert all(note.partition == place.partition for note in notes)
                self.notes += notes
        return self.notes

    async def until(
        self, what: str, check: Callable[[], bool | Awaitable[bool]], seconds: float = SECONDS, so: bool = True
    ) -> None:
        """Wait until something is so (or see that it is not so for so long); meanwhile the notes are read."""
        deadline = time.monotonic() + seconds
        while True:
            await self.read()
            true = check()
            if not isinstance(true, bool):
                true = await true
            if true and so:
                return
            assert so or not true, f"{what} ended"
            if not so and time.monotonic() > deadline:
                return
            if time.monotonic() > deadline:
                logs = "\n".join(worker.explain(f"(exit status {worker.poll()})") for worker in self.workers)
                msg = f"{what}: not so within {seconds:.0f} s; {len(self.notes)} notes\n{logs}"
                raise AssertionError(msg)
            await asyncio.sleep(0.02)

    async def until_noted(self, ids: set[str] | None = None, seconds: float = SECONDS) -> None:
        """Wait until every id (else every one that was sent) was worked through."""
        wanted = self.ids if ids is None else ids
        await self.until("every item is noted", lambda: wanted <= {note.id for note in self.notes}, seconds)

    async def committed(self) -> list[int]:
        """Return what the group has committed of each partition, 0 for nothing."""
        places = [aiokafka.TopicPartition(self.name(ITEMS), p) for p in range(self.partitions)]
        return [await self._committed.committed(place) or 0 for place in places]

    async def until_committed(self) -> None:
        """Wait until everything that was sent is committed."""
        counts = Counter(int(key.partition("/")[0]) for key in self.sent.elements())
        wanted = [counts[p] for p in range(self.partitions)]

        async def all_committed() -> bool:
            return await self.committed() == wanted

        await self.until(f"{wanted} is committed", all_committed)

    async def counted(self) -> dict[str, int]:
        """Return what the changelog says: how many items each key had."""
        client = reading(self.settings)
        counts: dict[str, int] = {}
        for partition in range(self.partitions):
            state: Changes = {}
            await read_changelog(client, self.name(CHANGELOG), partition, state.update)
            counts |= {key: json.loads(value)["count"] for key, value in state.items() if value is not None}
        return counts
