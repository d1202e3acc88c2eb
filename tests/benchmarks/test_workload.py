"""The workload: the same every time, of the mix it says, and its truth is what the agent counts."""

from collections.abc import Iterator
from typing import Any

import pytest

from agents.effects import Record, Send
from agents.track import Track, TrackRules
from benchmarks.workload import HORIZON, START, Mix, Workload
from schemas.event import EVENT, MessagePosted, Watermark
from schemas.ids import prompt_id
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic
from tests.factories.taught import taught

OPEN, MEASURED = 300, 3_000


def everything(workload: Workload) -> Iterator[Any]:
    yield from workload.preload()
    yield from workload.measured(MEASURED)


def small(mix: Mix = "talk", seed: int = 4) -> Workload:
    return Workload(seed=seed, mix=mix, open_prompts=OPEN, seconds_between=0.2)


def test_the_same_seed_gives_the_same_bytes_and_another_seed_others() -> None:
    first, again, other = ([event.wire() for event in everything(small(seed=seed))] for seed in (4, 4, 5))
    assert first == again
    assert first != other


def test_events_come_in_the_order_of_their_time_once_each_and_are_valid_by_the_contract() -> None:
    events = list(everything(small()))
    assert [event.time for event in events] == sorted(event.time for event in events)
    assert len({event.event_id for event in events}) == len(events)
    assert all(EVENT.validate_json(event.wire()) == event for event in events)


def test_the_preload_is_open_when_the_measured_part_begins() -> None:
    posted = [event.time for event in small().preload() if isinstance(event, MessagePosted)]
    assert len(posted) == OPEN
    assert START - HORIZON < min(posted) <= max(posted) < START


def test_the_mix_is_the_one_that_is_documented() -> None:
    workload = Workload(open_prompts=1_000)
    preloaded = list(workload.preload())
    events = list(workload.measured(20_000))
    assert workload.truth.events == len(preloaded) + len(events)
    tagged = [event for event in events if isinstance(event, MessagePosted) and event.asset_id]
    prompts = workload.truth.responders
    responses = [
        event
        for event in events
        if prompt_id(event.source, event.conversation, getattr(event, "thread", None) or event.message) in prompts
        and event not in tagged
    ]
    roots = [event for event in events if isinstance(event, MessagePosted) and event.thread is None]
    assert len(tagged) / len(events) == pytest.approx(0.005, rel=0.2)
    assert len(responses) / len(events) == pytest.approx(0.1, rel=0.1)
    assert (len(roots) - len(tagged)) / len(events) == pytest.approx(0.895 * 0.25, rel=0.1)
    assert 250 <= sum(len(event.wire()) for event in events) / len(events) <= 370


@pytest.mark.parametrize("mix", ["talk", "prompts"])
def test_the_truth_is_what_the_agent_counts(mix: Mix) -> None:
    workload = small(mix)
    events = list(everything(workload))
    mark = Watermark(time=workload.ending()).wire()
    values = [*(event.wire() for event in events), mark]
    records = [Record(Topic.EVENTS, 0, offset, None, value) for offset, value in enumerate(values)]
    track = Track(0, taught(), TrackRules(every_root=mix == "prompts"))
    track.ready()
    counted: dict[str, int] = {}
    for effect in track(records):
        if isinstance(effect, Send) and effect.topic == Topic.OUTCOMES:
            outcome = OUTCOME.validate_json(effect.value.wire())
            if isinstance(outcome, Outcome):
                counted[outcome.prompt.prompt_id] = outcome.responders
    assert counted == workload.truth.counts
    assert any(counted.values())
