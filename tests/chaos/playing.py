"""One round: a story fed to the product while workers and brokers are killed, stopped and started."""

import asyncio
import signal
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiokafka
from pydantic import SecretStr

from pipeline.clickhouse.client import connect
from pipeline.clickhouse.migrate import migrate
from pipeline.completion import Promise, following
from pipeline.kafka import create_topics
from pipeline.replay.run import send_directory
from pipeline.settings import Settings
from pipeline.transport.client import aiokafka_client
from schemas.topic import Topic
from tests.chaos.brokers import SESSION_SECONDS, Brokers
from tests.chaos.committed import committed
from tests.chaos.compaction import CHANGELOG, compacted, create_changelog, delete_topics
from tests.chaos.feeder import Feeder, feeding
from tests.chaos.plan import MOVING, Plan, Step
from tests.chaos.result import LEARNED, Result, rows_of, state_of, take_learned
from tests.chaos.story import EPOCH_HOURS, KEY, Story
from tests.chaos.workers import Worker, Workers

PARTITIONS = 4
WORKERS = 2
REACHED_SECONDS = 6.0
"""So long a worker has to pass the point at which it is to be met; after it it is met where it is."""

MOVED_SECONDS = 15.0
WAKING_SECONDS = 3.0
"""So long a worker that goes on has for its late writes."""

LOOKED_SECONDS = 30.0
"""So long is looked for progress after a broker's return."""

STUCK_SECONDS = 90.0
"""A round in which nothing has happened for so long is given up."""

SLOW_SECONDS = 45.0
"""A round that takes so long to come to its end is suspect: its logs are kept."""

_WRITTEN = ((Topic.EVENTS, PARTITIONS), (CHANGELOG, PARTITIONS), (Topic.OUTCOMES, 1))
"""Where progress of the workers shows."""


@dataclass
class Played:
    """What happened in a round."""

    result: Result
    kills: int = 0
    zombies: int = 0
    refused: int = 0
    """Zombies that the broker has refused something."""
    restarted: int = 0
    """Workers that ended by themselves and were started again."""
    waited: list[float] = field(default_factory=list)
    """Seconds from a broker's return to the first progress."""
    notes: list[str] = field(default_factory=list)
    phases: dict[str, float] = field(default_factory=dict)
    """Seconds of each part of the round."""

    @property
    def seconds(self) -> float:
        return sum(self.phases.values())


