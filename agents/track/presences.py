"""Who was active in which conversation lately, and who joined and left."""

from collections.abc import Mapping

import msgspec

from agents.track.state import encode
from schemas.erasure import digest

CHUNK = 64
"""Members in one record of the changelog: few enough to be written anew with each that comes to it."""

_SEEN = msgspec.msgpack.Decoder(list[str]).decode
_JOINED = msgspec.msgpack.Decoder(bool).decode
_NOBODY: dict[str, int] = {}
_NOTHING: dict[str, bool] = {}


class Presences:
    """The day of each member's last activity by conversation, and joins and leaves.

    Whoever is active for the first time on a day is noted in the changelog with others of that day, so that a busy
    partition writes a few records for all of them: `seen <day> <n>` holds conversations and members in turn. What is
    in old records is forgotten with them. `joined <conversation> <member>` holds True, or False for who left.

    Attributes
    ----------
    days
        Conversation -> member -> day of the last activity, counted from 1970-01-01 UTC. Whoever writes a day into it
        has to `note` it.
    """

    def __init__(self) -> None:
        self.days: dict[str, dict[str, int]] = {}
        self._joined: dict[str, dict[str, bool]] = {}
        self._chunks: dict[int, int] = {}  # day -> number of its records, counted from 1
        self._filling: dict[int, list[str]] = {}  # day -> the last of them
        self._seen_changes: dict[tuple[int, int], list[str] | None] = {}
        self._joined_changes: dict[str, bool | None] = {}
        self._noting = -1  # the day of which something was noted last, since changes were taken
        self._noted: list[str] = []

    def see(self, place: str, member: str, day: int) -> None:
        """Note that a member was active on a day."""
        known = self.days.get(place)
        if known is None:
            known = self.days[place] = {}
        if known.get(member, -1) < day:
            known[member] = day
            self.note(place, member, day)

    def note(self, place: str, member: str, day: int) -> None:
        """Have it written that a member was active on a day, for the first time on it."""
        if day != self._noting or len(self._noted) >= 2 * CHUNK:
            self._turn_to(day)
        self._noted += (place, member)

    def _turn_to(self, day: int) -> None:
        chunk = self._filling.get(day)
        if chunk is None or len(chunk) >= 2 * CHUNK:
            chunk = self._filling[day] = []
            self._chunks[day] = self._chunks.get(day, 0) + 1
        self._seen_changes[day, self._chunks[day]] = chunk
        self._noting, self._noted = day, chunk

    def join(self, place: str, member: str, *, joined: bool) -> None:
        """Note that a member joined or left."""
        known = self._joined.setdefault(place, {})
        if known.get(member) is not joined:
            known[member] = joined
            self._joined_changes[f"joined {place} {member}"] = joined

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
            self._noting = -1
            for n in range(1, self._chunks.pop(day) + 1):
                self._seen_changes[day, n] = None
        if old:
            for place, known in list(self.days.items()):
                self.days[place] = {member: day for member, day in known.items() if day >= before}

    def forget_member(self, erased: str) -> None:
        """Forget a member, named by the digest of their pseudonym; their name may stand in any record of a day."""
        there = {place for place, known in self.days.items() for member in known if digest(member) == erased}
        for place in there:
            self.days[place] = {member: day for member, day in self.days[place].items() if digest(member) != erased}
        if there:
            self._write_anew()
        for place, joined in self._joined.items():
            for member in [member for member in joined if digest(member) == erased]:
                del joined[member]
                self._joined_changes[f"joined {place} {member}"] = None

    def _write_anew(self) -> None:
        """Write the records of all days from what is known: their last days are all that is asked for.

        None is removed, since that would say that its day is forgotten; those that are not needed are empty.
        """
        noted: dict[int, list[str]] = {day: [] for day in self._chunks}
        for place, known in self.days.items():
            for member, day in known.items():
                noted[day] += (place, member)
        for day, chunks in self._chunks.items():
            for n in range(chunks):
                chunk = noted[day][2 * CHUNK * n : 2 * CHUNK * (n + 1)]
                self._seen_changes[day, n + 1] = self._filling[day] = chunk
        self._noting = -1

    # ---- changelog

    def load_seen(self, rest: str, value: bytes | None) -> None:
        """Take in a record `seen <day> <n>`."""
        day, n = map(int, rest.split(" "))
        if value is None:  # so are the other records of the day
            self._chunks.pop(day, None)
            self._filling.pop(day, None)
            return
        chunk = _SEEN(value)
        if n >= self._chunks.get(day, 0):
            self._chunks[day], self._filling[day] = n, chunk
        for place, member in zip(chunk[::2], chunk[1::2], strict=True):
            known = self.days.get(place)
            if known is None:
                known = self.days[place] = {}
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
        self._noting = -1
        seen, self._seen_changes = self._seen_changes, {}
        joined, self._joined_changes = self._joined_changes, {}
        changes = {f"seen {day} {n}": None if chunk is None else encode(chunk) for (day, n), chunk in seen.items()}
        return changes | {key: None if came is None else encode(came) for key, came in joined.items()}
