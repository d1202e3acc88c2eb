"""All agents at once on a persona that never answers: the models get used to it, and it is told all the same."""

from math import ceil

import pytest

from agents.track import TrackRules
from schemas.anomaly import ANOMALY, Anomaly
from schemas.base import HOUR
from schemas.directory import Channel, Member
from schemas.event import Event, Traits, Watermark
from schemas.outcome import Outcome
from schemas.topic import Topic
from tests.factories.cluster import Cluster
from tests.factories.records import START, post, react

DAYS = 50
RULES = TrackRules(every_root=True, epoch_hours=6)
PEOPLE = {"sales": [f"s{n}" for n in range(12)], "service": [f"v{n}" for n in range(12)]}
SEGMENT = "sales/question"


def story() -> list[Event]:
    """A question a day to each of two personas: service always answers, sales never does until the last day."""
    events: list[Event] = []
    for persona, members in PEOPLE.items():
        where = {"conversation": f"C-{persona}"}
        for day in range(DAYS):
            name = f"{persona} {day}"
            asked = Traits(length=40, question=True, ask="question")
            events.append(post(name, "designer", 24 * day, event_id=name, traits=asked, **where))
            if persona == "service" or day == DAYS - 1:
                events.append(react(members[day % 12], 24 * day + 1 + day % 3, name, **where))
    return sorted(events, key=lambda event: event.time)


def play(seed: int, *, batch: int = 500, crash: float = 0.0) -> Cluster:
    cluster = Cluster(RULES, partitions=1, seed=seed, batch=batch, crash=crash)
    for persona, members in PEOPLE.items():
        channel = Channel(source="slack", conversation=f"C-{persona}", members=("designer", *members))
        for record in (channel, *(Member(member=member, persona=persona) for member in members)):
            cluster.write(Topic.DIRECTORY, record)
    epoch = RULES.epoch
    current = START // epoch
    for event in story():
        if event.time // epoch > current:
            current = event.time // epoch
            cluster.write(Topic.EVENTS, Watermark(time=current * epoch))
        cluster.write(Topic.EVENTS, event)
    end = START + (DAYS + 10) * 24 * HOUR
    cluster.write(Topic.EVENTS, Watermark(time=ceil(end / epoch) * epoch))
    cluster.run()
    return cluster


@pytest.fixture(scope="module")
def played() -> Cluster:
    return play(1)


def all_anomalies(cluster: Cluster) -> list[Anomaly]:
    return [
        each
        for each in map(ANOMALY.validate_json, cluster.latest(Topic.ANOMALIES).values())
        if isinstance(each, Anomaly)
    ]


def of_segments(cluster: Cluster) -> list[Anomaly]:
    records = [
        ANOMALY.validate_json(r.value)
        for (topic, _), log in cluster.logs.items()
        for r in log
        if topic == Topic.ANOMALIES
    ]
    return [each for each in records if isinstance(each, Anomaly) and each.verdict.level == "segment"]


def test_it_is_told_once_with_the_gap_and_revived_when_somebody_comes(played: Cluster) -> None:
    chronic, revived = of_segments(played)
    assert (chronic.anomaly_id, chronic.state, chronic.version) == (f"segment/slack:T/{SEGMENT}", "open", 1)
    assert chronic.evidence[0].sentence.endswith("% of this asset type")
    assert chronic.verdict.reference is not None and chronic.verdict.reference < 0.1
    assert (revived.anomaly_id, revived.state, revived.version) == (f"segment/slack:T/{SEGMENT}", "revived", 2)


def test_by_then_the_models_expect_silence_which_is_why_it_is_told(played: Cluster) -> None:
    told = [Outcome.model_validate_json(value) for value in played.latest(Topic.OUTCOMES).values()]
    assert {each.prompt.segment for each in told} == {SEGMENT, "service/question"}
    last = max((each for each in told if each.prompt.segment == SEGMENT), key=lambda each: each.prompt.posted_at)
    assert last.expectation.p_zero_horizon > 0.7 and not last.flagged


@pytest.mark.parametrize(("seed", "batch", "crash"), [(2, 3, 0.0), (3, 500, 0.05)])
def test_it_is_told_alike_whatever_happens(played: Cluster, seed: int, batch: int, crash: float) -> None:
    again = play(seed, batch=batch, crash=crash)
    assert crash == 0.0 or again.crashes > 3
    for topic in (Topic.OUTCOMES, Topic.VERDICTS):
        assert again.latest(topic) == played.latest(topic)
    assert {each.verdict.wire() for each in of_segments(again)} == {each.verdict.wire() for each in of_segments(played)}


@pytest.mark.parametrize(("seed", "batch", "crash"), [(2, 3, 0.0), (3, 500, 0.05)])
def test_what_is_part_of_what_is_told_alike_too(played: Cluster, seed: int, batch: int, crash: float) -> None:
    told = {each.anomaly_id: each.explained_by for each in all_anomalies(played)}
    assert "channel/slack:C-sales" in told.values()
    again = play(seed, batch=batch, crash=crash)
    assert {each.anomaly_id: each.explained_by for each in all_anomalies(again)} == told
