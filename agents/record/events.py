"""The rows of events: by far most of what is recorded, so each is written down in the order of its table's columns."""

from typing import Any

from agents.record.facts import moment
from agents.tables import Row
from schemas.event import (
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    MessageSeen,
    ReactionAdded,
    ReactionRemoved,
)

_NO_TEXT = ("", 0, False, False, 0, False, False, False)
"""The traits of an event without any text."""


def posted(told: MessagePosted | MessageEdited) -> Row:
    """Return the row of a message."""
    traits = told.traits
    return (
        "events",
        (
            told.event_id, told.kind, told.source, told.workspace, told.conversation, moment(told.time),
            told.author, told.bot, told.message, told.thread, "", told.asset_id or "", traits.ask or "",
            traits.length, traits.question, traits.broadcast, traits.mentions, traits.link, traits.code, traits.file,
        ),
    )  # fmt: skip


def reacted(told: ReactionAdded | ReactionRemoved) -> Row:
    """Return the row of a reaction."""
    return (
        "events",
        (
            told.event_id, told.kind, told.source, told.workspace, told.conversation, moment(told.time),
            told.author, told.bot, told.message, None, told.reaction, "", *_NO_TEXT,
        ),
    )  # fmt: skip


def other(told: MessageDeleted | MessageSeen | MemberJoined | MemberLeft) -> Row:
    """Return the row of an event that is neither."""
    of: Any = told
    return (
        "events",
        (
            told.event_id, told.kind, told.source, told.workspace, told.conversation, moment(told.time),
            getattr(of, "author", ""), getattr(of, "bot", False), getattr(of, "message", ""),
            getattr(of, "thread", None), "", "", *_NO_TEXT,
        ),
    )  # fmt: skip
