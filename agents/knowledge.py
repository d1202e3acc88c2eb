"""What every worker knows: the directory, and what was learned as of each epoch. Fed by two broadcast topics."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from math import floor
from typing import Any

from models.expectations import Expectations
from schemas.base import HOUR
from schemas.directory import DIRECTORY, Brief, Channel, DirectoryRecord, Member, directory_key
from schemas.erasure import Erased, digest
from schemas.expectation import EXPECTATION, ClosedUntil, ExpectationVersion
from schemas.topic import Topic

Values = Mapping[str, Mapping[str, Any]]


class Version:
    """One published version: what had been learned from everything before `as_of`."""

    def __init__(self, version: int, as_of: float, values: dict[str, dict[str, Any]]) -> None:
        self.version, self.as_of, self.values = version, as_of, values
        self.expectations: Expectations = Expectations.from_values(values)

    def following(self, record: ExpectationVersion) -> "Version":
        """Apply the changes of the next record; parts that did not change are shared, never written to."""
        values = dict(self.values)
        for part, changes in record.values.items():
            merged = {**values.get(part, {}), **changes}
            values[part] = {key: value for key, value in merged.items() if value is not None}
        return Version(record.version, record.as_of, values)


class Knowledge:
    """The directory, and the latest versions of what was learned.

    Parameters
    ----------
    epoch_hours, lag_epochs
        What is judged at time t uses the version `lag_epochs` epochs before the epoch of t, so that the same input
        gives the same verdicts whoever is faster.
    """

    def __init__(self, *, epoch_hours: int = 1, lag_epochs: int = 1) -> None:
        self.epoch, self.lag = epoch_hours * HOUR, lag_epochs
        self.closed_until = 0.0
        self._versions = [Version(0, 0.0, {})]
        self._waiting: dict[int, ExpectationVersion] = {}
        self.members_version = 0
        """Grows with every record of a member, so that what was made of members is known to be out of date."""
        self.erased: set[str] = set()
        """Digests of the members who were erased."""
        self._members: dict[str, Member] = {}
        self._channels: dict[str, Channel] = {}
        self._briefs: dict[str, Brief] = {}
        self._by_persona: dict[str, set[str]] = {}

    @property
    def ahead(self) -> int:
        """Return how many epochs learning may be ahead of those who ask for older versions."""
        return self.lag + 2

    @property
    def kept(self) -> int:
        """Return how many versions must stay for those who are so far behind, and ask for `lag` epochs before that."""
        return self.ahead + self.lag + 2

    # ---- what comes in

    def apply(self, topic: str, value: bytes) -> None:
        """Take in one record of a broadcast topic; the same record twice changes nothing."""
        if topic == Topic.DIRECTORY:
            self.learn_directory(DIRECTORY.validate_json(value))
            return
        record = EXPECTATION.validate_json(value)
        if isinstance(record, ClosedUntil):
            self.closed_until = max(self.closed_until, record.time)
        elif isinstance(record, ExpectationVersion) and record.version > self.latest.version:
            self._waiting[record.version] = record
            self._take_waiting()

    def _take_waiting(self) -> None:
        while (record := self._waiting.pop(self.latest.version + 1, None)) is not None:
            self._append(record)
        full = [version for version, record in self._waiting.items() if record.full]
        if full and self.latest.version == 0:  # a reader that starts late: the log begins at a full version
            record = self._waiting.pop(min(full))
            self._append(record)
            self._waiting = {v: r for v, r in self._waiting.items() if v > record.version}
            self._take_waiting()

    def _append(self, record: ExpectationVersion) -> None:
        base = Version(0, 0.0, {}) if record.full else self.latest
        self._versions.append(base.following(record))
        del self._versions[: -self.kept]

    def learn_directory(self, record: DirectoryRecord) -> None:
        """Replace what was known of a member, a channel or an asset."""
        match record:
            case Member() if digest(record.member) in self.erased:
                pass  # from a file that is older than the erasure
            case Member():
                before = self._members.get(record.member)
                if before and before.persona:
                    self._by_persona.get(before.persona, set()).discard(record.member)
                self._members[record.member] = record
                self.members_version += 1
                if record.persona and not record.staff and not record.bot:
                    self._by_persona.setdefault(record.persona, set()).add(record.member)
            case Channel():
                self._channels[directory_key(record)] = record
            case Brief():
                self._briefs[record.asset_id] = record
            case Erased():
                self.erased.add(record.digest)
                for member in [member for member in self._members if digest(member) == record.digest]:
                    self._forget(member)

    def _forget(self, member: str) -> None:
        """Drop what was known of a member; channels come anew, without them."""
        known = self._members.pop(member)
        self.members_version += 1
        if known.persona:
            self._by_persona.get(known.persona, set()).discard(member)

    # ---- epochs

    @property
    def latest(self) -> Version:
        """Return the newest version."""
        return self._versions[-1]

    def as_of_for(self, time: float) -> float:
        """Return the moment as of which knowledge judges what happens at `time`."""
        return (floor(time / self.epoch) - self.lag) * self.epoch

    def ready(self, as_of: float) -> bool:
        """Tell whether everything before `as_of` has been learned from."""
        return self.closed_until >= as_of

    def at(self, as_of: float) -> Version:
        """Return the latest version that is not newer than `as_of`."""
        index = bisect_right(self._versions, as_of, key=lambda version: version.as_of)
        return self._versions[max(index - 1, 0)]

    # ---- the directory

    @property
    def members(self) -> Mapping[str, Member]:
        """Return all members that are listed."""
        return self._members

    def member(self, member: str) -> Member | None:
        """Look a member up."""
        return self._members.get(member)

    def is_staff(self, member: str) -> bool:
        """Tell whether a member is staff."""
        known = self._members.get(member)
        return known is not None and known.staff

    def is_bot(self, member: str) -> bool:
        """Tell whether a member is a bot by the directory."""
        known = self._members.get(member)
        return known is not None and known.bot

    def given_persona(self, member: str) -> str | None:
        """Return the persona that the directory gives."""
        known = self._members.get(member)
        return known.persona if known else None

    def brief(self, asset_id: str) -> Brief | None:
        """Look a brief up."""
        return self._briefs.get(asset_id)

    def channel(self, source: str, conversation: str) -> Channel | None:
        """Look a channel up."""
        return self._channels.get(f"channel:{source}:{conversation}")

    def channel_name(self, source: str, conversation: str) -> str:
        """Return how people call a conversation."""
        channel = self.channel(source, conversation)
        return channel.name if channel and channel.name else conversation

    def personas(self) -> Sequence[str]:
        """Return the given personas, sorted."""
        return sorted(persona for persona, members in self._by_persona.items() if members)

    def members_of_persona(self, persona: str) -> int:
        """Count the learners of a given persona."""
        return len(self._by_persona.get(persona, ()))

    # ---- what was learned

    def places(self, as_of: float) -> Mapping[str, float]:
        """Return activity by "persona|source:conversation": decayed messages and reactions a week."""
        return self.at(as_of).values.get("places", {})

    def usual_week(self, as_of: float, persona: str) -> Sequence[float] | None:
        """Return messages and reactions of a persona in each hour of the week; None while that is not known."""
        return self.at(as_of).expectations.clock.usual(persona)

    def responders_by_persona(self, as_of: float, asset: str) -> Mapping[str, float]:
        """Return the decayed responders to an asset's prompts that have run their course."""
        return self.at(as_of).expectations.answerers.counts.get(asset, {})

    def silence_rate(self, as_of: float, kind: str, key: str) -> tuple[float, float]:
        """Return the share of silent prompts so far (smoothed) and the decayed number it rests on."""
        return self.at(as_of).expectations.silence_rate(kind, key)
