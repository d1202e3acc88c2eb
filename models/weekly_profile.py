"""A weekly profile: how lively each hour of the week is, also while few weeks have been observed."""

from collections.abc import Sequence
from itertools import chain, repeat
from math import sqrt
from operator import mul

WEEK = 168
_DAY = 24


def weekly_profile(
    counts: Sequence[float],
    exposures: Sequence[float],
    base: Sequence[float],
    *,
    dispersion: float = 0.25,
    of_days: float = 0.5,
    shapes: tuple[float, float, float, float] = (1.0, 2.0, 0.7, 20.0),
) -> list[float]:
    """Return the relative rate of each hour of the week; their mean is 1.

    Four steps, each of which starts from the one before: the hour of the day, the same with what its neighbours tell,
    the day of the week, the hour of the week. So what was seen on Monday at ten tells of Tuesday at ten, and a first
    week that began on a Thursday says nothing against Wednesdays. An hour's neighbours are those next to it, which
    count twice, and those two hours away.

    With p the step before, c the counts, e how often an hour was observed and m = sum(c) / sum(e * p), c is taken for
    negative binomial with mean e * m * r and dispersion e * k, since conversations come in bursts: one empty hour says
    little, forty say all; one in which a thousand messages came is no habit. The prior of r is Gamma with mean p and
    shape a. A step takes the mode of log(r), the positive root of

        (a * m / p) * r^2 + (a * k / p + (e * k - a) * m) * r - (c + a) * k = 0,

    which tends to (c + a) / (e * m + a / p), that of Poisson counts, where k is large.

    Source: Gelman et al., Bayesian Data Analysis, 3rd ed. 2013, 2.6 (rates with exposures) and 17.2 (overdispersion).

    Parameters
    ----------
    counts
        168 numbers: what was counted in each hour of the week.
    exposures
        168 numbers: how often each of these hours was observed.
    base
        168 rates with mean 1: the profile where nothing is known.
    dispersion, of_days
        k of an hour that was observed, and of a day: the smaller, the burstier.
    shapes
        a of the steps: the larger, the closer to the step before.

    Examples
    --------
    >>> flat, monday = [1.0] * 168, range(96, 120)
    >>> counts = [60.0 if h in range(105, 113) else 0.0 for h in range(168)]  # the first day: a Monday, 09:00 to 17:00
    >>> observed = [1.0 if h in monday else 0.0 for h in range(168)]
    >>> rates = weekly_profile(counts, observed, flat)
    >>> [round(rates[h], 2) for h in (105 - 24, 105, 105 + 24, 100)]  # Sunday, Monday, Tuesday at nine; at four
    [1.3, 1.32, 1.3, 0.7]
    >>> rates = weekly_profile([9.0 * c for c in counts], [9.0 * e for e in observed], flat)
    >>> [round(rates[h], 2) for h in (105 - 24, 105, 105 + 24, 100)]
    [2.34, 2.4, 2.34, 0.01]
    >>> round(sum(rates), 6)
    168.0
    """
    expected = list(map(mul, exposures, base))
    if not sum(counts) or not sum(expected):
        return list(base)
    alone, beside, of_day, of_both = shapes
    of_hours = (
        [sum(counts[hour::_DAY]) for hour in range(_DAY)],
        [sum(expected[hour::_DAY]) for hour in range(_DAY)],
    )
    hours = _step(*of_hours, [1.0] * _DAY, alone, dispersion)
    hours = _step(*of_hours, _neighbours(hours), beside, dispersion)
    expected = list(map(mul, expected, hours * 7))
    days = _step(
        [sum(counts[day : day + _DAY]) for day in range(0, WEEK, _DAY)],
        [sum(expected[day : day + _DAY]) / _DAY for day in range(0, WEEK, _DAY)],
        [1.0] * 7,
        of_day,
        of_days,
    )
    by_day = chain.from_iterable(repeat(day, _DAY) for day in days)
    start = [rate * hour * day for rate, hour, day in zip(base, hours * 7, by_day, strict=True)]
    return _step(counts, exposures, start, of_both, dispersion)


def _neighbours(hours: Sequence[float]) -> list[float]:
    """Return for each hour of a day the weighted mean of the hours around it."""
    return [sum(hours[(hour + away) % _DAY] * (3 - abs(away)) for away in (-2, -1, 1, 2)) / 6 for hour in range(_DAY)]


def _step(
    counts: Sequence[float], exposures: Sequence[float], start: Sequence[float], shape: float, dispersion: float
) -> list[float]:
    """Return the modes, scaled to a mean of 1."""
    mean = sum(counts) / sum(map(mul, exposures, start))
    rates = []
    for c, e, p in zip(counts, exposures, start, strict=True):
        square, constant = shape * mean / p, (c + shape) * dispersion
        half = (shape * dispersion / p + (e * dispersion - shape) * mean) / 2
        root = sqrt(half * half + square * constant)
        rates.append(constant / (half + root) if half > 0 else (root - half) / square)  # nothing cancels
    scale = len(rates) / sum(rates)
    return [rate * scale for rate in rates]
