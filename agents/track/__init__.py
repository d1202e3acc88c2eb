"""Track: the open prompts of a partition and the clock of their silence."""

from agents.track.rules import TrackRules
from agents.track.track import Track

__all__ = ["Track", "TrackRules"]
