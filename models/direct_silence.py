"""Silence at the horizon, predicted directly."""

from collections.abc import Mapping
from math import sqrt

from river import base

from models.log_odds import logistic
from models.part import Part, forget_others

_START = 1e-2


class DirectSilence(base.Estimator):
    """Online logistic regression on "nobody has responded by the horizon", with AdaGrad's steps.

        p_zero(x) = logistic(w . x)

    Parameters
    ----------
    rate
        Step size (Duchi, Hazan and Singer 2011).
    l2
        Pull of the weights towards 0.
    max_features
        Bound on `weights`.

    Attributes
    ----------
    weights
        What judging needs: feature -> weight.

    Examples
    --------
    >>> model = DirectSilence()
    >>> model.p_zero({"question": 1.0})
    0.5
    >>> for _ in range(100):
    ...     model.learn_one({"question": 1.0}, silent=False)
    >>> model.p_zero({"question": 1.0}) < 0.2
    True
    """

    def __init__(self, rate: float = 0.1, l2: float = 1e-5, max_features: int = 20_000) -> None:
        self.rate = rate
        self.l2 = l2
        self.max_features = max_features
        self.weights: dict[str, float] = Part(max_keys=max_features)
        self._squares: dict[str, float] = {}

    def p_zero(self, x: Mapping[str, float]) -> float:
        """Return the probability of silence at the horizon."""
        get = self.weights.get
        return logistic(sum([get(feature, 0.0) * value for feature, value in x.items()]))

    def learn_one(self, x: Mapping[str, float], silent: bool) -> None:
        """Learn a label that the horizon made known."""
        error = self.p_zero(x) - silent
        rate, l2, get, sums = self.rate, self.l2, self.weights.get, self._squares
        learned: dict[str, float] = {}
        for feature, value in x.items():
            weight = get(feature)
            if weight is None:
                weight = 0.0
                sums[feature] = _START
            gradient = error * value + l2 * weight
            sums[feature] = squares = sums[feature] + gradient * gradient
            learned[feature] = weight - rate * gradient / sqrt(squares)
        self.weights.update(learned)
        forget_others(sums, self.weights)
