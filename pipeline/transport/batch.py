"""The value of a stream event: a batch of records of one partition."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import faust

from agents.effects import Record


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive records of one partition, as fetched, still encoded."""

    topic: str  # without prefix
    partition: int
    records: Sequence[Record]
    number: int = 0  # of the partition, counted anew after each rebalance: who gets 1 without 0 has lost something

    @property
    def last_offset(self) -> int:
        """Return the offset by which the batch is known."""
        return self.records[-1].offset


class BatchSchema(faust.Schema[Any, Any]):
    """Hands the batch to the stream untouched: agents decode, so that a bad record harms only itself."""

    def compile(self, app: Any, **_: Any) -> Any:
        """Return the function that turns a message into a stream event."""

        async def decode(message: Any, *, propagate: bool = False) -> Any:  # noqa: ARG001 - Faust calls it so
            return app.create_event(None, message.value, None, message)

        return decode
