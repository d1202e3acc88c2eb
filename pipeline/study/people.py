"""Who there is: personas in their time zones, their days off, and how readily they respond to what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import erf, log, sqrt

from pipeline.simulate.working_hours import HOUR, WorkingHours
from schemas.asset import AssetType

LAG_SPREAD = 1.1
"""Standard deviation of the logarithm of a responder's lag."""

LAGS: Mapping[AssetType, float] = {
    AssetType.THUMBS_UP: 0.7,
    AssetType.QUESTION: 1.0,
    AssetType.POLL: 0.7,
    AssetType.DISCUSSION: 2.5,
    AssetType.CHALLENGE: 4.0,
}
"""Median of a responder's lag in working hours, by what is asked."""


@dataclass(frozen=True)
class Persona:
    """A kind of learner.

    Attributes
    ----------
    members
        How many there are; they take the zones in turn.
    zones
        Hours east of UTC.
    talk
        Messages a member writes on a working day without being asked.
    rates
        Asset type -> share of the members who respond to a prompt, on average.
    dispersion
        k of the Gamma-distributed appeal of a prompt (mean 1, variance 1/k): small is a mixed lot of prompts.
    from_week
        The week from which on the programme includes them.
    """

    name: str
    members: int
    zones: tuple[float, ...]
    talk: float
    rates: Mapping[AssetType, float]
    dispersion: float = 3.0
    from_week: int = 0


@dataclass(frozen=True)
class Calendar:
    """Days off, counted from 1970-01-01 in local time.

    Attributes
    ----------
    everybody
        Days on which nobody works.
    by_zone
        Zone -> days on which nobody works there.
    """

    everybody: frozenset[int] = frozenset()
    by_zone: Mapping[float, frozenset[int]] = field(default_factory=dict)

    def hours(self, zone: float) -> WorkingHours:
        """Return the working hours of a zone: from nine to half past five."""
        return WorkingHours(zone, 9.0, 17.5, self.everybody | self.by_zone.get(zone, frozenset()))


def arrived(asset_type: AssetType, worked: float) -> float:
    """Return the share of those who respond at all who have done so after so many seconds of working time.

    >>> [round(arrived(AssetType.QUESTION, hours * 3600.0), 2) for hours in (1, 4, 42)]
    [0.5, 0.9, 1.0]
    """
    if worked <= 0:
        return 0.0
    return 0.5 * (1.0 + erf(log(worked / (LAGS[asset_type] * HOUR)) / (LAG_SPREAD * sqrt(2.0))))


def p_zero(mean: float, dispersion: float) -> float:
    """Return the probability that nobody responds: that of 0 under a negative binomial distribution.

    A prompt's appeal g is Gamma(k, 1/k) and its responders are Poisson(mean * g), so P(0) = (1 + mean / k) ** -k.

    >>> round(p_zero(3.0, 3.0), 3)
    0.125
    """
    return float((1.0 + mean / dispersion) ** -dispersion)


def _rates(
    thumbs_up: float, question: float, poll: float, discussion: float, challenge: float
) -> dict[AssetType, float]:
    return dict(zip(LAGS, (thumbs_up, question, poll, discussion, challenge), strict=True))


LONDON, BERLIN, NEW_YORK, KOLKATA = 0.0, 1.0, -5.0, 5.5

PERSONAS: tuple[Persona, ...] = (
    Persona("sales", 120, (LONDON, BERLIN, NEW_YORK), 0.5, _rates(0.10, 0.06, 0.08, 0.035, 0.02)),
    Persona("engineers", 60, (BERLIN, KOLKATA), 0.8, _rates(0.10, 0.14, 0.07, 0.11, 0.05)),
    Persona("managers", 20, (LONDON, NEW_YORK), 0.6, _rates(0.20, 0.16, 0.12, 0.09, 0.05)),
    Persona("new_hires", 40, (LONDON, BERLIN), 0.8, _rates(0.20, 0.16, 0.18, 0.08, 0.10), from_week=20),
)
"""Four personas. The last one's programme starts in its twentieth week."""

AUDIENCES = (1.0, 0.4, 0.15)
"""Share of a persona that its channels reach: from everybody to a small circle; 0.2 to 12 responders a prompt."""
