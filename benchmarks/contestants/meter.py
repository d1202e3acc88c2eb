"""How a contestant measures itself: CPU and wall time from the first measured event to the last."""

import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Options:
    """What a contestant is told, as JSON in its first argument."""

    bootstrap_servers: str
    topic: str
    group: str
    first: list[int]
    """First offset to work on, of each partition."""
    end: list[int]
    """Offset to work up to, of each partition; what comes behind it meanwhile is worked on and counted, too."""
    answer: str
    """File for the result."""

    @classmethod
    def parse(cls, text: str) -> "Options":
        """Read them."""
        return cls(**json.loads(text))


@dataclass
class Meter:
    """Starts with the first event, and is done when every partition has reached its end."""

    options: Options
    kinds: Counter[str] = field(default_factory=Counter)
    """What was counted up to each partition's end, by kind of event."""
    worked: int = 0
    """All events that were worked on: the CPU time is theirs."""
    _left: int = -1
    _cpu: float = 0.0
    _wall: float = 0.0

    def start(self) -> None:
        """Start the clocks, once."""
        if self._left < 0:
            self._left = sum(self.options.end) - sum(self.options.first)
            self._cpu, self._wall = time.process_time(), time.monotonic()

    def note(self, partition: int, offset: int, kind: str) -> bool:
        """Count one event; tell whether it was the last."""
        self.worked += 1
        if offset < self.options.end[partition]:
            self.kinds[kind] += 1
            self._left -= 1
        return self._left == 0

    def note_all(self, partition: int, first: int, kinds: Sequence[str]) -> bool:
        """Count a batch of consecutive events; tell whether it had the last."""
        within = max(0, min(len(kinds), self.options.end[partition] - first))
        self.worked += len(kinds)
        self.kinds.update(kinds[:within])
        self._left -= within
        return self._left == 0

    def finish(self, **more: Any) -> None:
        """Stop the clocks and write the result."""
        cpu, wall = time.process_time() - self._cpu, time.monotonic() - self._wall
        result = {"events": self.worked, "cpu": cpu, "wall": wall, "kinds": dict(self.kinds), **more}
        Path(self.options.answer).write_text(json.dumps(result))
