"""Chronic silence of a segment: told once, by a measure that its own silence does not move."""

import json
from itertools import chain
from random import Random

import pytest

from agents.watch import Watch
from agents.watch.segments import Segments
from schemas.outcome import Outcome
from schemas.topic import Topic
from schemas.verdict import Verdict
from tests.factories.outcomes import life, outcome
from tests.factories.records import at, mark, records, tell

FAR = 24 * 2_000
SALES = "sales/poll"
PLACE = "slack:"


def watch() -> Watch:
    return Watch(partitions=1, epoch=3600.0, alpha=0.1, snapshot_every=1)


def told(*outcomes: Outcome, agent: Watch | None = None, until: float = FAR) -> list[Verdict]:
    said = tell(agent or watch(), records([*outcomes, mark(until, stage="track")], Topic.OUTCOMES))
    return [verdict for verdict in said.verdicts if verdict.level == "segment"]


def story(ends: str, peers: str = "xxxx.", *, more: str = "", every: float = 24.0) -> list[Outcome]:
    """The segment's life, after 30 prompts, beside that of another persona and of another asset type if told."""
    days = 30 + len(ends)
    beside = life("service/poll", (peers * days)[:days], every=every)
    other = life("sales/question", (more * days)[:days], every=every)
    return list(chain(beside, other, life(SALES, ends, start=30, every=every)))


def seen(verdicts: list[Verdict]) -> list[tuple[str, int]]:
    return [(verdict.verdict, verdict.prompts) for verdict in verdicts]


def test_a_segment_that_nobody_answers_is_told_once_however_long_it_lasts_and_never_becomes_normal() -> None:
    agent = watch()
    verdicts = told(*story("." * 200), agent=agent)
    assert seen(verdicts) == [("chronic", 12)]
    reference = agent.segments.by_place[PLACE].peers.reference("sales", "poll", at(24 * 237))
    assert reference is not None and reference.p_zero < 0.25
    again = told(*story("." * 200 + "x" + "." * 30))
    assert seen(again) == [("chronic", 12), ("revived", 194), ("chronic", 10)]
    assert again[2].reference == pytest.approx(again[0].reference, abs=0.05)


def test_the_verdict_says_how_far_from_usual_it_is() -> None:
    [verdict] = told(*story("." * 14))
    assert (verdict.level, verdict.subject, verdict.version) == ("segment", f"{PLACE}/{SALES}", 1)
    assert verdict.time == verdict.told_at == at(24 * (30 + 11 + 7)), "when the twelfth was closed"
    assert (verdict.reference_by, verdict.reference) == ("other_personas", pytest.approx(0.2, abs=0.03))
    assert verdict.e_value >= 1_000
    assert verdict.prompt.posted_at == at(24 * 41)


@pytest.mark.parametrize("more", ["xxxx.", "....x"])
def test_silence_must_be_news_for_the_persona_and_for_the_asset_type(more: str) -> None:
    verdicts = told(*story("." * 20, peers="xxxxxxxxx.", more=more))
    assert [verdict.reference_by for verdict in verdicts] == (["other_types"] if more == "xxxx." else [])


def test_silence_while_nobody_was_there_until_the_horizon_does_not_count() -> None:
    assert seen(told(*story("." * 11 + "h" * 20))) == []
    assert seen(told(*story("." * 11 + "h" * 20 + "."))) == [("chronic", 12)]


def test_a_young_segment_is_left_alone() -> None:
    assert told(*story("." * 9, peers="x")) == []
    assert seen(told(*story("." * 10, peers="x"))) == [("chronic", 10)]
    assert told(*life("service/poll", "x" * 9), *life(SALES, "." * 30, start=30)) == [], "young peers say nothing"


def test_at_least_five_in_a_row_must_be_silent() -> None:
    crowd = list(chain.from_iterable(life(f"p{n}/poll", "x" * 50) for n in range(20)))
    assert told(*story("x" * 20 + "." * 4), *crowd) == []
    assert seen(told(*story("x" * 20 + "." * 5), *crowd)) == [("chronic", 5)]


