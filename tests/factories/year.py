"""A simulated year: what a few personas in different time zones do in each hour, with days on which nobody is there."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from math import exp
from random import Random

from schemas.base import HOUR

NEW_YEAR = 1_767_571_200.0
"""2026-01-05 00:00 UTC, a Monday: the beginning of hour 0."""

SHARES = {8: 3, 9: 9, 10: 14, 11: 13, 12: 8, 13: 9, 14: 13, 15: 12, 16: 10, 17: 6, 18: 2, 20: 1}
"""What is done in an hour of a working day, by the clocks there, in percent of the day."""


@dataclass(frozen=True)
class Habits:
    """How a persona lives.

    Attributes
    ----------
    ahead
        Hours by which its clocks are ahead of UTC.
    daily
        What it does on a working day, on average.
    off
        Its days off, by its own calendar; day 0 is a Monday.
    fades
        (day, share): from that day on it does but a share of that.
    """

    ahead: int
    daily: float
    off: Collection[int] = ()
    fades: tuple[int, float] | None = None

    def day(self, hour: float) -> int:
        """Return the day by its calendar."""
        return int((hour + self.ahead) // 24)

    def present(self, hour: float) -> float:
        """Return the share of what is usual that is done in an hour."""
        faded = self.fades[1] if self.fades and self.day(hour) >= self.fades[0] else 1.0
        return 0.01 if self.day(hour) in self.off else faded

    def expected(self, hour: int) -> float:
        """Return what is done in an hour on average."""
        usual = self.daily * SHARES.get((hour + self.ahead) % 24, 0.1) / 100
        return usual * self.present(hour) * (0.03 if self.day(hour) % 7 >= 5 else 1.0)


def activity(personas: Mapping[str, Habits], hours: int, seed: int = 1) -> Iterator[dict[str, int]]:
    """Yield for each hour what every persona does in it: bursts of 1.5 on average, since people answer each other."""
    random = Random(seed)
    for hour in range(hours):
        yield {
            persona: sum(_burst(random) for _ in range(_poisson(random, habits.expected(hour) / 1.5)))
            for persona, habits in personas.items()
        }


def start_of(hour: float) -> float:
    """Return when an hour begins, in seconds since 1970."""
    return NEW_YEAR + hour * HOUR


def _poisson(random: Random, mean: float) -> int:
    n, left, most = 0, random.random(), exp(-mean)
    while left > most:
        n, left = n + 1, left * random.random()
    return n


def _burst(random: Random) -> int:
    n = 1
    while random.random() < 1 / 3:
        n += 1
    return n
