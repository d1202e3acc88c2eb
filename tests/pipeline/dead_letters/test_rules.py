"""What may be written again."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from pipeline.dead_letters import Letter, refusal, source_part
from pipeline.dead_letters.rules import unfit
from pipeline.kafka.reader import Standing
from schemas.topic import Topic

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
LETTER = Letter("id", "track", "slack", "r", "", "e", 1, "", "events", 0, 5, NOW, None, None, None)
ORIGINAL = Standing("events", 0, 5, b"slack:C1", b"v", (), NOW - timedelta(seconds=1))

AGAIN = {
    "webhooks": ("normalise", "whatever comes next"),
    "events": ("track", "profile", "record"),
    "feedback": ("heed",),
    "verdicts": ("diagnose",),
    "outcomes": ("record",),
    "anomalies": ("record",),
    "dead-letters": ("record",),
}
NOT = {
    "directory": ("broadcast", "crickets directory load"),
    "expectations": ("broadcast", "restart the workers"),
    "observations": ("learn", "nothing needs to be done"),
    "outcomes": ("watch", "closed the epoch"),
    "verdicts": ("record", "only diagnose"),
    "anomalies": ("alert", "only record"),
    "dead-letters": ("track", "only record"),
    "": ("track", "does not say where"),
    "export/general/2026-03-02.json": ("replay", "crickets replay"),
}


@pytest.mark.parametrize(("topic", "stage"), [(topic, stage) for topic in AGAIN for stage in AGAIN[topic]])
def test_what_changes_nothing_downstream_may_be_written_again(topic: str, stage: str) -> None:
    assert refusal(replace(LETTER, topic=topic, stage=stage)) is None


@pytest.mark.parametrize(("topic", "case"), NOT.items())
def test_what_may_not_says_why_and_what_to_do_instead(topic: str, case: tuple[str, str]) -> None:
    stage, advice = case
    assert advice in (refusal(replace(LETTER, topic=topic, stage=stage)) or "")


def test_every_topic_has_been_thought_of() -> None:
    assert {str(topic) for topic in Topic} <= AGAIN.keys() | NOT.keys()


def test_what_stands_there_is_the_original() -> None:
    assert unfit(LETTER, ORIGINAL) is None
    assert unfit(replace(LETTER, source=""), ORIGINAL) is None
    assert unfit(LETTER, replace(ORIGINAL, key=None)) is None


@pytest.mark.parametrize(
    ("facts", "why"),
    [
        ({"written_at": NOW + timedelta(minutes=2)}, "written after the letter"),
        ({"key": b"archive:C1"}, "another source stands there now (archive)"),
        ({"key": b"watermark"}, "watermark"),
        ({"value": None}, "no value"),
    ],
)
def test_what_is_not_the_original_or_of_no_use_is_left_alone(facts: dict[str, Any], why: str) -> None:
    assert why in (unfit(LETTER, replace(ORIGINAL, **facts)) or "")


def test_of_a_key_the_source_alone_is_told() -> None:
    assert source_part(ORIGINAL) == "slack"
    assert source_part(replace(ORIGINAL, key=b"somebody's own key")) == ""
    assert source_part(replace(ORIGINAL, topic="verdicts", key=b"slack:C1:1")) == ""
