"""Evidence over all prompts of a channel: it is dead when that stands without any one of its assets."""

import json
from collections.abc import Iterable
from itertools import chain

import pytest

from agents.watch import Watch
from agents.watch.channels import Channels
from agents.watch.segments import Segments
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import Verdict
from tests.factories.outcomes import life, outcome
from tests.factories.records import at, mark, records, tell


def silent(n: int, asset: str = "", **more: object) -> Outcome:
    """The n-th prompt, half of whose like are silent."""
    prompt = {"posted_at": at(n - 0.5), **more.pop("prompt", {})}  # type: ignore[dict-item]
    return outcome(n, "expired", asset=asset, prompt=prompt, **more)


def answered(n: int, posted: float | None = None, **more: object) -> Outcome:
    prompt = {"posted_at": at(n - 0.5 if posted is None else posted)}
    return outcome(n, "answered", "first_response", responders=1, responses=1, prompt=prompt, **more)


def told(outcomes: Iterable[Outcome], channels: Channels | None = None) -> list[Verdict]:
    watched = channels or Channels(alpha=0.1)
    return [effect.value for each in outcomes for effect in watched.see(each)]  # type: ignore[misc]


def seen(verdicts: Iterable[Verdict]) -> list[tuple[str, float, int, int]]:
    return [(v.verdict, v.e_value, v.prompts, v.assets) for v in verdicts]


def test_prompts_without_an_asset_add_up() -> None:
    verdicts = told(silent(n) for n in range(1, 5))
    assert seen(verdicts) == [("silent", 14.0, 4, 4)], "three of half chance beyond any one: 2, 6, 14"
    assert (verdicts[0].level, verdicts[0].subject) == ("channel", "slack:C1")
    assert (verdicts[0].version, verdicts[0].prompt.message) == (1, "4")


def test_a_dead_asset_posted_again_and_again_is_no_dead_channel() -> None:
    assert told(silent(n, "quiz") for n in range(50)) == []
    assert told([silent(0, "poll"), silent(1, "poll"), *(silent(n, "quiz") for n in range(2, 50))]) == []
    one_more = [*(silent(n, "quiz") for n in range(20)), silent(20, "poll"), silent(21, "poll"), silent(22, "poll")]
    assert seen(told(one_more)) == [("silent", 14.0, 23, 2)]


def test_evidence_from_before_an_asset_joins_stands_without_it() -> None:
    assert seen(told([*(silent(n, "quiz") for n in range(3)), *(silent(n, "poll") for n in range(3, 6))])) == [
        ("silent", 14.0, 6, 2)
    ]


def test_a_response_to_any_prompt_ends_the_run_and_revives_once() -> None:
    story = [*(silent(n) for n in range(1, 5)), answered(5), answered(6), *(silent(n) for n in range(7, 10))]
    assert seen(told(story)) == [("silent", 14.0, 4, 4), ("revived", 0.0, 4, 4)]
    again = told([*story, silent(10)])
    assert [(v.verdict, v.version) for v in again] == [("silent", 1), ("revived", 2), ("silent", 3)]
    assert told([*(silent(n) for n in range(1, 4)), answered(4), *(silent(n) for n in range(5, 8))]) == []


def test_what_was_posted_before_an_answered_prompt_belongs_to_no_run() -> None:
    late = [answered(20, posted=10.5), *(silent(n) for n in range(1, 11))]
    assert told(late) == []
    assert seen(told([*late, *(silent(n) for n in range(11, 16))])) == [("silent", 14.0, 4, 4)]
    assert seen(told([answered(20, posted=10.5), answered(21, posted=3), *(silent(n) for n in range(1, 11))])) == []


def test_three_in_a_row_at_least() -> None:
    sure = [outcome(n, "silent", "deadline", p_zero=0.01, asset="", prompt={"posted_at": at(n)}) for n in range(3)]
    assert told(sure[:2]) == []
    assert [v.prompts for v in told(sure)] == [3]


