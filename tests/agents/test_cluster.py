"""The same input gives the same output: whatever the order of work, the cut of the batches, crashes and replays."""

import json

import pytest

from agents.track import TrackRules
from schemas.event import Event
from schemas.outcome import Outcome
from schemas.topic import Topic
from tests.factories.cluster import Cluster
from tests.factories.events import with_marks, workspace

PARTITIONS = 3
RULES = TrackRules(every_root=True)
TOLD = (Topic.OUTCOMES, Topic.VERDICTS, Topic.ANOMALIES)


def play(events: list[Event], *, seed: int, crash: float = 0.0, batch: int = 50, times: int = 1) -> Cluster:
    cluster = Cluster(RULES, partitions=PARTITIONS, seed=seed, crash=crash, batch=batch)
    for _ in range(times):
        for partition, event in with_marks(events, PARTITIONS, horizon=RULES.responses.horizon):
            cluster.write(Topic.EVENTS, event, partition=partition)
        cluster.run()
    return cluster


@pytest.fixture(scope="module")
def events() -> list[Event]:
    return workspace(3, weeks=2.5)


@pytest.fixture(scope="module")
def undisturbed(events: list[Event]) -> Cluster:
    return play(events, seed=1)


def outcomes(cluster: Cluster) -> list[Outcome]:
    return [Outcome.model_validate_json(value) for value in cluster.latest(Topic.OUTCOMES).values()]


def test_every_root_is_a_prompt_and_every_prompt_is_closed(events: list[Event], undisturbed: Cluster) -> None:
    roots = {e.message for e in events if e.kind == "message_posted" and e.is_root}
    told = outcomes(undisturbed)
    assert {o.prompt.message for o in told} == roots
    assert all(o.closed for o in told)


def test_it_has_learned_and_judged(undisturbed: Cluster) -> None:
    assert undisturbed.knowledge.latest.version > 50
    told = outcomes(undisturbed)
    assert sum(o.expectation.version > 0 for o in told) > len(told) / 2
    assert {"answered", "silent", "expired", "censored"} <= {o.status for o in told}
    assert any(o.expectation.deadline is not None for o in told)


@pytest.mark.parametrize("seed", [2, 3, 4])
def test_the_order_of_work_and_the_cut_of_batches_change_nothing(
    events: list[Event], undisturbed: Cluster, seed: int
) -> None:
    other = play(events, seed=seed, batch=[1, 7, 400][seed - 2])
    for topic in TOLD:
        assert other.latest(topic) == undisturbed.latest(topic)


@pytest.mark.parametrize("seed", [5, 6, 7])
def test_crashes_change_nothing(seed: int) -> None:
    few = workspace(3, weeks=0.6, conversations=4)
    calm = play(few, seed=1)
    crashed = play(few, seed=seed, crash=0.02)
    assert crashed.crashes > 3
    for topic in TOLD:
        assert crashed.latest(topic) == calm.latest(topic)


def test_the_same_events_again_change_nothing(events: list[Event], undisturbed: Cluster) -> None:
    again = play(events, seed=8, times=2)
    for topic in TOLD:
        assert again.latest(topic) == undisturbed.latest(topic)


def test_no_text_and_no_staff_knowledge_leaks_into_the_topics(undisturbed: Cluster) -> None:
    for (topic, _), log in undisturbed.logs.items():
        if topic in TOLD:
            assert not any("text" in json.loads(record.value) for record in log)
