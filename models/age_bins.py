"""Age bins: into what pieces the wait for a first response is cut."""

AGE_BINS: tuple[float, ...] = (0.05, 0.15, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 24.0, 48.0, 96.0, 168.0)
"""Upper edges in activity hours: three minutes to a week, finer where most first responses come."""


def edges_until(horizon: float) -> tuple[float, ...]:
    """Cut a wait into age bins; the last bin ends at the horizon, wherever that is.

    Parameters
    ----------
    horizon
        Length of the wait in activity hours, above 0.

    Returns
    -------
    tuple of float
        Strictly increasing upper edges in activity hours, at most `len(AGE_BINS)`, the last one `horizon`.

    Examples
    --------
    >>> edges_until(3.0)
    (0.05, 0.15, 0.5, 1.0, 2.0, 3.0)
    >>> edges_until(336.0)[-3:]
    (48.0, 96.0, 336.0)
    >>> len(edges_until(168.0))
    12
    """
    return (*(edge for edge in AGE_BINS[:-1] if edge < horizon), horizon)
