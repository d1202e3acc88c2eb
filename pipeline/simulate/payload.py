"""Slack's Events API, as far as the story needs it: the inner events and their envelope."""

from dataclasses import dataclass, field, replace
from typing import Any

from pipeline.simulate.people import BOT

TEAM = "T0CRICKETS"
APP = "A0CRICKETS"

Payload = dict[str, Any]


@dataclass(frozen=True)
class Message:
    """A message that stands in a channel."""

    conversation: str
    ts: str
    time: float
    user: str
    text: str
    client_msg_id: str
    root: "Message | None" = None
    metadata: Payload = field(default_factory=dict)

    def rewritten(self, text: str) -> "Message":
        """Return the message with another text."""
        return replace(self, text=text)

    def body(self) -> Payload:
        """Return the message as Slack puts it into other events (edits, deletions, broadcasts)."""
        body: Payload = {
            "client_msg_id": self.client_msg_id,
            "type": "message",
            "text": self.text,
            "user": self.user,
            "ts": self.ts,
            "team": TEAM,
        }
        if self.root is not None:
            body |= {"thread_ts": self.root.ts, "parent_user_id": self.root.user}
        if self.metadata:
            body["metadata"] = self.metadata
        return body


def posted(message: Message, *, broadcast: bool = False) -> Payload:
    """Return the event of a post: a root message, a reply, or a reply that is shown in the channel, too."""
    event = message.body() | {"blocks": _blocks(message), "channel": message.conversation}
    event |= {"event_ts": message.ts, "channel_type": "channel"}
    if broadcast and message.root is not None:
        del event["blocks"], event["team"], event["parent_user_id"]
        root = message.root.body() | {"thread_ts": message.root.ts}
        event |= {"subtype": "thread_broadcast", "root": root}
    return event


def mentioned(message: Message) -> Payload:
    """Return the second event that Slack sends of a message in which our app is mentioned."""
    event = message.body() | {"type": "app_mention", "blocks": _blocks(message)}
    return event | {"channel": message.conversation, "event_ts": message.ts}


def posted_by_bot(message: Message) -> Payload:
    """Return the event of a post by an app's account."""
    event = posted(message)
    del event["client_msg_id"], event["blocks"]
    profile = {"id": BOT.bot_id, "deleted": False, "name": BOT.name, "app_id": BOT.app_id, "team_id": TEAM}
    return event | {"bot_id": BOT.bot_id, "bot_profile": profile}


def edited(before: Message, after: Message, ts: str) -> Payload:
    """Return the event of a changed text; with equal texts it is Slack's own change (a link's preview)."""
    changed = after.body()
    if before.text != after.text:
        changed["edited"] = {"user": after.user, "ts": ts}
    event: Payload = {"type": "message", "subtype": "message_changed", "message": changed}
    event |= {"previous_message": before.body(), "channel": before.conversation, "hidden": True}
    return event | {"ts": ts, "event_ts": ts, "channel_type": "channel"}


def deleted(message: Message, ts: str) -> Payload:
    """Return the event of a deleted message."""
    event: Payload = {"type": "message", "subtype": "message_deleted", "previous_message": message.body()}
    event |= {"channel": message.conversation, "hidden": True, "deleted_ts": message.ts}
    return event | {"event_ts": ts, "ts": ts, "channel_type": "channel"}


def reacted(message: Message, user: str, reaction: str, ts: str, *, removed: bool = False) -> Payload:
    """Return the event of a reaction, or of its removal."""
    return {
        "type": "reaction_removed" if removed else "reaction_added",
        "user": user,
        "item": {"type": "message", "channel": message.conversation, "ts": message.ts},
        "reaction": reaction,
        "item_user": message.user,
        "event_ts": ts,
    }


def joined(conversation: str, user: str, inviter: str, ts: str) -> Payload:
    """Return the event of somebody being added to a channel."""
    event: Payload = {"type": "member_joined_channel", "user": user, "channel": conversation, "channel_type": "C"}
    return event | {"team": TEAM, "inviter": inviter, "event_ts": ts}


def conversation_of(event: Payload) -> str:
    """Return the channel in which an event happened."""
    item: Payload = event.get("item", event)
    return str(item["channel"])


def envelope(event: Payload, event_id: str, time: float) -> Payload:
    """Return the body of the webhook that delivers an event."""
    installed = {"enterprise_id": None, "team_id": TEAM, "user_id": BOT.user}
    return {
        "token": "simulated",
        "team_id": TEAM,
        "api_app_id": APP,
        "event": event,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": int(time),
        "authorizations": [installed | {"is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": f"1-{event['type']}-{TEAM}-{conversation_of(event)}",
    }


def _blocks(message: Message) -> list[Payload]:
    text = {"type": "text", "text": message.text}
    section = {"type": "rich_text_section", "elements": [text]}
    return [{"type": "rich_text", "block_id": message.client_msg_id[:5], "elements": [section]}]
