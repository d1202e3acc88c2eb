"""A judgement: what is expected of one prompt when it is posted."""

from msgspec import Struct

from schemas.expectation import BorrowedFrom


class Judgement(Struct, frozen=True):
    """What is expected of one prompt, and what it will teach later.

    Attributes
    ----------
    p_zero
        Probability of no responder until the deadline (which is where it falls below alpha), else the horizon.
    p_zero_horizon
        Probability of no responder at the horizon.
    expected
        Responders expected over the horizon.
    expected_at_deadline
        Responders expected by the deadline, else the horizon.
    borrowed
        Share of `expected` that comes from above the segment, in (0, 1]; 1: the segment was never seen.
    borrowed_from
        Where most of that comes from.
    deadline
        Moment (seconds since 1970, UTC) from which silence says something; None: too little is expected to tell.
    views
        p_zero at the horizon by `segment`, `hazard`, `direct`, `measured`, and `mix`, the stack of them.
    features
        The features, to be learned with as they are.
    keys
        What rates are kept by: kind -> key.
    edges
        Upper edges of the age bins in seconds of calendar time after posting, cut now, the last at the horizon.
    curve
        p_zero at each edge, decreasing to `p_zero_horizon`.
    expected_by
        Responders expected by each edge, increasing to `expected`.
    """

    p_zero: float
    p_zero_horizon: float
    expected: float
    expected_at_deadline: float
    borrowed: float
    borrowed_from: BorrowedFrom
    deadline: float | None
    views: dict[str, float]
    features: dict[str, float]
    keys: dict[str, str]
    edges: tuple[float, ...]
    curve: tuple[float, ...]
    expected_by: tuple[float, ...]