class Round:
    """Plays a plan."""

    def __init__(self, name: str, story: Story, brokers: Brokers, clickhouse_url: str, folder: Path) -> None:
        self.name, self.story, self.brokers, self.folder = name, story, brokers, folder
        kafka = brokers.settings(name, PARTITIONS)
        base = Settings(_env_file=None)
        self.settings = base.model_copy(
            update={
                "data_dir": folder / "data",
                "kafka": kafka,
                "clickhouse": base.clickhouse.model_copy(
                    update={"url": clickhouse_url, "database": name, "batch_seconds": 0.3}
                ),
                "privacy": base.privacy.model_copy(update={"pseudonym_key": SecretStr(KEY)}),
                "prompts": base.prompts.model_copy(update={"every_root": True}),
                "judge": base.judge.model_copy(update={"epoch_hours": EPOCH_HOURS}),
                "live_clock": False,
                "web_port": 0,
            }
        )
        self.workers = Workers(self.settings, folder)
        self.asleep: list[Worker] = []
        self.played = Played(Result())

    async def play(self, plan: Plan) -> Played:
        """Play it and return what came out; everything that was started has ended then."""
        self._began = time.monotonic()
        self.folder.mkdir(parents=True)
        await asyncio.to_thread(self._prepare)
        self._passed("prepare")
        supervising = asyncio.ensure_future(self._supervise())
        try:
            for _ in range(WORKERS):
                self.workers.start()
            async with feeding(self.settings.kafka, self.story.fed) as feeder, self._watching() as progress:
                slices = len(plan.steps) + 1
                for number, step in enumerate(plan.steps, start=1):
                    await self._disturb(step, feeder, (number - 1) / slices, number / slices, progress)
                    self._passed(f"step {number}")
                await feeder.feed(1.0)
            await self._finish()
            await self._wake()
            self._passed("finish")
            self.played.restarted, self.played.refused = self.workers.restarted, len(self.workers.refused)
            supervising.cancel()
            await asyncio.to_thread(self.workers.end)
            self.played.result = await self._collect()
            self._passed("compact and compare")
        finally:
            supervising.cancel()
            await asyncio.to_thread(self.workers.end)
            await asyncio.to_thread(self.brokers.start_all)
        return self.played

    # ---- around it

    def _passed(self, phase: str) -> None:
        now = time.monotonic()
        self.played.phases[phase] = now - self._began
        self._began = now

    def _prepare(self) -> None:
        create_changelog(self.settings.kafka)
        create_topics(self.settings.kafka)
        send_directory(self.settings, self.story.directory)
        self._on_clickhouse(lambda client: migrate(client, self.name))

    def _on_clickhouse(self, ask: Callable[[Any], Any]) -> Any:
        client = connect(self.settings.clickhouse, self.settings.clickhouse.url)
        try:
            return ask(client)
        finally:
            client.close()

    async def _supervise(self) -> None:
        while True:
            self.workers.supervise()
            await asyncio.sleep(0.2)

    def _watching(self) -> "_Progress":
        return _Progress(self.settings)

    async def _finish(self) -> None:
        """Wait until all of the story has been worked through, down to the rows, as long as it goes on at all."""
        began = moved = time.monotonic()
        reached: dict[Promise, float] = {}
        async with following(self.settings.kafka) as completion:

            def moving() -> None:
                nonlocal moved, reached
                if completion.promises != reached:
                    moved, reached = time.monotonic(), dict(completion.promises)
                elif time.monotonic() - moved > STUCK_SECONDS:
                    raise TimeoutError

            try:
                await completion.wait(self.story.until, moving)
            except TimeoutError:
                behind = max(self.story.until - completion.judged_until, 0.0) / 3600
                self.played.notes.append(f"STUCK: {behind:.0f} h of the story are not judged")
                return
        if (seconds := time.monotonic() - began) > SLOW_SECONDS:
            self.played.notes.append(f"SLOW: the end came after {seconds:.0f} s")

    async def _collect(self) -> Result:
        changelogs, in_time = await compacted(self.settings.kafka)
        if not in_time:
            self.played.notes.append("the changelog was not compacted in time, so what it says is not proven")
        result: Result = await asyncio.to_thread(
            self._on_clickhouse, lambda client: rows_of(client, self.settings.clickhouse.database)
        )
        for topic in LEARNED:
            take_learned(result, topic, await committed(self.settings.kafka, topic))
        result.state.update(state_of(changelogs))
        return result

    def forget(self) -> None:
        """Remove its topics and tables."""
        delete_topics(self.settings.kafka)
        self._on_clickhouse(lambda client: client.command(f"DROP DATABASE IF EXISTS {self.name}"))

    # ---- disturbances

    async def _disturb(self, step: Step, feeder: Feeder, begin: float, end: float, progress: "_Progress") -> None:
        """Do it in the middle of its slice of the story; the rest of the slice is fed meanwhile."""
        await feeder.feed(begin + (end - begin) * 0.3)
        if begin == 0:
            await progress.after(await progress.now(), MOVED_SECONDS)  # the workers work
        middle = begin + (end - begin) * 0.6 if "broker" in step.deed else end  # the rest is there for its return
        feeding = asyncio.ensure_future(feeder.feed(middle, portion=20, pause=0.1))
        try:
            await asyncio.sleep(step.pause)
            match step.deed:
                case "kill worker":
                    await self._kill_workers(step, 1)
                case "kill both workers":
                    await self._kill_workers(step, WORKERS)
                case "kill broker" | "restart broker":
                    await self._restart_broker(step)
                    await self._go_on(feeding, feeder.feed(end), progress)
                case "zombie":
                    await self._stop_worker(step, progress)
                case "leave":
                    await self._leave(step)
                case "join":
                    self.workers.start()
                    await asyncio.sleep(4.0)
                    await self._leave(step)
            await feeding
        finally:
            feeding.cancel()

    def _victim(self, step: Step) -> Worker:
        running = self.workers.running
        return running[step.number % len(running)]

    async def _meet(self, worker: Worker, step: Step, deed: str, done: Callable[[], bool]) -> None:
        """Let a worker do it to itself at a point; at the latest it is done from outside."""
        if step.point:
            worker.order(deed, step.point, step.nth)
            if step.point in MOVING:
                self.workers.start()
            if await _until(done, REACHED_SECONDS):
                return
            self.played.notes.append(f"{step.point} #{step.nth} was not passed, done at random")
        worker.signal(signal.SIGKILL if deed == "kill" else signal.SIGSTOP)
        await _until(done, 5.0)

    async def _kill_workers(self, step: Step, number: int) -> None:
        victims = self.workers.running[:number] if number > 1 else [self._victim(step)]
        await asyncio.gather(*(self._meet(victim, step, "kill", _ended(victim)) for victim in victims))
        self.played.kills += len(victims)
        await self._as_many_as_before()

    async def _as_many_as_before(self) -> None:
        """Wait until the supervisor has done its work, and end those who joined to move partitions."""
        await _until(lambda: len(self.workers.running) >= WORKERS, 5.0)
        for extra in self.workers.running[WORKERS:]:
            await self._end(extra)

    async def _end(self, worker: Worker) -> None:
        worker.wanted = False
        worker.signal(signal.SIGTERM)
        if not await _until(_ended(worker), 15.0):
            self.played.notes.append(f"{worker.folder.name} did not end within 15 s of SIGTERM")
            worker.kill()

    async def _leave(self, step: Step) -> None:
        await self._end(self._victim(step))
        while len(self.workers.running) < WORKERS:
            self.workers.start()

    async def _stop_worker(self, step: Step, progress: "_Progress") -> None:
        """Stop a worker until its partitions have moved and others have worked on them, then let it go on."""
        worker = self._victim(step)
        others = {id(other): other.assigned for other in self.workers.running if other is not worker}
        await self._meet(worker, step, "stop", lambda: worker.is_stopped)
        if not worker.is_stopped:
            self.played.notes.append("the zombie ended before it could be stopped")
            return
        self.played.zombies += 1
        moved = lambda: any(  # noqa: E731
            other.assigned > others.get(id(other), 0) for other in self.workers.running if other is not worker
        )
        await asyncio.sleep(SESSION_SECONDS)
        if not await _until(moved, MOVED_SECONDS):
            self.played.notes.append("the partitions of the zombie did not move")
        if step.late:
            worker.wanted = False
            self.asleep.append(worker)
            self.workers.start()
            return
        for _ in range(3):  # the state of the new owner must be ahead of what the zombie has to say
            await progress.after(await progress.now(), 2.0)
        worker.signal(signal.SIGCONT)
        await asyncio.sleep(2.0)

    async def _wake(self) -> None:
        """Let the zombies go on that sleep still, and wait until what they have to say is said."""
        for worker in self.asleep:
            worker.signal(signal.SIGCONT)
        if self.asleep:
            await asyncio.sleep(WAKING_SECONDS)
            await self._finish()

    async def _restart_broker(self, step: Step) -> None:
        node = self.brokers.nodes[step.number % len(self.brokers.nodes)]
        if step.deed == "kill broker":
            await asyncio.to_thread(node.kill)
            self.played.kills += 1
        else:
            await asyncio.to_thread(node.stop)
        await asyncio.sleep(step.pause)
        await asyncio.to_thread(node.start)

    async def _go_on(
        self, feeding: "asyncio.Future[None]", more: Coroutine[Any, Any, None], progress: "_Progress"
    ) -> None:
        """See how long after a broker's return the workers write again; what is fed now is there to be worked on.

        What they write before the looking begins does not count, so it is rather too long than too short.
        """
        returned = time.monotonic()
        before = await progress.now()

        async def feed_on() -> None:
            await feeding
            await more

        fed = asyncio.ensure_future(feed_on())
        try:
            waited = await progress.after(before, LOOKED_SECONDS)
            self.played.waited.append(LOOKED_SECONDS if waited is None else time.monotonic() - returned)
            await fed
        finally:
            fed.cancel()