def test_a_segment_that_once_lived_is_measured_by_that_although_all_others_are_dead() -> None:
    assert told(*story("." * 100, peers=".")) == []
    beside, verdict = told(*story("x" * 40 + "." * 100, peers="."))
    assert (beside.prompt.segment, beside.reference_by) == ("service/poll", "other_personas"), "sales did answer"
    assert (verdict.verdict, verdict.reference_by) == ("chronic", "past")
    assert verdict.reference is not None and verdict.reference < 0.15


def test_a_segment_that_is_answered_less_than_its_peers_is_not_dead() -> None:
    flagged = []
    for seed in range(40):
        rng = Random(seed)
        peers = "".join("." if rng.random() < 0.2 else "x" for _ in range(330))
        own = "".join("." if rng.random() < 0.4 else "x" for _ in range(300))
        segments = Segments()
        in_order = sorted(story(own, peers, every=200), key=lambda each: (each.told_at, each.prompt.prompt_id))
        flagged += [seed for each in in_order for _ in segments.see(each)]
    assert len(flagged) <= 2, f"at least 1,000 prompts between false reports: {flagged}"


def test_a_response_revives_it_at_once_and_what_was_posted_before_belongs_to_no_run() -> None:
    verdicts = told(*story("." * 20 + "x" + "." * 10))  # seven are closed after the response
    assert seen(verdicts) == [("chronic", 12), ("revived", 14)]
    revived = verdicts[1]
    assert (revived.time, revived.level, revived.version) == (at(24 * 50 + 1), "segment", 2)
    assert (revived.responders, revived.e_value, revived.reference) == (2, 0.0, None)
    assert seen(told(*story("." * 20 + "x" + "." * 11))) == [("chronic", 12), ("revived", 14), ("chronic", 11)]


def test_a_response_to_a_segment_that_was_not_flagged_only_ends_the_run() -> None:
    assert told(*story("." * 10 + "x" + "." * 10)) == []


def test_a_late_response_makes_a_prompt_an_answered_one() -> None:
    silent = story("." * 12)
    prompt = silent[-1].prompt.model_dump(exclude={"asset_id"})
    late = outcome(9, "revived", "first_response", hours=24 * 47, version=3, responders=1, asset="", prompt=prompt)
    closed = silent[-1].model_copy(update={"status": "revived", "responders": 1, "version": 4})
    agent = watch()
    assert told(*silent[:-1], late, closed, agent=agent) == []
    assert agent.segments.by_place[PLACE].peers.counts["segment"][SALES][0] < 11, "eleven were silent"


@pytest.mark.parametrize("end", ["w", "c", "u"])
def test_what_was_withdrawn_or_not_observed_to_its_end_does_not_count(end: str) -> None:
    assert told(*story("." * 11 + end * 20)) == []


def test_every_prompt_counts_once_in_any_order_and_however_often_it_comes() -> None:
    outcomes = story("." * 20 + "x" + "." * 12)
    mixed = [*outcomes, *outcomes]
    Random(3).shuffle(mixed)
    assert told(*mixed) == told(*outcomes)
    assert len(told(*outcomes)) == 3


def test_a_restored_watch_goes_on_alike() -> None:
    outcomes = sorted(story("." * 15 + "x" + "." * 12), key=lambda each: each.told_at)
    whole = told(*outcomes)
    for cut in (100, 120, 150):
        first, heir = watch(), watch()
        said = told(*outcomes[:cut], agent=first, until=(outcomes[cut].told_at - at(0)) / 3600)
        heir.load({key: value for key, value in first.take_changes().items() if value is not None})
        heir.ready()
        assert said + told(*outcomes, agent=heir) == whole


def test_a_snapshot_from_before_segments_were_watched_is_no_harm() -> None:
    agent = watch()
    agent.restore(json.dumps({"form": {"evidence": 14.0, "prompts": 3}}).encode())  # of an asset that is called so
    assert agent.assets.watched == {}
    assert seen(told(*story("." * 20), agent=agent)) == [("chronic", 12)]


def test_memory_is_bounded() -> None:
    segments = Segments(max_segments=20)
    for n in range(200):
        for ends in life(f"p{n}/poll", "x.", start=n):
            list(segments.see(ends))
    state = segments.state()
    assert max(len(state["watched"]), *(len(part) for part in state["peers"].values())) <= 20
    assert not any(part._touched for part in segments.peers.counts.values())
