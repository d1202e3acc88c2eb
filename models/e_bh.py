"""e-BH: how many of many findings may be told, so that few of them are false."""

from collections.abc import Sequence


def e_bh(values: Sequence[float], rate: float) -> float:
    """Return the least e-value that may be told when K of them are watched; infinity: none.

    With e_(1) >= e_(2) >= ... the K e-values in order, the k* largest are told, where

        k* = max k with e_(k) >= K / (rate k),    so what is told is e >= K / (rate k*)

    Then the mean share of false ones among those told is at most `rate`, whatever depends on what (Wang and Ramdas
    2022, "False discovery rate control with e-values", JRSS B 84, theorem 2).

    Parameters
    ----------
    values
        One e-value each of everything that is watched, also of what shows nothing: 0 or more, of mean at most 1 where
        nothing is to be found.
    rate
        The false discovery rate, in (0, 1].

    Examples
    --------
    >>> e_bh([50.0, 30.0, 1.0, 0.2], 0.1)
    20.0
    >>> e_bh([39.0, 19.0, 1.0, 0.2], 0.1)
    inf
    """
    threshold = float("inf")
    for k, value in enumerate(sorted(values, reverse=True), start=1):
        needed = len(values) / (rate * k)
        if value >= needed:
            threshold = needed
    return threshold
