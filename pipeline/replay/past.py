"""The past: what a recording tells, ready to be lived through once more."""

from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TypeVar

from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.directory import DirectoryRecord
from schemas.errors import CricketsError
from schemas.event import (
    Event,
    MemberJoined,
    MemberLeft,
    MessageEdited,
    MessagePosted,
    MessageSeen,
    ReactionAdded,
    Traits,
)
from schemas.ids import event_id

STAGE = "replay"
"""The stage of the dead letters."""


class UnreadablePastError(CricketsError):
    """A recording cannot be read at all; one broken line in it is a dead letter instead."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """A reaction to a message; `author` is a pseudonym."""

    author: str
    name: str
    time: float
    dated: bool = True
    """Whether the recording says when; else the time is a guess."""


@dataclass(frozen=True, slots=True)
class View:
    """Somebody saw a message; `author` is a pseudonym."""

    author: str
    time: float


T = TypeVar("T", Reaction, View)


@dataclass(frozen=True, slots=True)
class Message:
    """A message with its reactions: a tenth of the memory of the events that are made of it on the way out."""

    conversation: str
    message: str
    thread: str | None
    author: str
    bot: bool
    time: float
    traits: Traits
    asset_id: str | None = None
    edited: str | None = None  # Slack's ts of the latest edit
    reactions: tuple[Reaction, ...] = ()
    views: tuple[View, ...] = ()


@dataclass(frozen=True, slots=True)
class Move:
    """Somebody joined a conversation, or left it; `ts` tells it from the next time."""

    conversation: str
    author: str
    bot: bool
    time: float
    ts: str
    joined: bool


@dataclass(frozen=True)
class Past:
    """A recording in memory, pseudonymous and without text; both readers give one."""

    source: str
    workspace: str
    told: tuple[Message | Move, ...] = field(repr=False)  # in the order of the files
    bots: frozenset[str]
    observed_until: float  # time of the last message
    directory: tuple[DirectoryRecord, ...] = ()
    broken: tuple[DeadLetter, ...] = ()
    notes: tuple[str, ...] = ()  # for people: what was left out on purpose

    @property
    def messages(self) -> int:
        """Return how many messages there are."""
        return sum(isinstance(item, Message) for item in self.told)

    @property
    def total(self) -> int:
        """Return how many items `read` gives, for a progress bar."""
        return len(self.broken) + sum(1 for _ in self._moments())

    def read(self) -> Iterator[Event | DeadLetter]:
        """Give the dead letters, then every event in the order of time; at equal times as the files have it."""
        yield from self.broken
        for _, item, part in sorted(self._moments(), key=itemgetter(0)):
            told = self.told[item]
            yield self._move(told) if isinstance(told, Move) else self._event(told, part)

    def _moments(self) -> Iterator[tuple[float, int, int]]:
        """Give time, item and part: -1 the post or move itself, -2 its edit, from 0 on reactions, then views."""
        for number, item in enumerate(self.told):
            yield item.time, number, -1
            if isinstance(item, Message):
                if item.edited is not None:
                    yield float(item.edited), number, -2
                for part, reaction in enumerate(item.reactions):
                    yield reaction.time, number, part
                for part, view in enumerate(item.views, len(item.reactions)):
                    yield view.time, number, part

    def _event(self, told: Message, part: int) -> Event:
        if part >= len(told.reactions):
            return self._view(told, told.views[part - len(told.reactions)])
        if part >= 0:
            return self._reaction(told, told.reactions[part])
        if part == -2 and told.edited is not None:
            return MessageEdited(
                event_id=event_id(self.source, told.conversation, "edited", told.message, told.edited),
                source=self.source,
                workspace=self.workspace,
                conversation=told.conversation,
                time=float(told.edited),
                author=told.author,
                bot=told.bot,
                message=told.message,
                thread=told.thread,
                traits=told.traits,
                asset_id=told.asset_id,
            )
        return MessagePosted(
            event_id=event_id(self.source, told.conversation, "message", told.message),
            source=self.source,
            workspace=self.workspace,
            conversation=told.conversation,
            time=told.time,
            author=told.author,
            bot=told.bot,
            message=told.message,
            thread=told.thread,
            traits=told.traits,
            asset_id=told.asset_id,
        )

    def _reaction(self, told: Message, reaction: Reaction) -> Event:
        natural = (told.message, reaction.author, reaction.name)
        return ReactionAdded(
            event_id=event_id(self.source, told.conversation, "reaction_added", *natural),
            source=self.source,
            workspace=self.workspace,
            conversation=told.conversation,
            time=reaction.time,
            author=reaction.author,
            bot=reaction.author in self.bots,
            message=told.message,
            reaction=reaction.name,
        )

    def _view(self, told: Message, view: View) -> Event:
        return MessageSeen(
            event_id=event_id(self.source, told.conversation, "message_seen", told.message, view.author),
            source=self.source,
            workspace=self.workspace,
            conversation=told.conversation,
            time=view.time,
            author=view.author,
            bot=view.author in self.bots,
            message=told.message,
        )

    def _move(self, told: Move) -> Event:
        natural = ("joined" if told.joined else "left", told.author, told.ts)
        return (MemberJoined if told.joined else MemberLeft)(
            event_id=event_id(self.source, told.conversation, *natural),
            source=self.source,
            workspace=self.workspace,
            conversation=told.conversation,
            time=told.time,
            author=told.author,
            bot=told.bot,
        )


def reacted_at(posted_at: float, hours: float, *, at: float | None, lo: float | None, hi: float | None) -> float:
    """Return when somebody reacted: as recorded, else so many hours after the message, within the known bounds.

    >>> reacted_at(0.0, 2.0, at=None, lo=None, hi=3600.0)
    3600.0
    """
    if at is not None:
        return at
    guess = posted_at + hours * HOUR
    if lo is not None:
        guess = max(guess, lo)
    return guess if hi is None else min(guess, hi)


def distinct(reactions: Iterable[Reaction]) -> tuple[Reaction, ...]:
    """Return one reaction per member and name, the earliest: nobody can hold the same one twice."""
    return _earliest(reactions, lambda reaction: (reaction.author, reaction.name))


def first_views(views: Iterable[View]) -> tuple[View, ...]:
    """Return one view per member, the earliest."""
    return _earliest(views, lambda view: view.author)


def _earliest(items: Iterable[T], key: Callable[[T], Hashable]) -> tuple[T, ...]:
    first: dict[Hashable, T] = {}
    for item in items:
        known = first.setdefault(key(item), item)
        if item.time < known.time:
            first[key(item)] = item
    return tuple(first.values())
