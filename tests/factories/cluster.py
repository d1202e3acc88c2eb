"""All agents over topics that are lists, run in any order one likes: batches of any cut, waits, crashes, late news.

It is the runtime of the tests: what it does to the agents is what Kafka and Faust may do to them, only more of it.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from random import Random

from agents.body import Body
from agents.diagnose import Diagnose
from agents.effects import Effect, Record, Send, WaitFor
from agents.knowledge import Knowledge
from agents.learn import Learn
from agents.profile import Profile
from agents.track import Track, TrackRules
from agents.watch import Watch
from models.checklist import Checklist
from models.expectations import Expectations
from schemas.base import Contract
from schemas.topic import Topic

Make = Callable[[int, Knowledge], Body]


class Lane:
    """One agent on one partition, with what survives a crash: its changelog and what it has acknowledged."""

    def __init__(self, topic: str, partition: int, make: Callable[[], Body]) -> None:
        self.topic, self.partition, self.make = topic, partition, make
        self.changelog: dict[str, bytes] = {}
        self.committed = 0
        self.start()

    def start(self) -> None:
        self.body = self.make()
        self.body.load(self.changelog)
        self.body.ready()
        self.position = self.committed
        self.running: Iterator[Effect] | None = None
        self.waiting: float | None = None
        self.doomed = -1

    def flush(self) -> None:
        for key, value in self.body.take_changes().items():
            if value is None:
                self.changelog.pop(key, None)
            else:
                self.changelog[key] = value


class Cluster:
    """Topics and lanes."""

    def __init__(
        self,
        rules: TrackRules,
        *,
        partitions: int = 2,
        seed: int = 0,
        batch: int = 50,
        crash: float = 0.0,
        fdr: float = 0.5,
    ) -> None:
        self.random, self.batch, self.crash, self.partitions = Random(seed), batch, crash, partitions
        self.logs: defaultdict[tuple[str, int], list[Record]] = defaultdict(list)
        self.knowledge = Knowledge(epoch_hours=rules.epoch_hours)
        self.crashes = 0
        known = self.knowledge

        def profile(p: int) -> Callable[[], Body]:
            return lambda: Profile(p, epoch_hours=rules.epoch_hours, lateness=rules.lateness)

        def track(p: int) -> Callable[[], Body]:
            return lambda: Track(p, known, rules)

        self.lanes = [Lane(Topic.EVENTS, p, profile(p)) for p in range(partitions)]
        self.lanes += [Lane(Topic.EVENTS, p, track(p)) for p in range(partitions)]
        self.lanes.append(
            Lane(
                Topic.OBSERVATIONS,
                0,
                lambda: Learn(known, Expectations(), partitions=partitions, snapshot_every=40),
            )
        )
        checklist = Checklist.default()
        self.lanes.append(
            Lane(Topic.VERDICTS, 0, lambda: Diagnose(partitions=partitions, known=known, checklist=checklist))
        )
        self.lanes.append(
            Lane(
                Topic.OUTCOMES,
                0,
                lambda: Watch(partitions=partitions, epoch=rules.epoch, alpha=rules.alpha, fdr=fdr, snapshot_every=20),
            )
        )

    def write(self, topic: str, value: Contract | bytes, key: str = "", partition: int = 0) -> None:
        raw = value if isinstance(value, bytes) else value.wire()
        log = self.logs[topic, partition]
        log.append(Record(topic, partition, len(log), key.encode(), raw))
        if topic in (Topic.DIRECTORY, Topic.EXPECTATIONS):
            self.knowledge.apply(topic, raw)

    def run(self, steps: int = 1_000_000) -> None:
        """Work until nothing is left to do."""
        for _ in range(steps):
            ready = [lane for lane in self.lanes if self._can_work(lane)]
            if not ready:
                stuck = [lane for lane in self.lanes if lane.waiting is not None]
                assert not stuck, f"waits for ever: {[(lane.topic, lane.partition, lane.waiting) for lane in stuck]}"
                return
            self._step(self.random.choice(ready))
        message = "did not come to an end"
        raise AssertionError(message)

    def _can_work(self, lane: Lane) -> bool:
        if lane.waiting is not None:
            return self.knowledge.ready(lane.waiting)
        return lane.position < len(self.logs[lane.topic, lane.partition])

    def _step(self, lane: Lane) -> None:
        log = self.logs[lane.topic, lane.partition]
        if lane.running is None:
            take = self.random.randint(1, self.batch)
            records = log[lane.position : lane.position + take]
            lane.position += len(records)
            lane.running = lane.body(records)
            lane.doomed = self.random.randint(1, 30) if self.random.random() < self.crash else -1
        lane.waiting = None
        for effect in lane.running:
            if isinstance(effect, WaitFor):
                lane.flush()
                lane.waiting = effect.as_of
                return
            assert isinstance(effect, Send)
            self.write(effect.topic, effect.value, effect.key, effect.partition or 0)
            lane.doomed -= 1
            if lane.doomed == 0:  # some of it was sent
                self._crash(lane)
                return
        lane.running = None
        if self.random.random() < self.crash:  # sent, not yet in the changelog
            self._crash(lane)
            return
        lane.flush()
        if self.random.random() < self.crash:  # in the changelog, not yet acknowledged
            self._crash(lane)
            return
        lane.committed = max(lane.committed, min(lane.body.durable + 1, lane.position))

    def _crash(self, lane: Lane) -> None:
        self.crashes += 1
        lane.start()

    def latest(self, topic: str) -> dict[str, bytes]:
        """Return the last record of every key of a topic, watermarks left out."""
        records = (r for (name, _), log in self.logs.items() if name == topic for r in log)
        latest: dict[str, bytes] = {}
        for record in records:
            key = (record.key or b"").decode()
            if not key.startswith("watermark"):
                latest[key] = record.value
        return latest
