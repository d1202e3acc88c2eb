"""The agent `watch`: evidence that adds up over the prompts of an asset."""

import json
from collections.abc import Iterable, Iterator

from pydantic import BaseModel

from agents.effects import Effect, Send
from agents.sequenced import Sequenced
from models.e_detector import EDetector
from schemas.event import Watermark
from schemas.outcome import OUTCOME, Outcome
from schemas.topic import Topic
from schemas.verdict import Verdict, VerdictKind


class Watched(BaseModel):
    """What is known of one asset.

    Attributes
    ----------
    expected_silence
        p_zero at the horizon of the first prompt of the run of silent ones: what was expected before it began. The
        models learn from the run that the asset is not answered; the evidence must not follow them.
    """

    evidence: float = 0.0
    expected_silence: float = 1.0
    prompts: int = 0
    flagged: bool = False
    version: int = 0


class Watch(Sequenced[Outcome]):
    """One e-detector an asset; it flags when a run of silent prompts is too unlikely, and revives on a response.

    Parameters
    ----------
    partitions
        Number of partitions of `events`.
    epoch
        Length of an epoch in seconds.
    alpha
        One false alarm in at least 1/alpha prompts of an asset.
    """

    def __init__(self, *, partitions: int, epoch: float, alpha: float, snapshot_every: int = 20_000) -> None:
        sources = frozenset(("track", p) for p in range(partitions))
        super().__init__(OUTCOME, "watch", sources, epoch, snapshot_every)
        self.alpha = alpha
        self.assets: dict[str, Watched] = {}

    def identity(self, record: Outcome) -> tuple[str, float]:
        """Return (id, place in the order of epochs)."""
        return f"{record.prompt.prompt_id}#{record.version:06}", record.told_at

    def take(self, end: float, records: Iterable[Outcome]) -> Iterator[Effect]:  # noqa: ARG002 - epochs are all alike here
        """Let the detectors see what became known in an epoch."""
        for record in records:
            if record.prompt.asset_id:
                yield from self._see(record)

    def passed(self, until: float) -> Iterator[Effect]:
        """Pass time on to those who read the verdicts."""
        yield Send(Topic.VERDICTS, key="watermark:watch", value=Watermark(time=until, stage="watch"))

    def _see(self, outcome: Outcome) -> Iterator[Effect]:
        watched = self.assets.setdefault(outcome.prompt.asset_id, Watched())
        if outcome.stage == "first_response":
            watched.evidence, watched.expected_silence = 0.0, 1.0
            if watched.flagged:
                yield self._verdict(watched, outcome, "revived")
            watched.flagged, watched.prompts = False, 0
        elif outcome.stage == "deadline" or outcome.status == "expired":  # each silent prompt is one of the two, once
            expectation = outcome.expectation
            at_deadline = outcome.stage == "deadline"
            if not at_deadline and (expectation.deadline or 0.0) >= outcome.time:
                return  # it was postponed to the horizon: nobody was there, so its silence is no evidence
            if not watched.prompts:
                watched.expected_silence = expectation.p_zero_horizon
            p_zero = expectation.p_zero
            if not at_deadline:
                p_zero = min(expectation.p_zero_horizon, watched.expected_silence)
            detector = EDetector(alpha=self.alpha, evidence=watched.evidence)
            detector.learn_one(silent=True, p_zero=p_zero)
            watched.evidence = detector.evidence
            watched.prompts += 1
            if detector.flagged and watched.prompts > 1:  # a single prompt has a verdict of its own
                watched.flagged = True
                yield self._verdict(watched, outcome, "silent")

    def _verdict(self, watched: Watched, outcome: Outcome, verdict: VerdictKind) -> Send:
        watched.version += 1
        value = Verdict(
            verdict=verdict,
            level="asset",
            subject=outcome.prompt.asset_id,
            time=outcome.told_at,
            told_at=outcome.told_at,
            version=watched.version,
            prompt=outcome.prompt,
            expectation=outcome.expectation,
            responders=outcome.responders,
            responders_by_persona=outcome.responders_by_persona,
            e_value=watched.evidence,
            prompts=max(watched.prompts, 1),
        )
        return Send(Topic.VERDICTS, key=outcome.prompt.asset_id, value=value)

    def dump(self) -> bytes:
        """Return the detectors."""
        return json.dumps({asset: watched.model_dump() for asset, watched in self.assets.items()}).encode()

    def restore(self, state: bytes) -> None:
        """Restore the detectors."""
        self.assets = {asset: Watched.model_validate(watched) for asset, watched in json.loads(state).items()}
