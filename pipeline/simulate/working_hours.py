"""Working hours: when somebody is there to answer."""

from dataclasses import dataclass

DAY = 86_400.0
HOUR = 3_600.0
_THURSDAY = 3  # the weekday of 1970-01-01, Monday being 0


def weekday(day: int) -> int:
    """Return the weekday (Monday 0) of a day counted from 1970-01-01.

    >>> weekday(20458)  # 2026-01-05
    0
    """
    return (day + _THURSDAY) % 7


@dataclass(frozen=True, slots=True)
class WorkingHours:
    """Somebody's working day in their own time zone, Monday to Friday.

    Zones are fixed offsets: summer time would add nothing to a story.
    """

    zone: float  # hours east of UTC
    opens: float  # local hour
    closes: float
    off: frozenset[int] = frozenset()  # local days without work, counted from 1970-01-01

    def works(self, day: int) -> bool:
        """Tell whether a local day is a working day."""
        return weekday(day) < 5 and day not in self.off

    def day(self, moment: float) -> int:
        """Return the local day of a moment (seconds UTC)."""
        return int((moment + self.zone * HOUR) // DAY)

    def window(self, day: int) -> tuple[float, float]:
        """Return begin and end of the local day's working hours, in seconds UTC."""
        midnight = day * DAY - self.zone * HOUR
        return midnight + self.opens * HOUR, midnight + self.closes * HOUR

    def after(self, moment: float, worked: float) -> float:
        """Return the moment at which `worked` seconds of working time have passed since `moment`."""
        day = self.day(moment)
        while True:
            begin, end = self.window(day)
            begin = max(begin, moment)
            if self.works(day) and begin < end:
                if begin + worked < end:
                    return begin + worked
                worked -= end - begin
            day += 1

    def between(self, begin: float, end: float) -> float:
        """Return the seconds of working time between two moments."""
        worked = 0.0
        for day in range(self.day(begin), self.day(end) + 1):
            if self.works(day):
                opens, closes = self.window(day)
                worked += max(min(closes, end) - max(opens, begin), 0.0)
        return worked
