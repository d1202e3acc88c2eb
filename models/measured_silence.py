"""Silence at the horizon, predicted from amounts alone."""

from collections.abc import Mapping
from math import sqrt

from river import base

from models.features import MEASURES
from models.log_odds import logistic
from models.part import Part

BIAS = "bias"


class MeasuredSilence(base.Estimator):
    """Online logistic regression on "nobody has responded by the horizon", with a dozen standardized amounts.

        p_zero(x) = logistic(w_bias + sum over measures in x of w_m * (x_m - mean_m) / deviation_m)

    So few weights are learned from a few hundred prompts, when those of `DirectSilence` say little yet. Means and
    deviations are those of all prompts so far (Welford 1962), as in River's StandardScaler; the weights are normal
    distributions and learn as those of `FirstResponse` do.

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
        self._spreads: dict[str, list[float]] = {}
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
        standard = {BIAS: 1.0}
        for measure in MEASURES:
            if measure in x and (value := self._standardized(measure, x[measure])) is not None:
                standard[measure] = value
        score = sum(self.weights[name][0] * value for name, value in standard.items() if name in self.weights)
        p = logistic(score)
        curvature = p * (1.0 - p)
        variances = {name: self._variances.get(name, self._start(name)) for name in standard}
        certain = 1.0 + curvature * sum(variances[name] * value * value for name, value in standard.items())
        for name, value in standard.items():
            gain, weight = variances[name] * value, self.weights.get(name, (0.0,))[0]
            mean, deviation = self._scale(name)
            self.weights[name] = [weight + gain * (silent - p) / certain, mean, deviation]
            self._variances[name] = max(
                variances[name] - gain * gain * curvature / certain, self.least * self._start(name)
            )

    def _standardized(self, measure: str, value: float) -> float | None:
        """Take a value in and return it standardized; None while all were equal."""
        spread = self._spreads.setdefault(measure, [0.0, 0.0, 0.0])
        spread[0] += 1.0
        away = value - spread[1]
        spread[1] += away / spread[0]
        spread[2] += away * (value - spread[1])
        mean, deviation = self._scale(measure)
        return (value - mean) / deviation if deviation > 1e-6 else None

    def _scale(self, name: str) -> tuple[float, float]:
        """Return mean and deviation of a measure; the bias stays as it is."""
        if name == BIAS:
            return 0.0, 1.0
        number, mean, squares = self._spreads[name]
        return mean, sqrt(squares / number)

    def _start(self, name: str) -> float:
        return self.bias_variance if name == BIAS else self.variance
