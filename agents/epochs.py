"""Epochs make it deterministic: records of many partitions, taken in sorted order once no older one can come."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import floor
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Waiting(Generic[T]):
    """A record of an open epoch."""

    time: float
    identity: str
    offset: int
    record: T


class EpochBuffer(Generic[T]):
    """Holds records until every source has promised to send no older ones, then gives them out epoch by epoch.

    Parameters
    ----------
    sources
        Everybody whose watermarks must pass an epoch's end before it is closed: (stage, partition).
    epoch
        Length of an epoch, in seconds.

    Notes
    -----
    The same records in any order, any of them twice, give the same epochs: within one, records are sorted by
    (time, id) and taken once; what belongs to a closed epoch has been taken before and is dropped.
    """

    def __init__(self, sources: frozenset[tuple[str, int]], epoch: float) -> None:
        self.epoch = epoch
        self.closed_until = 0.0
        self.watermarks: dict[tuple[str, int], float] = dict.fromkeys(sources, 0.0)
        self._open: dict[int, dict[str, Waiting[T]]] = {}

    def add(self, identity: str, time: float, offset: int, record: T) -> None:
        """Keep a record until its epoch closes."""
        if time >= self.closed_until:
            waiting = Waiting(time, identity, offset, record)
            self._open.setdefault(floor(time / self.epoch), {}).setdefault(identity, waiting)

    @property
    def oldest_offset(self) -> int | None:
        """Return the first offset that would have to come again if this buffer were lost."""
        return min((w.offset for epoch in self._open.values() for w in epoch.values()), default=None)

    def promise(self, stage: str, partition: int, time: float) -> None:
        """Note that a source sends nothing older than `time` any more."""
        source = (stage, partition)
        if source in self.watermarks:
            self.watermarks[source] = max(self.watermarks[source], time)

    def restore(self, closed_until: float, watermarks: dict[tuple[str, int], float]) -> None:
        """Go on where a snapshot was taken; its open records come again."""
        self.closed_until = closed_until
        for (stage, partition), time in watermarks.items():
            self.promise(stage, partition, time)

    @property
    def closable_until(self) -> float:
        """Return the end of the last epoch that every source has passed."""
        return floor(min(self.watermarks.values(), default=0.0) / self.epoch) * self.epoch

    def close(self) -> Iterator[tuple[float, list[Waiting[T]]]]:
        """Yield (end of the epoch, what waited for it in order) for every epoch that can be closed and has any."""
        until = self.closable_until
        for index in sorted(index for index in self._open if (index + 1) * self.epoch <= until):
            end = (index + 1) * self.epoch
            waiting = self._open.pop(index).values()
            self.closed_until = end
            yield end, sorted(waiting, key=lambda w: (w.time, w.identity))
        self.closed_until = max(self.closed_until, until)
