"""Excess: evidence that more responders come than were to be expected, prompt by prompt."""

from river import base


class Excess(base.Estimator):
    """An e-process of counts above what is tolerated.

    Where `expected` responders are usual, m = tolerance * expected are tolerated. The number who come multiplies the
    evidence by its likelihood ratio between two negative binomials of one dispersion r, of means c m and m:

        E(x) = a^x b,    a = c (r + m) / (r + c m),    b = ((r + m) / (r + c m))^r

    Under the second one the mean of E is 1. E is increasing and convex in x, so the mean is at most 1, too, of counts
    of a lower mean or of less spread (Poisson, say). So the product is an e-process: by Ville's inequality it reaches
    1 / q with probability at most q, whenever one looks, as long as no more than m are to be expected.

    Parameters
    ----------
    tolerance
        What is usual is uncertain, and assets differ: so many times as many are no news.
    ratio
        The c of the alternative that is bet on; any one is valid.
    dispersion
        The r: variance is m + m^2 / r.
    evidence
        To go on with.

    Examples
    --------
    >>> excess = Excess()
    >>> for came in (2, 0, 3, 2):
    ...     excess.learn_one(came, expected=0.225)
    >>> round(excess.evidence, 1)
    74.1
    """

    def __init__(
        self, tolerance: float = 1.5, ratio: float = 4.0, dispersion: float = 2.0, evidence: float = 1.0
    ) -> None:
        self.tolerance, self.ratio, self.dispersion, self.evidence = tolerance, ratio, dispersion, evidence

    def learn_one(self, came: int, expected: float) -> None:
        """Take one prompt into account: who came, and how many would have been usual by what was known before."""
        mean, r = self.tolerance * expected, self.dispersion
        above = r + self.ratio * mean
        shrink = (r + mean) / above
        self.evidence = min(self.evidence * min((self.ratio * shrink) ** min(came, 200), 1e100) * shrink**r, 1e200)

    def clone(self, new_params: dict[str, object] | None = None, include_attributes: bool = False) -> "Excess":
        """Return a fresh one: evidence is what was seen, so a clone starts without."""
        return super().clone({"evidence": 1.0} | (new_params or {}), include_attributes)
