"""A profile is right about hours that were never observed, and about those that were."""

from collections.abc import Callable
from functools import partial
from math import exp, log
from operator import mul

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.weekly_profile import WEEK, _step, weekly_profile

FLAT = [1.0] * WEEK
SATURDAY, SUNDAY = 2, 3  # the week begins on a Thursday


def office(hour: int) -> float:
    """Nine to five, Monday to Friday."""
    return 20.0 if 9 <= hour % 24 < 17 and hour // 24 not in (SATURDAY, SUNDAY) else 0.0


def forum(hour: int) -> float:
    """The same on all days."""
    return 20.0 if 9 <= hour % 24 < 17 else 1.0


def seen(truth: Callable[[int], float], hours: range, *, weeks: float = 1.0) -> list[float]:
    counts = [weeks * truth(hour) if hour in hours else 0.0 for hour in range(WEEK)]
    return weekly_profile(counts, [weeks if hour in hours else 0.0 for hour in range(WEEK)], FLAT)


HOURS = st.lists(st.floats(0, 1e6), min_size=WEEK, max_size=WEEK)


@given(counts=HOURS, exposures=HOURS, dispersion=st.floats(0.1, 10))
def test_an_average_hour_has_rate_one_and_none_stands_still(
    counts: list[float], exposures: list[float], dispersion: float
) -> None:
    rates = weekly_profile(counts, exposures, FLAT, dispersion=dispersion)
    assert sum(rates) == pytest.approx(WEEK)
    assert min(rates) > 0


def test_nothing_observed_is_the_base() -> None:
    base = [0.5, 1.5] * 84
    assert weekly_profile([0.0] * WEEK, [0.0] * WEEK, base) == base


def test_a_day_that_was_never_observed_is_like_those_that_were() -> None:
    rates = seen(forum, range(24), weeks=3)
    for hour in range(24, WEEK):
        assert rates[hour] == pytest.approx(rates[hour % 24], rel=0.25)
    assert rates[48 + 12] > 2 * rates[48 + 3]


def test_an_hour_that_was_never_observed_is_not_dead() -> None:
    rates = seen(forum, range(9, 15))  # six hours of the first day
    assert min(rates) > 0.9


def test_a_weekend_is_known_when_it_was_seen_four_times() -> None:
    rates = seen(office, range(WEEK), weeks=4)
    assert max(rates[SATURDAY * 24 : SUNDAY * 24 + 24]) < 0.25 * min(rates[9:17])


def test_one_burst_is_not_a_habit() -> None:
    """A thousand messages in one hour of one week do not make that hour three times as lively as its neighbours."""
    counts, exposures = [10.0 * forum(hour) for hour in range(WEEK)], [10.0] * WEEK
    counts[12 + 24] += 1000
    burst = weekly_profile(counts, exposures, FLAT)[12 + 24]
    assert burst < 3 * weekly_profile(counts, exposures, FLAT)[12]


def test_who_is_awake_at_other_hours_departs_from_the_rest() -> None:
    nights = [8 * 20.0 * (hour % 24 in (2, 3) and hour // 24 not in (SATURDAY, SUNDAY)) for hour in range(WEEK)]
    rates = weekly_profile(nights, [8.0] * WEEK, seen(office, range(WEEK), weeks=8))
    for day in (0, 1, 4, 5, 6):
        assert min(rates[24 * day + 2 : 24 * day + 4]) > 5 * max(rates[24 * day + 6 : 24 * day + 24])


def test_a_step_is_the_mode_of_a_negative_binomial_with_a_gamma_prior() -> None:
    counts, exposures, start, k, a = [3.0, 40.0, 0.0, 7.0], [1.0, 6.0, 9.0, 2.0], [0.5, 1.5, 1.2, 0.8], 0.25, 3.0
    mean = sum(counts) / sum(map(mul, exposures, start))

    def likely(rate: float, count: float, exposure: float, base: float) -> float:
        level = exposure * mean * rate
        observed = count * log(level) - (count + exposure * k) * log(exposure * k + level)
        return observed + a * log(rate) - a * rate / base

    grid = [exp(n / 2000) for n in range(-14_000, 6_000)]
    modes = [
        max(grid, key=partial(likely, count=c, exposure=e, base=p))
        for c, e, p in zip(counts, exposures, start, strict=True)
    ]
    rates = _step(counts, exposures, start, a, k)
    assert rates == pytest.approx([4 * mode / sum(modes) for mode in modes], rel=1e-3)
