"""Back-off: how long to wait for what is down. The same everywhere, so that nobody hammers a server that comes back."""

import logging
import random
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from schemas.errors import CricketsError

log = logging.getLogger(__name__)

T = TypeVar("T")

FIRST_DELAY = 0.5
"""Seconds before the second try, at most; it doubles with every try ..."""
LONGEST_DELAY = 30.0
"""... up to this."""


def delays(chance: random.Random | None = None) -> Iterator[float]:
    """Give the seconds to wait before each further try, without end; jitter keeps many workers apart.

    >>> [round(delay, 1) for _, delay in zip(range(8), delays(random.Random(1)))]
    [0.3, 0.9, 1.8, 2.5, 6.0, 11.6, 24.8, 26.8]
    """
    chance = chance or random.Random()
    longest = FIRST_DELAY
    while True:
        yield chance.uniform(longest / 2, longest)
        longest = min(2 * longest, LONGEST_DELAY)


def patiently(
    attempt: Callable[[], T], may_pass: tuple[type[CricketsError], ...], sleep: Callable[[float], None] = time.sleep
) -> T:
    """Try until it works; errors that may pass are told and waited out, others are raised."""
    for delay in delays():
        try:
            return attempt()
        except may_pass as error:
            log.warning("%s; next try in %.1f s", error, delay)
            sleep(delay)
    raise AssertionError