def test_what_the_models_learn_from_the_run_is_no_excuse_for_it() -> None:
    hollow = [silent(n, p_zero_horizon=0.5 + n / 25) for n in range(8)]
    assert seen(told(hollow))[0] == ("silent", 14.0, 4, 4)
    others = [silent(n, prompt={"asset_type": "share"}, p_zero_horizon=0.9) for n in range(3, 7)]
    assert told([*hollow[:2], *others]) == [], "what is expected of one segment says nothing of another"


def test_nobody_there_and_nothing_expected_is_no_evidence() -> None:
    assert told(silent(n, deadline=at(n)) for n in range(9)) == []
    assert told(silent(n, p_zero_horizon=1.0) for n in range(9)) == []
    assert told(outcome(n, "censored", asset="", prompt={"posted_at": at(n)}) for n in range(9)) == []


def test_channels_are_watched_each_for_itself() -> None:
    elsewhere = (silent(n, prompt={"conversation": f"C{n % 3}"}) for n in range(9))
    assert told(elsewhere) == []


def test_memory_is_bounded() -> None:
    channels = Channels(alpha=1e-9, max_channels=10)
    for n in range(40):
        told([silent(n, prompt={"conversation": f"C{n}"})], channels)
    assert list(channels.watched) == [f"slack:C{n}" for n in range(30, 40)]
    told((silent(n, prompt={"conversation": "C39", "persona": f"p{n}"}) for n in range(200)), channels)
    watched = channels.watched["slack:C39"]
    assert (len(watched.beyond), len(watched.expected_silence)) == (32, 64)


@pytest.mark.parametrize("cut", [2, 4, 6])
def test_a_restored_watch_goes_on_alike(cut: int) -> None:
    story = [*(silent(n) for n in range(6)), answered(6), *(silent(n) for n in range(7, 15))]

    def play(watch: Watch, outcomes: list[Outcome], until: float) -> list[Verdict]:
        return tell(watch, records([*outcomes, mark(until, stage="track")], Topic.OUTCOMES)).verdicts

    def watch() -> Watch:
        return Watch(partitions=1, epoch=3600.0, alpha=0.9, snapshot_every=1)

    whole = play(watch(), story, 100)
    assert {v.verdict for v in whole if v.level == "channel"} == {"silent", "revived"}
    first, heir = watch(), watch()
    said = play(first, story[:cut], cut)
    heir.load({key: value for key, value in first.take_changes().items() if value is not None})
    heir.ready()
    assert said + play(heir, story, 100) == whole


def test_a_snapshot_from_before_channels_and_workspaces_is_read() -> None:
    old = Segments()
    beside = chain(life("service/poll", "xxxx." * 9), life("sales/poll", "." * 14, start=30))
    found = [v for each in sorted(beside, key=lambda each: each.told_at) for v in old.see(each)]
    assert [v.value.verdict for v in found] == ["chronic"]  # type: ignore[union-attr]
    agent = Watch(partitions=1, epoch=3600.0, alpha=0.1)
    agent.restore(json.dumps({"form": 2, "assets": {}, "segments": old.state()}).encode())
    comes = outcome(1, "answered", "first_response", responders=1, prompt={"persona": "sales", "workspace": "T1"})
    elsewhere = comes.model_copy(update={"prompt": comes.prompt.model_copy(update={"workspace": "T2"})})
    told_under = [v.value.subject for each in (comes, comes, elsewhere) for v in agent.segments.see(each)]  # type: ignore[union-attr]
    assert told_under == ["sales/poll"], "the first one revives what was found, under the name it was told by"
    mine, theirs = agent.segments.by_place["slack:T1"], agent.segments.by_place["slack:T2"]
    assert mine.peers.state() == theirs.peers.state() == old.peers.state()
    assert mine.watched["sales/poll"].version == 2
    again = Watch(partitions=1, epoch=3600.0, alpha=0.1)
    again.restore(agent.dump())
    assert again.dump() == agent.dump()
