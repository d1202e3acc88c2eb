"""An agent for tests of the transport: it counts items by key, exactly, and says what it did."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agents.effects import Effect, Record, Send, WaitFor
from schemas.base import Contract

NOTES = "notes"
"""The topic in which the agent says what it did."""


class Note(Contract):
    """One item was worked through, by whom and in which of its batches."""

    id: str
    worker: str
    partition: int
    offset: int
    batch: int


@dataclass
class Count:
    """How many items a key had, up to which offset."""

    count: int = 0
    offset: int = -1


def item(id_: str, **more: Any) -> bytes:
    """Return an item on the wire; `wait` holds its batch up until so much has been learned."""
    return json.dumps({"id": id_, **more}).encode()


class Counting:
    """Counts the items of one partition by key; an item that was counted before is noted, but not counted again."""

    def __init__(self, worker: str = "worker", raise_on: str = "") -> None:
        self.worker, self.raise_on = worker, raise_on
        self.durable = -1
        self.batches = 0
        self.counts: dict[str, Count] = {}
        self._touched: set[str] = set()

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        self.batches += 1
        for record in records:
            said = json.loads(record.value)
            if "wait" in said:
                yield WaitFor(said["wait"])
            if said["id"] == self.raise_on:
                msg = f"the agent was told to fail at {said['id']}"
                raise RuntimeError(msg)
            key = (record.key or b"").decode()
            seen = self.counts.setdefault(key, Count())
            if record.offset > seen.offset:
                seen.count, seen.offset = seen.count + 1, record.offset
                self._touched.add(key)
            note = Note(
                id=said["id"], worker=self.worker, partition=record.partition, offset=record.offset, batch=self.batches
            )
            yield Send(NOTES, key, note, record.partition)
        self.durable = records[-1].offset

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        for key, value in changes.items():
            if value is None:
                self.counts.pop(key, None)
            else:
                self.counts[key] = Count(**json.loads(value))

    def ready(self) -> None:
        pass

    def take_changes(self) -> dict[str, bytes | None]:
        touched, self._touched = self._touched, set()
        return {key: json.dumps(vars(self.counts[key])).encode() for key in sorted(touched)}
