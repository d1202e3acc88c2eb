"""The activity clock: a quiet night is not silence."""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Any

from river import base

from models.days import Days
from models.part import Part
from models.weekly_profile import WEEK, weekly_profile
from schemas.base import HOUR

_ALL = "*"
_FLAT = [1.0] * WEEK
_NOTHING = [0.0] * WEEK


class ActivityClock(base.Estimator):
    """Calendar time <-> activity time: an hour of the week lasts as long as its share of the persona's activity.

    The relative rates r of the hours of the week are `weekly_profile` of what was counted in them and of how often
    they were observed; a persona's starts from that of all personas, and that one from a flat week. Activity time is
    the integral of r since 1970-01-01T00:00 UTC, in hours; an average week has 168. Hour 0 of the week is the
    epoch's: Thursday, 00:00 to 01:00 UTC.

    An hour is counted when it is over: else the hour it is would look quieter than it will have been, and in the
    first days of a workspace, when every hour is a new one, it would always be the quietest of all. After more than a
    week without anything nobody was there to observe, and its hours count as not observed.

    Parameters
    ----------
    half_life_days
        After so many days counts and observations are worth half; applied once per day of event time.
    max_personas
        Bound of `counts`.

    Attributes
    ----------
    counts
        What judging needs: persona (`*`: all of them) -> 168 counts.
    exposures
        How often each of these hours was observed, decayed like the counts.

    Examples
    --------
    >>> clock = ActivityClock()
    >>> clock.to_activity("sales", 36_000.0)  # nothing known: ten hours are ten hours
    10.0
    >>> for day in range(70):  # the first is a Thursday
    ...     for hour in range(9, 17):
    ...         if day % 7 not in (2, 3):
    ...             clock.learn_one("sales", (24 * day + hour) * 3600.0, 5)
    >>> nine = (24 * 70 + 9) * 3600.0
    >>> hours = [nine, nine + 3600, nine - 6 * 3600, nine + 48 * 3600]  # Thursday at nine, ten and three; Saturday
    >>> [round(clock.to_activity("sales", hour + 3600) - clock.to_activity("sales", hour), 2) for hour in hours]
    [4.09, 4.16, 0.02, 0.01]
    >>> abs(clock.to_calendar("sales", clock.to_activity("sales", nine)) - nine) < 1e-3
    True
    >>> [(clock.awake("sales", hour) - nine) / 3600 for hour in (nine + 60, nine - 6 * 3600)]
    [0.016666666666666666, 0.0]
    >>> round(clock.usual("sales")[9], 1), clock.usual("service")
    (5.0, None)
    """

    def __init__(self, half_life_days: float = 56.0, max_personas: int = 500) -> None:
        self.half_life_days = half_life_days
        self.max_personas = max_personas
        self.counts: dict[str, list[float]] = Part(max_keys=max_personas + 1)
        self.exposures: dict[str, list[float]] = Part()
        self._days = Days()
        self._hour: int | None = None
        self._running: dict[str, float] = {}
        self._profiles: dict[str, tuple[list[float], list[float]]] = {}

    def learn_one(self, persona: str, time_seconds: float, n: float = 1.0) -> None:
        """Count `n` activities of a persona at a moment (seconds since 1970, UTC)."""
        hour = int(time_seconds // HOUR)
        if self._hour is None:
            self._hour = hour
        elif hour > self._hour:
            self._pass(self._hour, hour)
        if days := self._days.passed(time_seconds):
            self._decay(days)
        if hour == self._hour and (persona in self._running or len(self._running) < self.max_personas):
            self._running[persona] = self._running.get(persona, 0.0) + n
        else:
            self._count(persona, hour, n)

    def usual(self, persona: str, min_weeks: float = 2.5) -> list[float] | None:
        """Return what a persona (`*`: all of them) usually does in each hour of the week.

        u[h] = c[h] / max(e[h], 1), with e[h] how often it was observed, decayed like the count.

        Returns
        -------
        list of 168, or None
            Counts an hour; None while fewer than `min_weeks` are known, decayed: 2.5 are those of 20 days.
        """
        counts, exposures = self.counts.get(persona), self.exposures.get(persona, _NOTHING)
        if counts is None or sum(exposures) < min_weeks * WEEK:
            return None
        return [count / max(exposed, 1.0) for count, exposed in zip(counts, exposures, strict=True)]

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

    def _count(self, persona: str, hour: int, n: float) -> None:
        for key in (persona, _ALL):
            counts = self.counts.get(key) or [0.0] * WEEK
            counts[hour % WEEK] += n
            self.counts[key] = counts
        self._profiles.clear()

    def _pass(self, begin: int, end: int) -> None:
        """Count the hour that began at `begin`; everybody has been observed from then on until the hour `end`."""
        for persona, n in self._running.items():
            self._count(persona, begin, n)
        self._running, self._hour = {}, end
        if end - begin > WEEK:
            end = begin + 1
        for forgotten in [key for key in self.exposures if key not in self.counts]:
            del self.exposures[forgotten]
        for key in self.counts:
            exposures = self.exposures.get(key) or [0.0] * WEEK
            for hour in range(begin, end):
                exposures[hour % WEEK] += 1.0
            self.exposures[key] = exposures
        self._profiles.clear()

    def _decay(self, days: int) -> None:
        factor = 0.5 ** (days / self.half_life_days)
        for part in (self.counts, self.exposures):
            for key, values in list(part.items()):
                part[key] = [value * factor for value in values]
        self._profiles.clear()

    def _profile(self, persona: str) -> tuple[list[float], list[float]]:
        """Return (rate of each hour, activity hours before each hour and in all), kept until something is learned."""
        key = persona if persona in self.counts else _ALL
        profile = self._profiles.get(key)
        if profile is None:
            start = _FLAT if key == _ALL else self._profile(_ALL)[0]
            rates = weekly_profile(self.counts.get(key, _NOTHING), self.exposures.get(key, _NOTHING), start)
            profile = rates, [0.0, *accumulate(rates)]
            self._profiles[key] = profile
        return profile

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Restore a pickle; an older one knew the days observed only, not which hours they had."""
        days = state.pop("observed", None)
        self.__dict__.update(state)
        if days is not None:
            self.exposures = Part({key: [observed / 7.0] * WEEK for key, observed in days.items()})
            self._hour, self._running = None, {}
