"""What Slack would not send, and what nobody knows yet."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.normalise import SlackTranslator, UntranslatableError
from agents.normalise.slack import HANDLED
from tests.agents.normalise.test_slack import KEY, delivery, message, reaction, translate


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("", "body"),
        ("no JSON", "body"),
        ('"\\ud800"', "body"),
        ("[" * 10_000, "body"),
        ("[]", "body"),
        ({}, "type"),
        ({"type": "something_new"}, "type"),
        ({"type": "event_callback"}, "event"),
        ({"type": "event_callback", "event": []}, "event"),
        ({"type": "event_callback", "event": {}}, "event.type"),
        (delivery(type="channel_shared"), "event.type"),
        (message(subtype="something_new"), "event.subtype"),
        (message(channel=None), "event.channel"),
        (message(channel="a:b"), "event.channel"),
        (message(ts=None), "event.ts"),
        (message(ts="soon"), "event.ts"),
        (message(ts=1600000000.0001), "event.ts"),
        (message(user=None), "event.user"),
        (message(text=["Hello"]), "event.text"),
        (message(metadata={"event_type": "crickets_asset"}), "event.metadata.event_payload.asset_id"),
        (delivery(type="message", subtype="message_changed"), "event.message"),
        (delivery(type="message", subtype="message_changed", message={"text": "a"}), "event.message.ts"),
        (delivery(type="message", subtype="message_deleted"), "event.deleted_ts"),
        (reaction(channel=None), "event.item"),
        (reaction(ts="x"), "event.item.ts"),
        (delivery(type="member_left_channel"), "event.user"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_the_name_of_its_field(body: Any, where: str) -> None:
    with pytest.raises(UntranslatableError) as refused:
        translate(body)
    assert refused.value.where == where
    assert refused.value.reason


def test_a_reason_tells_no_text() -> None:
    with pytest.raises(UntranslatableError) as refused:
        translate(message(text={"secret": "Hello"}))
    assert "Hello" not in refused.value.reason


def test_the_key_is_not_shown() -> None:
    assert KEY.decode() not in repr(SlackTranslator(KEY))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = ("type", "subtype", "channel", "ts", "thread_ts", "user", "text", "item", "message", "edited", "reaction")


@given(st.sampled_from(sorted(HANDLED)), st.dictionaries(st.sampled_from(FIELDS), JSON), st.booleans())
def test_whatever_stands_in_the_event_it_is_translated_or_refused(kind: str, odd: dict[str, Any], whole: bool) -> None:
    body = message(**({"type": kind} | odd)) if whole else {"type": "event_callback", "event": odd}
    try:
        translate(body)
    except UntranslatableError as refused:
        assert refused.reason
