"""What the runtime needs of an agent: a plain generator over batches, and its state as changelog records."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol

from agents.effects import Effect, Record
from schemas.errors import CricketsError


class ChangelogError(CricketsError):
    """A record of a changelog cannot be read."""

    def __init__(self, agent: str, key: str, error: Exception) -> None:
        super().__init__(
            f"the record {key!r} in topic changelog-{agent} cannot be read ({type(error).__name__}): it was written by "
            f"another version, or is damaged; go back to that version, or delete the records of topic "
            f"changelog-{agent} to begin anew"
        )


class RecordError(CricketsError):
    """An agent raised on a record that is not the one it was given last: `__cause__` says what."""

    def __init__(self, offset: int) -> None:
        super().__init__(f"the record at offset {offset} makes the agent fail")
        self.offset = offset


class Body(Protocol):
    """One agent at work on one partition."""

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch; records that were worked through before change nothing."""
        ...

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Take in changes from the changelog, in its order, as often as there are some; None: the key is gone."""
        ...

    def ready(self) -> None:
        """Take note that everything was loaded; called once, also when there was nothing to load."""
        ...

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what must be in the changelog before anything is acknowledged (None: the key is gone)."""
        ...

    @property
    def durable(self) -> int:
        """Return the last offset that need not come again once the changes taken so far are in the changelog."""
        ...


class Position:
    """The state of an agent that need not remember anything but how far it has come; key `offset`.

    It is written with what the agent sends, so that a batch that comes again after a crash is not sent again.
    """

    def __init__(self) -> None:
        self.durable = -1
        self._written = -1

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Take in how far an earlier owner had come."""
        if value := changes.get("offset"):
            self.durable = self._written = int(value)

    def ready(self) -> None:
        """Do nothing: there is nothing to build."""

    def take_changes(self) -> dict[str, bytes | None]:
        """Return how far it has come."""
        if self.durable == self._written:
            return {}
        self._written = self.durable
        return {"offset": b"%d" % self.durable}
