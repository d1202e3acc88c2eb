"""What waits to be inserted, and when it has waited long enough; time is an argument."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from agents.effects import Record


@dataclass
class Waiting:
    """The records of one partition of one topic that wait, in the order of their offsets."""

    topic: str
    partition: int
    records: list[Record] = field(default_factory=list)


class Buffer:
    """Gathers records until there are enough of them, or the oldest has waited long enough.

    Records that were taken count as waiting until they are known to be inserted or are put back: whoever bounds the
    memory by `waiting` counts them too.
    """

    def __init__(self, rows: int, seconds: float) -> None:
        self.rows, self.seconds = rows, seconds
        self.waiting = 0
        self._batches: dict[tuple[str, int], Waiting] = {}
        self._oldest: float | None = None

    def add(self, topic: str, partition: int, records: Sequence[Record], now: float) -> None:
        """Let records of one partition wait."""
        if not records:
            return
        if self._oldest is None:
            self._oldest = now
        self._batches.setdefault((topic, partition), Waiting(topic, partition)).records.extend(records)
        self.waiting += len(records)

    def due(self, now: float) -> bool:
        """Say whether it is time to insert."""
        if self._oldest is None:
            return False
        return self.waiting >= self.rows or now - self._oldest >= self.seconds

    def take(self) -> list[Waiting]:
        """Hand over everything that waits; it stays counted until `inserted` or `put_back`."""
        taken, self._batches, self._oldest = list(self._batches.values()), {}, None
        return taken

    def inserted(self, batches: Sequence[Waiting]) -> None:
        """Forget what was taken."""
        self.waiting -= sum(len(batch.records) for batch in batches)

    def put_back(self, batches: Sequence[Waiting], now: float) -> None:
        """Let what was taken wait again, before everything that came since."""
        since = self._batches
        self._batches = {(batch.topic, batch.partition): batch for batch in batches}
        for key, batch in since.items():
            self._batches.setdefault(key, Waiting(*key)).records.extend(batch.records)
        if self._batches and self._oldest is None:
            self._oldest = now

    def clear(self) -> None:
        """Forget everything."""
        self.waiting, self._batches, self._oldest = 0, {}, None
