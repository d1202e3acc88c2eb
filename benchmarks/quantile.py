"""Quantiles of what was measured."""

from collections.abc import Sequence


def quantile(values: Sequence[float], share: float) -> float:
    """Return the value below which so many of them are (nearest rank).

    >>> quantile([4.0, 1.0, 3.0, 2.0], 0.5), quantile([1.0], 0.99)
    (2.0, 1.0)
    """
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(share * len(ordered) + 0.5) - 1))]


def summary(values: Sequence[float]) -> dict[str, float]:
    """Return p50, p90, p99 and the largest."""
    found = {f"p{round(share * 100)}": quantile(values, share) for share in (0.5, 0.9, 0.99)}
    return {**found, "max": max(values)}
