"""Hidden personas: who comes to an asset more than they come to anything else, though it is another one's."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from agents.effects import Send
from agents.watch.told import told
from models.e_bh import e_bh
from models.excess import Excess
from schemas.outcome import Outcome
from schemas.verdict import HiddenPersona


class Candidate(BaseModel):
    """What a persona showed at the prompts of one asset."""

    evidence: float = 1.0
    prompts: int = 0
    answered: int = 0
    came: int = 0
    most: int = 0
    expected: float = 0.0
    reached: int = 0
    found: bool = False
    version: int = 0


class Personas:
    """One e-process (`models.excess`) a persona and asset, for personas that the prompts were not for.

    What is usual of persona p at a prompt of asset a and type t is measured before it, without a, by what the persona
    does otherwise: responders per reached member, pooled from everything over the persona, and from everything over the
    type to p at t; the higher of the two. A prompt counts when its horizon has passed.

    What is told is bounded by e-BH over all candidates of all workspaces at the end of each epoch: of the personas that
    pass it then, in the mean at most the share `rate` comes no more than `tolerance` (see `Excess`) times as much as
    usual. What was told stays, so over many epochs that is no strict bound on all that was ever told.

    Parameters
    ----------
    rate
        False discovery rate.
    smallest_group
        Fewer reached members of a persona are nobody's business.
    max_candidates, max_rates
        Bounds of all state; what was written longest ago is forgotten.
    """

    def __init__(
        self, rate: float = 0.1, smallest_group: int = 5, max_candidates: int = 20_000, max_rates: int = 50_000
    ) -> None:
        self.rate, self.smallest_group = rate, smallest_group
        self.max_candidates, self.max_rates = max_candidates, max_rates
        self.candidates: dict[str, Candidate] = {}
        self.counts: dict[str, list[float]] = {}
        self._touched: dict[str, tuple[Outcome, str]] = {}

    def see(self, outcome: Outcome) -> None:
        """Take in an outcome; what it shows is told at the end of the epoch."""
        if outcome.stage != "closed" or not outcome.observed or outcome.status in ("censored", "withdrawn"):
            return
        prompt = outcome.prompt
        for persona, reach in prompt.reach.items():
            if reach < self.smallest_group:
                continue
            came = min(outcome.responders_by_persona.get(persona, 0), reach)
            if prompt.asset_id and persona != prompt.persona:
                self._candidate(outcome, persona, came, reach)
            self._count(outcome, persona, came, reach)

    def _candidate(self, outcome: Outcome, persona: str, came: int, reach: int) -> None:
        prompt = outcome.prompt
        key = f"{prompt.placed_asset}/{persona}"
        expected = reach * self.usual(prompt.place, prompt.asset_id, persona, prompt.asset_type)
        candidate = self.candidates.pop(key, None) or Candidate()
        self.candidates[key] = candidate
        if len(self.candidates) > self.max_candidates:
            del self.candidates[next(iter(self.candidates))]
        excess = Excess(evidence=candidate.evidence)
        excess.learn_one(came, expected)
        candidate.evidence = excess.evidence
        candidate.prompts += 1
        candidate.answered += came > 0
        candidate.came += came
        candidate.most = max(candidate.most, came)
        candidate.expected += expected
        candidate.reached = reach
        if came:
            self._touched[key] = outcome, persona

    def _count(self, outcome: Outcome, persona: str, came: int, reach: int) -> None:
        prompt = outcome.prompt
        for key in _keys(prompt.place, persona, prompt.asset_type):
            for name in (key, f"{key}|{prompt.asset_id}") if prompt.asset_id else (key,):
                responders, reached = self.counts.pop(name, (0.0, 0.0))
                self.counts[name] = [responders + came, reached + reach]
        while len(self.counts) > self.max_rates:
            del self.counts[next(iter(self.counts))]

    def usual(self, place: str, asset_id: str, persona: str, asset_type: str) -> float:
        """Return responders per reached member to expect of a persona, by all but one asset."""
        everything, of_type, of_persona, of_both = _keys(place, persona, asset_type)

        def pooled(mean: float, *keys: str) -> float:
            for key in keys:
                responders, reached = self.counts.get(key, (0.0, 0.0))
                own = self.counts.get(f"{key}|{asset_id}", (0.0, 0.0))
                mean = (_SHAPE + max(responders - own[0], 0.0)) / (_SHAPE / mean + max(reached - own[1], 0.0))
            return mean

        return max(pooled(_PRIOR, everything, of_persona), pooled(_PRIOR, everything, of_type, of_both))

    def tell(self) -> Iterator[Send]:
        """Tell what the epoch that ends has shown."""
        touched, self._touched = self._touched, {}
        if not any(key in self.candidates and self.candidates[key].evidence >= 1.0 / self.rate for key in touched):
            return
        threshold = e_bh([candidate.evidence for candidate in self.candidates.values()], self.rate)
        for key, (outcome, persona) in touched.items():
            candidate = self.candidates.get(key)
            if candidate is None or candidate.answered < 2 or candidate.most < 2:  # one prompt, or one person
                continue
            candidate.found = candidate.found or candidate.evidence >= threshold
            if candidate.found:
                candidate.version += 1
                yield _verdict(candidate, outcome, persona, key)

    def state(self) -> dict[str, Any]:
        """Return it, ready for JSON; snapshots are made between epochs."""
        candidates = {key: candidate.model_dump() for key, candidate in self.candidates.items()}
        return {"candidates": candidates, "counts": self.counts}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore it."""
        self.candidates = {key: Candidate.model_validate(each) for key, each in state["candidates"].items()}
        self.counts = {key: list(each) for key, each in state["counts"].items()}


_SHAPE, _PRIOR = 2.0, 0.05
"""Pseudo-responders that the level above is worth, and responders per reached member before anything is known."""


def _keys(place: str, persona: str, asset_type: str) -> tuple[str, str, str, str]:
    return (
        f"{place}",
        f"{place}|type|{asset_type}",
        f"{place}|persona|{persona}",
        f"{place}|both|{persona}/{asset_type}",
    )


def _verdict(candidate: Candidate, outcome: Outcome, persona: str, subject: str) -> Send:
    return told(
        outcome,
        "hidden_persona",
        "persona",
        subject,
        version=candidate.version,
        e_value=candidate.evidence,
        prompts=candidate.prompts,
        hidden=HiddenPersona(
            persona=persona,
            came=candidate.came,
            expected=candidate.expected,
            answered=candidate.answered,
            reached=candidate.reached,
        ),
    )