def _ended(worker: Worker) -> Callable[[], bool]:
    return lambda: not worker.runs


async def _until(true: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        await asyncio.sleep(0.02)
    return True


class _Progress:
    """Looks at where the topics end that the workers write."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._places = [
            aiokafka.TopicPartition(settings.kafka.prefix + topic, partition)
            for topic, partitions in _WRITTEN
            for partition in range(partitions)
        ]

    async def __aenter__(self) -> "_Progress":
        client = aiokafka_client(self._settings.kafka)
        self._consumer = aiokafka.AIOKafkaConsumer(**client, group_id=None, request_timeout_ms=5_000)
        await self._consumer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._consumer.stop()

    async def now(self) -> int:
        """Return how much is there; waits for a broker that is away."""
        while True:
            with suppress(aiokafka.errors.KafkaError, TimeoutError):
                async with asyncio.timeout(5.0):
                    return sum((await self._consumer.end_offsets(self._places)).values())
            await asyncio.sleep(0.05)

    async def after(self, before: int, seconds: float) -> float | None:
        """Wait for more than there was, and return the seconds it took; None when nothing came."""
        started = time.monotonic()
        while await self.now() <= before:
            if time.monotonic() - started > seconds:
                return None
            await asyncio.sleep(0.02)
        return time.monotonic() - started
