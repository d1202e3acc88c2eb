"""A chunk: rows of one table that came from one partition of one topic, and are inserted together."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from agents.effects import Record
from agents.record import rows


class Line(NamedTuple):
    """One row with the record it came from; `number` counts the rows of that record."""

    record: Record
    number: int
    values: tuple[Any, ...]


@dataclass(frozen=True)
class Chunk:
    """Rows of one table."""

    table: str
    topic: str
    partition: int
    lines: Sequence[Line]

    @property
    def token(self) -> str:
        """Name the insert by what is in it: `topic:partition:first-last:table:hash`.

        The same batch built again has the same token, so that ClickHouse takes it once. The hash is there because
        offsets begin at 0 again in a new broker: other records at the same offsets must not pass for the old ones.
        """
        digest = hashlib.blake2b(digest_size=8)
        for record, number, _ in self.lines:
            digest.update(b"%d %d " % (number, len(record.value)))
            digest.update(record.value)
        first, last = self.lines[0].record.offset, self.lines[-1].record.offset
        return f"{self.topic}:{self.partition}:{first}-{last}:{self.table}:{digest.hexdigest()}"

    def columns(self) -> list[list[Any]]:
        """Return the values by column."""
        return [list(column) for column in zip(*(line.values for line in self.lines), strict=True)]

    def halves(self) -> tuple["Chunk", "Chunk"]:
        """Cut in two."""
        middle = len(self.lines) // 2
        return (
            Chunk(self.table, self.topic, self.partition, self.lines[:middle]),
            Chunk(self.table, self.topic, self.partition, self.lines[middle:]),
        )


def chunks(topic: str, partition: int, records: Sequence[Record]) -> list[Chunk]:
    """Return what records of one partition say, by table."""
    lines: dict[str, list[Line]] = {}
    for record in records:
        for number, row in enumerate(rows(record)):
            lines.setdefault(row.table, []).append(Line(record, number, row.values))
    return [Chunk(table, topic, partition, of_table) for table, of_table in lines.items()]
