"""Attendance: which hours were lived, and which nobody spent there, as on a holiday."""

from collections.abc import Iterator

from river import base

from models.activity_clock import ActivityClock
from models.part import Part
from models.weekly_profile import WEEK
from schemas.base import HOUR

DAYS = 10
"""Days whose hours are kept: the longest usual horizon, the day before it, and the day it is."""

_ALL = "*"
_DAY = 24
_KEPT = DAYS * _DAY


class Attendance(base.Estimator):
    """How much of what a persona usually does on a day it really did: on a holiday nothing, whatever the clock expects.

    With o_p and u_p what persona p did and usually does (`ActivityClock.usual`) in the hours of a day that are known,
    o and u the same of everybody else, the lived ratio is shrunk twice, to everybody else and then to 1:

        r = (k + o) / (k + u)
        r_p = (k * r + o_p) / (k + u_p)

    So a holiday of the whole company is seen in personas of whom little is known, that of one country in its personas
    alone, and nobody counts twice. A day counts fully from r_p >= `enough` on: days differ, and a programme that is
    weak is not absent. Below it counts by what was seen, o_p / u_p: nothing where nobody was, or a week off would in
    the end add up to the quarter of an hour in which a lively persona answers. Of whom hardly anything is usual
    (u <= k) nothing can be missed, and where no usual week is known yet r_p is 1.

    A day has 24 hours and begins in the middle of the persona's night (the quietest eight hours of its clock), not at
    midnight UTC: else a working day in Sydney or San Francisco would be cut in two, and its halves counted with those
    of other days.

    What is known ends an epoch or two before the deadline that is due, and in the first hours of a day that tells
    nothing: on the morning of a holiday nobody has been seen yet, as on every other. Therefore hours of a day that
    began within the span, and on which nobody of a persona that usually is there has been seen so far, are taken for
    lived only up to the share `unseen` of the span; if there are more, it is asked again when more is known.

    Parameters
    ----------
    k
        How many activities the ratio of everybody else, and 1, are worth.
    enough
        Ratio from which on a day is as good as any.
    unseen
        Share of a span that may lie on a day on which nobody has been seen yet.
    max_personas
        Bound of `counts`.

    Attributes
    ----------
    counts
        What judging needs: persona (`*`: all of them) -> its latest hour (hours since 1970), then the counts of its
        last 240 hours as a ring: hour h stands at 1 + h % 240.

    Examples
    --------
    >>> clock, attendance = ActivityClock(), Attendance()
    >>> for day in range(60):
    ...     for hour in range(9, 17):
    ...         if day != 58:  # a holiday
    ...             clock.learn_one("sales", (24 * day + hour) * 3600.0, 5)
    ...             attendance.learn_one("sales", (24 * day + hour) * 3600.0, 5)
    >>> midnight = [24 * day * 3600.0 for day in range(62)]
    >>> round(attendance.ratio(clock, "sales", midnight[58], until=midnight[59]), 2)
    0.08
    >>> round(attendance.ratio(clock, "sales", midnight[57], until=midnight[59]), 1)
    1.0
    >>> posted, due = midnight[57] + 16 * 3600, midnight[58] + 11 * 3600
    >>> later = attendance.postponed(clock, "sales", posted, due, due, until=due - 3600)
    >>> due < later < midnight[59]  # if people come back at once; else it is asked again, and moves on
    True
    >>> attendance.postponed(clock, "sales", posted, due, midnight[59] + 11 * 3600, midnight[59] + 10 * 3600) is None
    True
    """

    def __init__(self, k: float = 3.0, enough: float = 0.5, unseen: float = 0.2, max_personas: int = 500) -> None:
        self.k = k
        self.enough = enough
        self.unseen = unseen
        self.max_personas = max_personas
        self.counts: dict[str, list[float]] = Part(max_keys=max_personas + 1)

    def learn_one(self, persona: str, time_seconds: float, n: float = 1.0) -> None:
        """Count `n` activities of a persona at a moment (seconds since 1970, UTC)."""
        hour = int(time_seconds // HOUR)
        for key in (persona, _ALL):
            ring = self.counts.get(key) or [hour, *[0.0] * _KEPT]
            latest = int(ring[0])
            for passed in range(max(latest, hour - _KEPT) + 1, hour + 1):
                ring[1 + passed % _KEPT] = 0.0
            ring[0] = max(latest, hour)
            if hour > latest - _KEPT:
                ring[1 + hour % _KEPT] += n
            self.counts[key] = ring

    def ratio(self, clock: ActivityClock, persona: str, start: float, until: float) -> float:
        """Return the lived ratio of 24 hours.

        Parameters
        ----------
        clock
            Which week is usual.
        persona
            Whose day it is.
        start
            Its beginning (seconds since 1970).
        until
            Everything before this moment is known, and nothing after it.
        """
        return self._ratios(clock, persona, start, until)[0]

    def _ratios(self, clock: ActivityClock, persona: str, start: float, until: float) -> tuple[float, float]:
        """Return the lived ratio of 24 hours, and as what share of a day they count."""
        first, known = round(start / HOUR), int(until // HOUR)
        hours = range(max(first, known - _KEPT), min(first + _DAY, known))
        everybody, usually = self._sums(clock, _ALL, hours)
        own, own_usually = self._sums(clock, persona, hours)
        others, others_usually = max(everybody - own, 0.0), max(usually - own_usually, 0.0)
        ratio = (self.k + others) / (self.k + others_usually)
        ratio = (self.k * ratio + own) / (self.k + own_usually)
        if ratio >= self.enough:
            return ratio, 1.0
        return ratio, min(own / own_usually, 1.0) if own_usually else ratio

    def lived(self, clock: ActivityClock, persona: str, start: float, end: float, until: float) -> float:
        """Return the activity hours between two moments that were lived, by what is known `until` then.

        Of a day that is not over its ratio so far holds for all of it.
        """
        lived = 0.0
        for day, from_, to in self._days(clock, persona, start, end):
            hours = clock.to_activity(persona, to) - clock.to_activity(persona, from_)
            lived += hours * self._ratios(clock, persona, day, until)[1]
        return lived

    def postponed(
        self, clock: ActivityClock, persona: str, start: float, planned: float, due: float, until: float
    ) -> float | None:
        """Return the moment until which as much will have been lived since `start` as was to be until `planned`.

        Parameters
        ----------
        clock, persona, until
            As above.
        start, planned
            The span that was meant to be lived (seconds since 1970).
        due
            Until when one has waited: `planned`, or what this returned before.

        Returns
        -------
        float or None
            None when all of it has been lived: there is nothing left to wait for. `due` itself when that depends on
            a day on which nobody has been seen yet: ask again when more is known.
        """
        meant = clock.to_activity(persona, planned) - clock.to_activity(persona, start)
        missing = meant - self.lived(clock, persona, start, due, until)
        if missing <= 1e-6:
            *_, (day, _, _) = self._days(clock, persona, start, due)
            depends = start < day and self.lived(clock, persona, start, day, until) < (1.0 - self.unseen) * meant
            return due if depends and self._unseen(clock, persona, day, until) else None
        return clock.to_calendar(persona, clock.to_activity(persona, due) + missing)

    def _unseen(self, clock: ActivityClock, persona: str, day: float, until: float) -> bool:
        """Tell whether nobody of a persona has been seen yet on a day on which it usually is there."""
        first = round(day / HOUR)
        seen, _ = self._sums(clock, persona, range(first, int(until // HOUR)))
        _, usually = self._sums(clock, persona, range(first, first + _DAY))
        return seen == 0.0 and usually > self.k

    def _days(
        self, clock: ActivityClock, persona: str, start: float, end: float
    ) -> Iterator[tuple[float, float, float]]:
        """Yield (beginning of the day, beginning and end of the span's part of it)."""
        night = _night(clock, persona) * HOUR
        day = (start - night) // (_DAY * HOUR) * (_DAY * HOUR) + night
        while day < end:
            yield day, max(day, start), min(day + _DAY * HOUR, end)
            day += _DAY * HOUR

    def _sums(self, clock: ActivityClock, persona: str, hours: range) -> tuple[float, float]:
        """Return what was done in some hours, and what usually is; nothing of either when no week is usual yet."""
        usual, ring = clock.usual(persona), self.counts.get(persona)
        if usual is None or ring is None:
            return 0.0, 0.0
        latest = ring[0]
        done = sum(ring[1 + hour % _KEPT] for hour in hours if latest - _KEPT < hour <= latest)
        return done, sum(usual[hour % WEEK] for hour in hours)


def _night(clock: ActivityClock, persona: str) -> int:
    """Return the hour of the UTC day in the middle of the eight in which a persona does least."""
    counts = clock.counts.get(persona) or clock.counts.get(_ALL) or [0.0] * WEEK
    by_hour = [sum(counts[hour::_DAY]) for hour in range(_DAY)]
    return min(range(_DAY), key=lambda middle: sum(by_hour[(middle + hour) % _DAY] for hour in range(-4, 4)))
