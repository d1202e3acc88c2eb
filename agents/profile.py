"""The agent `profile`: who is active where, an epoch at a time."""

from collections.abc import Iterator, Mapping, Sequence
from math import floor

import msgspec
from msgspec import Struct, field
from pydantic import ValidationError

from agents.body import ChangelogError
from agents.effects import Effect, Record, Send
from schemas.base import HOUR
from schemas.erasure import Erased, digest, without
from schemas.event import Event
from schemas.topic import Topic
from schemas.twins import EVENTS, Activity, Watermark

STAGE = "profile"

LATE_KEPT = 60 * 24 * HOUR
"""How old an event may be that is counted after its epoch was told, in seconds of event time."""


class Tally(Struct, array_like=True):
    """Activity in one conversation during one epoch; key `tally <epoch> <source> <conversation>`."""

    workspace: str = ""
    members: dict[str, int] = field(default_factory=dict)
    seen: dict[str, None] = field(default_factory=dict)  # event ids, so that the same event counts once
    latest: float = 0.0  # not written by older versions


class ProfileClock(Struct, array_like=True, gc=False):
    """How far the partition has come; key `clock`."""

    offset: int = -1
    time: float = 0.0
    promised: float = 0.0


_encode = msgspec.msgpack.Encoder().encode
_tally = msgspec.msgpack.Decoder(Tally).decode
_clock = msgspec.msgpack.Decoder(ProfileClock).decode


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
            except ValueError as error:
                raise ChangelogError(STAGE, key, error) from error

    def _load(self, key: str, value: bytes | None) -> None:
        kind, _, rest = key.partition(" ")
        if kind == "clock":
            self.clock = ProfileClock() if value is None else _clock(value)
            return
        index, source, conversation = rest.split(" ", 2)
        if value is None:
            self.tallies.pop((int(index), source, conversation), None)
        else:
            self.tallies[int(index), source, conversation] = _tally(value)

    def ready(self) -> None:
        """Do nothing: there is nothing to build."""

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed."""
        changes: dict[str, bytes | None] = {}
        for index, source, conversation in sorted(self._touched):
            tally = self.tallies.get((index, source, conversation))
            changes[f"tally {index} {source} {conversation}"] = _encode(tally) if tally else None
        if self._moved:
            changes["clock"] = _encode(self.clock)
        self._touched, self._moved = set(), False
        return changes

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch; broken records are `track`'s to report."""
        for record in records:
            if record.offset <= self.clock.offset:
                continue
            self._moved = True
            try:
                event = EVENTS(record.value)
            except ValidationError:
                self.clock.offset = record.offset
                continue
            if event.kind == "erased":
                yield self._forget(event.digest)
                self.clock.offset = record.offset
                continue
            now = event.time if event.kind == "watermark" else event.time - self.lateness
            if now > self.clock.time:
                self.clock.time = now
                if now >= self.clock.promised + self.epoch:
                    yield from self._tell()
            self._count(event)
            self.clock.offset = record.offset

    def _forget(self, erased: str) -> Send:
        """Leave a member out of what is not told yet, and tell `learn` that whatever it is told from here on is clean.

        It learns of everything told before in an epoch before this one's, or in this one and earlier in its order.
        """
        for key, tally in self.tallies.items():
            members, seen = len(tally.members), tally.seen
            tally.members = {member: n for member, n in tally.members.items() if digest(member) != erased}
            tally.seen = {without(event, {erased}): None for event in seen}
            if len(tally.members) < members or tally.seen.keys() != seen.keys():
                self._touched.add(key)
        identity = f"~erased:{erased}@profile:{self.partition}"
        value = Erased(digest=erased, time=self.clock.promised, id=identity)
        return Send(Topic.OBSERVATIONS, key=identity, value=value)

    def _count(self, event: Event) -> None:
        if event.kind == "watermark" or event.kind == "erased" or event.time < self.clock.promised - LATE_KEPT:
            return
        index = floor(event.time / self.epoch)
        key = (index, event.source, event.conversation)
        tally = self.tallies.get(key)
        if tally is None:
            tally = self.tallies[key] = Tally(event.workspace)
        if event.event_id not in tally.seen:
            tally.seen[event.event_id] = None
            tally.latest = max(tally.latest, event.time)
            if (event.kind == "message_posted" or event.kind == "reaction_added") and not event.bot:
                tally.members[event.author] = tally.members.get(event.author, 0) + 1
            self._touched.add(key)

    def _tell(self) -> Iterator[Effect]:
        reached = floor(self.clock.time / self.epoch) * self.epoch
        for key in sorted(key for key in self.tallies if (key[0] + 1) * self.epoch <= reached):
            index, source, conversation = key
            tally = self.tallies.pop(key)
            self._touched.add(key)
            start, told_at = index * self.epoch, self.clock.promised
            late = start < told_at  # its epoch has been told, perhaps learned from
            activity = Activity(
                id=f"{source}:{conversation}@{index}" + (f"+{told_at:.0f}" if late else ""),
                workspace=tally.workspace,
                time=told_at if late else start,
                source=source,
                conversation=conversation,
                members=dict(sorted(tally.members.items())),
                events=len(tally.seen),
                latest=tally.latest,
                late_for=start if late else None,
            )
            yield Send(Topic.OBSERVATIONS, key=f"{source}:{conversation}", value=activity)
        self.clock.promised = reached
        mark = Watermark(time=reached, stage="profile", partition=self.partition)
        yield Send(Topic.OBSERVATIONS, key=f"watermark:{self.partition}", value=mark)
