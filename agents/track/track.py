"""The agent `track`: open prompts, responses, and the clock of silence of one partition."""

from collections.abc import Iterator, Mapping, Sequence

from agents.decode import decode
from agents.effects import Effect, Record, Send, WaitFor
from agents.knowledge import Knowledge
from agents.track.lifecycle import Lifecycle
from agents.track.partition import PartitionState
from agents.track.posting import Posting
from agents.track.reach import DAY
from agents.track.rules import TrackRules
from agents.track.state import NEVER, Early
from schemas.base import HOUR
from schemas.event import (
    EVENT,
    Authored,
    EventBase,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
    Watermark,
)
from schemas.ids import prompt_id
from schemas.response import INLINE_WINDOW, Responding
from schemas.topic import Topic

EARLY_KEPT = HOUR
"""How long a response waits for its prompt, in seconds of event time."""

EARLY_MOST = 100
"""How many responses may wait for one prompt."""


class Track:
    """One partition of `events`, in order: everything that happens moves the partition's clock.

    Parameters
    ----------
    partition
        Number of the partition; watermarks name it.
    knowledge
        Directory and expectations.
    rules
        What the settings say.
    """

    def __init__(self, partition: int, knowledge: Knowledge, rules: TrackRules) -> None:
        self.partition, self.knowledge, self.rules = partition, knowledge, rules
        self.state = PartitionState()
        self.posting = Posting(self.state, knowledge, rules)
        self.life = Lifecycle(self.state, partition, rules.epoch)

    @property
    def durable(self) -> int:
        """Return the last offset worked through: everything is in the changelog after each batch."""
        return self.state.clock.offset

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Restore what an earlier owner left."""
        self.state.load(changes)

    def ready(self) -> None:
        """Do nothing: the index of deadlines was built while loading."""

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed."""
        return self.state.take_changes()

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch."""
        clock = self.state.clock
        for record in records:
            if record.offset <= clock.offset:
                continue  # came again after a crash: it is in the state already
            event = decode(EVENT, record, "track")
            if isinstance(event, Send):
                yield event
            elif isinstance(event, Watermark):
                yield from self._pass_time(event)
            else:
                yield from self._happen(event)
            clock.offset = record.offset
            self.state.touch("clock", "", clock)
        yield from self.promise()

    # ---- time

    def _pass_time(self, watermark: Watermark) -> Iterator[Effect]:
        clock = self.state.clock
        if watermark.observed_until is not None:
            clock.observed_until = watermark.observed_until
        elif watermark.time > clock.time:
            clock.observed_until = NEVER  # the source is observed again
        yield from self._advance(watermark.time)
        yield from self.promise()

    def _advance(self, until: float) -> Iterator[Effect]:
        ends = self.state.clock.reached(self.rules.epoch) + self.rules.epoch
        if until >= ends:
            yield from self.life.count(ends)
        for due, key in self.state.due(until):
            kind, _, identity = key.partition(" ")
            if kind == "early":
                self.state.remove_early(identity)
                continue
            self.state.clock.time = max(self.state.clock.time, due)
            if (opened := self.state.prompts.get(identity)) and opened.may_tell(due):
                yield from self._know(due)
            yield from self.life.pass_time(identity, due, inclusive=True)
            if opened := self.state.prompts.get(identity):
                self.state.schedule(key, opened.next_due())
        self.state.clock.time = max(self.state.clock.time, until)

    def _know(self, time: float) -> Iterator[Effect]:
        """Go on when what was learned by then can be used: to judge with it, and to explain the verdict."""
        clock = self.state.clock
        as_of = self.knowledge.as_of_for(time)
        if as_of > clock.as_of:
            yield from self.promise()  # before waiting for the others: they may be waiting for us
            if not self.knowledge.ready(as_of):
                yield WaitFor(as_of)
            clock.as_of = as_of

    def promise(self) -> Iterator[Effect]:
        """Tell those who wait for all partitions how far this one has come, an epoch at a time."""
        clock = self.state.clock
        reached = clock.reached(self.rules.epoch)
        if reached <= clock.promised:
            return
        clock.promised = reached
        seen = None if clock.observed_until == float("inf") else clock.observed_until
        mark = Watermark(time=reached, stage="track", partition=self.partition, observed_until=seen)
        for topic in (Topic.OBSERVATIONS, Topic.OUTCOMES, Topic.VERDICTS):
            yield Send(topic, key=f"watermark:{self.partition}", value=mark)

    # ---- events

    def _happen(self, event: EventBase) -> Iterator[Effect]:
        clock = self.state.clock
        if event.time + self.rules.responses.horizon <= clock.time:
            return  # so late that its prompt was closed long ago
        yield from self._advance(max(clock.time, event.time - self.rules.lateness))
        yield from self._know(max(clock.time, event.time))
        if event.time > clock.observed_until:
            clock.observed_until = NEVER
        if isinstance(event, Authored) and not event.bot and self.knowledge.is_bot(event.author):
            event = event.model_copy(update={"bot": True})
        match event:
            case MessagePosted():
                yield from self._posted(event)
            case ReactionAdded() | ReactionRemoved():
                self._seen(event)
                yield from self._respond(prompt_id(event.source, event.conversation, event.message), event)
            case MessageDeleted():
                yield from self._deleted(event)
            case MemberJoined() | MemberLeft():
                self.state.join(event.place, event.author, joined=isinstance(event, MemberJoined))
            case MessageEdited():
                pass  # an edit is no response, and a prompt stays what it was when it was judged

    def _seen(self, event: MessagePosted | ReactionAdded | ReactionRemoved) -> None:
        self.state.conversation(event.place, event.time)
        if not event.bot:
            self.state.see(event.place, event.author, int(event.time // DAY))

    def _posted(self, event: MessagePosted) -> Iterator[Effect]:
        if event.thread is not None:
            self._seen(event)
            yield from self._respond(prompt_id(event.source, event.conversation, event.thread), event)
            return
        if self.rules.responses.inline_answers:
            yield from self._inline(event)
        identity = prompt_id(event.source, event.conversation, event.message)
        if identity not in self.state.prompts and self.rules.is_prompt(event, self.knowledge.is_staff):
            opened = self.posting.open(identity, event)
            yield from self.life.opened(opened)
            early = self.state.remove_early(identity)
            for waiting in early.events if early else ():
                if isinstance(waiting, MessageDeleted):
                    yield from self._deleted(waiting)
                else:
                    yield from self._respond(identity, waiting)
        self._seen(event)

    def _inline(self, event: MessagePosted) -> Iterator[Effect]:
        known = self.state.conversations.get(event.place)
        for recent in known.recent if known else ():
            if 0 <= event.time - recent.time <= INLINE_WINDOW and recent.prompt_id in self.state.prompts:
                yield from self._respond(recent.prompt_id, event)

    def _respond(self, identity: str, event: MessagePosted | ReactionAdded | ReactionRemoved) -> Iterator[Effect]:
        opened = self.state.prompts.get(identity)
        if opened is None:
            self._keep_aside(identity, event)
            return
        yield from self.life.pass_time(identity, event.time, inclusive=False)
        staff = self.knowledge.is_staff(event.author)
        refusal = opened.responses.apply(opened.asked, event, staff=staff, rules=self.rules.responses)
        if refusal is None:
            opened.personas.setdefault(event.author, self.posting.persona_of(event.author))
            self.state.touch("prompt", identity, opened)
            yield from self.life.responded(opened, event.time)

    def _keep_aside(self, identity: str, event: Responding) -> None:
        early = self.state.early.get(identity)
        if early is None:
            early = self.state.early[identity] = Early(until=event.time + EARLY_KEPT)
            self.state.schedule(f"early {identity}", early.until)
        if len(early.events) < EARLY_MOST and event not in early.events:
            early.events.append(event)
            self.state.touch("early", identity, early)

    def _deleted(self, event: MessageDeleted) -> Iterator[Effect]:
        root = event.message if event.thread is None else event.thread
        identity = prompt_id(event.source, event.conversation, root)
        if identity not in self.state.prompts:
            self._keep_aside(identity, event)
        elif event.thread is None:
            yield from self.life.withdraw(identity, event.time)
        for answered in self._prompts_answered_by(event):
            opened = self.state.prompts[answered]
            yield from self.life.pass_time(answered, event.time, inclusive=False)
            opened.responses.apply(opened.asked, event, staff=False, rules=self.rules.responses)
            self.state.touch("prompt", answered, opened)
            yield from self.life.responded(opened, event.time)

    def _prompts_answered_by(self, event: MessageDeleted) -> list[str]:
        """Find the prompts that a deleted message answered: by its thread, else among the recent ones."""
        if event.thread is not None:
            identity = prompt_id(event.source, event.conversation, event.thread)
            return [identity] if identity in self.state.prompts else []
        known = self.state.conversations.get(event.place)
        item = f"message {event.message}"
        return [
            recent.prompt_id
            for recent in (known.recent if known else ())
            if recent.prompt_id in self.state.prompts and item in self.state.prompts[recent.prompt_id].responses.items
        ]
