"""What Slack's events mean here, one law a test."""

import json
from typing import Any

import pytest

from agents.normalise import SlackTranslator
from schemas.event import (
    Event,
    MemberJoined,
    MemberLeft,
    MessageDeleted,
    MessageEdited,
    MessagePosted,
    ReactionAdded,
    ReactionRemoved,
)
from schemas.ids import pseudonym
from schemas.webhook import Webhook

KEY = b"0123456789abcdef"


def translate(body: Any) -> list[Event]:
    text = body if isinstance(body, str) else json.dumps(body)
    return list(SlackTranslator(KEY)(Webhook(source="slack", received_at=1_700_000_000.0, body=text)))


def delivery(**event: Any) -> dict[str, Any]:
    return {
        "type": "event_callback",
        "team_id": "T1",
        "event_id": "Ev1",
        "event_time": 1_600_000_000,
        "event": {"channel": "C1", "channel_type": "channel"} | event,
    }


def message(**event: Any) -> dict[str, Any]:
    return delivery(**({"type": "message", "user": "U1", "text": "Hello", "ts": "1600000000.000100"} | event))


def reaction(kind: str = "reaction_added", event_ts: str = "1600000005.000200", **item: Any) -> dict[str, Any]:
    item = {"type": "message", "channel": "C1", "ts": "1600000000.000100"} | item
    event = {"type": kind, "user": "U1", "reaction": "heart", "item": item, "event_ts": event_ts}
    return {"type": "event_callback", "team_id": "T1", "event": event}


def test_a_root_message() -> None:
    (posted,) = translate(message(text="Does anyone know the price? <@U9>"))
    assert isinstance(posted, MessagePosted)
    assert posted.event_id == "slack:C1:message:1600000000.000100"
    assert (posted.source, posted.workspace, posted.conversation) == ("slack", "T1", "C1")
    assert (posted.message, posted.thread, posted.bot) == ("1600000000.000100", None, False)
    assert posted.author == pseudonym(KEY, "T1", "U1")
    assert posted.time == pytest.approx(1_600_000_000.0001)
    assert (posted.traits.question, posted.traits.mentions, posted.traits.ask) == (True, 1, "question")


def test_a_reply_names_its_thread_and_a_root_with_replies_does_not() -> None:
    (reply,) = translate(message(thread_ts="1500000000.000100"))
    (root,) = translate(message(thread_ts="1600000000.000100"))
    assert isinstance(reply, MessagePosted)
    assert isinstance(root, MessagePosted)
    assert (reply.thread, root.thread) == ("1500000000.000100", None)


@pytest.mark.parametrize("subtype", ["thread_broadcast", "file_share", "me_message"])
def test_posts_with_a_subtype_are_posts(subtype: str) -> None:
    (posted,) = translate(message(subtype=subtype, files=[{}] if subtype == "file_share" else None))
    assert isinstance(posted, MessagePosted)
    assert posted.traits.file is (subtype == "file_share")


def test_a_bot_without_user_is_known_by_its_bot_id() -> None:
    (posted,) = translate(message(user=None, bot_id="B1", subtype="bot_message"))
    assert isinstance(posted, MessagePosted)
    assert posted.bot
    assert posted.author == pseudonym(KEY, "T1", "B1")


def test_a_mention_is_the_same_event_as_its_message() -> None:
    body = message()
    twin = message(type="app_mention")
    del twin["event"]["channel_type"]
    assert translate(twin) == translate(body)


def test_the_same_message_under_two_delivery_ids_is_one_event() -> None:
    assert translate(message() | {"event_id": "EvA"}) == translate(message() | {"event_id": "EvB"})


def edit(new: dict[str, Any], old: dict[str, Any] | None) -> dict[str, Any]:
    base = {"type": "message", "user": "U1", "ts": "1600000000.000100"}
    event = {"type": "message", "subtype": "message_changed", "event_ts": "1600000009.000300", "message": base | new}
    return delivery(**event, **({"previous_message": base | old} if old is not None else {}))


@pytest.mark.parametrize(
    ("new", "old", "is_edit"),
    [
        ({"text": "b"}, {"text": "a"}, True),
        ({"text": "a"}, {"text": "a"}, False),
        ({"text": "a", "attachments": [{"title": "a preview"}]}, {"text": "a"}, False),
        ({"text": "a", "reply_count": 2}, {"text": "a"}, False),
        ({"text": "a", "edited": {"user": "U1", "ts": "1600000008.000000"}}, {"text": "a"}, True),
        ({"text": "a", "edited": {}}, {"text": "a"}, False),
        (
            {"text": "a", "edited": {"user": "U1", "ts": "1600000008.000000"}},
            {"text": "a", "edited": {"user": "U1", "ts": "1600000008.000000"}},
            False,
        ),
        ({"text": "a", "edited": {"user": "U1", "ts": "1600000008.000000"}}, None, True),
        ({"text": "a"}, None, False),
        ({"text": "b", "subtype": "channel_topic"}, {"text": "a"}, False),
    ],
)
def test_only_a_change_of_what_is_said_is_an_edit(
    new: dict[str, Any], old: dict[str, Any] | None, is_edit: bool
) -> None:
    events = translate(edit(new, old))
    assert [type(event) for event in events] == [MessageEdited] * is_edit


