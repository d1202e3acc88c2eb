"""The agents that judge and learn, in memory: one partition of everything, without broker and store."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from agents.diagnose import Levels, diagnose
from agents.effects import Effect, Record, Send, WaitFor
from agents.learn import EXPLAINED, Learn
from agents.profile import Profile
from agents.track import Track, TrackRules
from agents.watch import Watch
from pipeline.checklist import new_checklist
from pipeline.settings import Settings
from pipeline.wiring import new_expectations, new_knowledge
from schemas.anomaly import Anomaly
from schemas.event import Event, Watermark
from schemas.outcome import Outcome
from schemas.source_health import SourceHealth
from schemas.topic import Topic
from schemas.verdict import VERDICT, Verdict

FOREVER = 1e12
"""A time that nothing in memory reaches."""


class Evidence(NamedTuple):
    """How a `watch` weighs several prompts: alpha of its e-detectors, and rate of the cap (None: there is none)."""

    alpha: float
    fdr: float | None = None


class InMemoryPipeline:
    """Lets events happen to the agents of a worker: `profile`, `track`, `learn`, `watch`, and `diagnose` if asked to.

    Several `track`s judge side by side, one an alpha; the first one's observations are learned from, and what is
    learned does not depend on alpha.

    Parameters
    ----------
    settings
        Of the installation.
    rules
        What is a prompt.
    alphas
        Of judging.
    outcome
        Called with the number of the alpha and every outcome.
    observation
        Called with every observation of the first alpha, as it travels.
    evidence
        Of the e-detectors over prompts: one `watch` each, which sees the outcomes of the first alpha.
    verdict
        Called with the number of the evidence and every verdict of its `watch`.
    anomaly
        Called with every anomaly: the verdicts of the first alpha and of the first evidence, diagnosed by the
        checklist in force. Nothing is diagnosed when left out.
    health
        Called with what is told of sources.
    """

    def __init__(
        self,
        settings: Settings,
        rules: TrackRules,
        alphas: Sequence[float],
        outcome: Callable[[int, Outcome], None],
        observation: Callable[[bytes], None] = lambda _: None,
        evidence: Sequence[Evidence] = (),
        verdict: Callable[[int, Verdict], None] = lambda *_: None,
        anomaly: Callable[[Anomaly], None] | None = None,
        health: Callable[[SourceHealth], None] = lambda _: None,
    ) -> None:
        self.knowledge = new_knowledge(settings)
        self._outcome, self._observation, self._verdict = outcome, observation, verdict
        self._profile = Profile(0, epoch_hours=rules.epoch_hours, lateness=rules.lateness)
        here = [rules.model_copy(update={"alpha": alpha, "partitions": 1}) for alpha in alphas]
        self._tracks = [Track(0, self.knowledge, of_alpha) for of_alpha in here]
        self._learn = Learn(self.knowledge, new_expectations(settings), partitions=1)
        stage, partition = EXPLAINED
        self._learn.promised(Watermark(time=FOREVER, stage=stage, partition=partition))
        self._watches = [Watch(partitions=1, epoch=rules.epoch, alpha=alpha, fdr=fdr) for alpha, fdr in evidence]
        self._anomaly, self._checklist, self._health = anomaly, new_checklist(settings), health
        self._levels, self._young_prompts = Levels(), settings.judge.young_prompts
        self._offset = self._observed = self._told = 0
        self._observations: list[Record] = []

    def happen(self, events: Iterable[Event]) -> None:
        """Let events of one epoch happen: first of all they teach who is active, then the prompts live on."""
        records = []
        for event in events:
            records.append(Record(Topic.EVENTS, 0, self._offset, b"", event.wire()))
            self._offset += 1
        if not records:
            return
        self._observe(self._profile(records))
        self._profile.take_changes()
        for number, track in enumerate(self._tracks):
            self._carry_out(track(records), number)
            track.take_changes()

    def _carry_out(self, effects: Iterable[Effect], number: int) -> None:
        """Do what the track of an alpha asks for."""
        outcomes: list[Record] = []
        for effect in effects:
            if isinstance(effect, WaitFor):
                self._wait_for(effect)
            elif effect.topic == Topic.VERDICTS and number == 0:
                self._diagnose(effect)
            elif effect.topic == Topic.OUTCOMES:
                value: Any = effect.value  # an outcome, or its compiled twin
                if value.kind == "outcome":
                    self._outcome(number, value)
                if number == 0 and self._watches:
                    outcomes.append(Record(Topic.OUTCOMES, 0, self._told, b"", value.wire()))
                    self._told += 1
            elif effect.topic == Topic.OBSERVATIONS and number == 0:
                self._observe([effect])
        if outcomes:
            self._watch(outcomes)

    def _watch(self, outcomes: Sequence[Record]) -> None:
        for number, watch in enumerate(self._watches):
            for effect in watch(outcomes):
                assert isinstance(effect, Send)
                verdict = VERDICT.validate_json(effect.value.wire())
                if isinstance(verdict, Verdict):
                    self._verdict(number, verdict)
                if number == 0:
                    self._diagnose(effect)
            watch.take_changes()

    def _diagnose(self, told: Send) -> None:
        if self._anomaly is None:
            return
        record = Record(Topic.VERDICTS, 0, 0, b"", told.value.wire())
        effects = diagnose(
            [record],
            known=self.knowledge,
            checklist=self._checklist,
            young_prompts=self._young_prompts,
            levels=self._levels,
        )
        for effect in effects:
            if isinstance(effect, WaitFor):
                self._wait_for(effect)
            elif isinstance(effect.value, Anomaly):
                self._anomaly(effect.value)

    def _wait_for(self, effect: WaitFor) -> None:
        self._teach()
        assert self.knowledge.ready(effect.as_of), "one partition waits for nobody but itself"

    def _observe(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            assert isinstance(effect, Send)
            raw = effect.value.wire()
            self._observation(raw)
            self._observations.append(Record(Topic.OBSERVATIONS, 0, self._observed, b"", raw))
            self._observed += 1

    def _teach(self) -> None:
        """Let everything be learned from that has been seen, and let the others know."""
        records, self._observations = self._observations, []
        for effect in self._learn(records):
            assert isinstance(effect, Send)
            self.knowledge.apply(Topic.EXPECTATIONS, effect.value.wire())
            if isinstance(effect.value, SourceHealth):
                self._health(effect.value)
