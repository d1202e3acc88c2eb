"""Every payload has the field names of a real one."""

import json
from pathlib import Path

import pytest

from pipeline.simulate import simulate
from pipeline.simulate.payload import Payload

SAMPLES = Path(__file__).parents[3].parent / "shared" / "channels" / "slack"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="real samples (../shared/channels/slack) are not here")

# What a real event of the kind may have beyond the sample: message metadata (documented, not in any sample), a reply's
# own fields, and the text blocks that the older samples lack.
_REPLY = {"thread_ts", "parent_user_id"}
_KINDS = {
    ("message", None): ("message_user.json", {"metadata"} | _REPLY),
    ("message", "bot"): ("message_by_bot_with_bot_profile.json", _REPLY),
    ("message", "thread_broadcast"): ("message_thread_broadcast.json", set()),
    ("message", "message_changed"): ("message_changed.json", set()),
    ("message", "message_deleted"): ("message_deleted.json", set()),
    ("app_mention", None): ("app_mention.json", {"blocks", "metadata"} | _REPLY),
    ("reaction_added", None): ("reaction_added.json", set()),
    ("reaction_removed", None): ("reaction_added.json", set()),
    ("member_joined_channel", None): ("member_joined_channel.json", {"event_ts"}),
}
_OPTIONAL = {"enterprise_id", "client_msg_id", "blocks", "authed_users"}


def _kind(event: Payload) -> tuple[str, str | None]:
    return event["type"], "bot" if "bot_id" in event else event.get("subtype")


def _first_of_each_kind() -> dict[tuple[tuple[str, str | None], bool], Payload]:
    found: dict[tuple[tuple[str, str | None], bool], Payload] = {}
    for delivery in simulate(1):
        event = delivery.payload["event"]
        found.setdefault((_kind(event), "thread_ts" in event), delivery.payload)
    return found


def _sample(name: str) -> Payload:
    sample: Payload = json.loads((SAMPLES / name).read_text())
    return sample


def test_every_kind_of_payload_is_compared_with_a_sample() -> None:
    assert {kind for kind, _ in _first_of_each_kind()} == _KINDS.keys()


def test_events_have_the_fields_of_the_samples() -> None:
    for (kind, _), payload in _first_of_each_kind().items():
        name, more = _KINDS[kind]
        real, ours = _sample(name)["event"].keys(), payload["event"].keys()
        assert ours <= real | more, kind
        assert real - ours <= _OPTIONAL, kind


def test_envelopes_have_the_fields_of_the_samples() -> None:
    sample = _sample("message_user.json")
    for payload in _first_of_each_kind().values():
        assert sample.keys() - {"enterprise_id"} == payload.keys()
        assert payload["type"] == "event_callback"
        assert payload["authorizations"][0].keys() == sample["authorizations"][0].keys()


def test_inner_messages_of_edits_and_deletions_have_what_a_normaliser_reads() -> None:
    for delivery in simulate(1):
        event = delivery.payload["event"]
        if event.get("subtype") == "message_changed":
            now, before = event["message"], event["previous_message"]
            assert now["ts"] == before["ts"] != event["ts"]
            assert ("edited" in now) == (now["text"] != before["text"])
        if event.get("subtype") == "message_deleted":
            assert event["previous_message"]["ts"] == event["deleted_ts"]


def test_assets_are_named_by_metadata_or_by_a_tag_in_the_text() -> None:
    story = simulate(1)
    prompts = {(prompt.conversation, prompt.message): prompt.asset_id for prompt in story.truth.prompts}
    ways: set[str] = set()
    for delivery in story:
        event = delivery.payload["event"]
        asset = prompts.get((event.get("channel", ""), event.get("ts", "")))
        if asset is None or event["type"] != "message":
            continue
        if "metadata" in event:
            assert event["metadata"] == {"event_type": "crickets_asset", "event_payload": {"asset_id": asset}}
            ways.add("metadata")
        else:
            assert event["text"].endswith(f"#asset:{asset}")
            ways.add("tag")
    assert ways == {"metadata", "tag"}
