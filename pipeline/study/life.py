"""A world lived through by the product's own agents: the truth of every prompt beside what was said of it."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil

from pipeline.in_memory import Evidence, InMemoryPipeline
from pipeline.replay.run import with_watermarks
from pipeline.settings import Settings
from pipeline.study.world import HORIZON, Truth, World
from pipeline.wiring import track_rules
from schemas.base import HOUR
from schemas.event import Event, Watermark
from schemas.outcome import Outcome
from schemas.verdict import Verdict

Report = Callable[[int, int], None]
"""Called with how much is done and how much there is."""


@dataclass(slots=True)
class Prompted:
    """A prompt: the truth, and what was said of it.

    Attributes
    ----------
    p_zero, expected
        Probability of no responder at the horizon and responders expected over it, as said when it was posted.
    views
        p_zero by view.
    deadlines
        By alpha, the moment from which its silence is told; None: too little is expected to tell.
    flagged
        By alpha, when it was called silent at its deadline; None: it was not.
    unknown
        By alpha, whether it was told that nobody can know.
    """

    truth: Truth
    p_zero: float
    expected: float
    views: dict[str, float]
    deadlines: list[float | None] = field(default_factory=list)
    flagged: list[float | None] = field(default_factory=list)
    unknown: list[bool] = field(default_factory=list)


@dataclass(frozen=True)
class Lived:
    """What came out of a world.

    Attributes
    ----------
    prompts
        In the order of posting, as far as they were delivered.
    verdicts
        By evidence, what the e-detectors over prompts told, in order.
    """

    world: World
    prompts: list[Prompted]
    verdicts: list[list[Verdict]]

    def after(self, weeks: float) -> list[Prompted]:
        """Return the prompts posted after so many weeks of their persona's programme."""
        return [p for p in self.prompts if p.truth.number * self.world.plan.every_days >= 7 * weeks]


def live(
    world: World,
    settings: Settings,
    alphas: Sequence[float],
    evidence: Sequence[Evidence] = (),
    report: Report = lambda *_: None,
) -> Lived:
    """Let the agents live through a world."""
    said: dict[str, Prompted] = {}
    verdicts: list[list[Verdict]] = [[] for _ in evidence]

    def outcome(number: int, told: Outcome) -> None:
        name, expectation = told.prompt.prompt_id, told.expectation
        if told.stage == "posted":
            prompted = said.get(name)
            if prompted is None:
                prompted = said[name] = Prompted(
                    truth=world.truths[name],
                    p_zero=expectation.p_zero_horizon,
                    expected=expectation.expected_horizon,
                    views=dict(expectation.views),
                )
            prompted.deadlines.append(expectation.deadline)
            prompted.flagged.append(None)
            prompted.unknown.append(False)
        elif told.stage == "deadline":
            said[name].flagged[number] = told.time
        elif told.stage == "unknown":
            said[name].unknown[number] = True

    pipeline = InMemoryPipeline(
        settings,
        track_rules(settings),
        alphas,
        outcome,
        evidence=evidence,
        verdict=lambda number, verdict: verdicts[number].append(verdict),
    )
    for record in world.directory():
        pipeline.knowledge.learn_directory(record)
    live_through(pipeline, world.events(), world.plan.end, world.plan.weeks, settings, report)
    return Lived(world, [said[name] for name in world.truths if name in said], verdicts)


def live_through(
    pipeline: InMemoryPipeline, events: Iterable[Event], end: float, weeks: int, settings: Settings, report: Report
) -> None:
    """Let the events of so many weeks happen epoch by epoch, and then wait until every horizon has passed."""
    epoch = settings.judge.epoch_hours * HOUR
    waiting: list[Event] = []
    total, done = weeks * 7, 0
    for item in with_watermarks(iter(events), epoch):
        if isinstance(item, Watermark):
            pipeline.happen(waiting)
            waiting = []
            done = max(done, int((item.time - (end - total * 24 * HOUR)) / (24 * HOUR)))
            report(min(done, total), total)
        waiting.append(item)  # type: ignore[arg-type]  # a world has no dead letters
    pipeline.happen(waiting)
    last = (ceil((end + HORIZON + 2 * epoch) / epoch)) * epoch
    pipeline.happen([Watermark(time=last, observed_until=end)])
    report(total, total)
