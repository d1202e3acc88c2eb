"""The agent `track`: open prompts, responses, and the clock of silence of one partition."""

from collections.abc import Iterator, Mapping, Sequence
from math import inf, nextafter
from typing import TypeGuard

from pydantic import ValidationError

from agents.decode import refuse
from agents.effects import Effect, Record, Send, WaitFor
from agents.knowledge import Knowledge
from agents.track.facts import read_asked, read_moments
from agents.track.lifecycle import Lifecycle
from agents.track.partition import STAGE, PartitionState
from agents.track.posting import Posting
from agents.track.postponing import Postponing
from agents.track.reach import DAY
from agents.track.rules import TrackRules
from agents.track.sensing import Sensing
from agents.track.state import HEARD_APART, NEVER, Life
from schemas.base import HOUR
from schemas.compiled import changed
from schemas.erasure import ERASED, Erased
from schemas.event import Event, MessageDeleted, MessagePosted, ReactionAdded, ReactionRemoved
from schemas.event import Watermark as Mark
from schemas.ids import prompt_id
from schemas.response import INLINE_WINDOW, Responding, Responses
from schemas.topic import Topic
from schemas.twins import EVENTS, Watermark

EARLY_KEPT = HOUR
"""How long a response waits for its prompt, in seconds of event time; where there is a hole, a horizon."""

EARLY_MOST = 100
"""How many responses may wait for one prompt."""

Answer = MessagePosted | ReactionAdded | ReactionRemoved


