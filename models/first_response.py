"""The time to the first response, as discrete-time survival."""

from collections.abc import Mapping
from itertools import accumulate
from operator import mul

from river import base

from models.age_bins import AGE_BINS
from models.kalman import kalman
from models.log_odds import log_odds, logistic, logistics
from models.part import Part, forget_others
from models.rows import Rows

_NAMES = tuple(str(bin) for bin in range(100))


class FirstResponse(base.Estimator):
    """Hazard of the first response in each age bin: online logistic regressions that share a part of their weights.

        h_b(x) = P(first response in bin b | silent until b) = logistic(log_odds(share_b) + (w + w_b) . x)
        p_zero after bin b = product over bins i <= b of (1 - h_i(x))

    where share_b is the decayed share of prompts that were answered in the bin, of those that lived to it. An open
    prompt teaches every bin that it lives through, so a prompt that is still silent is used as far as it is known (Cox
    1972, section 6; Singer and Willett 1993 for the logistic form).

    Each weight is a normal distribution that starts at 0 and learns as `models.kalman` says. With steps of AdaGrad it
    was worse than a plain rate until it had seen some hundred prompts.

    Parameters
    ----------
    n_bins
        Number of age bins.
    variance, own_variance
        Variance that the weights shared by all bins start with, and those of a bin.
    least
        Share of the variance that is never lost, so that what changes is followed however much is known.
    prior, weight
        Log-odds of a hazard before anything is known, and how many prompts that is worth. The default gives a survival
        of 0.3 after 12 bins: with hazards of one half nobody would be given three minutes to answer.
    decay
        What a count is worth one prompt of the same bin later.
    max_features
        Bound on `weights`.

    Attributes
    ----------
    weights
        What judging needs: feature -> [shared, bin 0, bin 1, ...].
    counts
        What judging needs, too: bin -> [answered, lived to, log-odds of the share], the first two as decayed numbers.

    Examples
    --------
    >>> model = FirstResponse(n_bins=2)
    >>> for _ in range(100):
    ...     model.learn_one({"question": 1.0}, 0, answered=True)
    ...     model.learn_one({"praise": 1.0}, 0, answered=False)
    ...     model.learn_one({"praise": 1.0}, 1, answered=False)
    >>> model.survival({"question": 1.0})[-1] < 0.15 < 0.85 < model.survival({"praise": 1.0})[-1]
    True
    """

    _rows = Rows({})
    """Of the weights that were asked for last; not of those of older pickles, which have none."""

    def __init__(
        self,
        n_bins: int = len(AGE_BINS),
        variance: float = 0.1,
        own_variance: float = 0.03,
        least: float = 0.01,
        prior: float = -2.25,
        weight: float = 2.0,
        decay: float = 0.9995,
        max_features: int = 20_000,
    ) -> None:
        self.n_bins = n_bins
        self.variance = variance
        self.own_variance = own_variance
        self.least = least
        self.prior = prior
        self.weight = weight
        self.decay = decay
        self.max_features = max_features
        self.weights: dict[str, list[float]] = Part(max_keys=max_features)
        self.counts: dict[str, list[float]] = Part()
        self._variances: dict[str, list[float]] = {}

    def hazards(self, x: Mapping[str, float]) -> list[float]:
        """Return the hazard of each bin, shape (n_bins,)."""
        return logistics(self._scores(x))

    def survival(self, x: Mapping[str, float]) -> list[float]:
        """Return the probability of no response by the end of each bin, shape (n_bins,), decreasing."""
        return list(accumulate(logistics([-score for score in self._scores(x)]), mul))

    def _scores(self, x: Mapping[str, float]) -> list[float]:
        if self._rows.lists is not self.weights:
            self._rows = Rows(self.weights)
        counts, prior = self.counts.get, self.prior
        starts = [counted[2] if (counted := counts(name)) else prior for name in _NAMES[: self.n_bins]]
        sums = self._rows.weighted(x)
        if sums is None:
            return starts
        shared, *own = sums
        return [start + shared + score for start, score in zip(starts, own, strict=True)]

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
        at, score, spread, found = bin + 1, self._score(bin), 0.0, []
        for feature, value in x.items():
            weights, variances = self.weights.get(feature), self._variances.get(feature)
            if weights is None or variances is None:
                weights = [0.0] * (self.n_bins + 1)
                variances = [self.variance] + [self.own_variance] * self.n_bins
            score += (weights[0] + weights[at]) * value
            spread += (variances[0] + variances[at]) * value * value
            found.append((feature, value, weights, variances))
        step, surer = kalman(logistic(score), answered, spread)
        least, own_least = self.least * self.variance, self.least * self.own_variance
        for feature, value, weights, variances in found:
            shared, own = variances[0] * value, variances[at] * value
            weights[0] += shared * step
            weights[at] += own * step
            variances[0] = max(variances[0] - shared * shared * surer, least)
            variances[at] = max(variances[at] - own * own * surer, own_least)
            self.weights[feature] = weights
            self._variances[feature] = variances
        forget_others(self._variances, self.weights)
        name = _NAMES[bin]
        count, lived, _ = self.counts.get(name) or (logistic(self.prior) * self.weight, self.weight, 0.0)
        count, lived = count * self.decay + answered, lived * self.decay + 1.0
        self.counts[name] = [count, lived, log_odds(count / lived)]

    def _score(self, bin: int) -> float:
        """Return the log-odds of a prompt without features."""
        counted = self.counts.get(_NAMES[bin])
        return counted[2] if counted else self.prior
