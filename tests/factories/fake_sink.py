"""Stands for the sink: rows wait until the test lets a flush end, or fail."""

import asyncio
from collections.abc import Sequence

from agents.effects import Record


class FakeSink:
    """Is due as soon as anything waits; a flush ends when `stored` is set."""

    def __init__(self) -> None:
        self.waiting: dict[tuple[str, int], list[Record]] = {}
        self.taken: dict[tuple[str, int], list[Record]] = {}
        self.rows: list[tuple[str, int, int]] = []
        """What was stored: topic, partition, offset."""
        self.stored = asyncio.Event()
        self.error: Exception | None = None

    @property
    def waiting_rows(self) -> int:
        return sum(map(len, [*self.waiting.values(), *self.taken.values()]))

    def add(self, topic: str, partition: int, records: Sequence[Record]) -> None:
        self.waiting.setdefault((topic, partition), []).extend(records)

    def due(self, now: float) -> bool:  # noqa: ARG002
        return bool(self.waiting)

    def clear(self) -> None:
        self.waiting, self.taken = {}, {}

    async def flush(self) -> dict[tuple[str, int], int]:
        taken = self.taken = self.waiting
        self.waiting = {}
        await self.stored.wait()
        if self.error is not None:
            raise self.error
        self.taken = {}
        self.rows += [(topic, p, record.offset) for (topic, p), records in taken.items() for record in records]
        return {place: records[-1].offset for place, records in taken.items()}
