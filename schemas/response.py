"""THE definition of a response: state, model, KPI, list and alert all ask this module.

A response to a prompt is a human other than the prompt's author and not staff replying in its thread or reacting to
it, within the horizon; where the source's rules say so also another member's root message in the same conversation
within ten minutes (an inline answer). A removed reaction and a deleted reply are taken back. What counts is
responders: distinct members with at least one standing response.
"""

from typing import Literal

from pydantic import BaseModel, Field

from schemas.base import HOUR, Contract, Seconds
from schemas.event import MessageDeleted, MessagePosted, ReactionAdded, ReactionRemoved

INLINE_WINDOW = 600.0
"""Seconds within which a root message may answer the one before it."""

Responding = MessagePosted | MessageDeleted | ReactionAdded | ReactionRemoved
"""The events that can make or take back a response."""

Refusal = Literal["bot", "self", "staff", "before the prompt", "after the horizon", "not inline", "other message"]


class ResponseRules(Contract):
    """What the settings say about responses."""

    horizon_hours: float = Field(default=168.0, gt=0)
    inline_answers: bool = False

    @property
    def horizon(self) -> float:
        """Return the horizon in seconds."""
        return self.horizon_hours * HOUR


class Asked(Contract):
    """What has to be known of a prompt to tell whether something answers it."""

    message: str
    author: str
    posted_at: Seconds


class Item(BaseModel):
    """One response, standing or taken back; the later event of the two decides."""

    member: str
    time: float
    standing: bool


class Responses(BaseModel):
    """The responses to one prompt: what stands, and what was taken back (so that order of arrival does not matter)."""

    items: dict[str, Item] = Field(default_factory=dict)

    @property
    def standing(self) -> list[Item]:
        """Return the responses that stand."""
        return [item for item in self.items.values() if item.standing]

    @property
    def responders(self) -> dict[str, float]:
        """Return the members with a standing response, and the time of their first."""
        first: dict[str, float] = {}
        for item in self.standing:
            first[item.member] = min(item.time, first.get(item.member, item.time))
        return first

    def apply(self, asked: Asked, event: Responding, *, staff: bool, rules: ResponseRules) -> Refusal | None:
        """Take an event into account; return why it is no response, or None when it is (or takes one back).

        Parameters
        ----------
        asked
            The prompt.
        event
            Something that happened in the prompt's conversation; the same event twice changes nothing.
        staff
            Whether the event's author is staff.
        rules
            Horizon and inline answers.
        """
        match event:
            case MessageDeleted():
                key = f"message {event.message}"
                known = self.items.get(key)
                self.items[key] = Item(member=known.member if known else "", time=event.time, standing=False)
                return None
            case MessagePosted():
                refusal = refuse(asked, event, staff=staff, rules=rules)
                key = f"message {event.message}"
            case ReactionAdded() | ReactionRemoved():
                refusal = refuse(asked, event, staff=staff, rules=rules)
                key = f"reaction {event.author} {event.reaction}"
        if refusal:
            return refusal
        known = self.items.get(key)
        if isinstance(event, MessagePosted):
            if known is None:  # a message is posted once; a deletion that arrived first stays
                self.items[key] = Item(member=event.author, time=event.time, standing=True)
        elif known is None or event.time > known.time:
            self.items[key] = Item(member=event.author, time=event.time, standing=isinstance(event, ReactionAdded))
        return None


def refuse(
    asked: Asked, event: MessagePosted | ReactionAdded | ReactionRemoved, *, staff: bool, rules: ResponseRules
) -> Refusal | None:
    """Say why an event is no response to a prompt, or None when it is one."""
    if event.bot:
        return "bot"
    if event.author == asked.author:
        return "self"
    if staff:
        return "staff"
    if event.time < asked.posted_at:
        return "before the prompt"
    if isinstance(event, ReactionRemoved):
        return None if event.message == asked.message else "other message"  # taking back is never too late
    if event.time > asked.posted_at + rules.horizon:
        return "after the horizon"
    if isinstance(event, ReactionAdded):
        return None if event.message == asked.message else "other message"
    if event.thread is not None:
        return None if event.thread == asked.message else "other message"
    if not rules.inline_answers or event.time > asked.posted_at + INLINE_WINDOW or event.message == asked.message:
        return "not inline"
    return None
