"""What was told of the holes of sources: each is down, then over, then perhaps filled."""

from collections.abc import Iterator

from agents.effects import Send
from models.source_clock import SourceClock
from models.weekly_profile import WEEK
from schemas.base import HOUR
from schemas.source_health import HealthState, SourceHealth
from schemas.topic import Topic

Told = dict[str, dict[int, tuple[str, int, int, float, float, float]]]
"""Source -> first hour of the hole -> (state, first hour after it, version, last event, usual, p_zero)."""

OPEN = 0
"""In place of the first hour after a hole that is not over."""


class SourceLedger:
    """Compares the holes with those that were told, and tells what is new.

    Parameters
    ----------
    told
        What was told before.
    """

    def __init__(self, told: Told | None = None) -> None:
        self.told: Told = {} if told is None else told

    def look(self, clock: SourceClock, until: float) -> Iterator[Send]:
        """Tell of the holes as they stand when everything before `until` is known."""
        for source in sorted(clock.seen):
            _, last, latest, *_ = clock.seen[source]
            running = int(last) + 1
            told = self.told.get(source, {})
            if running not in told and (at := clock.down_at(source, until)) is not None:
                p_zero = clock.p_zero(source, running * HOUR, at)
                yield self._tell(source, running, "down", OPEN, at, latest, _hourly(clock, source), p_zero)
            yield from self._compare(clock, source, running, until)
        for source in self.told.keys() - clock.seen.keys():
            del self.told[source]

    def _compare(self, clock: SourceClock, source: str, running: int, until: float) -> Iterator[Send]:
        holes, told = dict(clock.hours(source)), self.told.get(source, {})
        for begin, over in holes.items():
            if begin not in told:  # what is left of one that was filled in part
                p_zero = clock.p_zero(source, begin * HOUR, over * HOUR)
                known = begin * HOUR, _hourly(clock, source), p_zero
                yield self._tell(source, begin, "over", over, over * HOUR, *known)
            elif told[begin][1] != over:
                yield self._tell(source, begin, "over", over, over * HOUR, *told[begin][3:])
        for begin, (state, over, _, *facts) in list(told.items()):
            if begin in holes or begin == running:
                continue
            if (over or running) < running - clock.kept_days * 24:
                del told[begin]
            elif state != "filled":
                yield self._tell(source, begin, "filled", over or running, until, *facts)

    def _tell(
        self, source: str, begin: int, state: HealthState, over: int, at: float, last: float, usual: float, p: float
    ) -> Send:
        version = self.told.get(source, {}).get(begin, ("", OPEN, 0))[2] + 1
        self.told.setdefault(source, {})[begin] = state, over, version, last, usual, p
        name, _, workspace = source.rpartition("|")
        value = SourceHealth(
            source=name,
            workspace=workspace,
            since=begin * HOUR,
            until=None if over == OPEN else over * HOUR,
            state=state,
            time=at,
            last_event=last,
            usual=usual,
            p_zero=p,
            version=version,
        )
        return Send(Topic.EXPECTATIONS, key=f"source {source} {begin}", value=value)


def _hourly(clock: SourceClock, source: str) -> float:
    return sum(clock.usual(source) or ()) / WEEK
