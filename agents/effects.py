"""What an agent asks of the world: agents are plain generators of effects, so that lists drive them in tests.

An agent takes a batch of records of one partition (and that partition's state) and yields `Send` and `WaitFor`. The
runtime carries them out in order: what was sent is in the broker, and the touched state is durable, before the batch
is acknowledged. A batch that was not acknowledged comes again, so every agent is idempotent.
"""

from typing import NamedTuple, Protocol

from msgspec import Struct


class Record(Struct, frozen=True, gc=False):
    """A record as it stands in a topic; a Struct, since one is made of every record that is read."""

    topic: str  # without prefix
    partition: int
    offset: int
    key: bytes | None
    value: bytes  # None where a key is removed, as in `feedback`, `anomalies` and the broadcast topics


class Wired(Protocol):
    """What can be sent: a contract, or its compiled twin."""

    def wire(self) -> bytes:
        """Return the record as the bytes that stand in the topic."""
        ...


class Send(NamedTuple):
    """Write a record to a topic; the partition follows from the key unless it is named."""

    topic: str  # without prefix
    key: str
    value: Wired
    partition: int | None = None


class WaitFor(NamedTuple):
    """Go on when everything before `as_of` (seconds, event time) has been learned from."""

    as_of: float


Effect = Send | WaitFor
