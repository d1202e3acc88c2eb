"""A dead letter as an operator meets it: a row of the view `dead_letters_now`."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Letter:
    """What was put aside, why, and what became of it."""

    dead_letter_id: str
    stage: str
    source: str
    reason: str
    field: str
    error: str
    tries: int
    traceback: str
    topic: str
    partition: int
    offset: int
    put_aside_at: datetime
    event_time: datetime | None
    redriven_at: datetime | None
    again_offset: int | None

    @property
    def original(self) -> tuple[str, int, int]:
        """Return where the original stands: several agents may have refused the same one."""
        return self.topic, self.partition, self.offset


@dataclass(frozen=True)
class Wanted:
    """Which letters are asked for; an empty word means all of them."""

    stage: str = ""
    topic: str = ""
    source: str = ""
    error: str = ""
    redriven: bool = False  # those that were redriven, too

    @property
    def anything(self) -> bool:
        """Tell whether nothing narrows it down."""
        return not (self.stage or self.topic or self.source or self.error)


@dataclass(frozen=True)
class Group:
    """How many letters share stage and reason: what should be looked at, the most frequent first."""

    stage: str
    error: str
    reason: str
    letters: int
    latest: datetime


def by_reason(letters: Iterable[Letter]) -> list[tuple[tuple[str, str], int]]:
    """Count letters by (stage, reason), the most frequent first."""
    return Counter((letter.stage, letter.reason) for letter in letters).most_common()
