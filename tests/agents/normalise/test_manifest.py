"""The Slack app's manifest and the translator speak of the same events."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.normalise.slack import HANDLED

SCOPES = {  # what Slack's reference says each event needs
    "app_mention": {"app_mentions:read"},
    "member_joined_channel": {"channels:read", "groups:read"},
    "member_left_channel": {"channels:read", "groups:read"},
    "message.channels": {"channels:history"},
    "message.groups": {"groups:history"},
    "reaction_added": {"reactions:read"},
    "reaction_removed": {"reactions:read"},
}
METADATA = {"metadata.message:read"}


@pytest.fixture(scope="module")
def manifest() -> Any:
    path = Path(__file__).parents[3] / "deploy" / "slack" / "manifest.yaml"
    return yaml.safe_load(path.read_text())


def test_what_is_subscribed_is_handled_and_the_other_way_round(manifest: Any) -> None:
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    assert {event.partition(".")[0] for event in subscribed} == set(HANDLED)


def test_every_event_has_its_scopes_and_no_scope_is_asked_for_nothing(manifest: Any) -> None:
    subscribed = manifest["settings"]["event_subscriptions"]["bot_events"]
    needed = set().union(*(SCOPES[event] for event in subscribed))
    assert set(manifest["oauth_config"]["scopes"]["bot"]) == needed | METADATA


def test_direct_messages_are_not_asked_for(manifest: Any) -> None:
    text = str(manifest)
    assert "message.im" not in text
    assert "im:history" not in text


def test_deliveries_go_to_the_gateways_address_for_slack(manifest: Any) -> None:
    assert manifest["settings"]["event_subscriptions"]["request_url"].endswith("/webhooks/slack")
