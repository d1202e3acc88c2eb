"""Evidence that adds up over all prompts of a channel, whatever they ask for."""

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, Field

from agents.effects import Send
from agents.watch.cap import Cap
from agents.watch.told import is_silence, p_zero_before, told
from models.e_detector import EDetector
from schemas.outcome import Outcome
from schemas.verdict import VerdictKind

_ASSETS = 32
"""So many assets of a run are left out in turn; a later one cannot be all there is."""

_SEGMENTS = 64


class WatchedChannel(BaseModel):
    """What is known of one channel.

    Attributes
    ----------
    evidence
        Of the run of silent prompts.
    beyond
        Asset (or prompt without one) of the run -> evidence of the run without its prompts.
    expected_silence
        Segment -> p_zero at the horizon of its first prompt of the run; see `agents.watch.assets`.
    answered_at
        When the latest prompt was posted that somebody answered: what stood before it belongs to no run any more.
    """

    evidence: float = 0.0
    beyond: dict[str, float] = Field(default_factory=dict)
    expected_silence: dict[str, float] = Field(default_factory=dict)
    prompts: int = 0
    flagged: bool = False
    version: int = 0
    answered_at: float = 0.0

    @property
    def beyond_one(self) -> float:
        """Return the evidence that stands whichever asset is left out; 0 while there is one alone."""
        return min(self.beyond.values(), default=0.0)


class Channels:
    """E-detectors of a channel: it flags when a run of silent prompts is too unlikely, whichever asset is left out.

    Let S be the Shiryaev-Roberts statistic over the prompts of the channel (`models.e_detector`), and S(-a) the same
    over those that are not of asset a. A channel is called silent when

        min over the assets a of the run of S(-a) >= 1 / alpha

    so one dead asset in a healthy channel does not do, however often it is posted: S(-a) is what all others weigh, and
    its mean time between false alarms is at least 1 / alpha prompts. A response to any prompt ends the run.

    Parameters
    ----------
    alpha
        One false alarm in at least 1/alpha prompts of a channel.
    minimum
        Least number of silent prompts in a row.
    max_channels
        Bound of all state; a channel without a prompt for longest is forgotten.
    cap
        What keeps a flag waiting; left out: nothing does.
    """

    def __init__(self, alpha: float, minimum: int = 3, max_channels: int = 20_000, cap: Cap | None = None) -> None:
        self.cap = cap or Cap(None)
        self.alpha, self.minimum, self.max_channels = alpha, minimum, max_channels
        self.watched: dict[str, WatchedChannel] = {}

    def see(self, outcome: Outcome) -> Iterator[Send]:
        """Take in an outcome."""
        self.cap.see(f"channel:{outcome.prompt.channel}", outcome.told_at)
        if outcome.stage == "first_response":
            yield from self._answered(outcome)
        elif is_silence(outcome):
            yield from self._silent(outcome)

    def _watch(self, channel: str) -> WatchedChannel:
        watched = self.watched.pop(channel, None) or WatchedChannel()
        self.watched[channel] = watched  # to the end of the order
        if len(self.watched) > self.max_channels:
            forgotten = next(iter(self.watched))
            del self.watched[forgotten]
            self.cap.ends(f"channel:{forgotten}")
        return watched

    def _answered(self, outcome: Outcome) -> Iterator[Send]:
        watched = self._watch(outcome.prompt.channel)
        if watched.flagged:
            yield self._verdict(watched, outcome, "revived", outcome.told_at)
        self.cap.ends(f"channel:{outcome.prompt.channel}")
        answered_at = max(watched.answered_at, outcome.prompt.posted_at)
        self.watched[outcome.prompt.channel] = WatchedChannel(version=watched.version, answered_at=answered_at)

    def _silent(self, outcome: Outcome) -> Iterator[Send]:
        prompt, horizon = outcome.prompt, outcome.expectation.p_zero_horizon
        watched = self._watch(prompt.channel)
        if prompt.posted_at <= watched.answered_at:
            return
        if len(watched.expected_silence) < _SEGMENTS:
            watched.expected_silence.setdefault(prompt.segment, horizon)
        p_zero = p_zero_before(outcome, watched.expected_silence.get(prompt.segment, horizon))
        if len(watched.beyond) < _ASSETS:
            watched.beyond.setdefault(prompt.asset, watched.evidence)
        for asset, evidence in watched.beyond.items():
            if asset != prompt.asset:
                watched.beyond[asset] = self._step(evidence, p_zero)
        watched.evidence = self._step(watched.evidence, p_zero)
        watched.prompts += 1
        if (
            watched.prompts >= self.minimum
            and watched.beyond_one >= 1.0 / self.alpha
            and self.cap.passes(f"channel:{prompt.channel}", watched.beyond_one, outcome, told=watched.flagged)
        ):
            yield self.tell(outcome, outcome.told_at)

    def tell(self, outcome: Outcome, time: float) -> Send:
        """Tell that the channel of an outcome, its latest silent one, is silent."""
        watched = self.watched[outcome.prompt.channel]
        watched.flagged = True
        return self._verdict(watched, outcome, "silent", time)

    def _step(self, evidence: float, p_zero: float) -> float:
        detector = EDetector(alpha=self.alpha, evidence=evidence)
        detector.learn_one(silent=True, p_zero=p_zero)
        return detector.evidence

    def _verdict(self, watched: WatchedChannel, outcome: Outcome, verdict: VerdictKind, time: float) -> Send:
        watched.version += 1
        return told(
            outcome,
            verdict,
            "channel",
            outcome.prompt.channel,
            time=time,
            version=watched.version,
            e_value=watched.beyond_one if verdict == "silent" else 0.0,
            prompts=watched.prompts,
            assets=len(watched.beyond),
        )

    def weighed(self) -> Iterator[tuple[str, float]]:
        """Yield key and evidence where it was told, else 0, as the cap counts it."""
        for channel, watched in self.watched.items():
            yield f"channel:{channel}", watched.beyond_one if watched.flagged else 0.0

    def state(self) -> dict[str, Any]:
        """Return the detectors, ready for JSON."""
        return {channel: watched.model_dump() for channel, watched in self.watched.items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Restore the detectors."""
        self.watched = {channel: WatchedChannel.model_validate(watched) for channel, watched in state.items()}
