"""The segments of each workspace: equal names of personas in two of them are not the same people."""

from collections.abc import Iterator, Mapping
from typing import Any

from agents.effects import Send
from agents.watch.cap import Cap
from agents.watch.segments import Segments, WatchedSegment
from schemas.outcome import Outcome


class Workspaces:
    """Watches the segments of each source and workspace among themselves.

    A snapshot from before they were told apart is taken over by those who come: what is usual by each of them, what was
    found of a segment by the first one that has a prompt of it.

    Parameters
    ----------
    max_workspaces
        Bound of all state; one without an outcome for longest is forgotten.
    cap
        What keeps a flag waiting; left out: nothing does.
    """

    def __init__(self, max_workspaces: int = 500, cap: Cap | None = None) -> None:
        self.max_workspaces, self.cap = max_workspaces, cap
        self.by_place: dict[str, Segments] = {}
        self._before: dict[str, Any] = {}

    def see(self, outcome: Outcome) -> Iterator[Send]:
        """Take in an outcome."""
        place = outcome.prompt.place
        segments = self.by_place.pop(place, None) or self._new()
        self.by_place[place] = segments  # to the end of the order
        if len(self.by_place) > self.max_workspaces:
            del self.by_place[next(iter(self.by_place))]
        if self._before:
            self._take_over(segments, outcome.prompt.segment)
        yield from segments.see(outcome)

    def tell(self, outcome: Outcome, time: float) -> Iterator[Send]:
        """Tell that the segment of an outcome is never answered, if it is known still."""
        segments = self.by_place.get(outcome.prompt.place)
        if segments is not None and outcome.prompt.segment in segments.watched:
            yield segments.tell(outcome, time)

    def _new(self) -> Segments:
        segments = Segments(cap=self.cap)
        if self._before:
            segments.restore({"watched": {}, "peers": self._before["peers"]})
        return segments

    def _take_over(self, segments: Segments, segment: str) -> None:
        if (found := self._before["watched"].pop(segment, None)) is not None:
            watched = WatchedSegment.model_validate(found)
            watched.subject = segment if watched.flagged else ""
            segments.watched[segment] = watched

    def weighed(self) -> Iterator[tuple[str, float]]:
        """Yield key and evidence where it was told, else 0, as the cap counts it."""
        for place, segments in self.by_place.items():
            for segment, evidence in segments.weighed():
                yield f"segment:{place}/{segment}", evidence

    def state(self) -> dict[str, Any]:
        """Return all of it, ready for JSON."""
        return {
            "by_place": {place: segments.state() for place, segments in self.by_place.items()},
            "before": self._before,
        }

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore it; also what was kept before workspaces were told apart."""
        if "by_place" not in state:
            self._before = {"watched": dict(state["watched"]), "peers": state["peers"]}
            return
        self._before = state["before"]
        for place, kept in state["by_place"].items():
            self.by_place[place] = Segments(cap=self.cap)
            self.by_place[place].restore(kept)
