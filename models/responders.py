"""Expected responders: what people read, and evidence; whether something is silent is decided elsewhere."""

from bisect import bisect_left
from collections.abc import Iterable
from itertools import accumulate
from math import exp
from typing import NamedTuple

from river import base

from models.age_bins import AGE_BINS
from models.part import Part
from schemas.expectation import BorrowedFrom

_ALL = "all"
_SOURCES: tuple[BorrowedFrom, ...] = ("asset_type", "everything", "prior")
_INDEPENDENT = 50
"""So many responders may have come independently of each other; of more the curve learns no more."""

_STARTS = (0.0, *AGE_BINS)
_BINS = tuple(zip(_STARTS, AGE_BINS, strict=False))
_LEAST = 1e-12
"""Least accumulated hazard: nothing is divided by 0."""


class Posterior(NamedTuple):
    """What is known of the responders per reached member of a segment.

    Attributes
    ----------
    shape, rate
        Of the Gamma distribution; the rate counts reached members.
    borrowed
        Share of the mean that comes from the levels above, in (0, 1]; 1: nothing was counted in the segment itself.
    borrowed_from
        The level above that most of it comes from.
    """

    shape: float
    rate: float
    borrowed: float
    borrowed_from: BorrowedFrom

    def expected(self, reach: float) -> float:
        """Return the responders expected over the horizon when so many members are reached."""
        return min(reach * self.shape / self.rate, reach)


