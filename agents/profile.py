"""The agent `profile`: who is active where, an epoch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor

from pydantic import BaseModel, Field, ValidationError

from agents.body import ChangelogError
from agents.decode import decode
from agents.effects import Effect, Record, Send
from schemas.base import HOUR
from schemas.event import EVENT, MessagePosted, ReactionAdded, Watermark
from schemas.observation import Activity
from schemas.topic import Topic

STAGE = "profile"


class Tally(BaseModel):
    """Activity in one conversation during one epoch; key `tally <epoch> <source> <conversation>`."""

    workspace: str = ""
    members: dict[str, int] = Field(default_factory=dict)
    seen: set[str] = Field(default_factory=set, description="event ids, so that the same event counts once")


class ProfileClock(BaseModel):
    """How far the partition has come; key `clock`."""

    offset: int = -1
    time: float = 0.0
    promised: float = 0.0


class Profile:
    """Counts the activity of one partition of `events` and tells `learn` when an epoch is over.

    Parameters
    ----------
    partition
        Number of the partition.
    epoch_hours
        Length of an epoch.
    lateness
        Seconds by which an event may come later than its time.
    """

    def __init__(self, partition: int, *, epoch_hours: int = 1, lateness: float = 60.0) -> None:
        self.partition, self.epoch, self.lateness = partition, epoch_hours * HOUR, lateness
        self.clock = ProfileClock()
        self.tallies: dict[tuple[int, str, str], Tally] = {}
        self._touched: set[tuple[int, str, str]] = set()
        self._moved = False

    @property
    def durable(self) -> int:
        """Return the last offset worked through."""
        return self.clock.offset

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Restore what an earlier owner left."""
        for key, value in changes.items():
            try:
                self._load(key, value)
            except (ValidationError, ValueError) as error:
                raise ChangelogError(STAGE, key, error) from error

    def _load(self, key: str, value: bytes | None) -> None:
        kind, _, rest = key.partition(" ")
        if kind == "clock":
            self.clock = ProfileClock() if value is None else ProfileClock.model_validate_json(value)
            return
        index, source, conversation = rest.split(" ", 2)
        if value is None:
            self.tallies.pop((int(index), source, conversation), None)
        else:
            self.tallies[int(index), source, conversation] = Tally.model_validate_json(value)

    def ready(self) -> None:
        """Do nothing: there is nothing to build."""

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed."""
        changes: dict[str, bytes | None] = {}
        for index, source, conversation in sorted(self._touched):
            tally = self.tallies.get((index, source, conversation))
            changes[f"tally {index} {source} {conversation}"] = tally.model_dump_json().encode() if tally else None
        if self._moved:
            changes["clock"] = self.clock.model_dump_json().encode()
        self._touched, self._moved = set(), False
        return changes

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch; broken records are `track`'s to report."""
        for record in records:
            if record.offset <= self.clock.offset:
                continue
            event = decode(EVENT, record, "profile")
            if isinstance(event, Watermark):
                yield from self._advance(event.time)
            elif not isinstance(event, Send):
                yield from self._advance(event.time - self.lateness)
                if isinstance(event, MessagePosted | ReactionAdded) and not event.bot:
                    self._count(event)
            self.clock.offset, self._moved = record.offset, True

    def _count(self, event: MessagePosted | ReactionAdded) -> None:
        index = floor(event.time / self.epoch)
        if index * self.epoch < self.clock.promised:
            return  # its epoch has been told
        key = (index, event.source, event.conversation)
        tally = self.tallies.setdefault(key, Tally(workspace=event.workspace))
        if event.event_id not in tally.seen:
            tally.seen.add(event.event_id)
            tally.members[event.author] = tally.members.get(event.author, 0) + 1
            self._touched.add(key)

    def _advance(self, time: float) -> Iterator[Effect]:
        self.clock.time = max(self.clock.time, time)
        reached = floor(self.clock.time / self.epoch) * self.epoch
        if reached <= self.clock.promised:
            return
        for key in sorted(key for key in self.tallies if (key[0] + 1) * self.epoch <= reached):
            index, source, conversation = key
            tally = self.tallies.pop(key)
            self._touched.add(key)
            activity = Activity(
                id=f"{source}:{conversation}@{index}",
                workspace=tally.workspace,
                time=index * self.epoch,
                source=source,
                conversation=conversation,
                members=dict(sorted(tally.members.items())),
            )
            yield Send(Topic.OBSERVATIONS, key=f"{source}:{conversation}", value=activity)
        self.clock.promised = reached
        mark = Watermark(time=reached, stage="profile", partition=self.partition)
        yield Send(Topic.OBSERVATIONS, key=f"watermark:{self.partition}", value=mark)
