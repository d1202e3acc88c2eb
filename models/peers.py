"""Peers: how silent a segment would be if it were like those beside it, or like itself at its best."""

from collections.abc import Mapping
from typing import NamedTuple

from river import base

from models.part import Part
from schemas.verdict import ReferenceSource

_DAY = 86_400.0


class Reference(NamedTuple):
    """The share of silent prompts to expect of a segment, who says so, and how many (decayed) prompts that rests on."""

    p_zero: float
    source: ReferenceSource
    prompts: float

    def tolerated(self, times: float) -> float:
        """Return the share that is no news: `times` the odds of the highest that the reference may really be.

        That is the share with three more silent prompts (the rule of three): of ten answered ones it is no proof that
        silence is rare, and no segment is just like its peers.

        >>> round(Reference(0.2, "other_personas", 1e6).tolerated(4.0), 2)
        0.5
        >>> round(Reference(0.2, "other_personas", 12.0).tolerated(4.0), 2)
        0.69
        """
        highest = (self.p_zero * self.prompts + 3.0) / (self.prompts + 3.0)
        return times * highest / (1.0 - highest + times * highest)


class Peers(base.Estimator):
    """Share of silent prompts to expect of a segment (persona x asset type), its own recent prompts left out.

    With s and n the decayed numbers of silent prompts and of prompts, under the asset type t, the persona p and over
    all, each less those of the segment pt itself:

        peers = max over k in {t, p} with n_k - n_pt >= minimum of (s_k - s_pt + weight * rate) / (n_k - n_pt + weight)
        rate  = (s - s_pt + prior) / (n - n_pt + 1)

    so silence is news only where the same ask to others and other asks to the same people are both answered. All
    counts lose half of their weight in `half_life` days of event time: a count is kept with its moment and decayed
    when it is read, all by the same factor, so that the difference is what would have been counted without the
    segment.

    The peers say nothing where everything is dead. So a segment also has a past, which never fades: the lowest share
    of silence that it has sustained, where a prompt counts `memory` of the next. So that the first prompts do not make
    it, `weight` silent ones are added. The reference is the lower of the two.

    Parameters
    ----------
    half_life
        Days of event time after which a prompt counts half; at 84, of a prompt a week about seventeen count.
    weight
        Prompts that the share over all other segments is worth; of the past, silent prompts that are added.
    minimum
        Prompts from which peers are asked, and a past is one.
    memory
        What a prompt of a segment's past is worth one prompt later; at 0.98 about the last fifty count.
    max_segments
        Bound on the segments, and on the personas; those without a prompt for longest are forgotten.
    prior
        Share of silent prompts before anything is known; worth one prompt.

    Attributes
    ----------
    counts
        "segment" | "type" | "persona" | "overall" -> {key: [silent, prompts, moment they are decayed to (s)]}.
    past
        Segment -> [silent, prompts, prompts without decay, lowest share (1: none yet), prompts it rests on].

    Examples
    --------
    Nobody in sales gives a thumbs up; service does, and sales answers questions:

    >>> peers = Peers()
    >>> for day in range(30):
    ...     peers.learn_one("sales", "thumbs_up", silent=True, time=day * 86_400.0)
    ...     peers.learn_one("service", "thumbs_up", silent=day % 5 == 0, time=day * 86_400.0)
    ...     peers.learn_one("sales", "question", silent=day % 10 == 0, time=day * 86_400.0)
    >>> reference = peers.reference("sales", "thumbs_up", 30 * 86_400.0)
    >>> round(reference.p_zero, 2), reference.source
    (0.19, 'other_personas')
    >>> peers.reference("service", "thumbs_up", 30 * 86_400.0).source  # its peers are dead, it has been better
    'past'
    >>> Peers().reference("sales", "thumbs_up", 0.0) is None
    True
    """

    def __init__(
        self,
        half_life: float = 84.0,
        weight: float = 3.0,
        minimum: float = 10.0,
        memory: float = 0.98,
        max_segments: int = 5_000,
        prior: float = 0.3,
    ) -> None:
        self.half_life = half_life
        self.weight = weight
        self.minimum = minimum
        self.memory = memory
        self.max_segments = max_segments
        self.prior = prior
        kinds = ("segment", "type", "persona", "overall")
        self.counts: dict[str, Part[list[float]]] = {kind: Part(max_keys=max_segments) for kind in kinds}
        self.past: Part[list[float]] = Part(max_keys=max_segments)

    def learn_one(self, persona: str, asset_type: str, silent: bool, time: float) -> None:
        """Count a prompt whose end is known at `time` (seconds since 1970; going back decays nothing)."""
        for kind, key in _keys(persona, asset_type).items():
            counted, prompts = self._decayed(kind, key, time)
            latest = max(time, self.counts[kind].get(key, (0.0, 0.0, time))[2])
            self.counts[kind][key] = [counted + silent, prompts + 1.0, latest]
        segment = _keys(persona, asset_type)["segment"]
        counted, prompts, number, *best = self.past.get(segment, (0.0, 0.0, 0.0, 1.0, 0.0))
        counted, prompts, number = counted * self.memory + silent, prompts * self.memory + 1.0, number + 1.0
        share = (counted + self.weight) / (prompts + self.weight)
        if number >= self.minimum and share < best[0]:
            best = [share, prompts]
        self.past[segment] = [counted, prompts, number, *best]

    def reference(self, persona: str, asset_type: str, time: float) -> Reference | None:
        """Return what is to be expected of a segment at `time` (seconds since 1970); None: too little is known."""
        known = [each for each in (self.by_peers(persona, asset_type, time), self.by_past(persona, asset_type)) if each]
        return min(known, key=lambda each: each.p_zero, default=None)

    def by_peers(self, persona: str, asset_type: str, time: float) -> Reference | None:
        """Return what the peers say; None: they have too few prompts."""
        keys = _keys(persona, asset_type)
        own = self._decayed("segment", keys["segment"], time)

        def others(kind: str) -> tuple[float, float]:
            counted, prompts = self._decayed(kind, keys[kind], time)
            return max(counted - own[0], 0.0), max(prompts - own[1], 0.0)

        counted, prompts = others("overall")
        rate = (counted + self.prior) / (prompts + 1.0)
        asked: list[Reference] = []
        sources: tuple[tuple[str, ReferenceSource], ...] = (("type", "other_personas"), ("persona", "other_types"))
        for kind, source in sources:
            counted, prompts = others(kind)
            if prompts >= self.minimum:
                share = (counted + self.weight * rate) / (prompts + self.weight)
                asked.append(Reference(share, source, prompts))
        return max(asked, key=lambda each: each.p_zero, default=None)

    def by_past(self, persona: str, asset_type: str) -> Reference | None:
        """Return the lowest share of silence that the segment has sustained; None: it is young, or never lived."""
        *_, lowest, prompts = self.past.get(_keys(persona, asset_type)["segment"], (1.0, 0.0))
        return Reference(lowest, "past", prompts) if lowest < 1.0 else None

    def prompts(self, persona: str, asset_type: str) -> int:
        """Return how many prompts of a segment there have been, without decay."""
        return int(self.past.get(_keys(persona, asset_type)["segment"], (0.0, 0.0, 0.0))[2])

    def state(self) -> dict[str, dict[str, list[float]]]:
        """Return all that was counted, ready for JSON; `restore` goes on with it."""
        for part in (*self.counts.values(), self.past):
            part.take_changes()  # nobody reads them here, and they would pile up
        return {kind: dict(part) for kind, part in {**self.counts, "past": self.past}.items()}

    def restore(self, state: Mapping[str, Mapping[str, list[float]]]) -> None:
        """Go on with what another one counted; nothing must have been counted yet."""
        for kind, part in {**self.counts, "past": self.past}.items():
            part.update(state[kind])

    def _decayed(self, kind: str, key: str, time: float) -> tuple[float, float]:
        """Return (silent, prompts) as they count at `time`."""
        counted, prompts, latest = self.counts[kind].get(key, (0.0, 0.0, time))
        factor = 0.5 ** (max(time - latest, 0.0) / _DAY / self.half_life)
        return counted * factor, prompts * factor


def _keys(persona: str, asset_type: str) -> dict[str, str]:
    return {"segment": f"{persona}/{asset_type}", "type": str(asset_type), "persona": persona, "overall": ""}
