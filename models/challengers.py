"""River's own models in the seat of ours: what is built here must be better than what one gets for nothing."""

from collections.abc import Mapping
from math import exp
from typing import Any

from river import base, dummy, forest, linear_model, optim, preprocessing

from models.features import MEASURES

_PRIOR = 0.3
_MOST = 50.0
"""Responders at most that are learned of one prompt: the mean of a Poisson model is an exponential."""


class Challenger(base.Estimator):
    """A River model that predicts whether a prompt stays silent.

    Amounts are standardised. What says that something holds is hashed into a bounded number of columns (Weinberger et
    al. 2009), for River's linear models keep a weight of every feature they have ever met; it is not standardised, for
    where it stands it is always 1.

    Parameters
    ----------
    model
        A classifier of "nobody has responded by the horizon", or a regressor of the number of responders.
    counts
        Whether it is the regressor: then p_zero = exp(-mean), as of a Poisson distribution.
    max_features
        Number of columns.

    Examples
    --------
    >>> challenger = challengers()["logistic"]
    >>> challenger.p_zero({"question": 1.0})
    0.5
    >>> for _ in range(1000):
    ...     challenger.learn_one({"question": 1.0}, silent=False, responders=3)
    ...     challenger.learn_one({"praise": 1.0}, silent=True, responders=0)
    >>> challenger.p_zero({"question": 1.0}) < 0.2 < 0.8 < challenger.p_zero({"praise": 1.0})
    True
    """

    def __init__(self, model: Any, counts: bool = False, max_features: int = 1024) -> None:
        self.model = model
        self.counts = counts
        self.max_features = max_features
        self._scaler: Any = preprocessing.StandardScaler()
        self._hasher: Any = preprocessing.FeatureHasher(n_features=max_features, seed=1)

    def p_zero(self, x: Mapping[str, float]) -> float:
        """Return the probability of silence at the horizon."""
        columns = self._columns(x)
        if self.counts:
            return exp(-max(self.model.predict_one(columns), 0.0))
        found = self.model.predict_proba_one(columns)
        return float(found.get(True, 0.0)) if found else _PRIOR

    def learn_one(self, x: Mapping[str, float], silent: bool, responders: int) -> None:
        """Learn a label that the horizon made known."""
        self._scaler.learn_one({name: x[name] for name in MEASURES if name in x})
        self.model.learn_one(self._columns(x), min(float(responders), _MOST) if self.counts else bool(silent))

    def _columns(self, x: Mapping[str, float]) -> dict[str, float]:
        amounts = self._scaler.transform_one({name: x[name] for name in MEASURES if name in x})
        hashed = self._hasher.transform_one({name: value for name, value in x.items() if name not in amounts})
        return {**amounts, **{f"column {number}": value for number, value in hashed.items()}}


def challengers() -> dict[str, Challenger]:
    """Return all of them before they have learned anything, by name.

    constant
        The share of silent prompts so far.
    logistic
        Logistic regression.
    poisson
        Poisson regression on the number of responders.
    forest
        An adaptive random forest of ten Hoeffding trees (Gomes et al. 2017).
    """
    linear = linear_model.LinearRegression(loss=optim.losses.Poisson(), clip_gradient=5.0)
    return {
        "constant": Challenger(dummy.PriorClassifier()),
        "logistic": Challenger(linear_model.LogisticRegression()),
        "poisson": Challenger(linear, counts=True),
        "forest": Challenger(forest.ARFClassifier(n_models=10, max_depth=8, seed=1)),
    }
