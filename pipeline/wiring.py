"""Which agent reads what: the whole of the wiring of a worker."""

import time
from collections.abc import Iterator, Mapping, Sequence

from agents.body import Position
from agents.diagnose import Diagnose
from agents.effects import Effect, Record
from agents.heed import Heed
from agents.knowledge import Knowledge
from agents.learn import Learn
from agents.normalise import SlackTranslator, Translator, normalise
from agents.profile import Profile
from agents.track import Track, TrackRules
from agents.watch import Watch
from models.expectations import Expectations
from pipeline.checklist import new_checklist
from pipeline.pseudonyms import pseudonym_key
from pipeline.settings import Settings
from pipeline.transport.lane import AgentSpec
from schemas.response import ResponseRules
from schemas.topic import Topic


class Normalise(Position):
    """The agent `normalise`: each webhook goes on once.

    Events that stood twice in the topic would not all be harmless: what came too early the first time may be counted
    the second time, and activity is counted as often as it is seen.
    """

    def __init__(self, translators: Mapping[str, Translator], erased: set[str]) -> None:
        super().__init__()
        self._translators, self._erased = translators, erased

    def __call__(self, records: Sequence[Record]) -> Iterator[Effect]:
        """Work through a batch."""
        new = [record for record in records if record.offset > self.durable]
        yield from normalise(new, translators=self._translators, now=time.time(), erased=self._erased)
        self.durable = max(self.durable, records[-1].offset)


def track_rules(settings: Settings) -> TrackRules:
    """Return what the settings say about prompts and judging."""
    return TrackRules(
        every_root=settings.prompts.every_root,
        tagged=settings.prompts.tagged,
        facilitators=settings.prompts.facilitators,
        channels=settings.prompts.channels,
        responses=ResponseRules(
            horizon_hours=settings.judge.horizon_days * 24, inline_answers=settings.prompts.inline_answers
        ),
        alpha=settings.judge.alpha,
        epoch_hours=settings.judge.epoch_hours,
        lateness=settings.judge.lateness_seconds,
        partitions=settings.kafka.partitions,
        active_days=settings.judge.active_days,
    )


def new_knowledge(settings: Settings) -> Knowledge:
    """Return the empty knowledge of a worker."""
    return Knowledge(epoch_hours=settings.judge.epoch_hours, lag_epochs=settings.judge.lag_epochs)


def agents(settings: Settings, knowledge: Knowledge) -> list[AgentSpec]:
    """List the agents of a worker, in the order in which the data passes."""
    partitions = settings.kafka.partitions
    rules = track_rules(settings)
    translators = {"slack": SlackTranslator(pseudonym_key(settings))}
    checklist = new_checklist(settings)

    def profile(partition: int) -> Profile:
        return Profile(partition, epoch_hours=rules.epoch_hours, lateness=rules.lateness)

    def learn(_: int) -> Learn:
        return Learn(knowledge, new_expectations(settings), partitions=partitions)

    def watch(_: int) -> Watch:
        return Watch(partitions=partitions, epoch=rules.epoch, alpha=rules.alpha, fdr=settings.judge.cap)

    def diagnose(_: int) -> Diagnose:
        return Diagnose(
            partitions=partitions,
            known=knowledge,
            checklist=checklist,
            young_prompts=settings.judge.young_prompts,
            mute_days=settings.feedback.mute_days,
        )

    return [
        AgentSpec("normalise", Topic.WEBHOOKS, lambda _: Normalise(translators, knowledge.erased)),
        AgentSpec("profile", Topic.EVENTS, profile),
        AgentSpec("track", Topic.EVENTS, lambda partition: Track(partition, knowledge, rules)),
        AgentSpec("learn", Topic.OBSERVATIONS, learn),
        AgentSpec("watch", Topic.OUTCOMES, watch),
        AgentSpec("heed", Topic.FEEDBACK, lambda _: Heed()),
        AgentSpec("diagnose", Topic.VERDICTS, diagnose),
    ]


def new_expectations(settings: Settings) -> Expectations:
    """Return the model before it has learned anything."""
    personas = settings.personas
    return Expectations(occasional=personas.occasional, regular=personas.regular, core=personas.core)
