"""Which of many streams may be told: e-BH, kept up to date."""

from math import inf

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.discoveries import Discoveries
from models.e_bh import e_bh
from models.e_detector import EDetector

VALUES = st.lists(st.one_of(st.floats(0, 100), st.sampled_from([0.0, 10.0, 20.0, 40.0])), min_size=1, max_size=20)
RATES = st.sampled_from([0.1, 0.3, 0.5, 1.0])


def weighed(values: list[float], rate: float) -> Discoveries:
    found = Discoveries(rate)
    for n, value in enumerate(values):
        found.weigh(f"{n}", value)
    return found


@given(VALUES, RATES, st.integers(0, 30))
def test_the_threshold_is_that_of_e_bh_over_all_that_is_watched(values: list[float], rate: float, quiet: int) -> None:
    assert weighed(values, rate).threshold(len(values) + quiet) == e_bh([*values, *[0.0] * quiet], rate)


@given(VALUES, VALUES, RATES)
def test_what_evidence_was_before_leaves_no_trace(before: list[float], after: list[float], rate: float) -> None:
    moved = weighed(before, rate)
    for n in range(max(len(before), len(after))):
        moved.weigh(f"{n}", after[n] if n < len(after) else 0.0)
    fresh = weighed(after, rate)
    assert moved.evidence == fresh.evidence
    assert all(moved.threshold(watched) == fresh.threshold(watched) for watched in (20, 50, 400))


@given(VALUES, RATES, st.integers(0, 19), st.floats(0, 1e6))
def test_more_evidence_keeps_nothing_back(values: list[float], rate: float, one: int, more: float) -> None:
    found = weighed(values, rate)
    before = found.threshold(30)
    found.weigh(f"{one}", found.evidence.get(f"{one}", 0.0) + more)
    assert found.threshold(30) <= before


def test_one_stream_alone_is_judged_as_ever_and_the_surer_it_must_be_the_more_is_watched() -> None:
    found = weighed([9.9], 0.1)
    assert found.threshold(1) == inf
    found.weigh("0", 100.0)
    assert [found.threshold(watched) for watched in (1, 5, 10, 11)] == [10.0, 50.0, 100.0, inf]


def test_many_that_are_dead_together_are_told_together() -> None:
    assert weighed([30.0] * 30, 0.1).threshold(100) == inf
    assert weighed([30.0] * 34, 0.1).threshold(100) == pytest.approx(100 / 3.4)
    assert weighed([10.0] * 100, 0.1).threshold(100) == 10.0


def test_nothing_is_told_of_nothing() -> None:
    assert Discoveries(0.5).threshold(0) == Discoveries(0.5).threshold(9) == inf


def test_false_ones_are_rare_where_all_is_well_and_a_minority_where_some_is_dead() -> None:
    rng = np.random.default_rng(4)
    alarms, shares = 0, []
    for _ in range(60):
        detectors = [EDetector() for _ in range(60)]
        for _ in range(12):
            for n, detector in enumerate(detectors):
                detector.learn_one(silent=n < 6 or rng.random() < 0.4, p_zero=0.4)
        living = weighed([each.evidence for each in detectors[6:]], 0.1)
        alarms += any(value >= living.threshold(54) for value in living.evidence.values())
        found = weighed([each.evidence for each in detectors], 0.1)
        threshold = found.threshold(60)
        passed = [int(key) for key, value in found.evidence.items() if value >= threshold]
        assert {*range(6)} <= {*passed}
        shares.append(sum(n >= 6 for n in passed) / len(passed))
    assert alarms <= 12, "one by one it would be nearly all of the sixty"
    assert np.mean(shares) < 0.2
