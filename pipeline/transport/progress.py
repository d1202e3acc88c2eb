"""Whether every partition with work makes progress: pure bookkeeping, time is an argument."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Look:
    """What was seen of one thing that should move."""

    has_work: bool
    mark: Hashable
    """Changes whenever something was done."""
    waits_for: str = ""
    """Something outside of this worker that has to happen first: no fault of the thing itself."""


class Progress:
    """Remembers since when something that has work has not moved.

    >>> progress = Progress()
    >>> progress.see({"events[0]": Look(True, 7)}, now=0.0)
    >>> progress.see({"events[0]": Look(True, 7)}, now=30.0)
    >>> progress.stalled(30.0)
    {'events[0]': 30.0}
    >>> progress.see({"events[0]": Look(True, 8)}, now=31.0)
    >>> progress.stalled(31.0)
    {}
    """

    def __init__(self) -> None:
        self._marks: dict[str, Hashable] = {}
        self._since: dict[str, float] = {}
        self._waiting: dict[str, tuple[str, float]] = {}

    def see(self, looks: Mapping[str, Look], now: float) -> None:
        """Take in what is seen now; what is not there any more is forgotten."""
        since = {}
        for name, look in looks.items():
            still = look.has_work and not look.waits_for and self._marks.get(name) == look.mark
            since[name] = self._since[name] if still and name in self._since else now
        self._since, self._marks = since, {name: look.mark for name, look in looks.items()}
        waiting = {}
        for name, look in looks.items():
            if look.waits_for:
                what, began = self._waiting.get(name, ("", now))
                waiting[name] = look.waits_for, began if what == look.waits_for else now
        self._waiting = waiting

    def excuse(self, now: float) -> None:
        """Count from now on: nothing could move, for a reason that lies outside."""
        self._since = dict.fromkeys(self._since, now)

    def waiting(self, now: float, least: float) -> dict[str, tuple[str, float]]:
        """Return what has waited for something else for `least` seconds or more: for what, and how long."""
        return {name: (what, now - since) for name, (what, since) in self._waiting.items() if now - since >= least}

    def stalled(self, now: float, least: float = 1e-9) -> dict[str, float]:
        """Return for how many seconds what has work has not moved, if that is `least` or more."""
        return {name: now - since for name, since in self._since.items() if now - since >= least}
