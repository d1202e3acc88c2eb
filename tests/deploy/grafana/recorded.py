"""A small workspace as the recorder would have written it: something of everything that a dashboard shows."""

import itertools
from typing import Any

from clickhouse_connect.driver.client import Client

from agents.effects import Record
from pipeline.clickhouse.sink import Sink
from pipeline.settings import ClickHouseSettings
from schemas.anomaly import Anomaly, Evidence
from schemas.asset import AssetType
from schemas.base import Contract
from schemas.dead_letter import DeadLetter
from schemas.event import MessagePosted, ReactionAdded, Watermark
from schemas.expectation import Expectation, ExpectationVersion
from schemas.feedback import Feedback, Heeded
from schemas.ids import anomaly_id, prompt_id
from schemas.outcome import Outcome, Outlook, Prompt
from schemas.source_health import SourceHealth
from schemas.topic import Topic
from schemas.verdict import HiddenPersona, Verdict

HOUR = 3600.0
DAY = 24 * HOUR
START = 1_748_217_600.0  # Monday 2025-05-26 00:00:00 UTC
PODCAST = prompt_id("slack", "C1", "1")
MEMBERS = DESIGNER, LEARNER, JUDGE = tuple(f"m_{n:020x}" for n in (0xDE51, 0x1EA2, 0x70D6E))


def prompt(number: int, asset: str, persona: str = "sales", reach: int = 40, **changes: Any) -> Prompt:
    """Return the prompt that was posted on that day."""
    facts: dict[str, Any] = {
        "prompt_id": prompt_id("slack", "C1", str(number)), "source": "slack", "workspace": "T1",
        "conversation": "C1", "message": str(number), "author": DESIGNER, "posted_at": START + number * DAY,
        "asset_id": asset, "asset_type": AssetType.QUESTION, "persona": persona, "reach": {persona: reach, "core": 3},
    }  # fmt: skip
    return Prompt(**facts | changes)


def expectation(prompt: Prompt, p_zero: float = 0.01, *, judged: bool = True) -> Expectation:
    """Return what was expected: six of ten responders by the deadline, a day after the posting."""
    return Expectation(
        p_zero=0.1 if judged else p_zero, p_zero_horizon=p_zero, expected=6.0, expected_horizon=10.0, borrowed=0.25,
        borrowed_from="asset_type", deadline=prompt.posted_at + DAY if judged else None, alpha=0.1, version=3,
        as_of=prompt.posted_at - HOUR,
    )  # fmt: skip


def outcome(asked: Prompt, status: str, responders: int = 0, **changes: Any) -> Outcome:
    """Return how the prompt ended after a week."""
    judged = expectation(asked)
    facts: dict[str, Any] = {
        "stage": "closed", "time": asked.posted_at + 7 * DAY, "version": 5, "prompt": asked, "expectation": judged,
        "status": status, "flagged": status in {"silent", "revived"}, "responders": responders,
        "responses": responders, "closed": True, "responders_by_persona": {asked.persona: responders},
        "first_response_at": asked.posted_at + 2 * HOUR if responders else None,
        "responders_by_bin": (0, responders, 0) if responders else (),
        "outlook": Outlook(
            ends=(asked.posted_at + HOUR, asked.posted_at + DAY, asked.posted_at + 7 * DAY),
            p_zero=(0.5, 0.1, 0.01), expected=(1.0, 6.0, 10.0),
        ),
    }  # fmt: skip
    return Outcome(**facts | changes)


def anomaly(asked: Prompt, level: str = "prompt", verdict: str = "silent", **changes: Any) -> Anomaly:
    """Return what was made of it at its deadline."""
    subjects = {"prompt": asked.prompt_id, "asset": asked.placed_asset, "channel": asked.channel,
                "segment": f"{asked.place}/{asked.segment}",
                "persona": f"{asked.place}/{asked.asset}/engineers"}  # fmt: skip
    more: dict[str, Any] = {"reference": 0.2, "reference_by": "other_personas"} if verdict == "chronic" else {}
    if verdict == "hidden_persona":
        more = {"hidden": HiddenPersona(persona="engineers", came=7, expected=0.9, answered=3, reached=40)}
    time = asked.posted_at + DAY
    told = Verdict(
        verdict=verdict, level=level, subject=subjects[level], time=time, told_at=time, version=1, prompt=asked,
        expectation=expectation(asked), e_value=0.0 if level == "prompt" else 12.5,
        prompts=1 if level == "prompt" else 2, **more,
    )  # type: ignore[arg-type]  # fmt: skip
    facts: dict[str, Any] = {
        "anomaly_id": anomaly_id(level, subjects[level]), "state": "open", "time": time, "version": 1,
        "title": f"About {asked.asset}", "verdict": told, "hypothesis": "no_wiifm",
        "probabilities": {"no_wiifm": 0.7, "elsewhere": 0.3}, "next_step": "Say what is in it for them.",
        "evidence": (
            Evidence(code="wiifm", value=False, sentence="The brief names no benefit.", for_=("no_wiifm",),
                     weights={"no_wiifm": 0.9, "elsewhere": -0.1}),
            Evidence(code="active", value=0.5, sentence="Half are active here.", against=("no_wiifm",),
                     weights={"no_wiifm": -0.3}),
        ),
    }  # fmt: skip
    return Anomaly(**facts | changes)


