"""The time to the first response, as discrete-time survival."""

from collections.abc import Mapping
from itertools import accumulate
from math import sqrt
from operator import mul

from river import base

from models.age_bins import AGE_BINS
from models.log_odds import logistic
from models.part import Part

_START = 1e-2  # of AdaGrad's sums of squares: keeps the first steps small


class FirstResponse(base.Estimator):
    """Hazard of the first response in each age bin: online logistic regressions that share a part of their weights.

        h_b(x) = P(first response in bin b | silent until b) = logistic(offset + (w + w_b) . x)
        p_zero after bin b = product over bins i <= b of (1 - h_i(x))

    An open prompt teaches every bin that it lives through, so a prompt that is still silent is used as far as it is
    known (Cox 1972, section 6; Singer and Willett 1993 for the logistic form). Steps are AdaGrad's (Duchi, Hazan and
    Singer 2011): rate / sqrt(sum of squared gradients), per weight.

    Parameters
    ----------
    n_bins
        Number of age bins.
    rate
        Step size of the shared weights; the weights of a bin take half of it.
    l2
        Pull of the weights of a bin towards 0, that is: towards the shared ones.
    offset
        Log-odds of a hazard before anything is known. The default gives a survival of 0.3 after 12 bins: with
        hazards of one half nobody would be given three minutes to answer.
    max_features
        Bound on `weights`.

    Attributes
    ----------
    weights
        What judging needs: feature -> [shared, bin 0, bin 1, ...].

    Examples
    --------
    >>> model = FirstResponse(n_bins=2, rate=0.5)
    >>> for _ in range(50):
    ...     model.learn_one({"question": 1.0}, 0, answered=True)
    ...     model.learn_one({"praise": 1.0}, 0, answered=False)
    ...     model.learn_one({"praise": 1.0}, 1, answered=False)
    >>> model.survival({"question": 1.0})[-1] < 0.1 < 0.9 < model.survival({"praise": 1.0})[-1]
    True
    """

    def __init__(
        self,
        n_bins: int = len(AGE_BINS),
        rate: float = 0.05,
        l2: float = 1e-4,
        offset: float = -2.25,
        max_features: int = 20_000,
    ) -> None:
        self.n_bins = n_bins
        self.rate = rate
        self.l2 = l2
        self.offset = offset
        self.max_features = max_features
        self.weights: dict[str, list[float]] = Part(max_keys=max_features)
        self._squares: dict[str, list[float]] = Part(max_keys=max_features)  # written with the weights: same keys go

    def hazards(self, x: Mapping[str, float]) -> list[float]:
        """Return the hazard of each bin, shape (n_bins,)."""
        scores = [self.offset] * self.n_bins
        for feature, value in x.items():
            weights = self.weights.get(feature)
            if weights is not None:
                shared, *own = weights
                shared *= value
                scores = [score + shared + value * w for score, w in zip(scores, own, strict=True)]
        return [logistic(score) for score in scores]

    def survival(self, x: Mapping[str, float]) -> list[float]:
        """Return the probability of no response by the end of each bin, shape (n_bins,), decreasing."""
        return list(accumulate((1.0 - hazard for hazard in self.hazards(x)), mul))

    def learn_one(self, x: Mapping[str, float], bin: int, answered: bool) -> None:
        """Learn that a prompt that was silent until `bin` was answered in it, or was not.

        Parameters
        ----------
        x
            The features as they were when the prompt was judged.
        bin
            Index of the age bin, as it was cut when the prompt was judged.
        answered
            Whether the first response came in this bin.
        """
        at, get = bin + 1, self.weights.get
        score, found = self.offset, []
        for feature, value in x.items():
            weights = get(feature)
            if weights is None:
                weights = [0.0] * (self.n_bins + 1)
            score += (weights[0] + weights[at]) * value
            found.append((feature, value, weights))
        error = logistic(score) - answered
        rate, half, l2 = self.rate, 0.5 * self.rate, self.l2
        for feature, value, weights in found:
            squares = self._squares.get(feature)
            if squares is None:
                squares = [_START] * (self.n_bins + 1)
            gradient = error * value
            squared = gradient * gradient
            squares[0] += squared
            squares[at] += squared
            weights[0] -= rate * gradient / sqrt(squares[0])
            weights[at] -= half * (gradient + l2 * weights[at]) / sqrt(squares[at])
            self.weights[feature] = weights
            self._squares[feature] = squares
