"""Slack's event `message` with all its subtypes, and its twin `app_mention`."""

from collections.abc import Iterator
from typing import Any

from agents.normalise.slack_delivery import SLACKBOT, Delivery
from agents.normalise.slack_envelope import ASSET_METADATA, Message, MessageEvent, is_direct
from agents.normalise.slack_text import asset_tag, measure
from agents.normalise.translator import UntranslatableError, told
from schemas.event import Event, MessageDeleted, MessageEdited, MessagePosted

POSTS = frozenset({None, "bot_message", "file_share", "me_message", "thread_broadcast"})
"""Subtypes with which somebody says something."""

IGNORED_SUBTYPES = frozenset(
    f"{place}_{what}"
    for place in ("channel", "group")
    for what in ("archive", "join", "leave", "name", "purpose", "topic", "unarchive")
) | {
    "assistant_app_thread",
    "bot_add",
    "bot_disable",
    "bot_enable",
    "bot_remove",
    "channel_canvas_updated",
    "channel_convert_to_private",
    "channel_convert_to_public",
    "channel_posting_permissions",
    "document_mention",
    "ekm_access_denied",
    "file_comment",
    "file_mention",
    "huddle_thread",
    "joiner_notification",
    "joiner_notification_for_inviter",
    "message_replied",
    "pinned_item",
    "reminder_add",
    "reply_broadcast",
    "sh_room_created",
    "sh_room_shared",
    "slackbot_response",
    "tombstone",
    "unpinned_item",
}
"""Subtypes with which Slack reports on itself."""


def translate_message(event: MessageEvent, delivery: Delivery) -> Iterator[Event]:
    """Translate a post, an edit or a deletion; direct messages are private and dropped."""
    if is_direct(event.channel, event.channel_type):
        return
    match event.subtype:
        case "message_changed":
            yield from _changed(event, delivery)
        case "message_deleted":
            ts = _required((event.deleted_ts, _ts(event.previous_message)), "deleted_ts")
            yield _deleted(event, ts, event.previous_message, delivery)
        case None if event.message is not None and event.user is None and event.bot_id is None:
            return  # message_replied, which comes without its subtype
        case subtype if subtype in POSTS:
            ts = _required((event.ts,), "ts")
            yield MessagePosted(
                event_id=delivery.id(event.channel, "message", ts),
                time=float(ts),
                **_facts(event, event, ts, delivery),
            )
        case str(subtype) if subtype not in IGNORED_SUBTYPES:
            msg = f"unknown subtype of message{told(subtype)}"
            raise UntranslatableError(msg, "event.subtype")


def _changed(event: MessageEvent, delivery: Delivery) -> Iterator[Event]:
    new, old = event.message, event.previous_message
    if new is None:
        msg = "a changed message without the message"
        raise UntranslatableError(msg, "event.message")
    ts = _required((new.ts, _ts(old)), "message.ts")
    if new.subtype == "tombstone":  # the root of a thread was deleted, its replies stand
        yield _deleted(event, ts, new, delivery)
        return
    if new.subtype not in POSTS or not _says_something_else(new, old):
        return
    when = (new.edited and new.edited.ts) or event.event_ts or event.ts
    yield MessageEdited(
        event_id=delivery.id(event.channel, "edited", ts, delivery.moment(when)),
        time=delivery.time(when),
        **_facts(event, new, ts, delivery),
    )


def _says_something_else(new: Message, old: Message | None) -> bool:
    """Tell an edit from the changes that Slack makes itself: previews of links, counts of replies."""
    if old is not None and (new.text or "") != (old.text or ""):
        return True
    edited = new.edited is not None and new.edited.ts is not None
    return edited and (old is None or new.edited != old.edited)


def _deleted(event: MessageEvent, ts: str, message: Message | None, delivery: Delivery) -> MessageDeleted:
    when = event.event_ts or event.ts
    return MessageDeleted(
        event_id=delivery.id(event.channel, "deleted", ts),
        source=delivery.source,
        workspace=delivery.workspace,
        conversation=event.channel,
        time=delivery.time(when),
        message=ts,
        thread=message.thread(ts) if message is not None else None,
    )


def _facts(event: MessageEvent, message: Message, ts: str, delivery: Delivery) -> dict[str, Any]:
    """Return what a post and an edit have in common: who, where, and the measures of the text."""
    edited_by = message.edited.user if message.edited is not None else None
    author = message.user or message.bot_id or edited_by
    if author is None:
        msg = "the message has no author: neither user nor bot_id"
        raise UntranslatableError(msg, "event.user")
    text = message.text or ""
    return {
        "source": delivery.source,
        "workspace": delivery.workspace,
        "conversation": event.channel,
        "author": delivery.member(author),
        "bot": message.bot_id is not None or message.subtype == "bot_message" or author == SLACKBOT,
        "message": ts,
        "thread": message.thread(ts),
        "traits": measure(text, file=bool(message.files)),
        "asset_id": _asset(message) or asset_tag(text),
    }


def _asset(message: Message) -> str | None:
    if message.metadata is None or message.metadata.event_type != ASSET_METADATA:
        return None
    asset = message.metadata.event_payload.get("asset_id")
    if not isinstance(asset, str) or not 0 < len(asset) <= 100:
        reason = f"metadata {ASSET_METADATA} needs an asset_id: a text of 1 to 100 characters"
        raise UntranslatableError(reason, "event.metadata.event_payload.asset_id")
    return asset


def _ts(message: Message | None) -> str | None:
    return message.ts if message is not None else None


def _required(candidates: tuple[str | None, ...], where: str) -> str:
    for ts in candidates:
        if ts is not None:
            return ts
    msg = "the event does not say which message it is about"
    raise UntranslatableError(msg, f"event.{where}")
