"""The agent `watch`: what a single prompt does not tell, several do."""

import json
from collections.abc import Iterable, Iterator

from agents.effects import Effect, Send
from agents.sequenced import Sequenced
from agents.watch.assets import Assets
from agents.watch.segments import Segments
from schemas.event import Watermark
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic

_FORM = 2
"""Form of a snapshot; before there were forms it was the assets alone."""


class Watch(Sequenced[Outcome]):
    """Lets assets and segments see every outcome, in one order.

    Parameters
    ----------
    partitions
        Number of partitions of `events`.
    epoch
        Length of an epoch in seconds.
    alpha
        One false alarm in at least 1/alpha prompts of an asset.
    """

    def __init__(self, *, partitions: int, epoch: float, alpha: float, snapshot_every: int = 20_000) -> None:
        sources = frozenset(("track", p) for p in range(partitions))
        super().__init__(OUTCOME, "watch", sources, epoch, snapshot_every)
        self.assets = Assets(alpha)
        self.segments = Segments()

    def identity(self, record: Outcome) -> tuple[str, float]:
        """Return (id, place in the order of epochs)."""
        return f"{record.prompt.prompt_id}#{record.version:06}", record.told_at

    def take(self, end: float, records: Iterable[Outcome]) -> Iterator[Effect]:  # noqa: ARG002 - epochs are all alike here
        """Let the detectors see what became known in an epoch."""
        for record in records:
            if record.prompt.asset_id:
                yield from self.assets.see(record)
            yield from self.segments.see(record)

    def passed(self, until: float) -> Iterator[Effect]:
        """Pass time on to those who read the verdicts."""
        yield Send(Topic.VERDICTS, key="watermark:watch", value=Watermark(time=until, stage="watch"))

    def dump(self) -> bytes:
        """Return the detectors."""
        return json.dumps({"form": _FORM, "assets": self.assets.state(), "segments": self.segments.state()}).encode()

    def restore(self, state: bytes) -> None:
        """Restore the detectors; of a snapshot that knows no segments, those of the assets."""
        stored = json.loads(state)
        if stored.get("form") == _FORM:
            self.assets.restore(stored["assets"])
            self.segments.restore(stored["segments"])
        else:
            self.assets.restore(stored)
