"""A simulated year: what a few personas in different time zones do in each hour, with days on which nobody is there."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from math import exp
from random import Random

from schemas.base import HOUR

DAY = 24 * HOUR
YEAR = 1_767_571_200.0
"""2026-01-05 00:00 UTC, a Monday."""

SHARES = {8: 3, 9: 9, 10: 14, 11: 13, 12: 8, 13: 9, 14: 13, 15: 12, 16: 10, 17: 6, 18: 2, 20: 1}
"""What is done in an hour of a working day, in percent of the day."""


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
        Its own days off: days since the year began, by its calendar.
    """

    ahead: int
    daily: float
    off: Collection[int] = field(default=())

    def expected(self, hour: int) -> float:
        """Return what it does in an hour (since the year began, UTC) on average."""
        day, local = divmod(hour + self.ahead, 24)
        weekend, away = day % 7 >= 5, day in self.off
        return self.daily * SHARES.get(local, 0.1) / 100 * (0.01 if away else 0.03 if weekend else 1.0)


def activity(
    personas: dict[str, Habits], hours: int, *, off: Collection[int] = (), seed: int = 1, burst: float = 1.5
) -> Iterator[tuple[int, dict[str, int]]]:
    """Yield each hour of some, and what every persona does in it; `off` are days off of everybody, by own calendar.

    Activities come in bursts, since people answer each other: a burst is as large as a geometric variable of that mean.
    """
    random = Random(seed)
    for hour in range(hours):
        counts = {}
        for persona, habits in personas.items():
            away = (hour + habits.ahead) // 24 in off
            mean = habits.expected(hour) * (0.01 if away else 1.0) / burst
            if n := sum(_burst(random, burst) for _ in range(_poisson(random, mean))):
                counts[persona] = n
        yield hour, counts


def _poisson(random: Random, mean: float) -> int:
    n, left = 0, random.random()
    while left > (share := exp(-mean)):
        n, left = n + 1, left * random.random()
    return n if share else 0


def _burst(random: Random, mean: float) -> int:
    n = 1
    while random.random() > 1.0 / mean:
        n += 1
    return n
