"""The activity clock: a quiet night is not silence."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate

from river import base

from models.days import Days
from models.part import Part
from schemas.base import HOUR

WEEK = 168
_ALL = "*"


class ActivityClock(base.Estimator):
    """Calendar time <-> activity time: an hour of the week lasts as long as its share of the persona's activity.

    With c_p[h] the decayed count of persona p in hour h of the week, and C the sums, the relative rate of an hour is
    the posterior mean of a Dirichlet prior at the profile of all personas:

        r_p[h] = 168 * (c_p[h] + strength * r_all[h] / 168) / (C_p + strength)

    and activity time is the integral of r_p since 1970-01-01T00:00 UTC, in hours; an average week has 168. Hour 0 of
    the week is the epoch's: Thursday, 00:00 to 01:00 UTC.

    Parameters
    ----------
    strength
        How many counts the profile of all personas is worth for one persona.
    prior
        Counts an hour that the profile of all personas starts with; keeps every hour above 0.
    half_life_days
        After so many days a count is worth half; applied once per day of event time.
    max_personas
        Bound of `counts`.

    Attributes
    ----------
    counts
        What judging needs: persona (`*`: all of them) -> 168 counts.
    observed
        For how many days each of them has been counted, decayed like the counts; the day it is counts whole.

    Examples
    --------
    >>> clock = ActivityClock()
    >>> clock.to_activity("sales", 36_000.0)  # nothing known: ten hours are ten hours
    10.0
    >>> for week in range(50):  # active from 09:00 to 10:00 on Thursdays
    ...     clock.learn_one("sales", (week * 168 + 9) * 3600.0, 20)
    >>> nine = 50 * 168 * 3600 + 9 * 3600.0
    >>> hour = clock.to_activity("sales", nine + 3600) - clock.to_activity("sales", nine)
    >>> hour > 50
    True
    >>> round(clock.to_calendar("sales", clock.to_activity("sales", nine)) - nine, 3)
    0.0
    >>> clock.awake("sales", nine + 60) - nine, (clock.awake("sales", nine - 7200) - nine) / 3600
    (60.0, 0.0)
    >>> round(clock.usual("sales")[9], 1), clock.usual("service")
    (20.8, None)
    """

    def __init__(
        self, strength: float = 168.0, prior: float = 2.0, half_life_days: float = 56.0, max_personas: int = 500
    ) -> None:
        self.strength = strength
        self.prior = prior
        self.half_life_days = half_life_days
        self.max_personas = max_personas
        self.counts: dict[str, list[float]] = Part(max_keys=max_personas + 1)
        self.observed: dict[str, float] = Part(max_keys=max_personas + 1)
        self._days = Days()
        self._profiles: dict[str, tuple[list[float], list[float]]] = {}

    def learn_one(self, persona: str, time_seconds: float, n: float = 1.0) -> None:
        """Count `n` activities of a persona at a moment (seconds since 1970, UTC)."""
        if days := self._days.passed(time_seconds):
            self._decay(days)
        hour = int(time_seconds // HOUR) % WEEK
        for key in (persona, _ALL):
            counts = self.counts.get(key) or [0.0] * WEEK
            counts[hour] += n
            self.counts[key] = counts
            self.observed[key] = self.observed.get(key, 1.0)  # written like the counts, so that both forget the same
        self._profiles.clear()

    def usual(self, persona: str, min_weeks: float = 3.0) -> list[float] | None:
        """Return what a persona (`*`: all of them) usually does in each hour of the week.

        u[h] = c[h] / (days / 7): the count is that of as many weeks as have been observed, both decayed alike.

        Returns
        -------
        list of 168, or None
            Counts an hour; None while fewer than `min_weeks` (decayed) weeks are known.
        """
        weeks = self.observed.get(persona, 0.0) / 7.0
        return [count / weeks for count in self.counts[persona]] if weeks >= min_weeks else None

    def to_activity(self, persona: str, time_seconds: float) -> float:
        """Return activity hours since the epoch at a moment (seconds since 1970, UTC)."""
        rates, cumulated = self._profile(persona)
        weeks, rest = divmod(time_seconds / HOUR, WEEK)
        hour = min(int(rest), WEEK - 1)
        return weeks * cumulated[-1] + cumulated[hour] + (rest - hour) * rates[hour]

    def to_calendar(self, persona: str, activity_hours: float) -> float:
        """Return the moment (seconds since 1970, UTC) at which so many activity hours have passed."""
        return self.to_calendars(persona, (activity_hours,))[0]

    def to_calendars(self, persona: str, activity_hours: Iterable[float]) -> list[float]:
        """Return `to_calendar` of several."""
        rates, cumulated = self._profile(persona)
        week, last, moments = cumulated[-1], WEEK - 1, []
        for hours in activity_hours:
            weeks, rest = divmod(hours, week)
            hour = bisect_right(cumulated, rest) - 1
            if hour > last:
                hour = last
            moments.append(HOUR * (WEEK * weeks + hour + (rest - cumulated[hour]) / rates[hour]))
        return moments

    def awake(self, persona: str, time_seconds: float, least: float = 0.25) -> float:
        """Return the moment from which on somebody may be there: this one, or the begin of the next lively hour.

        An hour of the week is lively when its relative rate is at least `least`.
        """
        rates, _ = self._profile(persona)
        hour = int(time_seconds // HOUR)
        for passed in range(WEEK):
            if rates[(hour + passed) % WEEK] >= least:
                return max(time_seconds, (hour + passed) * HOUR)
        return time_seconds

    def _decay(self, days: int) -> None:
        factor = 0.5 ** (days / self.half_life_days)
        for key, counts in list(self.counts.items()):
            self.counts[key] = [count * factor for count in counts]
        new = (1.0 - factor) / (1.0 - 0.5 ** (1.0 / self.half_life_days))  # those that passed, decayed since
        for key, observed in list(self.observed.items()):
            self.observed[key] = observed * factor + new

    def _profile(self, persona: str) -> tuple[list[float], list[float]]:
        """Return (rate of each hour, activity hours before each hour and in all), kept until something is learned."""
        key = persona if persona in self.counts else _ALL
        profile = self._profiles.get(key)
        if profile is None:
            everybody = self.counts.get(_ALL) or [0.0] * WEEK
            total = sum(everybody) + self.prior * WEEK
            rates = [(count + self.prior) * WEEK / total for count in everybody]
            if key != _ALL:
                own = self.counts[key]
                scale = 1.0 / (sum(own) + self.strength)
                rates = [(c * WEEK + self.strength * r) * scale for c, r in zip(own, rates, strict=True)]
            profile = rates, [0.0, *accumulate(rates)]
            self._profiles[key] = profile
        return profile
