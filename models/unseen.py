"""What is left of an expectation when a part of the time was not seen."""

from collections.abc import Mapping, Sequence
from math import exp, log

from models.expectations import Expectations
from models.mixture import bend


def p_zero_seen(
    expectations: Expectations,
    features: Mapping[str, float],
    p_zero: float,
    *,
    persona: str,
    edges: Sequence[float],
    holes: Sequence[tuple[float, float]],
    start: float,
    until: float,
) -> float:
    """Return the probability that a healthy prompt shows no responder in the hours that were seen.

    With S the survival curve of the prompt, bent to end where it did when it was judged, and s_b the share of the
    activity hours of age bin b that was seen,

        p_zero = product over b of (S_b / S_(b-1)) ^ s_b

    Parameters
    ----------
    expectations
        What has been learned: hazards of the age bins, and the activity clock.
    features, p_zero
        Of the prompt as they were when it was judged; p_zero at the horizon.
    persona
        Whose hours count.
    edges
        Ends of the age bins (seconds since 1970), the last one the horizon.
    holes
        Spans that were not seen (seconds since 1970), in order and apart.
    start, until
        When it was posted, and what moment has come (seconds since 1970).

    Examples
    --------
    >>> hours = [3600.0 * hour for hour in (0.05, 0.15, 0.5, 1, 2, 4, 8, 16, 24, 48, 96, 168)]
    >>> def seen(*holes, until=hours[-1]):
    ...     return round(p_zero_seen(Expectations(), {}, 0.1, persona="sales", edges=hours, holes=holes, start=0.0,
    ...                              until=until), 2)
    >>> seen(), seen((0.0, hours[-1])), seen(until=0.0)
    (0.1, 1.0, 1.0)
    >>> seen((0.0, 4 * 3600.0)) > seen((hours[-3], hours[-2])) > seen()
    True
    """
    clock = expectations.clock
    begin = clock.to_activity(persona, start)
    ages = [clock.to_activity(persona, edge) - begin for edge in edges]
    curve = bend(expectations.hazard.survival(features)[: len(ages)], p_zero, ages)
    missing, above, before = 0.0, 1.0, start
    for below, edge in zip(curve, edges, strict=True):
        end = min(edge, until)
        if end > before:
            whole = clock.to_activity(persona, edge) - clock.to_activity(persona, before)
            lived = clock.to_activity(persona, end) - clock.to_activity(persona, before)
            for a, b in holes:
                if a < end and b > before:
                    lived -= clock.to_activity(persona, min(b, end)) - clock.to_activity(persona, max(a, before))
            missing += log(max(above, 1e-300) / max(below, 1e-300)) * max(lived, 0.0) / whole
        above, before = below, edge
    return exp(-missing)
