"""Silence at the horizon, predicted from amounts alone."""

from collections.abc import Mapping
from math import sqrt

from river import base

from models.features import MEASURES
from models.kalman import kalman
from models.log_odds import logistic
from models.part import Part

BIAS = "bias"
_EQUAL = 1e-6
"""A measure that deviates so little says nothing."""


class MeasuredSilence(base.Estimator):
    """Online logistic regression on "nobody has responded by the horizon", with a dozen standardized amounts.

        p_zero(x) = logistic(w_bias + sum over measures in x of w_m * (x_m - mean_m) / deviation_m)

    So few weights are learned from a few hundred prompts, when those of `DirectSilence` say little yet. Means and
    deviations are those of all prompts so far (Welford 1962), as in River's StandardScaler; the weights are normal
    distributions and learn as `models.kalman` says.

    Parameters
    ----------
    variance, bias_variance
        Variance that the weights start with, and that of the bias.
    least
        Share of the variance that is never lost.

    Attributes
    ----------
    weights
        What judging needs: measure (and `bias`) -> [weight, mean, deviation].

    Examples
    --------
    >>> model = MeasuredSilence()
    >>> for reach in range(200):
    ...     model.learn_one({"reach": reach % 10 / 10}, silent=reach % 10 < 5)
    >>> model.p_zero({"reach": 0.9}) < 0.3 < 0.7 < model.p_zero({"reach": 0.0})
    True
    """

    def __init__(self, variance: float = 0.01, bias_variance: float = 0.3, least: float = 0.03) -> None:
        self.variance = variance
        self.bias_variance = bias_variance
        self.least = least
        self.weights: dict[str, list[float]] = Part()
        self._spreads: dict[str, tuple[float, float, float]] = {}
        """Measure -> number, mean, sum of squared distances to the mean."""
        self._variances: dict[str, float] = {}

    def p_zero(self, x: Mapping[str, float]) -> float:
        """Return the probability of silence at the horizon."""
        get, score = self.weights.get, 0.0
        if (bias := get(BIAS)) is not None:
            score = bias[0]
        for measure in MEASURES:
            if measure in x and (known := get(measure)) is not None:
                score += known[0] * (x[measure] - known[1]) / known[2]
        return logistic(score)

    def learn_one(self, x: Mapping[str, float], silent: bool) -> None:
        """Learn a label that the horizon made known."""
        weights, variances = self.weights.get, self._variances
        bias, certain = weights(BIAS), variances.get(BIAS, self.bias_variance)
        score, spread = bias[0] if bias else 0.0, certain
        known = [(BIAS, score, 1.0, 0.0, 1.0, certain)]
        for measure in MEASURES:
            if (value := x.get(measure)) is None:
                continue
            mean, deviation = self._take_in(measure, value)
            if deviation > _EQUAL:
                before, variance = weights(measure), variances.get(measure, self.variance)
                weight, value = before[0] if before else 0.0, (value - mean) / deviation
                score += weight * value
                spread += variance * value * value
                known.append((measure, weight, value, mean, deviation, variance))
        step, surer = kalman(logistic(score), silent, spread)
        learned: dict[str, list[float]] = {}
        least, bias_least = self.least * self.variance, self.least * self.bias_variance
        for name, weight, value, mean, deviation, variance in known:
            gain = variance * value
            learned[name] = [weight + gain * step, mean, deviation]
            variances[name] = max(variance - gain * gain * surer, bias_least if name == BIAS else least)
        self.weights.update(learned)

    def _take_in(self, measure: str, value: float) -> tuple[float, float]:
        """Return mean and deviation of a measure, with a value more."""
        number, mean, squares = self._spreads.get(measure, (0.0, 0.0, 0.0))
        number += 1.0
        away = value - mean
        mean += away / number
        squares += away * (value - mean)
        self._spreads[measure] = (number, mean, squares)
        return mean, sqrt(squares / number)
