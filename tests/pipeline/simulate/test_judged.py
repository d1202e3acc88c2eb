"""Simulated workspaces judged by all agents at once, in memory: right, early, and honest about false alarms."""

import json
from dataclasses import dataclass
from math import ceil

import pytest

from agents.normalise import SlackTranslator
from agents.track import TrackRules
from pipeline.simulate import Simulation, simulate
from schemas.anomaly import Anomaly
from schemas.base import HOUR
from schemas.event import Watermark
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.webhook import Webhook
from tests.factories.cluster import Cluster

KEY = b"0123456789abcdef"
RULES = TrackRules()
SEEDS = (1, 2, 3, 4)


@dataclass
class Judged:
    story: Simulation
    outcomes: list[Outcome]
    anomalies: list[Anomaly]

    def of(self, asset_id: str) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if outcome.prompt.asset_id == asset_id]


def judge(seed: int) -> Judged:
    story, translate = simulate(seed=seed), SlackTranslator(KEY)
    cluster = Cluster(RULES, partitions=1, batch=2000)
    for record in story.directory(KEY):
        cluster.write(Topic.DIRECTORY, record)
    hour = -1
    for delivery in story:
        if (index := int(delivery.time // HOUR)) > hour:
            hour = index
            cluster.write(Topic.EVENTS, Watermark(time=index * HOUR))
        webhook = Webhook(source="slack", received_at=delivery.time, body=json.dumps(delivery.payload))
        for event in translate(webhook):
            cluster.write(Topic.EVENTS, event)
    cluster.write(Topic.EVENTS, Watermark(time=(ceil(story.end / HOUR) + 2) * HOUR))
    cluster.run()
    outcomes = [Outcome.model_validate_json(value) for value in cluster.latest(Topic.OUTCOMES).values()]
    anomalies = [Anomaly.model_validate_json(value) for value in cluster.latest(Topic.ANOMALIES).values()]
    return Judged(story, outcomes, anomalies)


@pytest.fixture(scope="module")
def judged() -> list[Judged]:
    return [judge(seed) for seed in SEEDS]


def test_every_prompt_has_the_responders_that_really_came(judged: list[Judged]) -> None:
    for each in judged:
        came = {prompt.message: len(prompt.responders) for prompt in each.story.truth.prompts}
        assert {outcome.prompt.message: outcome.responders for outcome in each.outcomes} == came
        assert any(not outcome.closed and outcome.responders > 1 for outcome in each.outcomes)


def test_dead_assets_are_called_silent_on_the_day_of_their_first_posting_with_their_cause(judged: list[Judged]) -> None:
    for each in judged:
        for asset_id, cause in each.story.truth.dead.items():
            first = min(each.of(asset_id), key=lambda outcome: outcome.prompt.posted_at)
            assert first.status == "silent"
            assert (first.expectation.deadline or 0) - first.prompt.posted_at < 24 * HOUR
            told = [anomaly for anomaly in each.anomalies if anomaly.verdict.prompt.asset_id == asset_id]
            assert {(anomaly.state, anomaly.hypothesis) for anomaly in told} == {("open", cause)}


def test_about_a_share_alpha_of_the_healthy_prompts_is_called_silent_and_all_of_it_taken_back(
    judged: list[Judged],
) -> None:
    healthy = [
        outcome
        for each in judged
        for outcome in each.outcomes
        if outcome.prompt.asset_id in each.story.truth.healthy and outcome.expectation.deadline is not None
    ]
    assert len(healthy) > 400
    share = sum(outcome.flagged for outcome in healthy) / len(healthy)
    assert 0.3 * RULES.alpha < share < 1.3 * RULES.alpha
    assert all(outcome.status == "revived" for outcome in healthy if outcome.flagged)


def test_a_weekend_is_no_silence(judged: list[Judged]) -> None:
    for each in judged:
        (riddle,) = each.of("weekend-riddle")  # posted on Friday evening
        deadline = riddle.expectation.deadline
        assert deadline is not None
        assert deadline - riddle.prompt.posted_at > 48 * HOUR