class Responders(base.Estimator):
    """Responders per reached member over the horizon, and how they spread over the age of a prompt.

    The rate of a segment has a Gamma posterior, pooled from everything to asset type to segment. With R responders
    and N reached members counted so far, m the mean one level up and `shape` pseudo-responders:

        rate ~ Gamma(shape + R, shape / m + N),    mean (shape + R) / (shape / m + N)

    The mean is m and the level's own R / N, weighed by b and 1 - b: a level borrows

        b = (shape / m) / (shape / m + N)

    from the one above. So of what a segment borrows, 1 - b(type) comes from its asset type, b(type) (1 - b(all)) from
    everything, and b(type) b(all) from the prior.

    Responders of a prompt are over-dispersed: where mu = N * m are expected, their variance is mu + mu^2 / dispersion.
    So a prompt counts with the weight that it has in a negative binomial regression, 1 / (1 + mu / dispersion): a large
    audience says little more than a small one about the next prompt. And no prompt counts as more than
    `most` * (mu + 1) responders: one that goes around the world says nothing about the next one, either.

    The response curve is that of one responder. Of n responders who come independently, the first comes with n times
    one responder's hazard, so an asset type's hazard in an age bin is

        (first responses in the bin) / (hours until the first response spent in the bin, each times n)

    Parameters
    ----------
    shape
        Pseudo-responders that the level above is worth.
    prior_rate
        Responders per reached member before anything is known.
    dispersion, most
        See above.
    decays
        What a count is worth one prompt of its key later: of everything, of an asset type, of a segment. About the last
        1 / (1 - decay) prompts count; when engagement falls to half, a segment's expectation is within a quarter of it
        after log(1/4) / log(decay) prompts: 34.
    curve_decay
        The same for the response curves.
    max_segments
        Bound of `counts`.

    Attributes
    ----------
    counts
        What judging needs: "all", "type|question", "segment|regular/question" -> [responders, reached].
    curves
        What judging needs: asset type (and "all") -> first responses by age bin, then exposure by age bin (hours).

    Examples
    --------
    >>> responders = Responders()
    >>> for _ in range(200):
    ...     responders.learn_one("question", "sales/question", responders=4, reach=40, first_hours=0.25)
    >>> round(responders.expected("question", "sales/question", 80), 1)
    8.0
    >>> [round(responders.posterior("question", segment).borrowed, 3) for segment in ("sales/question", "new/question")]
    [0.057, 1.0]
    >>> responders.learn_one("question", "sales/question", responders=2_000, reach=40, first_hours=0.25)
    >>> round(responders.expected("question", "sales/question", 80), 1)
    9.2
    >>> 0.2 < responders.share("question", 0.3) < 0.5 < responders.share("question", 4.0)
    True
    """

    def __init__(
        self,
        shape: float = 2.0,
        prior_rate: float = 0.05,
        dispersion: float = 2.0,
        most: float = 4.0,
        decays: tuple[float, float, float] = (0.995, 0.99, 0.96),
        curve_decay: float = 0.995,
        max_segments: int = 5_000,
    ) -> None:
        self.shape = shape
        self.prior_rate = prior_rate
        self.dispersion = dispersion
        self.most = most
        self.decays = decays
        self.curve_decay = curve_decay
        self.max_segments = max_segments
        self.counts: dict[str, list[float]] = Part(max_keys=max_segments)
        self.curves: dict[str, list[float]] = Part()
        self._kept: dict[str, tuple[list[float] | None, list[float] | None, tuple[list[float], list[float]]]] = {}

    def posterior(self, asset_type: str, segment: str) -> Posterior:
        """Return the Gamma posterior of a segment, and how much of it is borrowed from where."""
        mean, shape, rate = self.prior_rate, 0.0, 0.0
        borrowed: list[float] = []
        for key in _levels(asset_type, segment):
            responders, reached = self.counts.get(key, (0.0, 0.0))
            pseudo = self.shape / mean
            shape, rate = self.shape + responders, pseudo + reached
            mean = shape / rate
            borrowed.append(pseudo / rate)
        of_all, of_type, of_segment = borrowed
        shares = (1.0 - of_type, of_type * (1.0 - of_all), of_type * of_all)
        return Posterior(shape, rate, of_segment, _SOURCES[shares.index(max(shares))])

    def expected(self, asset_type: str, segment: str, reach: float) -> float:
        """Return the responders expected over the horizon when so many members are reached."""
        return self.posterior(asset_type, segment).expected(reach)

    def share(self, asset_type: str, age_hours: float, horizon_hours: float = AGE_BINS[-1]) -> float:
        """Return the share of a prompt's responders that is expected by an age (calendar hours)."""
        return self.shares(asset_type, (age_hours,), horizon_hours)[0]

    def shares(self, asset_type: str, ages_hours: Iterable[float], horizon_hours: float = AGE_BINS[-1]) -> list[float]:
        """Return `share` of several ages."""
        accumulated = self._accumulated(asset_type)
        whole = 1.0 - exp(-_until(accumulated, horizon_hours))
        return [
            min((1.0 - exp(-_until(accumulated, age))) / whole, 1.0) if age < horizon_hours else 1.0
            for age in ages_hours
        ]

    def learn_one(
        self, asset_type: str, segment: str, responders: int, reach: int, first_hours: float | None = None
    ) -> None:
        """Learn from a prompt whose horizon has passed.

        Parameters
        ----------
        asset_type, segment
            What it was, and whom it reached.
        responders, reach
            Distinct members who responded, and who could have.
        first_hours
            Age at the first response in calendar hours; None when there was none.
        """
        mean = self.prior_rate
        for key, decay in zip(_levels(asset_type, segment), self.decays, strict=True):
            counted, reached = self.counts.get(key, (0.0, 0.0))
            mean = (self.shape + counted) / (self.shape / mean + reached)
            expected = reach * mean
            weight = 1.0 / (1.0 + expected / self.dispersion)
            come = min(responders, self.most * (expected + 1.0))
            self.counts[key] = [counted * decay + weight * come, reached * decay + weight * reach]
        if first_hours is None or responders < 1:
            return
        independent = min(come, _INDEPENDENT)
        for key in (_ALL, asset_type):
            curve = [value * self.curve_decay for value in self.curves.get(key) or [0.0] * (2 * len(AGE_BINS))]
            for b, (start, end) in enumerate(_BINS):
                if first_hours <= end:
                    curve[b] += 1.0
                    curve[len(AGE_BINS) + b] += independent * max(first_hours - start, 0.0)
                    break
                curve[len(AGE_BINS) + b] += independent * (end - start)
            self.curves[key] = curve

    def _accumulated(self, asset_type: str) -> tuple[list[float], list[float]]:
        """Return the hazard accumulated before each age bin and in all, and the hazard per hour in each and after.

        A flat start, then everything, then the asset type.
        """
        curves = self.curves.get(_ALL), self.curves.get(asset_type)
        kept = self._kept.get(asset_type)
        if kept is not None and kept[0] is curves[0] and kept[1] is curves[1]:
            return kept[2]
        hazards = [0.5 / end for end in AGE_BINS]
        for curve in curves:
            if curve is not None:
                firsts, exposures = curve[: len(AGE_BINS)], curve[len(AGE_BINS) :]
                hazards = [
                    (self.shape + first) / (self.shape / hazard + exposure)
                    for hazard, first, exposure in zip(hazards, firsts, exposures, strict=True)
                ]
        steps = (hazard * (end - start) for hazard, (start, end) in zip(hazards, _BINS, strict=True))
        accumulated = [0.0, *accumulate(steps)], [*hazards, 0.0]
        self._kept[asset_type] = (*curves, accumulated)
        return accumulated


def _levels(asset_type: str, segment: str) -> tuple[str, str, str]:
    return _ALL, f"type|{asset_type}", f"segment|{segment}"


def _until(accumulated: tuple[list[float], list[float]], age: float) -> float:
    """Return the hazard accumulated by an age (calendar hours)."""
    before, hazards = accumulated
    bin = bisect_left(AGE_BINS, age)
    total = before[bin] + hazards[bin] * (age - _STARTS[bin])
    return total if total > _LEAST else _LEAST
