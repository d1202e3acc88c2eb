"""What the runtime needs of an agent: a plain generator over batches, and its state as changelog records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from agents.effects import Effect, Record


class Body(Protocol):
    """One agent at work on one partition."""

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch; records that were worked through before change nothing."""
        ...

    def load(self, changelog: Mapping[str, bytes]) -> None:
        """Restore the state that an earlier owner of the partition left."""
        ...

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what must be in the changelog before anything is acknowledged (None: the key is gone)."""
        ...

    @property
    def durable(self) -> int:
        """Return the last offset that need not come again once the changes taken so far are in the changelog."""
        ...


class Stateless:
    """The state of an agent that has none."""

    def __init__(self) -> None:
        self.durable = -1

    def load(self, changelog: Mapping[str, bytes]) -> None:
        """Do nothing: there is nothing to restore."""

    def take_changes(self) -> dict[str, bytes | None]:
        """Return no changes."""
        return {}
