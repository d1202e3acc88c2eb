"""Evidence over the prompts of an asset: a run of silence too unlikely is told, a response ends it."""

from typing import Any

import pytest

from agents.watch import Watch
from schemas.outcome import Outcome
from schemas.topic import Topic
from tests.factories.outcomes import outcome
from tests.factories.records import Told, at, mark, records, tell


def expired(n: int, **more: Any) -> Outcome:
    return outcome(n, "expired", **more)


def answered(n: int, **more: Any) -> Outcome:
    return outcome(n, "answered", "first_response", responders=1, responses=1, **more)


def watch() -> Watch:
    return Watch(partitions=1, epoch=3600.0, alpha=0.1, snapshot_every=1)


def told(*outcomes: Outcome, agent: Watch | None = None, until: float = 100) -> Told:
    return tell(agent or watch(), records([*outcomes, mark(until, stage="track")], Topic.OUTCOMES))


def seen(said: Told) -> list[tuple[str, float, int]]:
    """Return (verdict, evidence, prompts) of each."""
    return [(v.verdict, v.e_value, v.prompts) for v in said.verdicts if v.level == "asset"]


def test_a_run_is_flagged_when_it_has_become_too_unlikely() -> None:
    assert seen(told(expired(1), expired(2))) == []  # evidence: 2, 6
    said = told(expired(1), expired(2), expired(3))
    assert seen(said) == [("silent", 14.0, 3)]
    [verdict] = said.verdicts
    assert (verdict.level, verdict.subject, verdict.version, verdict.time) == ("asset", "slack:/quiz", 1, at(3))
    assert verdict.prompt.message == "3"


def test_an_asset_may_be_dead_in_one_workspace_and_alive_in_another() -> None:
    there, here = {"workspace": "T1"}, {"workspace": "T2"}
    silent = [expired(n, prompt=there) for n in (1, 3, 5)]
    lively = [answered(n, prompt=here) for n in (2, 4, 6)]
    [verdict] = told(*silent, *lively).verdicts
    assert (verdict.subject, verdict.verdict, verdict.e_value, verdict.prompts) == ("slack:T1/quiz", "silent", 14.0, 3)
    both = told(*silent, *(expired(n, prompt=here) for n in (2, 4, 6))).verdicts
    assert [(v.subject, v.version) for v in both] == [("slack:T1/quiz", 1), ("slack:T2/quiz", 1)]


def test_silence_while_nobody_was_there_until_the_horizon_is_no_evidence() -> None:
    on_holiday = [expired(n, deadline=at(168)) for n in range(2, 9)]
    assert seen(told(expired(1), *on_holiday, expired(9))) == []
    assert seen(told(expired(1), *on_holiday, expired(9), expired(10, deadline=at(5)))) == [("silent", 14.0, 3)]


def test_what_was_to_be_expected_is_no_evidence() -> None:
    assert seen(told(*(expired(n, p_zero_horizon=1.0) for n in range(1, 10)))) == []


def test_what_the_models_learn_from_a_run_of_silence_is_no_excuse_for_it() -> None:
    learned = [expired(n, p_zero_horizon=0.5 + n / 20) for n in range(5)]  # 0.5, 0.55, 0.6, 0.65, 0.7
    assert seen(told(*learned[:3])) == [("silent", 14.0, 3)]
    anew = told(*learned, answered(5), expired(6, p_zero_horizon=0.8), expired(7, p_zero_horizon=0.8))
    assert [verdict for verdict, _, _ in seen(anew)] == [
        "silent",
        "silent",
        "silent",
        "revived",
    ]  # that was another run
    assert seen(told(expired(1, p_zero_horizon=0.8), expired(2, p_zero_horizon=0.2))) == [("silent", 11.25, 2)]


def test_a_prompt_that_was_flagged_counts_with_its_deadline_one_that_expired_with_its_horizon() -> None:
    flagged = outcome(2, "silent", "deadline", p_zero=0.05, p_zero_horizon=1.0)
    assert seen(told(expired(1, p_zero_horizon=1.0), flagged)) == [("silent", 40.0, 2)]
    assert seen(told(expired(1, p_zero_horizon=1.0), expired(2, p_zero=0.05, p_zero_horizon=1.0))) == []


def test_a_single_prompt_has_a_verdict_of_its_own_and_is_not_told_twice() -> None:
    assert seen(told(outcome(1, "silent", "deadline", p_zero=0.01))) == []


