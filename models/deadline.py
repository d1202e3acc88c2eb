"""The deadline: the age from which silence says something."""

from collections.abc import Sequence
from math import expm1, log, log1p

_MINUTE = 1.0 / 60.0


def deadline_age(curve: Sequence[float], edges: Sequence[float], alpha: float) -> float | None:
    """Return the first age at which the probability of silence falls below alpha.

    Being silent at u implies having been silent before, so whoever flags at this age, and only then, wrongly flags a
    healthy prompt with probability alpha. Within a bin the hazard is taken to fall as one over the age, as that of
    first responses does: log p_zero is linear in the logarithm of the age and a minute. (Were it constant within a
    bin, deadlines would come too late in it.)

    Parameters
    ----------
    curve
        p_zero at the end of each bin, decreasing.
    edges
        Upper edges of the bins, in activity hours, same length.
    alpha
        Accepted share of false alarms, within (0, 1).

    Returns
    -------
    float or None
        Age in activity hours; None when p_zero stays at or above alpha: too little is expected to tell.

    Examples
    --------
    >>> round(deadline_age([0.5, 0.05], [1.0, 2.0], 0.1), 3)
    1.624
    >>> deadline_age([0.5, 0.2], [1.0, 2.0], 0.1) is None
    True
    """
    above, start = 1.0, 0.0
    for below, end in zip(curve, edges, strict=True):
        if below < alpha:
            share = (log(above) - log(alpha)) / (log(above) - log(max(below, 1e-300)))
            since, until = log1p(start / _MINUTE), log1p(end / _MINUTE)
            return _MINUTE * expm1(since + (until - since) * min(max(share, 0.0), 1.0))
        above, start = below, end
    return None
