"""The rows of events: by far most of what is recorded, so each is written down in the order of its table's columns."""

from typing import Any, cast

from agents.record.facts import moment
from agents.tables import Row
from schemas.event import (
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
)

_NO_TEXT = ("", 0, False, False, 0, False, False, False)
"""The traits of an event without any text."""

_Posted = MessagePosted | MessageEdited
_Other = MessageDeleted | ReactionAdded | ReactionRemoved | MemberJoined | MemberLeft


def event(told: _Posted | _Other) -> Row:
    """Return the row of an event."""
    return _posted(cast(_Posted, told)) if hasattr(told, "traits") else _other(told)


def _posted(told: _Posted) -> Row:
    traits = told.traits
    return Row(
        "events",
        (
            told.event_id, told.kind, told.source, told.workspace, told.conversation, moment(told.time),
            told.author, told.bot, told.message, told.thread, "", told.asset_id or "", traits.ask or "",
            traits.length, traits.question, traits.broadcast, traits.mentions, traits.link, traits.code, traits.file,
        ),
    )  # fmt: skip


def _other(told: Any) -> Row:
    return Row(
        "events",
        (
            told.event_id, told.kind, told.source, told.workspace, told.conversation, moment(told.time),
            getattr(told, "author", ""), getattr(told, "bot", False),
            getattr(told, "message", ""), getattr(told, "thread", None), getattr(told, "reaction", ""),
            "", *_NO_TEXT,
        ),
    )  # fmt: skip
