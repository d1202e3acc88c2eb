"""A deadline that falls into hours that nobody lived, as on a holiday, is postponed."""

from agents.knowledge import Knowledge
from agents.track.partition import PartitionState
from agents.track.state import Facts


class Postponing:
    """Asks, when a deadline is due and nobody has responded, whether people were there as much as was expected.

    It is judged with what was learned as of the epoch of the deadline, as a prompt is with that of its posting: not
    with what happens to be known when time gets there, so that a replay moves every deadline alike.

    Parameters
    ----------
    state, knowledge
        Of the partition, and what is known to all.
    epoch
        Its length in seconds: nothing new is known earlier, so no deadline moves by less.
    """

    def __init__(self, state: PartitionState, knowledge: Knowledge, epoch: float) -> None:
        self.state, self.knowledge, self.epoch = state, knowledge, epoch

    def later(self, facts: Facts, due: float) -> float | None:
        """Return the moment to look again, at most the horizon; None: the deadline stands.

        The horizon itself never moves. A prompt whose deadline got there is closed, and was never called silent.
        """
        if facts.deadline is None:
            return None
        as_of = self._as_of(due)
        expectations = self.knowledge.at(as_of).expectations
        later = expectations.postponed(facts.persona, facts.posted_at, facts.deadline, due, as_of)
        return None if later is None else min(max(later, due + self.epoch), facts.horizon_at)

    def _as_of(self, due: float) -> float:
        """Return the moment as of which is judged; of long ago, for a prompt that came late, nothing is kept."""
        return max(self.knowledge.as_of_for(due), self.state.clock.as_of - self.epoch)