class Track:
    """One partition of `events`, in order: everything that happens moves the partition's clock.

    Most events are talk: they pass no deadline, need nothing newer to be known, and open no prompt. `_common` deals
    with those and is but one call; everything else takes the long way through `_happen`, with the same result.

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
        postponing = Postponing(self.state, knowledge, rules.epoch)
        sensing = Sensing(self.state, knowledge, rules.epoch, 1 / rules.partitions)
        self.life = Lifecycle(self.state, partition, postponing, sensing)
        self._horizon, self._lateness = rules.responses.horizon, rules.lateness
        self._members = knowledge.members
        self._channels = frozenset(rules.channels)
        self._roots_matter = rules.every_root or rules.responses.inline_answers
        self._epoch = rules.epoch
        self._known_until = (knowledge.lag + 1) * knowledge.epoch
        self._quiet_until = self._epoch_ends = -inf
        self._day, self._day_begins, self._day_ends = -1, inf, -inf

    @property
    def durable(self) -> int:
        """Return the last offset worked through: everything is in the changelog after each batch."""
        return self.state.clock.offset

    def load(self, changes: Mapping[str, bytes | None]) -> None:
        """Take in what an earlier owner left."""
        self.state.load(changes)

    def ready(self) -> None:
        """Bring what was loaded up to its clock."""
        self.state.ready()
        self._known_until = self.state.clock.as_of + (self.knowledge.lag + 1) * self.knowledge.epoch

    def take_changes(self) -> dict[str, bytes | None]:
        """Return what has changed."""
        return self.state.take_changes()

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch."""
        state, told, common, read = self.state, self.life.told, self._common, EVENTS.quick
        clock, done = state.clock, state.clock.offset
        if records and records[-1].offset > done:
            state.moved = True
        for record in records:
            offset = record.offset
            if offset <= done:
                continue  # came again after a crash: it is in the state already
            try:
                event = read(record.value)
            except ValueError:
                try:
                    event = EVENTS.thorough(record.value)
                except ValidationError as error:
                    yield refuse(record, STAGE, error)
                    clock.offset = done = offset
                    continue
            if common(event):
                latest = state.latest
                if latest is None or event.workspace != latest.workspace or event.source != latest.source:
                    state.note_heard()
                state.latest = event
            else:
                if event.kind == "watermark":
                    yield from self._pass_time(event)
                elif event.kind == "erased":
                    yield from self._forget(event.digest)
                else:
                    yield from self._happen(event)
                    state.note_heard()
                    state.latest = event
                self._look_ahead()
            if told:
                yield from self.life.take_told()
            clock.offset = done = offset
        yield from self.promise()

    # ---- the common event

    def _look_ahead(self) -> None:
        """Find out until when time may pass without meaning anything."""
        state = self.state
        clock = state.clock
        self._epoch_ends = clock.reached(self._epoch) + self._epoch
        if clock.observed_until != NEVER or clock.time >= self._known_until:
            self._quiet_until = self._epoch_ends = -inf
        else:
            self._quiet_until = min(state.deadlines.next, state.next_early, self._epoch_ends)

    def _pass_quietly(self, until: float) -> bool:
        """Let time pass within what is known and within the epoch; return False where more is to be done."""
        if until >= self._epoch_ends or self._live(until) is not None:
            return False
        self.state.drop_early(until)
        self._quiet_until = min(self.state.deadlines.next, self.state.next_early, self._epoch_ends)
        return True

    def _common(self, event: Event) -> TypeGuard[Answer]:
        """Work through an event of the common kind; return False when it is none, after at most passing time."""
        if event.kind == "message_posted":
            target, posted = event.thread, True
            if target is None and (
                self._roots_matter or event.asset_id is not None or event.conversation in self._channels
            ):
                return False
        elif event.kind == "reaction_added" or event.kind == "reaction_removed":
            target, posted = event.message, False
        else:
            return False
        state, time = self.state, event.time
        clock = state.clock
        now = time - self._lateness
        if time >= self._known_until or time + self._horizon <= clock.time:
            return False
        if now >= self._quiet_until and not self._pass_quietly(now):
            return False
        author = event.author
        member = self._members.get(author)
        if member is not None and member.bot:
            return False
        place = f"{event.source}:{event.conversation}"
        life = None
        if target is None:
            if member is not None:  # those of staff may be prompts
                return False
        else:
            about = f"{place}:{target}"
            life = state.prompts.get(about)
            if life is None:
                hashed, seen = hash(about), state.seen
                if seen.hashes[hashed & seen.mask] != hashed:
                    return False
        if now > clock.time:
            clock.time = now
        conversation = state.conversations.get(place)
        if conversation is None:
            conversation = state.conversation(place, time)
        if not event.bot:
            if time - conversation.heard >= HEARD_APART:  # `hear` asks, too; mostly it need not be called
                state.hear(place, conversation, time)
            if not self._day_begins <= time < self._day_ends:
                self._day = int(time // DAY)
                self._day_begins, self._day_ends = self._day * DAY, (self._day + 1) * DAY
            day, presences = self._day, state.presences
            known = presences.days.get(place)
            if known is None:
                presences.see(place, author, day)
            elif known.get(author, -1) < day:
                known[author] = day
                presences.note(place, author, day)
        if life is not None:
            self._answer(life, event, staff=member is not None and member.staff)
        if posted:
            hashed, seen = hash(f"{place}:{event.message}"), state.seen
            seen.hashes[hashed & seen.mask] = hashed
        return True

    # ---- time

    def _pass_time(self, watermark: Mark) -> Iterator[Effect]:
        clock = self.state.clock
        if watermark.observed_until is not None:
            clock.observed_until = watermark.observed_until
        elif watermark.time > clock.time:
            clock.observed_until = NEVER  # the source is observed again
        yield from self._advance(watermark.time)
        yield from self.promise()

    def _advance(self, until: float) -> Iterator[Effect]:
        state, clock = self.state, self.state.clock
        ends = clock.reached(self._epoch) + self._epoch
        if until >= ends:
            yield from self.life.count(ends)
        while (due := self._live(until)) is not None:
            yield from self.life.take_told()
            yield from self._know(due)
        state.drop_early(until)
        if until >= ends:
            state.presences.forget(int((clock.time - self._horizon - self.rules.active_days * DAY) // DAY))
        yield from self.life.take_told()

    def _live(self, until: float) -> float | None:
        """Let everything pass that is due; stop at a moment at which more must be known, and return it."""
        state, clock = self.state, self.state.clock
        while (found := state.deadlines.pop(until)) is not None:
            due, life = found
            clock.time, clock.lived = max(clock.time, due), nextafter(due, -inf)
            moments = read_moments(life.facts)
            if due >= self._known_until and life.asks(moments, due):
                state.deadlines.schedule(life, due)
                return due
            self.life.fall_due(life, moments, due)
        clock.time, clock.lived = max(clock.time, until), None
        return None

    def _know(self, time: float) -> Iterator[Effect]:
        """Go on when what was learned by then can be used: to judge with it, and to explain the verdict."""
        clock = self.state.clock
        as_of = self.knowledge.as_of_for(time)
        if as_of > clock.as_of:
            yield from self.promise()  # before waiting for the others: they may be waiting for us
            if not self.knowledge.ready(as_of):
                yield WaitFor(as_of)
                self.state.moved = True  # changes were taken meanwhile, and there will be more
            clock.as_of = as_of
            self._known_until = clock.as_of + (self.knowledge.lag + 1) * self.knowledge.epoch

    def promise(self) -> Iterator[Effect]:
        """Tell those who wait for all partitions how far this one has come, an epoch at a time."""
        clock = self.state.clock
        reached = clock.reached(self._epoch)
        if reached <= clock.promised:
            return
        clock.promised = reached
        seen = None if clock.observed_until == float("inf") else clock.observed_until
        mark = Watermark(time=reached, stage="track", partition=self.partition, observed_until=seen)
        for topic in (Topic.OBSERVATIONS, Topic.OUTCOMES, Topic.VERDICTS):
            yield Send(topic, key=f"watermark:{self.partition}", value=mark)

    def _forget(self, erased: str) -> Iterator[Send]:
        """Forget who a member was, and tell `learn` and `watch` that whatever they are told from here on is clean."""
        self.state.forget(erased)
        self.posting.forget()
        identity = f"~erased:{erased}@track:{self.partition}"
        value = Erased(digest=erased, time=max(self.state.clock.time, self.state.clock.promised), id=identity)
        for topic in (Topic.OBSERVATIONS, Topic.OUTCOMES):
            yield Send(topic, key=identity, value=value)

    # ---- events

    def _happen(self, event: Event) -> Iterator[Effect]:
        clock = self.state.clock
        if event.kind == "watermark" or event.kind == "erased":
            return
        if event.time + self._horizon <= clock.time and not self._held(event):
            return  # so late that its prompt was closed long ago
        yield from self._advance(max(clock.time, event.time - self._lateness))
        yield from self._know(max(clock.time, event.time))
        if event.time > clock.observed_until:
            clock.observed_until = NEVER
        if event.kind != "message_deleted" and not event.bot and self.knowledge.is_bot(event.author):
            event = changed(event, bot=True)
        match event.kind:
            case "message_posted":
                self._posted(event)
            case "reaction_added" | "reaction_removed":
                self._seen(event)
                self._respond(prompt_id(event.source, event.conversation, event.message), event)
            case "message_deleted":
                self._deleted(event)
            case "message_seen":
                self.life.viewing.see(event, staff=self.knowledge.is_staff(event.author))
            case "member_joined" | "member_left" if event.author != ERASED:
                self.state.presences.join(event.place, event.author, joined=event.kind == "member_joined")
            case "message_edited":
                pass  # an edit is no response, and a prompt stays what it was when it was judged
        if self.state.deadlines.next <= clock.time:
            yield from self._advance(clock.time)  # a prompt that came late has lived through some of its life

    def _held(self, event: Event) -> bool:
        """Tell whether what came very late is about a prompt that waits for it, since its source was down."""
        if event.kind == "message_posted" or event.kind == "message_deleted":
            target = event.thread
        elif event.kind in ("reaction_added", "reaction_removed", "message_seen"):
            target = event.message
        else:
            return False
        return target is not None and prompt_id(event.source, event.conversation, target) in self.state.prompts

    def _seen(self, event: Answer) -> None:
        place, time = event.place, event.time
        conversation = self.state.conversation(place, time)
        if not event.bot:
            self.state.hear(place, conversation, time)
            self.state.presences.see(place, event.author, int(time // DAY))

    def _posted(self, event: MessagePosted) -> None:
        identity = prompt_id(event.source, event.conversation, event.message)
        if event.thread is not None:
            self._seen(event)
            self._respond(prompt_id(event.source, event.conversation, event.thread), event)
            self.state.seen.add(identity)
            return
        if self.rules.responses.inline_answers:
            self._inline(event)
        if identity not in self.state.prompts:
            if self.rules.is_prompt(event, self.knowledge.is_staff):
                self._open(identity, event)
            else:
                self.state.seen.add(identity)
        self._seen(event)

    def _open(self, identity: str, event: MessagePosted) -> None:
        self.life.opened(*self.posting.open(identity, event))
        early = self.state.take_early(identity)
        for waiting in early.events if early else ():
            if waiting.kind == "message_deleted":
                self._deleted(waiting)
            else:
                self._respond(identity, waiting)

    def _inline(self, event: MessagePosted) -> None:
        known = self.state.conversations.get(event.place)
        for recent in known.recent if known else ():
            if 0 <= event.time - recent.time <= INLINE_WINDOW and recent.prompt_id in self.state.prompts:
                self._respond(recent.prompt_id, event)

    def _respond(self, identity: str, event: Answer) -> None:
        life = self.state.prompts.get(identity)
        if life is None:
            self._keep_aside(identity, event)
        else:
            self._answer(life, event, staff=self.knowledge.is_staff(event.author))

    def _answer(self, life: Life, event: Answer, *, staff: bool) -> None:
        self.life.pass_time(life, event.time)
        responses = life.responses
        if responses is None:
            responses = Responses()
        if responses.apply(read_asked(life.facts), event, staff=staff, rules=self.rules.responses) is None:
            life.responses = responses
            if life.personas is None:
                life.personas = {}
            if event.author not in life.personas:
                life.personas[event.author] = self.posting.personas()[event.author]
            self.life.responded(life, event.time)

    def _keep_aside(self, identity: str, event: Responding) -> None:
        if identity in self.state.seen:
            return  # it was no prompt, or is none any more
        now, kept = max(event.time, self.state.clock.time), EARLY_KEPT
        new = identity not in self.state.early
        if new and self.life.sensing.hole(event.source, event.workspace, now - self._horizon, now):
            kept = self._horizon  # its prompt may have been posted in the hole, and come late
        early = self.state.keep_aside(identity, now + kept)
        if len(early.events) < EARLY_MOST and event not in early.events:
            early.events.append(event)
            self.state.touch_early(identity, early)

    def _deleted(self, event: MessageDeleted) -> None:
        root = event.message if event.thread is None else event.thread
        identity = prompt_id(event.source, event.conversation, root)
        life = self.state.prompts.get(identity)
        if life is None:
            self._keep_aside(identity, event)
        elif event.thread is None:
            self.life.withdraw(life, event.time)
        for answered in self._prompts_answered_by(event):
            self.life.pass_time(answered, event.time)
            if answered.responses is None:
                answered.responses = Responses()
            answered.responses.apply(read_asked(answered.facts), event, staff=False, rules=self.rules.responses)
            self.life.responded(answered, event.time)

    def _prompts_answered_by(self, event: MessageDeleted) -> list[Life]:
        """Find the prompts that a deleted message answered: by its thread, else among the recent ones."""
        prompts = self.state.prompts
        if event.thread is not None:
            life = prompts.get(prompt_id(event.source, event.conversation, event.thread))
            return [life] if life is not None else []
        known, item = self.state.conversations.get(event.place), f"message {event.message}"
        recent = [prompts.get(recent.prompt_id) for recent in (known.recent if known else ())]
        return [life for life in recent if life is not None and life.responses and item in life.responses.items]
