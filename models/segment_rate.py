"""Rates of silence: the share of silent prompts so far, by author, channel, segment ..."""

from collections.abc import Iterable, Mapping

from river import base

from models.part import Part

OVERALL = "overall"


class SegmentRate(base.Estimator):
    """Decayed share of silent prompts by key, shrunk towards the share over all prompts.

    With s_k and n_k the decayed numbers of silent prompts and of prompts under key k:

        rate_k = (s_k + weight * rate) / (n_k + weight),    rate = (s + prior) / (n + 1)

    the posterior mean of a Beta prior at the overall rate. Every new prompt under a key first takes `1 - decay` off
    what was counted there, so about the last 1 / (1 - decay) prompts count.

    Parameters
    ----------
    max_keys
        Kind -> bound on its keys. Kinds that are not named here are not kept.
    weight
        Prompts that the overall rate is worth; by kind where a kind is named in `weights`.
    weights
        Kind -> weight.
    decay, overall_decay
        What a count is worth one prompt later.
    prior
        Share of silent prompts before anything is known.

    Attributes
    ----------
    counts
        What judging needs: kind (and `overall`) -> {key: [silent, prompts]}.

    Examples
    --------
    >>> rates = SegmentRate({"author": 1000})
    >>> rates.rate("author", "m_1")
    0.3
    >>> for _ in range(10):
    ...     rates.learn_one({"author": "m_1"}, silent=True)
    ...     rates.learn_one({"author": "m_2"}, silent=False)
    >>> round(rates.rate("author", "m_1"), 2), round(rates.rate("author", "m_2"), 2)
    (0.88, 0.11)
    """

    def __init__(
        self,
        max_keys: Mapping[str, int],
        weight: float = 3.0,
        weights: Mapping[str, float] | None = None,
        decay: float = 0.998,
        overall_decay: float = 0.9995,
        prior: float = 0.3,
    ) -> None:
        self.max_keys = max_keys
        self.weight = weight
        self.weights = weights
        self.decay = decay
        self.overall_decay = overall_decay
        self.prior = prior
        self.counts: dict[str, dict[str, list[float]]] = {kind: Part(max_keys=most) for kind, most in max_keys.items()}
        self.counts[OVERALL] = Part()

    def overall(self) -> float:
        """Return the share of silent prompts over everything."""
        silent, prompts = self.counts[OVERALL].get(OVERALL, (0.0, 0.0))
        return (silent + self.prior) / (prompts + 1.0)

    def count(self, kind: str, key: str) -> float:
        """Return the decayed number of prompts that a rate rests on."""
        counts = self.counts.get(kind, {}).get(key)
        return counts[1] if counts else 0.0

    def rate(self, kind: str, key: str) -> float:
        """Return the smoothed share of silent prompts under a key."""
        return self.rates({kind: key}, (kind,))[0]

    def rates(self, keys: Mapping[str, str], kinds: Iterable[str]) -> list[float]:
        """Return the `rate` of several kinds, each under its key."""
        overall, found = self.overall(), []
        for kind in kinds:
            counts = self.counts[kind].get(keys[kind]) if kind in self.counts else None
            if counts is None:
                found.append(overall)
            else:
                weight = self.weights.get(kind, self.weight) if self.weights else self.weight
                found.append((counts[0] + weight * overall) / (counts[1] + weight))
        return found

    def learn_one(self, keys: Mapping[str, str], silent: bool) -> None:
        """Count a prompt whose label is known under its keys (kind -> key)."""
        self._count(OVERALL, OVERALL, silent, self.overall_decay)
        for kind, key in keys.items():
            if kind in self.counts and kind != OVERALL:
                self._count(kind, key, silent, self.decay)

    def _count(self, kind: str, key: str, silent: bool, decay: float) -> None:
        counted, prompts = self.counts[kind].get(key, (0.0, 0.0))
        self.counts[kind][key] = [counted * decay + silent, prompts * decay + 1.0]
