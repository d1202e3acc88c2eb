"""Replay: recordings of the past, read for being judged as if lived."""

from pipeline.replay.open import open_source, workspace_name
from pipeline.replay.past import Past, UnreadablePastError

__all__ = ["Past", "UnreadablePastError", "open_source", "workspace_name"]
