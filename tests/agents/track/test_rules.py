"""Which root messages are prompts: one row a case."""

from typing import Any

import pytest

from agents.track import TrackRules
from tests.factories.records import post, reply

NONE: dict[str, Any] = {"tagged": False, "facilitators": False}
STAFF = {"facilitator"}

CASES: list[tuple[str, TrackRules, dict[str, Any], bool]] = [
    ("by default an untagged learner's message is none", TrackRules(), {}, False),
    ("by default a tagged one is", TrackRules(), {"asset_id": "podcast-3"}, True),
    ("by default what a facilitator posts is", TrackRules(), {"author": "facilitator"}, True),
    ("every root, where the rules say so", TrackRules(every_root=True, **NONE), {}, True),
    ("a tag alone does not do where tags do not count", TrackRules(**NONE), {"asset_id": "podcast-3"}, False),
    ("staff alone do not do where they do not count", TrackRules(**NONE), {"author": "facilitator"}, False),
    ("a channel that is named", TrackRules(channels=("C1", "C9"), **NONE), {}, True),
    ("not another channel", TrackRules(channels=("C9",), **NONE), {}, False),
    ("a bot may post a tagged asset", TrackRules(), {"bot": True, "asset_id": "podcast-3"}, True),
    ("not anything else, though every root is one", TrackRules(every_root=True), {"bot": True}, False),
    ("nor in a channel that is named", TrackRules(channels=("C1",)), {"bot": True}, False),
    ("nor as a facilitator", TrackRules(), {"bot": True, "author": "facilitator"}, False),
    ("a bot's tag does not do where tags do not count", TrackRules(every_root=True, **NONE),
     {"bot": True, "asset_id": "podcast-3"}, False),
]  # fmt: skip


@pytest.mark.parametrize(("law", "rules", "facts", "expected"), CASES, ids=[case[0] for case in CASES])
def test_prompt(law: str, rules: TrackRules, facts: dict[str, Any], expected: bool) -> None:
    assert rules.is_prompt(post(**facts), STAFF.__contains__) is expected, law


@pytest.mark.parametrize("facts", [{}, {"asset_id": "podcast-3"}, {"bot": True, "asset_id": "podcast-3"}])
def test_a_reply_is_never_a_prompt(facts: dict[str, Any]) -> None:
    rules = TrackRules(every_root=True, channels=("C1",))
    assert not rules.is_prompt(reply("facilitator", 1, **facts), STAFF.__contains__)


def test_the_epoch_is_given_in_seconds() -> None:
    assert TrackRules(epoch_hours=6).epoch == 6 * 3600
