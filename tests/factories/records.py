"""Stories for agents: events told in hours since a Monday morning, put into a topic, and what an agent said to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from agents.body import Body
from agents.effects import Effect, Record, Send, WaitFor
from schemas.anomaly import ANOMALY
from schemas.base import HOUR, Contract
from schemas.dead_letter import DeadLetter
from schemas.event import EVENT, MessageDeleted, MessagePosted, MessageSeen, ReactionAdded, ReactionRemoved, Watermark
from schemas.expectation import EXPECTATION
from schemas.observation import OBSERVATION
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic
from schemas.verdict import VERDICT, Verdict

START = 1_772_442_000.0
"""2026-03-02T09:00:00Z, a Monday."""

WHERE = {"source": "slack", "workspace": "T", "conversation": "C1"}


def at(hours: float) -> float:
    """Return the moment so many hours after the story's beginning."""
    return START + hours * HOUR


def post(message: str = "p", author: str = "designer", hours: float = 0.0, **more: Any) -> MessagePosted:
    """A root message, or a reply when `thread` says so."""
    return MessagePosted(
        **WHERE | {"event_id": message, "author": author, "time": at(hours), "message": message} | more
    )


def reply(author: str, hours: float, message: str = "r1", thread: str = "p", **more: Any) -> MessagePosted:
    return post(message, author, hours, thread=thread, **more)


def react(author: str, hours: float, message: str = "p", **more: Any) -> ReactionAdded:
    event_id = f"{author} +1 {message} {hours}"
    facts = {"event_id": event_id, "author": author, "time": at(hours), "message": message, "reaction": "+1"}
    return ReactionAdded(**WHERE | facts | more)


def unreact(author: str, hours: float, message: str = "p") -> ReactionRemoved:
    event_id = f"{author} -1 {message} {hours}"
    return ReactionRemoved(event_id=event_id, author=author, time=at(hours), message=message, reaction="+1", **WHERE)


def see(viewer: str, hours: float, message: str = "p", **more: Any) -> MessageSeen:
    facts = {"event_id": f"{viewer} saw {message} {hours}", "author": viewer, "time": at(hours), "message": message}
    return MessageSeen(**WHERE | facts | more)


def delete(message: str, hours: float, thread: str | None = None) -> MessageDeleted:
    return MessageDeleted(event_id=f"deleted {message}", time=at(hours), message=message, thread=thread, **WHERE)


def mark(hours: float, *, observed: float | None = None, **more: Any) -> Watermark:
    return Watermark(time=at(hours), observed_until=None if observed is None else at(observed), **more)


def records(values: Iterable[Contract | bytes], topic: str = Topic.EVENTS, first: int = 0) -> list[Record]:
    """Put values into partition 0 of a topic, one offset each."""
    raw = [value if isinstance(value, bytes) else value.wire() for value in values]
    return [Record(topic, 0, offset, b"k", value) for offset, value in enumerate(raw, first)]


ADAPTERS: dict[str, TypeAdapter[Any]] = {
    Topic.EVENTS: EVENT,
    Topic.OBSERVATIONS: OBSERVATION,
    Topic.EXPECTATIONS: EXPECTATION,
    Topic.OUTCOMES: OUTCOME,
    Topic.VERDICTS: VERDICT,
    Topic.ANOMALIES: ANOMALY,
    Topic.DEAD_LETTERS: TypeAdapter(DeadLetter),
}


def read(sent: Send) -> Contract:
    """Return what was sent as those read it who know the contract alone."""
    return ADAPTERS[sent.topic].validate_json(sent.value.wire())


@dataclass
class Told:
    """What an agent said, by kind and in order."""

    effects: list[Effect] = field(default_factory=list)

    @property
    def values(self) -> list[Contract]:
        """Return what stands in the topics, as pydantic reads it."""
        return [read(effect) for effect in self.effects if isinstance(effect, Send)]

    @property
    def outcomes(self) -> list[Outcome]:
        return [value for value in self.values if isinstance(value, Outcome)]

    @property
    def verdicts(self) -> list[Verdict]:
        return [value for value in self.values if isinstance(value, Verdict)]

    @property
    def waits(self) -> list[float]:
        return [effect.as_of for effect in self.effects if isinstance(effect, WaitFor)]

    def statuses(self, message: str = "p") -> list[str]:
        """Return the status of a prompt, step by step."""
        return [outcome.status for outcome in self.outcomes if outcome.prompt.message == message]

    def judged(self) -> list[str]:
        """Return the verdicts, step by step."""
        return [verdict.verdict for verdict in self.verdicts]


def tell(body: Body, batch: Sequence[Record]) -> Told:
    """Let an agent work through a batch."""
    return Told(list(body(batch)))
