"""Evidence of excess is an e-value, and e-BH keeps false findings few."""

from math import exp, lgamma, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.e_bh import e_bh
from models.excess import Excess


def factor(came: int, expected: float) -> float:
    excess = Excess()
    excess.learn_one(came, expected)
    return excess.evidence


def negative_binomial(x: int, mean: float, r: float) -> float:
    return exp(lgamma(x + r) - lgamma(r) - lgamma(x + 1) + r * log(r / (r + mean)) + x * log(mean / (r + mean)))


def poisson(x: int, mean: float) -> float:
    return exp(x * log(mean) - mean - lgamma(x + 1))


@given(expected=st.floats(0.01, 8.0))
def test_at_what_is_tolerated_its_mean_is_one(expected: float) -> None:
    mean = sum(factor(x, expected) * negative_binomial(x, 1.5 * expected, 2.0) for x in range(200))
    assert mean == pytest.approx(1.0, abs=0.01)


@given(expected=st.floats(0.05, 5.0), share=st.floats(0.1, 1.0), r=st.floats(2.0, 50.0))
def test_of_fewer_or_less_spread_it_is_at_most_one(expected: float, share: float, r: float) -> None:
    below = 1.5 * expected * share
    assert sum(factor(x, expected) * negative_binomial(x, below, r) for x in range(200)) <= 1.0 + 1e-9
    assert sum(factor(x, expected) * poisson(x, below) for x in range(100)) <= 1.0 + 1e-9


def test_evidence_grows_with_who_comes_and_stays_finite() -> None:
    assert factor(0, 1.0) < 1.0 < factor(5, 1.0) < factor(6, 1.0)
    excess = Excess()
    for _ in range(2_000):
        excess.learn_one(10_000, 0.5)
    assert excess.evidence == 1e200
    assert excess.clone().evidence == 1.0


@given(values=st.lists(st.floats(0.0, 1e6), max_size=30), rate=st.floats(0.01, 1.0))
def test_what_is_told_is_what_e_bh_says(values: list[float], rate: float) -> None:
    ordered, many = sorted(values, reverse=True), len(values)
    best = max((k for k in range(1, many + 1) if ordered[k - 1] >= many / (rate * k)), default=0)
    assert sum(value >= e_bh(values, rate) for value in values) == best


@pytest.mark.parametrize("shared", [0.0, 1.0])
def test_few_of_those_told_are_false_whatever_depends_on_what(shared: float) -> None:
    """Log-normal e-values of mean 1 where nothing is, independent or all the same, among some that are large."""
    rng = np.random.default_rng(5)
    false = []
    for _ in range(4_000):
        normal = shared * rng.normal() + (1.0 - shared) * rng.normal(size=40)
        nulls = np.exp(1.5 * normal - 1.5**2 / 2)
        real = rng.exponential(400.0, size=8)
        threshold = e_bh([*nulls, *real], 0.2)
        told, wrong = (real >= threshold).sum(), (nulls >= threshold).sum()
        false.append(wrong / max(told + wrong, 1))
    assert np.mean(false) <= 0.2