def test_an_edit_is_about_the_message_and_dated_by_the_change() -> None:
    edited = {"user": "U1", "ts": "1600000008.000000"}
    (event,) = translate(edit({"text": "b?", "edited": edited}, {"text": "a"}))
    assert isinstance(event, MessageEdited)
    assert event.event_id == "slack:C1:edited:1600000000.000100:1600000008.000000"
    assert (event.message, event.time, event.traits.question) == ("1600000000.000100", 1_600_000_008.0, True)


def test_a_deleted_root_whose_replies_stand_is_deleted_once() -> None:
    tombstone = edit({"text": "This message was deleted.", "subtype": "tombstone", "user": "USLACKBOT"}, {"text": "a"})
    later = delivery(
        type="message",
        subtype="message_deleted",
        deleted_ts="1600000000.000100",
        event_ts="1600000099.000000",
        previous_message={"type": "message", "subtype": "tombstone", "thread_ts": "1600000000.000100"},
    )
    (first,), (second,) = translate(tombstone), translate(later)
    assert isinstance(first, MessageDeleted)
    assert isinstance(second, MessageDeleted)
    assert first.event_id == second.event_id
    assert (first.message, first.thread, second.thread) == ("1600000000.000100", None, None)


def test_a_deleted_reply_names_its_thread() -> None:
    previous = {"type": "message", "ts": "1600000000.000100", "thread_ts": "1500000000.000100"}
    event = {"type": "message", "subtype": "message_deleted", "event_ts": "1600000099.000000"}
    (deleted,) = translate(delivery(**event, deleted_ts="1600000000.000100", previous_message=previous))
    assert isinstance(deleted, MessageDeleted)
    assert (deleted.thread, deleted.time) == ("1500000000.000100", 1_600_000_099.0)


def test_reacting_taking_it_back_and_reacting_again_are_three_events_and_a_redelivery_is_none() -> None:
    (added,) = translate(reaction())
    (removed,) = translate(reaction("reaction_removed", "1600000006.000200"))
    (again,) = translate(reaction(event_ts="1600000007.000200"))
    assert isinstance(added, ReactionAdded)
    assert isinstance(removed, ReactionRemoved)
    assert len({added.event_id, removed.event_id, again.event_id}) == 3
    assert translate(reaction() | {"event_id": "Ev77"}) == [added]
    assert (added.message, added.reaction, added.time) == ("1600000000.000100", "heart", 1_600_000_005.0002)


def test_a_reaction_to_a_file_says_nothing_of_a_message() -> None:
    assert translate(reaction(type="file", channel=None, ts=None, file="F1")) == []


@pytest.mark.parametrize(("kind", "expected"), [("joined", MemberJoined), ("left", MemberLeft)])
def test_members_come_and_go(kind: str, expected: type) -> None:
    (event,) = translate(delivery(type=f"member_{kind}_channel", user="U1", channel_type="C"))
    assert isinstance(event, expected)
    assert event.time == 1_600_000_000.0  # the event names no time of its own, the delivery does
    assert event.event_id == f"slack:C1:{kind}:{event.author}:1600000000"


@pytest.mark.parametrize(
    "body",
    [
        message(channel_type="im"),
        message(channel_type="mpim", channel="G1"),
        message(channel="D1", channel_type=None),
        message(channel_type="im", subtype="something_new"),
        reaction(channel="D1"),
        message(channel_type="im", type="app_mention"),
    ],
)
def test_direct_messages_are_dropped(body: Any) -> None:
    assert translate(body) == []


@pytest.mark.parametrize(
    "body",
    [
        message(subtype="channel_join"),
        message(subtype="group_topic"),
        message(subtype="message_replied", message={}),
        message(
            user=None, text=None, message={"thread_ts": "1600000000.000100"}
        ),  # message_replied without its subtype
        {"type": "app_rate_limited", "team_id": "T1", "minute_rate_limited": 1},
        {"type": "event_callback", "event": {"type": "tokens_revoked"}},
    ],
)
def test_what_is_known_and_says_nothing_is_passed_over(body: Any) -> None:
    assert translate(body) == []


def test_an_asset_is_named_by_metadata_before_the_text() -> None:
    metadata = {"event_type": "crickets_asset", "event_payload": {"asset_id": "podcast-3"}}
    for body, asset in (
        (message(metadata=metadata, text="#asset:other"), "podcast-3"),
        (message(text="listen! #asset:other"), "other"),
        (message(metadata={"event_type": "their_own", "event_payload": {"asset_id": "x"}}), None),
    ):
        (posted,) = translate(body)
        assert isinstance(posted, MessagePosted)
        assert posted.asset_id == asset
