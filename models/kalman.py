"""Logistic regression whose weights are normal distributions: how far one label moves them."""


def kalman(p: float, happened: bool, spread: float) -> tuple[float, float]:
    """Return the step of an extended Kalman filter for independent weights, and by what it makes them surer.

    With c = p (1 - p) and S = sum over weights of variance * x^2,

        step = (happened - p) / (1 + c S),    mean += variance * x * step
        surer = c / (1 + c S),                variance -= (variance * x)^2 * surer

    (Titterington 1984; the normal approximation is that of Spiegelhalter and Lauritzen 1990). Features that come
    together share one step, so that a model which has seen little says hardly more than it was started with.

    Parameters
    ----------
    p
        Probability that was given.
    happened
        What came.
    spread
        S: variance of the score.

    Examples
    --------
    >>> step, surer = kalman(0.5, True, 4.0)
    >>> step, surer
    (0.25, 0.125)
    """
    curvature = p * (1.0 - p)
    certain = 1.0 + curvature * spread
    return (happened - p) / certain, curvature / certain
