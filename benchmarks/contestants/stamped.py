"""The agent `track` that notes when what happened: the same code, seen through what the transport calls of it."""

import json
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, ClassVar

from agents.effects import Effect, Record
from agents.track import Track


class StampedTrack(Track):
    """Notes (what, partition, offset, time) in seconds of the clock that all processes share.

    `made`: its lane exists; `loaded`: the state is restored; `fetched`: a batch came; `worked`: all its effects were
    asked for; `committed`: the transport asks what is durable, after it has written.
    """

    stamps: ClassVar[list[tuple[str, int, int, float]]] = []

    def __init__(self, partition: int, *arguments: Any) -> None:
        super().__init__(partition, *arguments)
        self._stamp("made", -1)

    def ready(self) -> None:
        """Note when the state is there."""
        super().ready()
        self._stamp("loaded", super().durable)

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Note when a batch comes, and when all is said about it."""
        self._stamp("fetched", records[-1].offset)
        yield from super().__call__(records)
        self._stamp("worked", records[-1].offset)

    @property
    def durable(self) -> int:
        """Note when the transport asks for it."""
        offset = super().durable
        self._stamp("committed", offset)
        return offset

    def _stamp(self, what: str, offset: int) -> None:
        self.stamps.append((what, self.partition, offset, time.monotonic()))

    @classmethod
    def write(cls, file: str) -> None:
        """Write all stamps as JSON."""
        Path(file).write_text(json.dumps(cls.stamps))
