"""A chunk: rows of one table that came from one partition of one topic, and are inserted together."""

import hashlib
from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from agents.effects import Record
from agents.record import rows


@dataclass(frozen=True)
class Chunk:
    """Rows of one table; beside each the record it came from and its number among the rows of that record."""

    table: str
    topic: str
    partition: int
    records: list[Record] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    rows: list[tuple[Any, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.rows)

    @property
    def token(self) -> str:
        """Name the insert by what is in it: `topic:partition:first-last:table:hash`.

        The same batch built again has the same token, so that ClickHouse takes it once. The hash is there because
        offsets begin at 0 again in a new broker: other records at the same offsets must not pass for the old ones.
        """
        values = [record.value for record in self.records]
        digest = hashlib.sha256(array("Q", map(len, values)).tobytes())  # many processors have instructions for it
        digest.update(array("Q", self.numbers).tobytes())
        digest.update(b"".join(values))
        first, last = self.records[0].offset, self.records[-1].offset
        return f"{self.topic}:{self.partition}:{first}-{last}:{self.table}:{digest.hexdigest()[:16]}"

    def columns(self) -> list[tuple[Any, ...]]:
        """Return the values by column."""
        return list(zip(*self.rows, strict=True))

    def halves(self) -> tuple["Chunk", "Chunk"]:
        """Cut in two."""
        middle = len(self) // 2
        return self._part(0, middle), self._part(middle, len(self))

    def _part(self, begin: int, end: int) -> "Chunk":
        which = slice(begin, end)
        return Chunk(self.table, self.topic, self.partition, self.records[which], self.numbers[which], self.rows[which])


def chunks(topic: str, partition: int, records: Sequence[Record]) -> list[Chunk]:
    """Return what records of one partition say, by table."""
    found: dict[str, Chunk] = {}
    for record in records:
        for number, (table, values) in enumerate(rows(record)):
            chunk = found.get(table)
            if chunk is None:
                chunk = found[table] = Chunk(table, topic, partition)
            chunk.records.append(record)
            chunk.numbers.append(number)
            chunk.rows.append(values)
    return list(found.values())
