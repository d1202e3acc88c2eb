"""Whether the source of a prompt delivered while it was open: what cannot be seen is no silence."""

from typing import NamedTuple

import msgspec

from agents.knowledge import Knowledge
from agents.track.partition import PartitionState
from agents.track.state import NEVER, Facts
from models.unseen import p_zero_seen
from schemas.ids import source_key

_features = msgspec.json.Decoder(dict[str, float]).decode


class Unseen(NamedTuple):
    """What was not seen of a prompt's life.

    Attributes
    ----------
    holes
        Known holes that reach into it, whole and in order; empty: none is known.
    doubtful
        Nothing is known of the latest hours, and nothing was heard in them: it is told apart later.
    """

    holes: tuple[tuple[float, float], ...]
    doubtful: bool

    @property
    def since(self) -> float:
        """Return when the first hole began."""
        return self.holes[0][0]

    @property
    def until(self) -> float | None:
        """Return when the last hole was over; None: it is not."""
        over = self.holes[-1][1]
        return None if over == NEVER else over


class Sensing:
    """Asks what a source delivered while a prompt was open.

    What all partitions saw is known by epochs, some hours later; until then, what this partition heard.

    Parameters
    ----------
    state, knowledge
        Of the partition, and what is known to all.
    epoch
        Its length in seconds.
    share
        Of what a source delivers comes to this partition.
    """

    def __init__(self, state: PartitionState, knowledge: Knowledge, epoch: float, share: float = 1.0) -> None:
        self.state, self.knowledge, self.epoch, self.share = state, knowledge, epoch, share
        self.pause = (knowledge.lag + 1) * epoch
        """Seconds after which it is worth asking again when there is a hole: what came meanwhile is known by then."""

    def look(self, facts: Facts, until: float, now: float) -> Unseen:
        """Return what was not seen of a prompt from its posting `until` a moment, as it is known `now`."""
        as_of, clock = self.knowledge.as_of_for(now), self.state.clock
        sources = self.knowledge.at(as_of).expectations.sources
        source = source_key(facts.source, facts.workspace)
        known = sources.missed(source, 0.0, NEVER, min(as_of, clock.observed_until))
        holes = tuple(hole for hole in known if hole[0] < until and hole[1] > facts.posted_at)
        if holes or as_of >= clock.observed_until:  # where a recording ends nothing more will be known
            return Unseen(holes, doubtful=False)
        heard = self.state.heard(source)
        return Unseen(holes, sources.doubtful(source, until, as_of, heard=heard, share=self.share))

    def hole(self, source: str, workspace: str, start: float, now: float) -> bool:
        """Tell whether there is a hole after `start`, as it is known `now`."""
        as_of = self.knowledge.as_of_for(now)
        sources = self.knowledge.at(as_of).expectations.sources
        return bool(sources.missed(source_key(source, workspace), start, NEVER, as_of))

    def enough(self, facts: Facts, unseen: Unseen, until: float, now: float) -> bool:
        """Tell whether silence `until` a moment is news by what was seen of a prompt's life, as it is known `now`."""
        if not unseen.holes:
            return True
        expectations = self.knowledge.at(self.knowledge.as_of_for(now)).expectations
        _, p_zero_horizon, _, _, alpha, *_ = facts.expectation
        return alpha > p_zero_seen(
            expectations,
            _features(facts.features),
            p_zero_horizon,
            persona=facts.persona,
            edges=facts.edges,
            holes=unseen.holes,
            start=facts.posted_at,
            until=until,
        )
