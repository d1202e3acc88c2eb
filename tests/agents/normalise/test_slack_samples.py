"""Real deliveries of Slack, as published by the authors of its libraries, and what they mean here."""

import json
from pathlib import Path
from typing import Any

import pytest

from agents.normalise import UntranslatableError
from tests.agents.normalise.test_slack import translate

SAMPLES = Path(__file__).parents[3] / ".." / "shared" / "channels" / "slack"

EXPECTED: dict[str, list[str] | str] = {  # kinds of the events, or the field that is refused
    "app_mention.json": ["message_posted"],
    "app_mention_by_bot.json": ["message_posted"],
    "legacy_reaction_added_no_event_id.json": [],  # in a direct message
    "member_joined_channel.json": ["member_joined"],
    "member_left_channel.json": ["member_left"],
    "message_bot_message_classic.json": ["message_posted"],
    "message_by_bot_with_bot_profile.json": ["message_posted"],
    "message_changed.json": ["message_edited"],
    "message_changed_no_text_change_channel.json": [],
    "message_deleted.json": ["message_deleted"],
    "message_deleted_tombstone_inner_event.json": "type",  # the inside of a delivery only
    "message_file_share_channel.json": ["message_posted"],
    "message_plain.json": ["message_posted"],
    "message_thread_broadcast.json": ["message_posted"],
    "message_thread_reply_channel.json": ["message_posted"],
    "message_user.json": ["message_posted"],
    "message_with_blocks.json": ["message_posted"],
    "reaction_added.json": ["reaction_added"],
    "reaction_added_by_own_bot.json": ["reaction_added"],
    "tokens_revoked.json": [],
    "url_verification.json": [],
    "skeletons/AppRateLimitedPayload.json": "type",  # the skeletons' values are blank
    "skeletons/MessageDeletedPayload.json": "type",
    "skeletons/MessageThreadBroadcastPayload.json": "type",
    "skeletons/ReactionRemovedPayload.json": "event.user",
}

needs_samples = pytest.mark.skipif(
    not SAMPLES.is_dir(), reason="the published samples are not beside the project (../shared/channels/slack)"
)


def sample(name: str) -> Any:
    return json.loads((SAMPLES / name).read_text())


@needs_samples
def test_the_table_names_every_sample() -> None:
    files = {str(path.relative_to(SAMPLES)) for path in SAMPLES.rglob("*.json")}
    assert files == EXPECTED.keys()


@needs_samples
@pytest.mark.parametrize(("name", "expected"), EXPECTED.items())
def test_a_published_sample_means_what_the_table_says(name: str, expected: list[str] | str) -> None:
    if isinstance(expected, str):
        with pytest.raises(UntranslatableError) as refused:
            translate(sample(name))
        assert refused.value.where == expected
    else:
        assert [event.kind for event in translate(sample(name))] == expected


@needs_samples
def test_no_sample_leaves_text_or_a_members_name_in_its_events() -> None:
    for name, expected in EXPECTED.items():
        if isinstance(expected, str):
            continue
        inner = sample(name).get("event", {})
        for event in translate(sample(name)):
            wire = event.wire().decode()
            for word in (inner.get("text"), inner.get("user"), inner.get("bot_id"), inner.get("username")):
                assert not word or word not in wire