def test_a_silence_before_a_response_does_not_count_again_when_its_prompt_closes() -> None:
    run = [outcome(n, "silent", "deadline", p_zero=0.1) for n in (1, 2)]
    said = told(*run, answered(3), *(outcome(n, "silent", hours=8, version=3, p_zero=0.1) for n in (1, 2)))
    assert [verdict for verdict, _, _ in seen(said)] == ["silent", "revived"]


def test_each_prompt_counts_once() -> None:
    steps = [outcome(1, "silent", "deadline"), outcome(1, "silent", hours=2, version=3)]
    assert seen(told(*steps, expired(3))) == []
    assert seen(told(*steps, expired(3), expired(4))) == [("silent", 14.0, 3)]


def test_every_version_of_a_prompt_is_seen_though_all_of_them_come_at_once() -> None:
    posted = [outcome(n, "open", "posted", version=1) for n in (1, 2, 3)]
    assert seen(told(*posted, *(expired(n) for n in (1, 2, 3)))) == [("silent", 14.0, 3)]


def test_a_response_revives_the_asset_once_and_evidence_begins_anew() -> None:
    run = [expired(1), expired(2), expired(3)]
    said = told(*run, answered(4), answered(5), expired(6), expired(7))
    assert seen(said) == [("silent", 14.0, 3), ("revived", 0.0, 3)]
    assert [v.version for v in said.verdicts] == [1, 2]
    again = told(*run, answered(4), expired(5), expired(6), expired(7))
    assert [verdict for verdict, _, _ in seen(again)] == ["silent", "revived", "silent"]


def test_a_response_to_an_asset_that_was_not_flagged_is_no_verdict() -> None:
    assert seen(told(expired(1), expired(2), answered(3), expired(4), expired(5))) == []


def test_a_longer_run_is_a_later_version() -> None:
    said = told(*(expired(n) for n in range(1, 6)))
    assert seen(said) == [("silent", 14.0, 3), ("silent", 30.0, 4), ("silent", 62.0, 5)]
    assert [v.version for v in said.verdicts] == [1, 2, 3]


def test_assets_are_watched_each_for_itself_and_prompts_without_one_are_not() -> None:
    mixed = [expired(n, asset="quiz" if n % 2 else "poll") for n in range(1, 5)]
    assert seen(told(*mixed)) == []
    assert seen(told(*(expired(n, asset="") for n in range(1, 9)))) == []


@pytest.mark.parametrize("status", ["open", "censored", "withdrawn", "answered", "revived"])
def test_nothing_else_is_evidence(status: str) -> None:
    assert seen(told(*(outcome(n, status, p_zero=0.01, p_zero_horizon=0.01) for n in range(1, 5)))) == []


def test_outcomes_are_taken_in_the_order_in_which_they_became_known() -> None:
    story = [expired(1), expired(2), answered(3), expired(4)]
    assert seen(told(*reversed(story))) == seen(told(*story)) == []
    assert seen(told(*story, *story, expired(5), expired(6))) == [("silent", 14.0, 3)]
    late = [answered(3), expired(4), expired(5), expired(2, told_at=at(6))]  # it counts when it is told
    assert seen(told(*late)) == [("silent", 14.0, 3)]


def test_time_is_passed_on_to_those_who_read_the_verdicts() -> None:
    assert told(until=3).values == [mark(3, stage="watch")]


def test_a_restored_watch_goes_on_alike() -> None:
    story = [expired(1), expired(2), expired(3), expired(4), answered(5), expired(6)]
    first = watch()
    said = tell(first, records([*story[:3], mark(4, stage="track")], Topic.OUTCOMES))
    heir = watch()
    heir.load({key: value for key, value in first.take_changes().items() if value is not None})
    heir.ready()
    rest = told(*story[:1], *story[3:], agent=heir)  # the first one again
    assert seen(said) + seen(rest) == seen(told(*story))
    assert [v.version for v in rest.verdicts] == [2, 3]


def test_it_says_in_how_many_channels_the_run_stands() -> None:
    def channels(*conversations: str) -> list[int]:
        run = [expired(n, prompt={"conversation": name}) for n, name in enumerate(conversations)]
        return [verdict.channels for verdict in told(*run).verdicts if verdict.level == "asset"]

    assert channels("C1", "C1", "C1") == [1]
    assert channels("C1", "C2", "C1", "C3") == [2, 2]
    again = [expired(1), expired(2, prompt={"conversation": "C2"}), expired(3), answered(4)]
    rest = [expired(n) for n in (5, 6, 7)]
    assert [v.channels for v in told(*again, *rest).verdicts if v.level == "asset"] == [2, 2, 1], "of each run alone"
