"""The agent `watch`: what a single prompt does not tell, several do."""

import json
from collections.abc import Iterable, Iterator

from agents.effects import Effect, Send
from agents.sequenced import Sequenced
from agents.watch.assets import Assets
from agents.watch.cap import Cap
from agents.watch.channels import Channels
from agents.watch.personas import Personas
from agents.watch.workspaces import Workspaces
from schemas.erasure import Erased
from schemas.event import Watermark
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic

_FORM = 5
"""Form of a snapshot; 4 took an asset for one in all workspaces, 3 knew no cap, 2 no channels and one workspace."""

_CHANNEL_ALPHA = 0.1
"""Of a channel so many times fewer false alarms are put up with: it has many assets, and takes all of them along."""


class Watch(Sequenced[Outcome | Erased]):
    """Lets assets, channels and segments see every outcome, in one order.

    Parameters
    ----------
    partitions
        Number of partitions of `events`.
    epoch
        Length of an epoch in seconds.
    alpha
        One false alarm in at least 1/alpha prompts of an asset, and 10/alpha of a channel.
    fdr
        Share of false ones among all assets, channels and segments told, a prompt waited (`agents.watch.cap`); None: no
        cap.
    """

    def __init__(
        self,
        *,
        partitions: int,
        epoch: float,
        alpha: float,
        fdr: float | None = None,
        snapshot_every: int = 20_000,
    ) -> None:
        sources = frozenset(("track", p) for p in range(partitions))
        super().__init__(OUTCOME, "watch", sources, epoch, snapshot_every)
        self.cap = Cap(fdr)
        self.assets = Assets(alpha, self.cap)
        self.channels = Channels(alpha * _CHANNEL_ALPHA, cap=self.cap)
        self.segments = Workspaces(cap=self.cap)
        self.personas = Personas()

    def identity(self, record: Outcome | Erased) -> tuple[str, float]:
        """Return (id, place in the order of epochs)."""
        if isinstance(record, Erased):
            return record.id, record.time
        return f"{record.prompt.prompt_id}#{record.version:06}", record.told_at

    def take(self, end: float, records: Iterable[Outcome | Erased]) -> Iterator[Effect]:  # noqa: ARG002 - epochs are all alike here
        """Let the detectors see what became known in an epoch."""
        for record in records:
            if isinstance(record, Erased):
                self.cap.forget(record.digest)
                self.snapshot_soon()
                continue
            if record.prompt.asset_id:
                yield from self.assets.see(record)
            yield from self.channels.see(record)
            yield from self.segments.see(record)
            self.personas.see(record)
        for key, outcome, time in self.cap.release():
            yield from self._tell(key, outcome, time)
        yield from self.personas.tell()

    def _tell(self, key: str, outcome: Outcome, time: float) -> Iterator[Effect]:
        """Tell what the cap has let through."""
        if key.startswith("asset:"):
            yield self.assets.tell(outcome, time)
        elif key.startswith("channel:"):
            yield self.channels.tell(outcome, time)
        else:
            yield from self.segments.tell(outcome, time)

    def passed(self, until: float) -> Iterator[Effect]:
        """Pass time on to those who read the verdicts."""
        yield Send(Topic.VERDICTS, key="watermark:watch", value=Watermark(time=until, stage="watch"))

    def dump(self) -> bytes:
        """Return the detectors."""
        parts = {
            "assets": self.assets.state(),
            "channels": self.channels.state(),
            "segments": self.segments.state(),
            "personas": self.personas.state(),
            "cap": self.cap.state(),
        }
        return json.dumps({"form": _FORM, **parts}).encode()

    def restore(self, state: bytes) -> None:
        """Restore the detectors; of an older snapshot those that it knows, assets begin anew."""
        stored = json.loads(state)
        if not isinstance(form := stored.get("form"), int):
            return  # it is the assets, and one may be called so
        self.channels.restore(stored.get("channels", {}))
        self.segments.restore(stored["segments"])
        if "personas" in stored:
            self.personas.restore(stored["personas"])
        if form == _FORM:
            self.assets.restore(stored["assets"])
            self.cap.restore(stored["cap"])
        else:
            self.cap.adopt((*self.channels.weighed(), *self.segments.weighed()), self.buffer.closed_until)
