"""Lists of weights as rows of a matrix: sums over the features of a prompt, all columns at once."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from models.part import Part


def weighted_sum(rows: NDArray[np.float64], values: Sequence[float]) -> list[float]:
    """Return the sum of rows, each times its value: row after row, so that every machine rounds alike.

    Parameters
    ----------
    rows
        Shape (n, width).
    values
        Of length n.

    Examples
    --------
    >>> weighted_sum(np.array([[1.0, 2.0], [10.0, 20.0]]), [1.0, 0.5])
    [6.0, 12.0]
    """
    totals: list[float] = np.add.reduce(rows * np.array(values)[:, np.newaxis], axis=0).tolist()
    return totals


class Rows:
    """The lists of a dict, made rows of a matrix as they are asked for; kept when the dict no longer changes.

    Parameters
    ----------
    lists
        Feature -> list, all of one length. A `Part` is still learned into, so nothing of it is kept.

    Examples
    --------
    >>> Rows({"a": [1.0, 2.0], "b": [10.0, 20.0]}).weighted({"a": 1.0, "new": 7.0, "b": 0.5})
    [6.0, 12.0]
    >>> Rows({}).weighted({"new": 7.0}) is None
    True
    """

    def __init__(self, lists: Mapping[str, list[float]]) -> None:
        self.lists = lists
        self._kept = not isinstance(lists, Part)
        self._index: dict[str, int] = {}
        self._matrix = np.empty((0, 0))

    def weighted(self, x: Mapping[str, float]) -> list[float] | None:
        """Return the sum over features of value times list, in the order of `x`; None when none is known."""
        if not self._kept:
            lists = self.lists
            known = [feature for feature in x if feature in lists]
            return weighted_sum(np.array([lists[f] for f in known]), [x[f] for f in known]) if known else None
        try:
            rows = [self._index[feature] for feature in x]
        except KeyError:
            x = {feature: value for feature, value in x.items() if feature in self._index or self._add(feature)}
            rows = [self._index[feature] for feature in x]
        return weighted_sum(self._matrix.take(rows, axis=0), [*x.values()]) if x else None

    def __reduce__(self) -> tuple[type["Rows"], tuple[Mapping[str, list[float]]]]:
        return Rows, (self.lists,)  # what is kept is made again

    def _add(self, feature: str) -> bool:
        """Add the row of a feature; return False when there is none."""
        weights = self.lists.get(feature)
        if weights is None:
            return False
        row = len(self._index)
        if row == len(self._matrix):
            grown = np.empty((max(2 * row, 64), len(weights)))
            if row:
                grown[:row] = self._matrix
            self._matrix = grown
        self._matrix[row] = weights
        self._index[feature] = row
        return True
