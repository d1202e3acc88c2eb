"""The journal of a story: what happened, and the webhooks that tell of it."""

import uuid
from dataclasses import dataclass
from random import Random

from pipeline.simulate import payload
from pipeline.simulate.payload import Message, Payload
from pipeline.simulate.people import BOT
from pipeline.simulate.working_hours import HOUR

_DELAY_SECONDS = (3.0, 45.0)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One webhook: when it arrives, and its body."""

    time: float
    payload: Payload

    @property
    def conversation(self) -> str:
        """Where it happened: within one conversation order matters."""
        return payload.conversation_of(self.payload["event"])


class Journal:
    """Writes down what people do, between two moments; what would happen later is left out."""

    def __init__(self, seed: int, begin: float, end: float) -> None:
        self.begin = begin
        self.end = end
        self._rng = Random(f"{seed}/journal")
        self._taken: set[tuple[str, str]] = set()
        self._events: list[tuple[float, Payload]] = []

    def post(
        self,
        time: float,
        conversation: str,
        user: str,
        text: str,
        *,
        root: Message | None = None,
        metadata: Payload | None = None,
        broadcast: bool = False,
    ) -> Message:
        """Post a message: by the bot if it is the bot's account, and twice told if it mentions our app."""
        name = str(uuid.UUID(int=self._rng.getrandbits(128), version=4))
        ts = self._stamp(conversation, time)
        message = Message(conversation, ts, float(ts), user, text, name, root, metadata or {})
        if user == BOT.user:
            self._add(payload.posted_by_bot(message))
            return message
        self._add(payload.posted(message, broadcast=broadcast))
        if f"<@{BOT.user}>" in text:
            self._add(payload.mentioned(message))
        return message

    def edit(self, time: float, message: Message, text: str) -> Message:
        """Change a message's text; an equal text stands for Slack's own change."""
        after = message.rewritten(text)
        self._add(payload.edited(message, after, self._stamp(message.conversation, time)))
        return after

    def delete(self, time: float, message: Message) -> None:
        """Delete a message."""
        self._add(payload.deleted(message, self._stamp(message.conversation, time)))

    def react(self, time: float, message: Message, user: str, reaction: str, *, removed: bool = False) -> None:
        """Add a reaction to a message, or remove it."""
        ts = self._stamp(message.conversation, time)
        self._add(payload.reacted(message, user, reaction, ts, removed=removed))

    def join(self, time: float, conversation: str, user: str, inviter: str) -> None:
        """Add somebody to a channel."""
        self._add(payload.joined(conversation, user, inviter, self._stamp(conversation, time)))

    def deliveries(self, *, repeated: float = 0.015, delayed: float = 0.01) -> tuple[Delivery, ...]:
        """Return the webhooks in the order in which they arrive.

        Some arrive twice under two delivery ids, some are late. Neither crosses the end of an hour, so that whoever
        closes hours finds everything in its own.
        """
        arriving: list[tuple[float, Payload]] = []
        for time, event in sorted(self._events, key=lambda entry: entry[0]):
            late = time + self._rng.uniform(*_DELAY_SECONDS)
            same_hour = late // HOUR == time // HOUR and late < self.end
            kind = self._rng.random()
            if same_hour and kind < delayed:
                arriving.append((late, event))
                continue
            arriving.append((time, event))
            if same_hour and kind < delayed + repeated:
                arriving.append((late, event))
        arriving.sort(key=lambda entry: entry[0])
        return tuple(
            Delivery(time, payload.envelope(event, f"Ev0{number:08d}", _time_of(event)))
            for number, (time, event) in enumerate(arriving, start=1)
        )

    def _add(self, event: Payload) -> None:
        time = _time_of(event)
        if self.begin <= time < self.end:
            self._events.append((time, event))

    def _stamp(self, conversation: str, time: float) -> str:
        """Return a ts that is unique in its channel, as Slack's are."""
        micros = round(time * 1e6)
        while True:
            ts = f"{micros // 1_000_000}.{micros % 1_000_000:06d}"
            if (conversation, ts) not in self._taken:
                self._taken.add((conversation, ts))
                return ts
            micros += 1


def _time_of(event: Payload) -> float:
    return float(event["event_ts"])
