"""Log-odds: probabilities on the scale on which they add up."""

from collections.abc import Iterable
from math import exp, log

_LIMIT = 15.0


def log_odds(probability: float, least: float = 1e-4) -> float:
    """Return log(p / (1 - p)), with p kept within [least, 1 - least].

    >>> log_odds(0.5)
    0.0
    >>> round(log_odds(0.0), 2)
    -9.21
    """
    if probability < least:
        probability = least
    elif probability > 1.0 - least:
        probability = 1.0 - least
    return log(probability / (1.0 - probability))


def logistic(score: float) -> float:
    """Return 1 / (1 + exp(-score)), with the score kept within [-15, 15].

    >>> logistic(0.0)
    0.5
    >>> 0.0 < logistic(-1e9) < 1e-6
    True
    """
    if score > _LIMIT:  # min and max would take longer than all the rest
        score = _LIMIT
    elif score < -_LIMIT:
        score = -_LIMIT
    return 1.0 / (1.0 + exp(-score))


def logistics(scores: Iterable[float]) -> list[float]:
    """Return `logistic` of several, without a call for each.

    >>> logistics([0.0, 20.0]) == [logistic(0.0), logistic(20.0)]
    True
    """
    return [
        1.0 / (1.0 + exp(-(score if -_LIMIT <= score <= _LIMIT else _LIMIT if score > 0.0 else -_LIMIT)))
        for score in scores
    ]
