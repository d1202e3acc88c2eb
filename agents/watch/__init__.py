"""Watch: evidence that adds up over the prompts of an asset, and of a segment."""

from agents.watch.agent import Watch

__all__ = ["Watch"]
