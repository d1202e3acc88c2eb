"""Discoveries: which of many streams of evidence may be told now, so that few of them are false."""

from bisect import bisect_left, insort
from math import inf


class Discoveries:
    """e-BH over evidence that comes and goes, kept sorted.

    K streams are watched, stream k has evidence e_k >= 0 at the moment: a Shiryaev-Roberts e-detector
    (`models.e_detector`). With e_(1) >= e_(2) >= ... those are told that reach

        threshold = K / (rate k*),    k* = max k with e_(k) >= K / (rate k)

    (e-d-BH of Dandapanthula and Ramdas 2025, "Multiple testing in multi-stream sequential change detection"; e-BH is
    that of `models.e_bh`). One stream alone is told at 1 / rate, one of K at K / rate, all of K at 1 / rate again.

    What that bounds: a detector grows by one a prompt in the mean, at most, while its stream is healthy; so e_k less
    the prompts N_k that it has had is a supermartingale. A false one passes only where 1 / k* <= rate e_k / K, so at
    any moment t that one may stop at

        E[share of false ones among those that pass at t] <= rate * mean over the K streams of E[N_k(t)]

    whatever depends on what: the *error over patience*. The share itself cannot be bounded for ever by anything that
    tells of a death in bounded time; in simulations it is near `rate` (docs/levels.md). It is no bound on all that was
    ever told: what is false comes and goes, what is true is told once. And it holds as far as expectations are right.

    Parameters
    ----------
    rate
        Share of false ones a prompt waited, in (0, 1].

    Attributes
    ----------
    evidence
        Key -> evidence of what may be told; of a stream that is not named it is 0.

    Examples
    --------
    >>> found = Discoveries(rate=0.1)
    >>> found.weigh("quiz", 30.0)
    >>> found.threshold(watched=1), found.threshold(watched=4)
    (10.0, inf)
    >>> found.weigh("poll", 25.0)  # another one is dead: both are told
    >>> found.threshold(watched=4)
    20.0
    """

    def __init__(self, rate: float = 0.1) -> None:
        self.rate = rate
        self.evidence: dict[str, float] = {}
        self._ordered: list[float] = []

    def weigh(self, key: str, evidence: float) -> None:
        """Take in the evidence of a stream as it is now; 0: there is none."""
        before = self.evidence.pop(key, 0.0)
        if before > 0.0:
            del self._ordered[bisect_left(self._ordered, before)]
        if evidence > 0.0:
            self.evidence[key] = evidence
            insort(self._ordered, evidence)

    def threshold(self, watched: int) -> float:
        """Return the least evidence that may be told while so many streams are watched in all; infinity: none.

        k falls from the number of those with evidence to k*: where k is too large, so is every one down to the number
        of those that reach K / (rate k).
        """
        k = len(self._ordered)
        while k > 0:
            needed = watched / (self.rate * k)
            reached = len(self._ordered) - bisect_left(self._ordered, needed)
            if reached >= k:
                return needed
            k = reached
        return inf
