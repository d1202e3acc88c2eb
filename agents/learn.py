"""The agent `learn`: everything statistical that must see everything, published by epochs."""

from collections.abc import Iterable, Iterator
from math import inf

from agents.effects import Effect, Send
from agents.knowledge import Knowledge
from agents.sequenced import Sequenced
from agents.source_ledger import SourceLedger
from models.expectations import Expectations
from models.pickles import dumps, loads
from schemas.erasure import ERASED, Erased
from schemas.event import Watermark
from schemas.expectation import ClosedUntil, ExpectationVersion
from schemas.ids import source_key
from schemas.observation import OBSERVATION, Activity, BinPassed, HorizonReached
from schemas.topic import Topic

Learnable = BinPassed | HorizonReached | Activity | Erased

EXPLAINED = ("diagnose", 0)
"""Who else has to keep up: it observes nothing, but asks for versions that are not the latest."""

FULL_EVERY = 64
"""Every so many versions one says everything, so that a reader who starts late needs not all of them."""


class Learn(Sequenced[Learnable]):
    """Learns from all partitions, an epoch at a time, and publishes what changed.

    Parameters
    ----------
    knowledge
        Given personas, and what has been published already: after a crash old versions are not told again.
    model
        What learns.
    partitions
        Number of partitions of `events`.
    """

    def __init__(
        self, knowledge: Knowledge, model: Expectations, *, partitions: int, snapshot_every: int = 20_000
    ) -> None:
        wide = {(stage, p) for stage in ("track", "profile") for p in range(partitions)}
        super().__init__(OBSERVATION, "learn", frozenset({*wide, EXPLAINED}), knowledge.epoch, snapshot_every)
        self.knowledge, self.model, self.version = knowledge, model, 0
        self.ledger = SourceLedger()
        self._observed_until = inf

    def promised(self, mark: Watermark) -> None:
        """Take in how far a source has come; explanations may be some epochs behind, while their versions are kept."""
        if mark.stage == "track":
            self._observed_until = inf if mark.observed_until is None else mark.observed_until
        if (mark.stage, mark.partition) == EXPLAINED:
            mark = mark.model_copy(update={"time": mark.time + self.knowledge.ahead * self.knowledge.epoch})
        super().promised(mark)

    def identity(self, record: Learnable) -> tuple[str, float]:
        """Return (id, time)."""
        return record.id, record.time

    def take(self, end: float, records: Iterable[Learnable]) -> Iterator[Effect]:
        """Learn from an epoch and publish the version as of its end."""
        given, empty = _Given(self.knowledge), dict[tuple[str, float], bool]()
        yield from self._look(end - self.knowledge.epoch)
        for record in records:  # activity is dated at the begin of its epoch: it comes first
            match record:
                case BinPassed():
                    if record.answered or not self._down(record, end):
                        self.model.learn_bin(record)
                case HorizonReached():
                    if not self._missed(record, end):
                        self.model.learn_horizon(record)
                case Activity():
                    hour = source_key(record.source, record.workspace), record.epoch
                    if record.late_for is None or empty.setdefault(hour, self.model.sources.fits(*hour)):
                        self.model.learn_activity(self._of_learners(record), given)
                case Erased():
                    self.model.forget(record.digest)
                    self.snapshot_soon()
        yield from self._look(end)
        changes = self.model.take_changes()
        self.version += 1
        if self.version <= self.knowledge.latest.version:
            return
        full = self.version % FULL_EVERY == 1
        value = ExpectationVersion(
            version=self.version, as_of=end, full=full, values=self.model.everything() if full else changes
        )
        yield Send(
            Topic.EXPECTATIONS, key=f"version:{self.version % (2 * FULL_EVERY + self.knowledge.kept)}", value=value
        )

    def _look(self, until: float) -> Iterator[Effect]:
        """Tell which sources deliver nothing; where a recording ends, nobody was there to receive."""
        yield from self.ledger.look(self.model.sources, min(until, self._observed_until))

    def _down(self, passed: BinPassed, end: float) -> bool:
        """Tell whether nobody could be seen to come."""
        source = source_key(passed.id.partition(":")[0], passed.workspace)
        return self.model.sources.down_since(source, end) is not None

    def _missed(self, reached: HorizonReached, end: float) -> bool:
        """Tell whether somebody may have come unseen while a prompt was open, whoever came: else it would bias."""
        if reached.since is None:
            return False
        source = source_key(reached.prompt_id.partition(":")[0], reached.workspace)
        return bool(self.model.sources.missed(source, reached.since, reached.time, until=end))

    def _of_learners(self, activity: Activity) -> Activity:
        """Leave out those whom nothing is expected of."""
        known = self.knowledge
        learners = {
            m: n for m, n in activity.members.items() if not (m == ERASED or known.is_staff(m) or known.is_bot(m))
        }
        return activity.model_copy(update={"members": learners})

    def passed(self, until: float) -> Iterator[Effect]:
        """Publish how far learning has come, and which sources have delivered nothing for too long by then."""
        yield from self._look(until)
        if until > self.knowledge.closed_until:
            yield Send(Topic.EXPECTATIONS, key="closed", value=ClosedUntil(time=until, version=self.version))

    def dump(self) -> bytes:
        """Return model, version number, what was told of sources, and where a recording ends."""
        return dumps((self.version, self.model, self.ledger.told, self._observed_until))

    def restore(self, state: bytes) -> None:
        """Restore them; older snapshots know nothing of sources."""
        self.version, self.model, *sources = loads(state)
        told, self._observed_until = sources or ({}, inf)
        self.ledger = SourceLedger(told)


class _Given:
    """The personas that the directory gives, as the mapping that the model asks for."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._persona = knowledge.given_persona

    def get(self, member: str, default: str | None = None) -> str | None:
        return self._persona(member) or default