def records() -> dict[str, list[Contract]]:
    """Return what is recorded, by topic."""
    podcast = prompt(1, "podcast", asset_type=AssetType.THUMBS_UP)
    weekly, late, board = prompt(2, "weekly"), prompt(3, "late"), prompt(4, "board", "board", 4)
    story, lost, young = prompt(5, "story", "field", 6), prompt(6, "lost"), prompt(7, "young", "newcomers")
    unvisited = prompt(8, "hub", conversation="C9", prompt_id=prompt_id("slack", "C9", "8"))
    discussion = prompt(9, "talk", "engineers", asset_type=AssetType.DISCUSSION)
    there, here = prompt(10, "tour", workspace="T1"), prompt(11, "tour", workspace="T2")
    few = [
        prompt(12, "vote", "board", 4, asset_type=AssetType.POLL),
        prompt(13, "vote", "audit", 4, asset_type=AssetType.POLL),
    ]
    told_at = weekly.posted_at + DAY
    said = Feedback(anomaly_id=anomaly_id("prompt", PODCAST), says="confirmed", who=JUDGE, time=told_at + HOUR)
    health = {"source": "slack", "last_event": START + 10 * DAY, "usual": 30.0, "p_zero": 1e-6, "version": 1}
    return {
        Topic.OUTCOMES: [
            outcome(podcast, "silent"), outcome(weekly, "answered", 3), outcome(late, "revived", 2),
            outcome(board, "silent"), outcome(lost, "unknown", flagged=False), outcome(young, "silent"),
            outcome(story, "expired", expectation=expectation(story, 0.6, judged=False)),
            outcome(unvisited, "silent"), outcome(discussion, "silent"),
            *(outcome(asked, "silent") for asked in (there, here, *few)),
            Watermark(time=START + 20 * DAY, stage="track", partition=0),
        ],
        Topic.ANOMALIES: [
            anomaly(podcast), anomaly(podcast, "asset", says="confirmed"), anomaly(board),
            anomaly(late, state="revived"),
            anomaly(lost, verdict="unknown", state="unknown"), anomaly(young, state="building", young_until=20.0),
            anomaly(unvisited, hypothesis="elsewhere"), anomaly(unvisited, "channel", hypothesis="elsewhere"),
            anomaly(discussion, "segment", "chronic"), *(anomaly(asked, "segment", "chronic") for asked in few),
            anomaly(there, "asset"), anomaly(here, "asset"),
            anomaly(weekly, "persona", "hidden_persona", state="found", hypothesis="hidden_persona"),
            Heeded(feedback=said, version=1, told="no_wiifm", probability=0.7, source="slack", workspace="T1",
                   asset="podcast", segment="sales/thumbs_up", told_at=told_at),
        ],
        Topic.EXPECTATIONS: [
            ExpectationVersion(version=3, as_of=START, full=True,
                               values={"rates.asset_type": {"question": [2.0, 8.0]}}),
            SourceHealth(workspace="T1", since=START + 10 * DAY, state="down", time=START + 11 * DAY, **health),
            SourceHealth(workspace="T2", since=START + 10 * DAY, until=START + 12 * DAY, state="over",
                         time=START + 12 * DAY, **health),
        ],
        Topic.EVENTS: [
            MessagePosted(event_id=f"e{n}", source="slack", workspace="T1", conversation=f"C{n % 2}",
                          time=START + n * HOUR, author=LEARNER, message=str(n))
            for n in range(6)
        ] + [
            ReactionAdded(event_id=f"slack:C1:reaction_added:1:{LEARNER}:tada", source="slack", workspace="T1",
                          conversation="C1", time=START + HOUR, author=LEARNER, message="1", reaction="tada")
        ],
        Topic.DEAD_LETTERS: [
            DeadLetter(stage="normalise", source="slack", reason="no channel", error="missing", topic="webhooks",
                       offset=n)
            for n in range(2)
        ],
    }  # type: ignore[dict-item]  # fmt: skip


async def record(sink: Sink) -> None:
    """Write all of it."""
    offsets = itertools.count()
    for topic, values in records().items():
        sink.add(topic, 0, [Record(topic, 0, next(offsets), b"slack:C1", value.wire()) for value in values])
    await sink.flush()


def sink_of(client: Client) -> Sink:
    """Return a sink that writes to the database `crickets`."""
    return Sink(ClickHouseSettings(), lambda: client)
