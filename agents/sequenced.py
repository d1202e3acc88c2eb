"""An agent that must see everything, in one order: records of all partitions are taken epoch by epoch."""

import hashlib
import json
import zlib
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from pydantic import TypeAdapter

from agents.body import ChangelogError, RecordError
from agents.decode import decode
from agents.effects import Effect, Record, Send
from agents.epochs import EpochBuffer, Waiting
from schemas.errors import CricketsError
from schemas.event import Watermark

T = TypeVar("T")

CHUNK = 400_000
"""Bytes of one changelog record of a snapshot: brokers refuse records of more than a megabyte."""


class SnapshotError(CricketsError):
    """A snapshot cannot be read."""


class Sequenced(ABC, Generic[T]):
    """Buffers records until their epoch closes, and keeps its state as snapshots.

    Until a snapshot holds what a record taught, the record is not acknowledged; so the open epochs need not be kept,
    they come again. A snapshot that is complete takes the one before it out of the changelog.

    Parameters
    ----------
    adapter
        How a record of the topic is validated; Watermark is one of its kinds.
    stage
        Name of the agent.
    sources
        Whose watermarks close an epoch: (stage, partition).
    epoch
        Length of an epoch in seconds.
    snapshot_every
        How many records may be unacknowledged before a snapshot is made.
    """

    def __init__(
        self,
        adapter: TypeAdapter[T | Watermark],
        stage: str,
        sources: frozenset[tuple[str, int]],
        epoch: float,
        snapshot_every: int = 20_000,
    ) -> None:
        self.adapter, self.stage, self.snapshot_every = adapter, stage, snapshot_every
        self.buffer: EpochBuffer[T] = EpochBuffer(sources, epoch)
        self.durable = -1
        self._offset = -1
        self._since_snapshot = 0
        self._slot = "a"
        self._loaded: dict[str, bytes] = {}
        self._soon = False
        self._chunks: set[str] = set()
        """Keys of the chunks that stand in the changelog."""

    # ---- what an agent says about itself

    @abstractmethod
    def identity(self, record: T) -> tuple[str, float]:
        """Return (id, time) of a record: its place in the order."""

    @abstractmethod
    def take(self, end: float, records: Iterable[T]) -> Iterator[Effect]:
        """Work through the records of the epoch that ended at `end`, in order and once."""

    @abstractmethod
    def passed(self, until: float) -> Iterator[Effect]:
        """Tell those downstream that every epoch before `until` was worked through."""

    def promised(self, mark: Watermark) -> None:
        """Take in how far one of the sources has come."""
        self.buffer.promise(mark.stage, mark.partition, mark.time)

    @abstractmethod
    def dump(self) -> bytes:
        """Return the state as bytes."""

    @abstractmethod
    def restore(self, state: bytes) -> None:
        """Restore the state."""

    # ---- body

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch."""
        for record in records:
            value = decode(self.adapter, record, self.stage)
            if isinstance(value, Send):
                yield value
            elif isinstance(value, Watermark):
                self.promised(value)
            else:
                identity, time = self.identity(value)
                self.buffer.add(identity, time, record.offset, value)
            self._offset = max(self._offset, record.offset)
        before = self.buffer.closed_until
        for end, epoch in self.buffer.close():
            yield from self._take(end, epoch)
        if self.buffer.closed_until > before:
            yield from self.passed(self.buffer.closed_until)
        self._since_snapshot += len(records)

    def _take(self, end: float, epoch: Sequence[Waiting[T]]) -> Iterator[Effect]:
        """Let the agent take an epoch; when it raises, say on which record."""
        at: int | None = None

        def records() -> Iterator[T]:
            nonlocal at
            for waiting in epoch:
                at = waiting.offset
                yield waiting.record
            at = None

        try:
            yield from self.take(end, records())
        except Exception as error:
            if at is None:
                raise
            raise RecordError(at) from error

    def idle(self) -> None:
        """Make a snapshot with the next changes, however few they are: nothing else is to be done."""
        if self._since_snapshot > 0:
            self.snapshot_soon()

    def snapshot_soon(self) -> None:
        """Make a snapshot with the next changes, so that what the last one holds of an erased member goes."""
        self._soon = True

    def take_changes(self) -> dict[str, bytes | None]:
        """Return a snapshot when one is due."""
        if self._since_snapshot < self.snapshot_every and not self._soon:
            return {}
        self._since_snapshot, self._soon = 0, False
        self._slot = "b" if self._slot == "a" else "a"  # a torn write must not spoil the snapshot before it
        blob = zlib.compress(self.dump(), level=1)
        chunks = [blob[start : start + CHUNK] for start in range(0, len(blob), CHUNK)]
        head = {
            "slot": self._slot,
            "chunks": len(chunks),
            "digest": hashlib.blake2b(blob, digest_size=16).hexdigest(),
            "closed_until": self.buffer.closed_until,
            "watermarks": [[stage, partition, time] for (stage, partition), time in self.buffer.watermarks.items()],
        }
        oldest = self.buffer.oldest_offset
        self.durable = self._offset if oldest is None else oldest - 1
        changes: dict[str, bytes | None] = {f"{self._slot} {n}": chunk for n, chunk in enumerate(chunks)}
        before, self._chunks = self._chunks - changes.keys(), set(changes)
        changes["head"] = json.dumps(head).encode()  # behind the chunks, for which it vouches
        return changes | dict.fromkeys(sorted(before))  # nothing of the snapshot before stays, and not sooner

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Gather the pieces of the snapshots."""
        for key, value in changes.items():
            if value is None:
                self._loaded.pop(key, None)
            else:
                self._loaded[key] = value

    def ready(self) -> None:
        """Restore the last snapshot."""
        changelog, self._loaded = self._loaded, {}
        self._chunks = changelog.keys() - {"head"}
        if "head" not in changelog:
            return
        try:
            head = json.loads(changelog["head"])
        except ValueError as error:
            raise ChangelogError(self.stage, "head", error) from error
        self._slot = head["slot"]
        blob = b"".join(changelog.get(f"{self._slot} {n}", b"") for n in range(head["chunks"]))
        if hashlib.blake2b(blob, digest_size=16).hexdigest() != head["digest"]:
            msg = (
                f"the snapshot of {self.stage} is damaged: its chunks do not match its head; "
                f"delete the records of topic changelog-{self.stage} to begin anew"
            )
            raise SnapshotError(msg)
        self.buffer.restore(
            head["closed_until"], {(stage, partition): time for stage, partition, time in head["watermarks"]}
        )
        self.restore(zlib.decompress(blob))
