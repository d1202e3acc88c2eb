"""What of Slack's Events API is used here: unknown fields are passed over, those used are strict."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

SlackId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")]
Timestamp = Annotated[str, Field(pattern=r"^[0-9]{1,11}\.[0-9]{1,9}$")]
"""Slack's `ts`: seconds, and an id unique in its channel; a float would lose digits."""

DIRECT = frozenset({"im", "mpim", "app_home"})
ASSET_METADATA = "crickets_asset"


class _Part(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class Edited(_Part):
    """Who changed a message's text, and when; Slack sends an empty one, too."""

    user: SlackId | None = None
    ts: Timestamp | None = None


class Metadata(_Part):
    """What an app said about its own message."""

    event_type: str = ""
    event_payload: dict[str, Any] = Field(default_factory=dict)


class Message(_Part):
    """A message as such, posted or quoted in an event about it."""

    ts: Timestamp | None = None
    thread_ts: Timestamp | None = None
    subtype: str | None = None
    text: str | None = None
    user: SlackId | None = None
    bot_id: SlackId | None = None
    edited: Edited | None = None
    files: list[Any] | None = None
    metadata: Metadata | None = None

    def thread(self, ts: str) -> str | None:
        """Return the root that message `ts` replies to; a root that has replies names itself."""
        return self.thread_ts if self.thread_ts != ts else None


class MessageEvent(Message):
    """Event `message` and its twin `app_mention`."""

    channel: SlackId
    channel_type: str | None = None
    event_ts: Timestamp | None = None
    deleted_ts: Timestamp | None = None
    message: Message | None = None
    previous_message: Message | None = None


class Item(_Part):
    """What was reacted to."""

    type: str
    channel: SlackId | None = None
    channel_type: str | None = None
    ts: Timestamp | None = None


class ReactionEvent(_Part):
    """Events `reaction_added` and `reaction_removed`."""

    user: SlackId
    reaction: str = Field(min_length=1, max_length=200)
    item: Item
    event_ts: Timestamp | None = None


class MembershipEvent(_Part):
    """Events `member_joined_channel` and `member_left_channel`."""

    user: SlackId
    channel: SlackId
    channel_type: str | None = None
    event_ts: Timestamp | None = None


class Envelope(_Part):
    """The outside of every delivery; the event within is read by its type."""

    type: str
    team_id: str | None = None
    event_id: str | None = None
    event_time: int | None = Field(default=None, ge=0)
    event: dict[str, Any] | None = None


def is_direct(channel: str, channel_type: str | None) -> bool:
    """Whether it is a direct message: private, and not ours to look at. Some events tell by the id alone."""
    return channel_type in DIRECT or channel.startswith("D")
