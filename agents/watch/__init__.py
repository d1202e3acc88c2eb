"""Watch: evidence that adds up over the prompts of an asset, of a channel, and of a segment."""

from agents.watch.agent import Watch

__all__ = ["Watch"]
