"""Who was active in which conversation lately, and who joined and left."""

from collections.abc import Mapping

import msgspec

from agents.track.state import encode

CHUNK = 64
"""Members in one record of the changelog: few enough to be written anew with each that comes to it."""

_SEEN = msgspec.msgpack.Decoder(dict[str, list[str]]).decode
_JOINED = msgspec.msgpack.Decoder(bool).decode
_NOBODY: dict[str, int] = {}
_NOTHING: dict[str, bool] = {}


class Presences:
    """The day of each member's last activity by conversation, and joins and leaves.

    Whoever is active for the first time on a day is noted in the changelog with others of that day, so that a busy
    partition writes a few records for all of them: `seen <day> <n>` holds {conversation: members}. What is in old
    records is forgotten with them. `joined <conversation> <member>` holds True, or False for who left.

    Attributes
    ----------
    days
        Conversation -> member -> day of the last activity, counted from 1970-01-01 UTC.
    """

    def __init__(self) -> None:
        self.days: dict[str, dict[str, int]] = {}
        self._joined: dict[str, dict[str, bool]] = {}
        self._chunks: dict[int, int] = {}  # day -> number of its records
        self._filling: dict[int, tuple[dict[str, list[str]], int]] = {}  # day -> the last of them, and how many in it
        self._changes: dict[str, dict[str, list[str]] | bool | None] = {}

    def see(self, place: str, member: str, day: int) -> None:
        """Note that a member was active on a day."""
        known = self.days.get(place)
        if known is None:
            known = self.days[place] = {}
        if known.get(member, -1) < day:
            known[member] = day
            self._note(place, member, day)

    def _note(self, place: str, member: str, day: int) -> None:
        chunk, size = self._filling.get(day, (None, CHUNK))
        if chunk is None or size >= CHUNK:
            chunk, size = {}, 0
            self._chunks[day] = self._chunks.get(day, 0) + 1
        chunk.setdefault(place, []).append(member)
        self._filling[day] = chunk, size + 1
        self._changes[f"seen {day} {self._chunks[day] - 1}"] = chunk

    def join(self, place: str, member: str, *, joined: bool) -> None:
        """Note that a member joined or left."""
        known = self._joined.setdefault(place, {})
        if known.get(member) is not joined:
            known[member] = joined
            self._changes[f"joined {place} {member}"] = joined

    def active(self, place: str) -> Mapping[str, int]:
        """Return the members of a conversation and the day of their last activity."""
        return self.days.get(place, _NOBODY)

    def joined(self, place: str) -> Mapping[str, bool]:
        """Return who joined a conversation (True) and who left it (False), as far as events said so."""
        return self._joined.get(place, _NOTHING)

    def forget(self, before: int) -> None:
        """Forget who was not active since a day."""
        old = sorted(day for day in self._chunks if day < before)
        for day in old:
            self._filling.pop(day, None)
            for n in range(self._chunks.pop(day)):
                self._changes[f"seen {day} {n}"] = None
        if old:
            for place, known in list(self.days.items()):
                self.days[place] = {member: day for member, day in known.items() if day >= before}

    # ---- changelog

    def load_seen(self, rest: str, value: bytes | None) -> None:
        """Take in a record `seen <day> <n>`."""
        day, n = map(int, rest.split(" "))
        if value is None:  # so are the other records of the day
            self._chunks.pop(day, None)
            self._filling.pop(day, None)
            return
        chunk = _SEEN(value)
        self._chunks[day] = max(self._chunks.get(day, 0), n + 1)
        size = sum(map(len, chunk.values()))
        if n + 1 == self._chunks[day]:
            self._filling[day] = chunk, size
        for place, members in chunk.items():
            known = self.days.setdefault(place, {})
            for member in members:
                if known.get(member, -1) < day:
                    known[member] = day

    def load_joined(self, rest: str, value: bytes | None) -> None:
        """Take in a record `joined <conversation> <member>`."""
        place, _, member = rest.rpartition(" ")
        if value is None:
            self._joined.get(place, {}).pop(member, None)
        else:
            self._joined.setdefault(place, {})[member] = _JOINED(value)

    def ready(self) -> None:
        """Forget those whose records are gone."""
        for place, known in self.days.items():
            self.days[place] = {member: day for member, day in known.items() if day in self._chunks}

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed."""
        changes, self._changes = self._changes, {}
        return {key: None if value is None else encode(value) for key, value in changes.items()}
