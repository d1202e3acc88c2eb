"""Chronic silence: a segment that nobody ever answers, although that is unusual beside it or once was in it."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from agents.effects import Send
from agents.watch.cap import Cap
from agents.watch.told import told
from models.e_detector import EDetector
from models.part import forget_others
from models.peers import Peers, Reference
from schemas.outcome import Outcome
from schemas.verdict import VerdictKind


class WatchedSegment(BaseModel):
    """What is known of one segment.

    Attributes
    ----------
    subject
        Under which name it was told, where that is not its own: before segments were those of a workspace.
    reference
        What was to be expected of the latest prompt of the run.
    """

    evidence: float = 0.0
    run: int = 0
    flagged: bool = False
    version: int = 0
    answered_at: float = 0.0
    subject: str = ""
    reference: Reference | None = None


class Segments:
    """The segments of one workspace, judged by peers and their own best past instead of by what they have become.

    Models learn that nobody answers and expect nothing more; this reference does not, so chronic silence stays news.
    It is told once, and again only after somebody came.

    A prompt counts once: silent or answered at its horizon, since the reference is a share of prompts silent at the
    horizon. One that was withdrawn, not observed until then, or meant for people who were not there does not count. A
    response ends a run at once, and what was posted before the prompt that got it belongs to no run any more.

    Parameters
    ----------
    alpha
        One false report in at least 1/alpha prompts of a segment that is as silent as `tolerance` allows.
    tolerance
        Segments differ: the odds of silence may be so many times those of the reference, which is uncertain itself
        (`Reference.tolerated`). Where peers are silent at 20 %, about a dozen silent prompts in a row are news.
    minimum
        Least number of silent prompts in a row.
    young
        Prompts of a segment below which it is too early to tell.
    max_segments
        Bound of all state; a segment without a prompt for longest is forgotten.
    cap
        What keeps a flag waiting; left out: nothing does.
    """

    def __init__(
        self,
        alpha: float = 0.001,
        tolerance: float = 4.0,
        minimum: int = 5,
        young: int = 10,
        max_segments: int = 5_000,
        cap: Cap | None = None,
    ) -> None:
        self.cap = cap or Cap(None)
        self.alpha, self.tolerance, self.minimum, self.young = alpha, tolerance, minimum, young
        self.max_segments = max_segments
        self.peers = Peers(max_segments=max_segments)
        self.watched: dict[str, WatchedSegment] = {}

    def see(self, outcome: Outcome) -> Iterator[Send]:
        """Take in an outcome."""
        self.cap.see(_key(outcome), outcome.told_at)
        if outcome.stage == "first_response":
            yield from self._answered(outcome)
        elif outcome.stage == "closed" and outcome.observed and outcome.status not in ("censored", "withdrawn"):
            silent = outcome.responders == 0
            if silent and outcome.unattended:
                return
            persona, asset_type = outcome.prompt.persona, outcome.prompt.asset_type
            reference = self.peers.reference(persona, asset_type, outcome.told_at)
            self.peers.learn_one(persona, asset_type, silent, outcome.told_at)
            if silent:
                yield from self._silent(outcome, reference)
        if len(self.watched) > self.max_segments:
            forget_others(self.watched, self.peers.past)

    def _answered(self, outcome: Outcome) -> Iterator[Send]:
        watched = self.watched.setdefault(outcome.prompt.segment, WatchedSegment())
        if watched.flagged:
            yield self._verdict(watched, outcome, "revived", outcome.told_at)
            watched.subject = ""
        self.cap.ends(_key(outcome))
        watched.evidence, watched.run, watched.flagged = 0.0, 0, False
        watched.answered_at = max(watched.answered_at, outcome.prompt.posted_at)

    def _silent(self, outcome: Outcome, reference: Reference | None) -> Iterator[Send]:
        watched = self.watched.setdefault(outcome.prompt.segment, WatchedSegment())
        if outcome.prompt.posted_at <= watched.answered_at:
            return
        watched.run += 1
        if reference is None:
            return
        detector = EDetector(alpha=self.alpha, evidence=watched.evidence)
        detector.learn_one(silent=True, p_zero=reference.tolerated(self.tolerance))
        watched.evidence, watched.reference = detector.evidence, reference
        old = self.peers.prompts(outcome.prompt.persona, outcome.prompt.asset_type) >= self.young
        if not detector.flagged or not old or watched.run < self.minimum:
            return
        passes = self.cap.passes(_key(outcome), watched.evidence, outcome, told=watched.flagged)
        if passes and not watched.flagged:
            yield self.tell(outcome, outcome.told_at)

    def tell(self, outcome: Outcome, time: float) -> Send:
        """Tell that the segment of an outcome, its latest silent one, is never answered."""
        watched = self.watched[outcome.prompt.segment]
        watched.flagged = True
        return self._verdict(watched, outcome, "chronic", time)

    def _verdict(self, watched: WatchedSegment, outcome: Outcome, verdict: VerdictKind, time: float) -> Send:
        watched.version += 1
        reference = watched.reference if verdict == "chronic" else None
        return told(
            outcome,
            verdict,
            "segment",
            watched.subject or f"{outcome.prompt.place}/{outcome.prompt.segment}",
            time=time,
            version=watched.version,
            e_value=watched.evidence if verdict == "chronic" else 0.0,
            prompts=watched.run,
            reference=reference and reference.p_zero,
            reference_by=reference and reference.source,
        )

    def weighed(self) -> Iterator[tuple[str, float]]:
        """Yield segment and evidence where it was told, else 0, as the cap counts it."""
        for segment, watched in self.watched.items():
            yield segment, watched.evidence if watched.flagged else 0.0

    def state(self) -> dict[str, Any]:
        """Return the detectors and what they rest on, ready for JSON."""
        watched = {segment: each.model_dump() for segment, each in self.watched.items()}
        return {"watched": watched, "peers": self.peers.state()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore them."""
        self.watched = {segment: WatchedSegment.model_validate(each) for segment, each in state["watched"].items()}
        self.peers.restore(state["peers"])


def _key(outcome: Outcome) -> str:
    return f"segment:{outcome.prompt.place}/{outcome.prompt.segment}"
