"""Canonical events: what happened in a conversation, pseudonymous and without any text."""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from schemas.asset import AssetType
from schemas.base import Contract, Seconds
from schemas.erasure import Erased


class Traits(Contract):
    """What may be kept of a message's text: measured while it passed, the text itself is gone."""

    length: int = Field(default=0, ge=0, description="characters")
    question: bool = False
    broadcast: bool = Field(default=False, description="addresses everybody (@here, @channel)")
    mentions: int = Field(default=0, ge=0)
    link: bool = False
    code: bool = False
    file: bool = False
    ask: AssetType | None = Field(default=None, description="what the text asks for, by the classifier of the ask")


class EventBase(Contract):
    """What every event of a conversation has."""

    event_id: str = Field(min_length=1)
    source: str = Field(min_length=1, description="name of the configured source: slack, archive ...")
    workspace: str = ""
    conversation: str = Field(min_length=1, description="the smallest place within which order matters")
    time: Seconds

    @property
    def place(self) -> str:
        """Name the conversation: two sources may use the same id."""
        return f"{self.source}:{self.conversation}"


class Authored(EventBase):
    """An event that a member or a bot caused."""

    author: str = Field(min_length=1, description="pseudonym")
    bot: bool = False


class MessagePosted(Authored):
    """Somebody posted: a root message, or a reply when `thread` names another message."""

    kind: Literal["message_posted"] = "message_posted"
    message: str = Field(min_length=1, description="the source's id of the message, unique in its conversation")
    thread: str | None = Field(default=None, description="the root message replied to; None for a root message")
    traits: Traits = Traits()
    asset_id: str | None = Field(default=None, description="asset tag or message metadata")

    @property
    def is_root(self) -> bool:
        """Whether the message opens a thread instead of answering in one."""
        return self.thread is None


class MessageEdited(Authored):
    """Somebody changed a message's text; `traits` are those of the new text."""

    kind: Literal["message_edited"] = "message_edited"
    message: str = Field(min_length=1)
    thread: str | None = None
    traits: Traits = Traits()
    asset_id: str | None = None


class MessageDeleted(EventBase):
    """A message is gone, whoever removed it."""

    kind: Literal["message_deleted"] = "message_deleted"
    message: str = Field(min_length=1)
    thread: str | None = None


class ReactionAdded(Authored):
    """Somebody reacted to a message."""

    kind: Literal["reaction_added"] = "reaction_added"
    message: str = Field(min_length=1)
    reaction: str = Field(min_length=1)


class ReactionRemoved(Authored):
    """Somebody took a reaction back."""

    kind: Literal["reaction_removed"] = "reaction_removed"
    message: str = Field(min_length=1)
    reaction: str = Field(min_length=1)


class MessageSeen(Authored):
    """Somebody saw a message, where a source tells that: no response, and no activity of theirs.

    Like any event it shows that its source delivers.
    """

    kind: Literal["message_seen"] = "message_seen"
    message: str = Field(min_length=1)


class MemberJoined(Authored):
    """Somebody joined the conversation."""

    kind: Literal["member_joined"] = "member_joined"


class MemberLeft(Authored):
    """Somebody left the conversation."""

    kind: Literal["member_left"] = "member_left"


class Watermark(Contract):
    """Time, as a record: what follows in this partition by this stage is not older than `time`.

    Silence makes no events, so time itself has to travel: a live `normalise` writes it while its partition is quiet,
    `replay` writes it at the end of every epoch, each stage passes on its own.
    """

    kind: Literal["watermark"] = "watermark"
    time: Seconds
    stage: str = Field(default="source", description="who promises: source, or the agent that passed it on")
    partition: int = Field(default=0, ge=0, description="partition of `events` the promise is about")
    observed_until: Seconds | None = Field(
        default=None,
        description="the source was observed only up to here (the end of an archive): what had not come by then is "
        "unknown, not absent",
    )


Event = Annotated[
    MessagePosted
    | MessageEdited
    | MessageDeleted
    | ReactionAdded
    | ReactionRemoved
    | MessageSeen
    | MemberJoined
    | MemberLeft
    | Watermark
    | Erased,
    Field(discriminator="kind"),
]
"""A record of topic `events`."""

EVENT: TypeAdapter[Event] = TypeAdapter(Event)
