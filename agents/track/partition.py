"""The partition's state in memory: keyed records, an index of deadlines, and what has changed."""

import heapq
from collections.abc import Mapping

import msgspec

from agents.body import ChangelogError
from agents.track.deadlines import Deadlines
from agents.track.facts import forget_author, read_moments
from agents.track.presences import Presences
from agents.track.seen_messages import SeenMessages
from agents.track.state import HEARD_APART, NEVER, Clock, Conversation, Early, Life, encode
from schemas.event import EventBase
from schemas.ids import source_key

STAGE = "track"

_CLOCK = msgspec.msgpack.Decoder(Clock).decode
_CONVERSATION = msgspec.msgpack.Decoder(Conversation).decode


class PartitionState:
    """Keyed state of one partition; every key that is touched is written to the changelog once a batch."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.prompts: dict[str, Life] = {}
        self.deadlines = Deadlines()
        self.early: dict[str, Early] = {}
        self.conversations: dict[str, Conversation] = {}
        self.presences = Presences()
        self.seen = SeenMessages()
        self.untold: set[str] = set()  # prompts to which more came, or less, than was told
        self.moved = False  # the clock
        self.latest: EventBase | None = None  # the latest event, until the clock knows when its source was heard
        self._early_due: list[tuple[float, str]] = []  # a heap
        self._facts: dict[str, bytes | None] = {}
        self._lives: dict[str, Life] = {}
        self._earlies: dict[str, Early | None] = {}
        self._talked: dict[str, Conversation] = {}

    # ---- changelog

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Take in changes from the changelog; prompts stay packed."""
        for key, value in changes.items():
            try:
                self._load(key, value)
            except (ValueError, TypeError) as error:  # those of msgspec are some
                raise ChangelogError(STAGE, key, error) from error

    def _load(self, key: str, value: bytes | None) -> None:
        kind, _, rest = key.partition(" ")
        if kind == "prompt":
            self._life(rest).facts = value or b""
        elif kind == "life":
            if value is not None:
                self._life(rest).restore(value)
            elif rest in self.prompts:
                self.prompts[rest].stored = False
        elif kind == "seen":
            self.presences.load_seen(rest, value)
        elif kind == "joined":
            self.presences.load_joined(rest, value)
        elif kind == "conversation":
            if value is not None:
                self.conversations[rest] = _CONVERSATION(value)
        elif kind == "early":
            self.early.pop(rest, None)
            if value is not None:
                self.early[rest] = Early.restored(value)
        elif kind == "clock" and value is not None:
            self.clock = _CLOCK(value)
        elif kind != "clock":
            msg = "there is no such kind of record"
            raise ValueError(msg)

    def _life(self, prompt_id: str) -> Life:
        life = self.prompts.get(prompt_id)
        if life is None:
            life = self.prompts[prompt_id] = Life(prompt_id)
        return life

    def ready(self) -> None:
        """Bring the prompts up to the clock, and build the indexes of what is due."""
        clock = self.clock
        lived = clock.time if clock.lived is None else clock.lived
        for prompt_id, life in list(self.prompts.items()):
            if not life.facts:  # it was closed
                del self.prompts[prompt_id]
                if life.stored:  # its other record was not removed any more
                    self._lives[prompt_id] = life
                continue
            try:
                moments = read_moments(life.facts)
            except ValueError as error:
                raise ChangelogError(STAGE, f"prompt {prompt_id}", error) from error
            life.live_until(moments, lived)
            self.deadlines.schedule(life, life.next_due(moments))
            if life.responses is not None and life.counts != life.told:
                self.untold.add(prompt_id)
        self.presences.ready()
        self._early_due = [(early.until, prompt_id) for prompt_id, early in self.early.items()]
        heapq.heapify(self._early_due)

    def take_changes(self) -> dict[str, bytes | None]:
        """Return the touched records as bytes, None where they are gone; the clock last, which vouches for them."""
        if not self.moved:
            return {}
        self.note_heard()
        facts, self._facts = self._facts, {}
        lives, self._lives = self._lives, {}
        earlies, self._earlies = self._earlies, {}
        talked, self._talked = self._talked, {}
        changes: dict[str, bytes | None] = {f"prompt {prompt_id}": value for prompt_id, value in facts.items()}
        for prompt_id, life in lives.items():
            if self.prompts.get(prompt_id) is life:
                changes[f"life {prompt_id}"] = life.record()
                life.stored = True
            elif life.stored:
                changes[f"life {prompt_id}"] = None
        for prompt_id, early in earlies.items():
            changes[f"early {prompt_id}"] = None if early is None else early.record()
        for place, conversation in talked.items():
            changes[f"conversation {place}"] = encode(conversation)
        changes |= self.presences.take_changes()
        changes["clock"] = encode(self.clock)
        self.moved = False
        return changes

    # ---- sources

    def note_heard(self) -> None:
        """Note in the clock when the source of the latest event was heard: not with each event, but when it matters."""
        if (latest := self.latest) is not None:
            self.clock.heard[source_key(latest.source, latest.workspace)] = latest.time
            self.latest = None

    def heard(self, source: str) -> float:
        """Return the time of the latest event of a source, named by `source_key`."""
        self.note_heard()
        return self.clock.heard.get(source, 0.0)

    # ---- erasure

    def forget(self, erased: str) -> None:
        """Forget a member, named by the digest of their pseudonym: what they did counts on, and nobody knows whose.

        Every record is looked at, which takes seconds where a million prompts are open; it happens once a member.
        """
        for life in self.prompts.values():
            facts = forget_author(life.facts, erased)
            if facts is not life.facts:
                life.facts = self._facts[life.prompt_id] = facts
            if life.forget(erased):
                self.touch(life)
        for prompt_id, early in self.early.items():
            if early.forget(erased):
                self.touch_early(prompt_id, early)
        self.presences.forget_member(erased)
        self.moved = True

    # ---- prompts

    def open(self, life: Life) -> None:
        """Keep a new prompt."""
        self.prompts[life.prompt_id] = life
        self._facts[life.prompt_id] = life.facts

    def touch(self, life: Life) -> None:
        """Note that what happened to a prompt has to be written."""
        self._lives[life.prompt_id] = life

    def remove(self, life: Life) -> None:
        """Forget a prompt; what still comes for it has not come too early."""
        del self.prompts[life.prompt_id]
        life.due = NEVER
        self._facts[life.prompt_id] = None
        self._lives[life.prompt_id] = life
        self.seen.add(life.prompt_id)

    # ---- what came too early

    @property
    def next_early(self) -> float:
        """Return when the next is dropped that was kept aside."""
        return self._early_due[0][0] if self._early_due else NEVER

    def keep_aside(self, prompt_id: str, until: float) -> Early:
        """Return what is kept aside for a prompt, to be added to."""
        early = self.early.get(prompt_id)
        if early is None:
            early = self.early[prompt_id] = Early(until, [])
            heapq.heappush(self._early_due, (until, prompt_id))
        return early

    def touch_early(self, prompt_id: str, early: Early) -> None:
        """Note that something was added to what is kept aside."""
        self._earlies[prompt_id] = early

    def take_early(self, prompt_id: str) -> Early | None:
        """Forget what was kept aside for a prompt, and return it."""
        early = self.early.pop(prompt_id, None)
        if early is not None:
            self._earlies[prompt_id] = None
        return early

    def drop_early(self, until: float) -> None:
        """Forget what was kept aside up to a moment."""
        while self._early_due and self._early_due[0][0] <= until:
            due, prompt_id = heapq.heappop(self._early_due)
            early = self.early.get(prompt_id)
            if early is not None and early.until == due:
                self.take_early(prompt_id)

    # ---- conversations

    def conversation(self, place: str, time: float) -> Conversation:
        """Return the conversation, met for the first time at `time` if it is new."""
        known = self.conversations.get(place)
        if known is None:
            known = self.conversations[place] = Conversation(time)
            self.touch_conversation(place, known)
        return known

    def hear(self, place: str, conversation: Conversation, time: float) -> None:
        """Take in that somebody was heard in a conversation, unless that was taken in of the same minute."""
        if time - conversation.heard >= HEARD_APART:
            conversation.lively, conversation.heard = conversation.lively_at(time) + 1.0, time
            self._talked[place] = conversation

    def touch_conversation(self, place: str, conversation: Conversation) -> None:
        """Note that a conversation has changed."""
        self._talked[place] = conversation
