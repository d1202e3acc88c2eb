"""An archive lived through in memory: the product's own agents and models, without broker and store."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from agents.effects import Effect, Record, Send, WaitFor
from agents.learn import EXPLAINED, Learn
from agents.profile import Profile
from agents.track import Track
from pipeline.replay.past import Message, Past
from pipeline.replay.run import final_watermark, with_watermarks
from pipeline.settings import Settings
from pipeline.wiring import new_expectations, new_knowledge, track_rules
from schemas.base import HOUR
from schemas.dead_letter import DeadLetter
from schemas.event import Event, Watermark
from schemas.ids import prompt_id
from schemas.observation import HorizonReached
from schemas.topic import Topic

FOREVER = 1e12
"""A time that no archive reaches."""


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
    world = _World(settings, alphas)
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
    return world.life(_undated(past))


def _undated(past: Past) -> set[str]:
    """Return the prompts to which somebody reacted at a time that nobody knows."""
    return {
        prompt_id(past.source, told.conversation, told.message)
        for told in past.told
        if isinstance(told, Message)
        and any(not r.dated and r.author != told.author and r.author not in past.bots for r in told.reactions)
    }


class _World:
    """One partition of everything."""

    def __init__(self, settings: Settings, alphas: Sequence[float]) -> None:
        self.knowledge = new_knowledge(settings)
        rules = track_rules(settings).model_copy(update={"every_root": True})
        self._horizon = rules.responses.horizon_hours
        self._profile = Profile(0, epoch_hours=rules.epoch_hours, lateness=rules.lateness)
        self._tracks = [Track(0, self.knowledge, rules.model_copy(update={"alpha": alpha})) for alpha in alphas]
        self._learn = Learn(self.knowledge, new_expectations(settings), partitions=1)
        stage, partition = EXPLAINED
        self._learn.promised(Watermark(time=FOREVER, stage=stage, partition=partition))
        self._offset = self._observed = 0
        self._observations: list[Record] = []
        self._posted: dict[str, tuple[float, list[float | None]]] = {}
        self._withdrawn: set[str] = set()
        self._horizons: dict[str, HorizonReached] = {}

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
        for effect in effects:
            if isinstance(effect, WaitFor):
                self._teach()
                assert self.knowledge.ready(effect.as_of), "one partition waits for nobody but itself"
            elif effect.topic == Topic.OUTCOMES:
                self._note(effect.value, number)
            elif effect.topic == Topic.OBSERVATIONS and number == 0:
                self._observe([effect])

    def _note(self, outcome: Any, number: int) -> None:
        if outcome.kind != "outcome":
            return
        prompt, deadline = outcome.prompt, outcome.expectation.deadline
        if outcome.stage == "posted":
            _, deadlines = self._posted.setdefault(prompt.prompt_id, (prompt.posted_at, []))
            deadlines.append(None if deadline is None else (deadline - prompt.posted_at) / HOUR)
        elif outcome.stage == "postponed":
            age = (deadline - prompt.posted_at) / HOUR
            self._posted[prompt.prompt_id][1][number] = age if age < self._horizon else None
        elif outcome.status == "withdrawn":
            self._withdrawn.add(prompt.prompt_id)

    def _observe(self, effects: Iterable[Effect]) -> None:
        for effect in effects:
            assert isinstance(effect, Send)
            raw, kind = effect.value.wire(), getattr(effect.value, "kind", "")
            if kind == "horizon":
                label = HorizonReached.model_validate_json(raw)
                self._horizons[label.prompt_id] = label
            self._observations.append(Record(Topic.OBSERVATIONS, 0, self._observed, b"", raw))
            self._observed += 1

    def _teach(self) -> None:
        """Let everything be learned from that has been seen, and let the others know."""
        records, self._observations = self._observations, []
        for effect in self._learn(records):
            assert isinstance(effect, Send)
            self.knowledge.apply(Topic.EXPECTATIONS, effect.value.wire())

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
