"""THE definition of a response: state, model, KPI, list and alert all ask this module.

A response to a prompt is a human other than the prompt's author and not staff replying in its thread or reacting to
it, within the horizon; where the source's rules say so also another member's root message in the same conversation
within ten minutes (an inline answer). A removed reaction and a deleted reply are taken back. What counts is
responders: distinct members with at least one standing response.
"""

from functools import cached_property
from typing import Literal

from msgspec import Struct, field
from pydantic import Field

from schemas.base import HOUR, Contract
from schemas.erasure import digest
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

    @cached_property
    def horizon(self) -> float:
        """Return the horizon in seconds."""
        return self.horizon_hours * HOUR


class Asked(Struct, array_like=True, frozen=True, gc=False):
    """What has to be known of a prompt to tell whether something answers it."""

    message: str
    author: str
    posted_at: float


class Item(Struct, array_like=True, frozen=True, gc=False):
    """One response, standing or taken back; the later event of the two decides."""

    member: str
    time: float
    standing: bool


class Responses(Struct, array_like=True, gc=False):
    """The responses to one prompt: what stands, and what was taken back (so that order of arrival does not matter)."""

    items: dict[str, Item] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        """Say whether any response stands."""
        for item in self.items.values():  # noqa: SIM110  # `any` takes three times as long, and this is asked of each
            if item.standing:
                return True
        return False

    def tally(self) -> tuple[dict[str, float], int]:
        """Return the members with a standing response and the time of their first, and how many responses stand."""
        first: dict[str, float] = {}
        standing = 0
        for item in self.items.values():
            if item.standing:
                standing += 1
                before = first.get(item.member)
                if before is None or item.time < before:
                    first[item.member] = item.time
        return first, standing

    @property
    def responders(self) -> dict[str, float]:
        """Return the members with a standing response, and the time of their first."""
        return self.tally()[0]

    def member(self, erased: str) -> str | None:
        """Return the pseudonym of which this is the digest, if somebody of that name responded."""
        return next((item.member for item in self.items.values() if digest(item.member) == erased), None)

    def rename(self, member: str) -> str:
        """Put somebody without a name in a member's place, and return what stands there now.

        Two erased members stay two responders: the second one is called otherwise, but only here.
        """
        taken, n = {item.member for item in self.items.values()}, 0
        while (nobody := f"m_{n:020x}") in taken:
            n += 1
        items: dict[str, Item] = {}
        for key, item in self.items.items():
            if item.member == member:
                key, item = key.replace(member, nobody), Item(nobody, item.time, item.standing)
            items[key] = item
        self.items = items
        return nobody

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
        if event.kind == "message_deleted":
            key = f"message {event.message}"
            known = self.items.get(key)
            self.items[key] = Item(known.member if known else "", event.time, standing=False)
            return None
        if refusal := refuse(asked, event, staff=staff, rules=rules):
            return refusal
        if event.kind == "message_posted":
            key = f"message {event.message}"
            if key not in self.items:  # a message is posted once; a deletion that arrived first stays
                self.items[key] = Item(event.author, event.time, standing=True)
            return None
        key = f"reaction {event.author} {event.reaction}"
        known = self.items.get(key)
        if known is None or event.time > known.time:
            self.items[key] = Item(event.author, event.time, standing=event.kind == "reaction_added")
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
    if event.kind == "reaction_removed":
        return None if event.message == asked.message else "other message"  # taking back is never too late
    if event.time > asked.posted_at + rules.horizon:
        return "after the horizon"
    if event.kind == "reaction_added":
        return None if event.message == asked.message else "other message"
    if event.thread is not None:
        return None if event.thread == asked.message else "other message"
    if not rules.inline_answers or event.time > asked.posted_at + INLINE_WINDOW or event.message == asked.message:
        return "not inline"
    return None
