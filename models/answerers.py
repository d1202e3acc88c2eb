"""Answerers: which personas responded to an asset so far."""

from collections.abc import Mapping

from river import base

from models.part import Part


class Answerers(base.Estimator):
    """Responders by persona of the latest prompts of each asset.

    Parameters
    ----------
    decay
        What a responder is worth one prompt of the asset later: about the last 1 / (1 - decay) prompts count.
    max_assets
        Bound of `counts`: the assets that were counted last.
    max_personas
        Most personas of one asset, those with the most responders.

    Attributes
    ----------
    counts
        Asset -> {persona: decayed number of responders}; a value is replaced, never written into.

    Examples
    --------
    >>> answerers = Answerers()
    >>> answerers.learn_one("podcast", {"sales": 4})
    >>> answerers.learn_one("podcast", {"support": 2})
    >>> answerers.counts
    {'podcast': {'sales': 3.6, 'support': 2.0}}
    """

    def __init__(self, decay: float = 0.9, max_assets: int = 5_000, max_personas: int = 50) -> None:
        self.decay = decay
        self.max_assets = max_assets
        self.max_personas = max_personas
        self.counts: dict[str, dict[str, float]] = Part(max_keys=max_assets)

    def learn_one(self, asset: str, responders: Mapping[str, int]) -> None:
        """Count the responders of one prompt of an asset by persona; nobody is an answer, too."""
        counts = {persona: count * self.decay for persona, count in self.counts.get(asset, {}).items()}
        for persona, number in responders.items():
            counts[persona] = counts.get(persona, 0.0) + number
        most = sorted(counts, key=lambda persona: (-counts[persona], persona))[: self.max_personas]
        if most:
            self.counts[asset] = {persona: counts[persona] for persona in sorted(most)}
