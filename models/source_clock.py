"""The clock of a source: how much it usually delivers, and when it delivered nothing that should have come."""

from itertools import accumulate, pairwise
from math import exp, log1p

from river import base

from models.part import Part, forget_others
from models.weekly_profile import WEEK
from schemas.base import HOUR

_DAY = 24
_TELLING = 20.0  # usual events below which a day tells nothing about days off
_KEPT = 10_000.0  # usual events that days off are remembered by
_NOTHING = [0.0] * 6


class SourceClock(base.Estimator):
    """Whether a source delivers: a night is quiet, a holiday has few events, an outage has none at all.

    With c[h] the decayed count of all events of a source in hour h of the week, smoothed over its neighbours where they
    are lower, and w the weeks observed, decayed alike, it usually delivers in that hour

        u[h] = min(c[h], c[h-1] / 4 + c[h] / 2 + c[h+1] / 4) / (w + 1)

    which is careful at the edges of the day and while little is known. Let m be the sum of u over a gap, the events
    that would have come in it.
    On most days the level of activity varies as Gamma(k, 1/k) around 1; a share `off` of the gaps lies on days off, on
    which a share l of the usual is left, in bursts since people answer each other. So a source that is alive delivers
    nothing with probability

        p_zero(m) = (1 - off) * (1 + m / k)^-k + off * exp(-l * m / burst)

    (negative binomial with the zero term of Poisson mixed in). The first term tells a quiet hour from a gap, the second
    a day off in a small workspace from an outage. l is learned from the days on which less than `quiet` of the usual
    came: with o what came on them, and u what usually does,

        l = (left * weight + o) / (weight + u)

    While no such day was seen, a gap is a hole from about 630 usual events on: whoever has 150 events a day may have
    four days off before that, with not a single event. Where bots or designers post on holidays, 100 may be enough.

    A hole teaches nothing: its days neither decay nor count as observed. Events that come later with their old time
    fill it: what remains on both sides of a filled hour stays a hole only if it is long enough by itself.

    Parameters
    ----------
    down
        A gap with a smaller p_zero is a hole.
    doubt
        From a smaller p_zero on, silence means little: wait until more is known.
    k, off, left, burst, weight, quiet
        Of the formulas; `left` is as good as `weight` usual events on days off.
    half_life_days
        After so many days a count is worth half.
    min_weeks
        While fewer weeks are known nothing is usual yet, and p_zero is 1.
    kept_days
        Holes that ended longer ago are forgotten.
    max_sources
        Bound of all state.

    Attributes
    ----------
    counts
        Source -> 168 decayed counts, hour 0 is that of `ActivityClock`.
    seen
        Source -> [days observed, latest hour with events (hours since 1970), moment of the latest event (seconds),
        events of the latest day, o, u].
    holes
        Source -> hours since 1970: begin and end of the first hole, of the second, and so on.

    Examples
    --------
    >>> clock = SourceClock()
    >>> for day in range(28):  # 80 events a day, Thursday to Wednesday
    ...     for hour in range(9, 17):
    ...         clock.learn_one("slack|T1", (24 * day + hour) * 3600.0, 10)
    >>> noon = (24 * 28 + 12) * 3600.0
    >>> clock.p_zero("slack|T1", 27 * 86_400.0 + 18 * 3600, 28 * 86_400.0 + 6 * 3600)  # a night
    1.0
    >>> clock.p_zero("slack|T1", noon - 4 * 3600, noon) < 0.05
    True
    >>> [round(moment / 86_400, 2) for moment in clock.missed("slack|T1", 0.0, 40 * 86_400.0, 40 * 86_400.0)[0]]
    [27.71, 40.0]
    >>> clock.learn_one("slack|T1", (24 * 40 + 9) * 3600.0, 10)  # it is back
    >>> clock.hours("slack|T1")
    [(665, 969)]
    >>> for day in range(28, 40):  # and what had been lost comes
    ...     clock.fill_one("slack|T1", (24 * day + 12) * 3600.0, 80)
    >>> clock.hours("slack|T1")
    []
    """

    def __init__(
        self,
        down: float = 0.001,
        doubt: float = 0.05,
        k: float = 3.0,
        off: float = 0.05,
        left: float = 0.0125,
        burst: float = 2.0,
        weight: float = 160.0,
        quiet: float = 0.25,
        half_life_days: float = 56.0,
        min_weeks: float = 2.0,
        kept_days: float = 60.0,
        max_sources: int = 1_000,
    ) -> None:
        self.down, self.doubt = down, doubt
        self.k, self.off, self.left = k, off, left
        self.burst, self.weight, self.quiet = burst, weight, quiet
        self.half_life_days = half_life_days
        self.min_weeks = min_weeks
        self.kept_days = kept_days
        self.max_sources = max_sources
        self.counts: dict[str, list[float]] = Part(max_keys=max_sources)
        self.seen: dict[str, list[float]] = Part(max_keys=max_sources)
        self.holes: dict[str, list[int]] = Part(max_keys=max_sources)
        self._usual: dict[str, list[float]] = {}
        self._cumulated: dict[str, list[float]] = {}

    # ---- learning

    def learn_one(self, source: str, time_seconds: float, n: float = 1.0, latest: float | None = None) -> None:
        """Count `n` events in the hour of a moment; `latest` is when the last of them happened (seconds since 1970)."""
        hour = int(time_seconds // HOUR)
        latest = time_seconds if latest is None else latest
        days, last, moment, today, came, usual = self.seen.get(source) or [1.0, hour, latest, 0.0, 0.0, 0.0]
        if hour > last:
            passed = hour // _DAY - int(last) // _DAY
            hole = self.p_zero(source, (last + 1) * HOUR, hour * HOUR) < self.down
            if passed:
                came, usual = self._quiet_days(source, last, hour, hole=hole, came=came, usual=usual)
                today = 0.0
            if hole:
                first = hour - int(self.kept_days * _DAY)
                kept = [edge for hole in self.hours(source) if hole[1] > first for edge in hole]
                self.holes[source] = [*kept, int(last) + 1, hour]
                passed -= (hour - int(last) - 1) // _DAY
            if passed > 0:
                factor = 0.5 ** (passed / self.half_life_days)
                self.counts[source] = [count * factor for count in self.counts[source]]
                days = days * factor + (1.0 - factor) / (1.0 - 0.5 ** (1.0 / self.half_life_days))
        self._count(source, hour, n)
        today += n if hour // _DAY == max(last, hour) // _DAY else 0.0
        self.seen[source] = [days, max(last, hour), max(moment, latest), today, came, usual]
        forget_others(self.holes, self.seen)
        forget_others(self._usual, self.seen)
        forget_others(self._cumulated, self.seen)

    def fill_one(self, source: str, time_seconds: float, n: float = 1.0, latest: float | None = None) -> None:
        """Count `n` events that came late, and take their hour out of its hole if it lies in one."""
        hour = int(time_seconds // HOUR)
        if source not in self.seen or hour > self.seen[source][1]:
            self.learn_one(source, time_seconds, n, latest)
            return
        holes, (days, *others) = self.hours(source), self.seen[source]
        self._count(source, hour, n)
        for hole in holes:
            if hole[0] <= hour < hole[1]:
                rest = [(hole[0], hour), (hour + 1, hole[1])]
                stay = [part for part in rest if self.p_zero(source, part[0] * HOUR, part[1] * HOUR) < self.down]
                kept = sorted([*(other for other in holes if other != hole), *stay])
                self.holes[source] = [edge for part in kept for edge in part]
                days += (hole[1] - hole[0] - sum(end - start for start, end in stay)) / _DAY
        self.seen[source] = [days, *others]

    def _quiet_days(
        self, source: str, last: float, hour: int, *, hole: bool, came: float, usual: float
    ) -> tuple[float, float]:
        """Add the days since the latest one up to the one that begins, as far as less than usual came on them."""
        for day in range(int(last) // _DAY, hour // _DAY):
            began, over = day * _DAY * HOUR, (day + 1) * _DAY * HOUR
            expected, found = self._mass(source, began, over), self.seen[source][3] if day == last // _DAY else 0.0
            if expected >= _TELLING and found < self.quiet * expected and not hole:
                came, usual = came + found, usual + expected
        shrink = min(1.0, _KEPT / usual) if usual else 1.0
        return came * shrink, usual * shrink

    def _count(self, source: str, hour: int, n: float) -> None:
        counts = self.counts.get(source) or [0.0] * WEEK
        counts[hour % WEEK] += n
        self.counts[source] = counts
        self._usual.pop(source, None)
        self._cumulated.pop(source, None)

    # ---- asking

    def fits(self, source: str, time_seconds: float) -> bool:
        """Tell whether events of a moment can only have come late: none of that hour has been counted."""
        hour = int(time_seconds // HOUR)
        if source not in self.seen or hour > self.seen[source][1]:
            return True
        return any(begin <= hour < over for begin, over in self.hours(source))

    def usual(self, source: str) -> list[float] | None:
        """Return what a source usually delivers in each hour of the week, 168 counts; None: not known yet."""
        if source not in self.seen or (days := self.seen[source][0]) < 7.0 * self.min_weeks:
            return None
        if source not in self._usual:
            counts, weeks = self.counts[source], days / 7.0 + 1.0
            self._usual[source] = [
                min(count, counts[hour - 1] / 4 + count / 2 + counts[(hour + 1) % WEEK] / 4) / weeks
                for hour, count in enumerate(counts)
            ]
        return self._usual[source]

    def p_zero(self, source: str, start: float, end: float) -> float:
        """Return the probability that a source that is alive delivers nothing between two moments (seconds)."""
        return self._p(source, self._mass(source, start, end))

    def _p(self, source: str, mass: float) -> float:
        came, usual = self.seen.get(source, _NOTHING)[4:]
        left = (self.left * self.weight + came) / (self.weight + usual)
        return (1.0 - self.off) * exp(-self.k * log1p(mass / self.k)) + self.off * exp(-left * mass / self.burst)

    def missed(self, source: str, start: float, end: float, until: float) -> list[tuple[float, float]]:
        """Return the holes that lie between two moments, cut there.

        Parameters
        ----------
        source
            Name of the source.
        start, end
            Of the span (seconds since 1970).
        until
            Everything before this moment is known, and nothing after it. A hole that lasts until then goes on.

        Returns
        -------
        list of (float, float)
            In order, without those that only touch the span.
        """
        holes = [(begin * HOUR, over * HOUR) for begin, over in self.hours(source) if begin * HOUR < until]
        if (since := self.down_since(source, until)) is not None:
            holes.append((since, max(end, until)))
        return [(max(a, start), min(b, end)) for a, b in holes if a < end and b > start]

    def down_since(self, source: str, until: float) -> float | None:
        """Return the end of the last hour in which a source delivered anything if it is down; None: it is not."""
        if source not in self.seen:
            return None
        since = (self.seen[source][1] + 1) * HOUR
        return since if since < until and self.p_zero(source, since, until) < self.down else None

    def down_at(self, source: str, until: float) -> float | None:
        """Return the end of the hour in which a source that is down was down for long enough to say so."""
        since = self.down_since(source, until)
        if since is None:
            return None
        at = since + HOUR
        while self.p_zero(source, since, at) >= self.down:
            at += HOUR
        return at

    def doubtful(self, source: str, end: float, until: float, *, heard: float = 0.0, share: float = 1.0) -> bool:
        """Tell whether a source may be down at `end`, since no event is known for so long.

        Parameters
        ----------
        source, until
            See `missed`.
        end
            The moment (seconds since 1970).
        heard
            Moment of the latest event that whoever asks knows of; 0: of none.
        share
            Of what the source delivers whoever asks hears so much.
        """
        if source not in self.seen:
            return False
        since = max((self.seen[source][1] + 1) * HOUR, heard)
        known = self._mass(source, since, min(until, end))
        return self._p(source, known + share * self._mass(source, max(since, until), end)) < self.doubt

    def hours(self, source: str) -> list[tuple[int, int]]:
        """Return the holes that are over, in order: first hour of each and the first one after it (since 1970)."""
        return list(pairwise(self.holes.get(source, ())))[::2]

    def _mass(self, source: str, start: float, end: float) -> float:
        usual = self.usual(source)
        if usual is None or end <= start:
            return 0.0
        cumulated = self._cumulated.get(source)
        if cumulated is None:
            cumulated = self._cumulated[source] = [0.0, *accumulate(usual)]
        return max(_until(usual, cumulated, end) - _until(usual, cumulated, start), 0.0)


def _until(usual: list[float], cumulated: list[float], time_seconds: float) -> float:
    """Return what is usual from 1970 until a moment."""
    weeks, rest = divmod(time_seconds / HOUR, WEEK)
    hour = min(int(rest), WEEK - 1)
    return weeks * cumulated[-1] + cumulated[hour] + (rest - hour) * usual[hour]
