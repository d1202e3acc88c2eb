"""An archive lived through in memory: the product's own agents and models, without broker and store."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pipeline.in_memory import InMemoryPipeline
from pipeline.replay.past import Message, Past
from pipeline.replay.run import final_watermark, with_watermarks
from pipeline.settings import Settings
from pipeline.wiring import track_rules
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.event import Event, Watermark
from schemas.ids import prompt_id
from schemas.observation import HorizonReached
from schemas.outcome import Outcome


@dataclass(frozen=True, slots=True)
class Lived:
    """A prompt: what was expected of it when it was posted, and what came.

    Attributes
    ----------
    posted_at
        Seconds since 1970, UTC.
    deadlines
        Hours after posting from which its silence would have been told, for each alpha; None: never. Where it was
        postponed, since nobody was there, the one that it was postponed to; None where that was the horizon.
    views
        p_zero at the horizon by view, as judged.
    features
        What it was judged by.
    silent, responders, first_hours
        What had come by the horizon; the first one so many hours after posting.
    dated
        Whether all its responses have a time in the archive; else `first_hours` is a guess.
    """

    posted_at: float
    deadlines: tuple[float | None, ...]
    views: dict[str, float]
    features: dict[str, float]
    silent: bool
    responders: int
    first_hours: float | None
    dated: bool


@dataclass(frozen=True)
class Life:
    """What came out of an archive.

    Attributes
    ----------
    prompts
        How many there were, deleted ones left out.
    lived
        Those whose horizon lies within the archive, in the order of posting.
    censored
        The others: the archive ends before their horizon.
    horizon_hours
        How long each was waited for.
    """

    prompts: int
    lived: list[Lived]
    censored: int
    horizon_hours: float


def live(
    past: Past, settings: Settings, alphas: Sequence[float], report: Callable[[int, int], None] = lambda *_: None
) -> Life:
    """Live through an archive: everything is judged, waited for and learned from as in a worker.

    Parameters
    ----------
    past
        What happened. Every root message counts as a prompt.
    settings
        Of the installation.
    alphas
        The first one's observations are learned from; what is learned does not depend on it.
    report
        Called with how many events are done, and how many there are.
    """
    rules = track_rules(settings).model_copy(update={"every_root": True})
    lives = _Lives(rules.responses.horizon_hours)
    world = InMemoryPipeline(settings, rules, alphas, lives.outcome, lives.observation)
    for record in past.directory:
        world.knowledge.learn_directory(record)
    epoch = settings.judge.epoch_hours * HOUR
    total, done, last = past.total, 0, 0.0
    waiting: list[Event] = []
    for item in with_watermarks(past.read(), epoch):
        if isinstance(item, DeadLetter):
            continue
        if isinstance(item, Watermark):
            world.happen(waiting)
            done += len(waiting)
            report(done, total)
            waiting = []
        else:
            last = max(last, item.time)
        waiting.append(item)
    world.happen(waiting)
    world.happen([final_watermark(past, last, settings)])
    report(total, total)
    return lives.life(_undated(past))


def _undated(past: Past) -> set[str]:
    """Return the prompts to which somebody reacted at a time that nobody knows."""
    return {
        prompt_id(past.source, told.conversation, told.message)
        for told in past.told
        if isinstance(told, Message)
        and any(not r.dated and r.author != told.author and r.author not in past.bots for r in told.reactions)
    }


class _Lives:
    """Gathers what is told of the prompts."""

    def __init__(self, horizon_hours: float) -> None:
        self._horizon = horizon_hours
        self._posted: dict[str, tuple[float, list[float | None]]] = {}
        self._withdrawn: set[str] = set()
        self._horizons: dict[str, HorizonReached] = {}

    def outcome(self, number: int, outcome: Outcome) -> None:
        """Take in an outcome of one of the alphas."""
        prompt, deadline = outcome.prompt, outcome.expectation.deadline
        if outcome.stage == "posted":
            _, deadlines = self._posted.setdefault(prompt.prompt_id, (prompt.posted_at, []))
            deadlines.append(None if deadline is None else (deadline - prompt.posted_at) / HOUR)
        elif outcome.stage == "postponed" and deadline is not None:
            age = (deadline - prompt.posted_at) / HOUR
            self._posted[prompt.prompt_id][1][number] = age if age < self._horizon else None
        elif outcome.status == "withdrawn":
            self._withdrawn.add(prompt.prompt_id)

    def observation(self, raw: bytes) -> None:
        """Take in what had come by a horizon."""
        if b'"kind":"horizon"' in raw:
            label = HorizonReached.model_validate_json(raw)
            self._horizons[label.prompt_id] = label

    def life(self, undated: set[str]) -> Life:
        """Return what came out."""
        posted = {name: found for name, found in self._posted.items() if name not in self._withdrawn}
        lived = [
            Lived(
                posted_at=posted_at,
                deadlines=tuple(deadlines),
                views=label.views,
                features=label.features,
                silent=label.silent,
                responders=label.responders,
                first_hours=label.first_response_hours,
                dated=name not in undated,
            )
            for name, (posted_at, deadlines) in posted.items()
            if (label := self._horizons.get(name)) is not None
        ]
        lived.sort(key=lambda prompt: prompt.posted_at)
        return Life(len(posted), lived, len(posted) - len(lived), self._horizon)
