"""What diagnosing asks of the directory and of what was learned."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from schemas.directory import Brief, Channel


class Known(Protocol):
    """The directory, and what was learned as of a moment; the same question about a moment gets the same answer."""

    def as_of_for(self, time: float) -> float:
        """Return the moment as of which knowledge judges what happens at `time`."""
        ...

    def brief(self, asset_id: str) -> Brief | None:
        """Look a brief up."""
        ...

    def channel(self, source: str, conversation: str) -> Channel | None:
        """Look a channel up."""
        ...

    def channel_name(self, source: str, conversation: str) -> str:
        """Return how people call a conversation; its id when it has no name."""
        ...

    def personas(self) -> Sequence[str]:
        """Return the given personas, always in the same order."""
        ...

    def members_of_persona(self, persona: str) -> int:
        """Count the learners of a given persona; 0: not known."""
        ...

    def places(self, as_of: float) -> Mapping[str, float]:
        """Return activity by "persona|source:conversation": decayed messages and reactions a week; empty: not known."""
        ...

    def usual_week(self, as_of: float, persona: str) -> Sequence[float] | None:
        """Return what a persona usually does in each of the 168 hours of the week, from Thursday 00:00 UTC on.

        Messages and reactions an hour; None: fewer than three weeks are known.
        """
        ...

    def responders_by_persona(self, as_of: float, asset: str) -> Mapping[str, float]:
        """Return the (decayed) responders to the prompts of an asset that have run their course; empty: none known."""
        ...

    def silence_rate(self, as_of: float, kind: str, key: str) -> tuple[float, float]:
        """Return the share of prompts so far that met silence, and the (decayed) number it rests on.

        Kinds and keys: `author` pseudonym, `channel` "source:conversation", `segment` "persona/asset_type", `asset`
        asset_id, `persona` its name. Nothing known: any share, resting on 0.
        """
        ...
