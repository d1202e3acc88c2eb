"""Evidence that adds up over the prompts of an asset."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from agents.effects import Send
from agents.watch.told import is_silence, p_zero_before, told
from models.e_detector import EDetector
from schemas.outcome import Outcome
from schemas.verdict import VerdictKind


class Watched(BaseModel):
    """What is known of one asset.

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
    """

    def __init__(self, alpha: float) -> None:
        self.alpha = alpha
        self.watched: dict[str, Watched] = {}

    def see(self, outcome: Outcome) -> Iterator[Send]:
        """Take in an outcome of a prompt that names its asset."""
        watched = self.watched.setdefault(outcome.prompt.asset_id, Watched())
        if outcome.stage == "first_response":
            watched.evidence, watched.expected_silence = 0.0, 1.0
            if watched.flagged:
                yield self._verdict(watched, outcome, "revived")
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
            if detector.flagged and watched.prompts > 1:  # a single prompt has a verdict of its own
                watched.flagged = True
                yield self._verdict(watched, outcome, "silent")

    def _verdict(self, watched: Watched, outcome: Outcome, verdict: VerdictKind) -> Send:
        watched.version += 1
        subject, version = outcome.prompt.asset_id, watched.version
        evidence, prompts = watched.evidence, watched.prompts
        return told(
            outcome,
            verdict,
            "asset",
            subject,
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
