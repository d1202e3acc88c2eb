"""Evidence that adds up over the prompts of an asset."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from agents.effects import Send
from agents.watch.cap import Cap
from agents.watch.told import is_silence, p_zero_before, told
from models.e_detector import EDetector
from schemas.outcome import Outcome
from schemas.verdict import VerdictKind


class Watched(BaseModel):
    """What is known of one asset in one workspace.

    Attributes
    ----------
    expected_silence
        p_zero at the horizon of the first prompt of the run of silent ones: what was expected before it began. The
        models learn from the run that the asset is not answered; the evidence must not follow them.
    channels
        Where the run stands, the first two of them: one that stands in several channels is not dead for its channel.
    """

    evidence: float = 0.0
    expected_silence: float = 1.0
    prompts: int = 0
    flagged: bool = False
    version: int = 0
    channels: list[str] = Field(default_factory=list)


class Assets:
    """One e-detector an asset; it flags when a run of silent prompts is too unlikely, and revives on a response.

    Parameters
    ----------
    alpha
        One false alarm in at least 1/alpha prompts of an asset.
    cap
        What keeps a flag waiting; left out: nothing does.
    max_assets
        Bound of all state; an asset without an outcome for longest is forgotten.
    """

    def __init__(self, alpha: float, cap: Cap | None = None, max_assets: int = 100_000) -> None:
        self.alpha, self.cap, self.max_assets = alpha, cap or Cap(None), max_assets
        self.watched: dict[str, Watched] = {}

    def see(self, outcome: Outcome) -> Iterator[Send]:
        """Take in an outcome of a prompt that names its asset."""
        asset = outcome.prompt.placed_asset
        watched, key = self._watch(asset), f"asset:{asset}"
        self.cap.see(key, outcome.told_at)
        if outcome.stage == "first_response":
            watched.evidence, watched.expected_silence = 0.0, 1.0
            if watched.flagged:
                yield self._verdict(watched, outcome, "revived", outcome.told_at)
            self.cap.ends(key)
            watched.flagged, watched.prompts, watched.channels = False, 0, []
        elif is_silence(outcome):
            if not watched.prompts:
                watched.expected_silence = outcome.expectation.p_zero_horizon
            detector = EDetector(alpha=self.alpha, evidence=watched.evidence)
            detector.learn_one(silent=True, p_zero=p_zero_before(outcome, watched.expected_silence))
            watched.evidence = detector.evidence
            watched.prompts += 1
            if outcome.prompt.channel not in watched.channels and len(watched.channels) < 2:
                watched.channels.append(outcome.prompt.channel)
            if (
                detector.flagged
                and watched.prompts > 1  # a single prompt has a verdict of its own
                and self.cap.passes(key, watched.evidence, outcome, told=watched.flagged)
            ):
                yield self.tell(outcome, outcome.told_at)

    def _watch(self, asset: str) -> Watched:
        watched = self.watched.pop(asset, None) or Watched()
        self.watched[asset] = watched  # to the end of the order
        if len(self.watched) > self.max_assets:
            forgotten = next(iter(self.watched))
            del self.watched[forgotten]
            self.cap.ends(f"asset:{forgotten}")
        return watched

    def tell(self, outcome: Outcome, time: float) -> Send:
        """Tell that the asset of an outcome, its latest silent one, is silent."""
        watched = self.watched[outcome.prompt.placed_asset]
        watched.flagged = True
        return self._verdict(watched, outcome, "silent", time)

    def _verdict(self, watched: Watched, outcome: Outcome, verdict: VerdictKind, time: float) -> Send:
        watched.version += 1
        subject, version = outcome.prompt.placed_asset, watched.version
        evidence, prompts = watched.evidence, watched.prompts
        return told(
            outcome,
            verdict,
            "asset",
            subject,
            time=time,
            version=version,
            e_value=evidence,
            prompts=prompts,
            channels=len(watched.channels),
        )

    def state(self) -> dict[str, Any]:
        """Return the detectors, ready for JSON."""
        return {asset: watched.model_dump() for asset, watched in self.watched.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the detectors."""
        self.watched = {asset: Watched.model_validate(watched) for asset, watched in state.items()}
