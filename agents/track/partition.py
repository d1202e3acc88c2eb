"""The partition's state in memory: keyed records, an index of deadlines, and what has changed."""

import heapq
from collections.abc import Iterator, Mapping
from typing import TypeVar

from pydantic import BaseModel

from agents.track.state import NEVER, Clock, Conversation, Early, OpenPrompt, Presence

M = TypeVar("M", bound=BaseModel)

KINDS: dict[str, type[BaseModel]] = {
    "clock": Clock,
    "prompt": OpenPrompt,
    "early": Early,
    "conversation": Conversation,
    "presence": Presence,
}


class PartitionState:
    """Keyed state of one partition; every key that is touched is written to the changelog once a batch."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.prompts: dict[str, OpenPrompt] = {}
        self.early: dict[str, Early] = {}
        self.conversations: dict[str, Conversation] = {}
        self.presences: dict[str, dict[str, Presence]] = {}
        self._due: list[tuple[float, str]] = []
        self._scheduled: dict[str, float] = {}
        self._touched: dict[str, BaseModel | None] = {}
        self._looked: dict[str, int] = {}
        self.untold: set[str] = set()

    # ---- changelog

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Restore from the changelog; the index of deadlines is built anew."""
        for key, value in changes.items():
            kind, _, rest = key.partition(" ")
            if value is None:
                continue
            record = KINDS[kind].model_validate_json(value)
            match record:
                case Clock():
                    self.clock = record
                case OpenPrompt():
                    self.prompts[rest] = record
                    self.schedule(f"prompt {rest}", record.next_due())
                    if record.counts != record.told:
                        self.untold.add(rest)
                case Early():
                    self.early[rest] = record
                    self.schedule(f"early {rest}", record.until)
                case Conversation():
                    self.conversations[rest] = record
                case Presence():
                    place, _, member = rest.rpartition(" ")
                    self.presences.setdefault(place, {})[member] = record

    def take_changes(self) -> dict[str, bytes | None]:
        """Return the touched records as bytes, None where they are gone."""
        touched, self._touched = self._touched, {}
        return {
            key: None if record is None else record.model_dump_json(exclude_defaults=True).encode()
            for key, record in touched.items()
        }

    def touch(self, kind: str, rest: str, record: M) -> M:
        """Note that a record is about to change."""
        self._touched[f"{kind} {rest}" if rest else kind] = record
        return record

    # ---- prompts and deadlines

    def schedule(self, key: str, due: float) -> None:
        """Have a look at a key (`prompt <id>`, `early <id>`) when time has come to `due`, or earlier."""
        if due < self._scheduled.get(key, NEVER):
            self._scheduled[key] = due
            heapq.heappush(self._due, (due, key))

    def due(self, until: float) -> Iterator[tuple[float, str]]:
        """Yield (moment, key) of what is due up to and including `until`, in order; each must be scheduled anew."""
        while self._due and self._due[0][0] <= until:
            due, key = heapq.heappop(self._due)
            if self._scheduled.get(key) == due:
                del self._scheduled[key]
                yield due, key

    def remove_prompt(self, prompt_id: str) -> None:
        """Forget a prompt."""
        if self.prompts.pop(prompt_id, None) is not None:
            self._touched[f"prompt {prompt_id}"] = None

    def remove_early(self, prompt_id: str) -> Early | None:
        """Forget what was kept aside for a prompt, and return it."""
        early = self.early.pop(prompt_id, None)
        if early is not None:
            self._touched[f"early {prompt_id}"] = None
        return early

    # ---- conversations

    def conversation(self, place: str, time: float) -> Conversation:
        """Return the conversation, met for the first time at `time` if it is new."""
        known = self.conversations.get(place)
        if known is None:
            known = self.conversations[place] = self.touch("conversation", place, Conversation(first_seen=time))
        return known

    def see(self, place: str, member: str, day: int) -> None:
        """Note that a member was active on a day."""
        presence = self.presences.setdefault(place, {}).setdefault(member, Presence())
        if day > presence.day:
            presence.day = day
            self.touch("presence", f"{place} {member}", presence)

    def forget_absent(self, place: str, since_day: int) -> None:
        """Forget members of whom nothing is known but that they were active before a day; looked for once a day."""
        if self._looked.get(place, -1) >= since_day:
            return
        self._looked[place] = since_day
        presences = self.presences.get(place, {})
        for member in [m for m, known in presences.items() if known.day < since_day and known.joined is None]:
            del presences[member]
            self._touched[f"presence {place} {member}"] = None

    def join(self, place: str, member: str, *, joined: bool) -> None:
        """Note that a member joined or left."""
        presence = self.presences.setdefault(place, {}).setdefault(member, Presence())
        if presence.joined is not joined:
            presence.joined = joined
            self.touch("presence", f"{place} {member}", presence)
