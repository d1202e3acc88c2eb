"""A workspace of which everything is known: events in the order of time, and the truth of every prompt."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from heapq import merge
from statistics import fmean

import numpy as np

from pipeline.simulate.working_hours import DAY, HOUR
from pipeline.study.people import AUDIENCES, LAG_SPREAD, LAGS, PERSONAS, Calendar, Persona, arrived, p_zero
from schemas.asset import AssetType
from schemas.directory import Brief, Channel, DirectoryRecord, Member
from schemas.event import Event, MessagePosted, ReactionAdded, Traits
from schemas.ids import prompt_id

SOURCE = "study"
MONDAY = 20_094
"""The first day: 2025-01-06, a Monday."""

START = MONDAY * DAY
HORIZON = 7 * DAY

_AUTHOR = "m_designer"
_WEEKDAYS = (0.18, 0.18, 0.18, 0.18, 0.18, 0.05, 0.05)
_AT_WORK = 0.85


@dataclass(frozen=True, slots=True)
class Asset:
    """What is posted again and again: one ask, in one channel of one persona."""

    persona: Persona
    channel: str
    members: int
    asset_type: AssetType

    @property
    def asset_id(self) -> str:
        """Name it."""
        return f"{self.channel}/{self.asset_type}"

    @property
    def segment(self) -> str:
        """Name the segment: persona and asset type."""
        return f"{self.persona.name}/{self.asset_type}"


@dataclass(frozen=True, slots=True)
class Truth:
    """A prompt as it is.

    Attributes
    ----------
    number
        Which posting of its asset it is, from 0.
    mean, p_zero
        Responders to expect within the horizon, and the probability of none.
    responders
        (moment, member) of those who came within the horizon, in order.
    factor
        What was done to the engagement: 1 is healthy, 0 is dead.
    """

    prompt_id: str
    asset: Asset
    number: int
    posted_at: float
    mean: float
    p_zero: float
    responders: tuple[tuple[float, str], ...]
    factor: float

    @property
    def silent(self) -> bool:
        """Whether nobody came within the horizon."""
        return not self.responders


Effect = Callable[[Asset, float], float]
"""By what the engagement with an asset is multiplied at a moment."""


@dataclass(frozen=True)
class Viral:
    """One prompt to which many more respond than were reached: guests, from everywhere."""

    asset_id: str
    number: int
    responders: int


@dataclass(frozen=True)
class Plan:
    """What happens in a workspace.

    Attributes
    ----------
    audiences
        One channel each, of every persona: the share of the persona that is in it. Each channel asks for everything,
        once every `every_days`.
    effect
        What is done to the engagement.
    cut
        Days (since 1970) on which people live on as ever, and nothing of it is delivered.
    viral
        The prompt that goes around the world; None: none.
    """

    seed: int
    weeks: int = 52
    personas: tuple[Persona, ...] = PERSONAS
    audiences: tuple[float, ...] = AUDIENCES
    every_days: float = 7.0
    calendar: Calendar = field(default_factory=Calendar)
    effect: Effect = lambda _asset, _moment: 1.0
    cut: frozenset[int] = frozenset()
    viral: Viral | None = None

    @property
    def end(self) -> float:
        """Return the moment after the last one."""
        return START + self.weeks * 7 * DAY


class World:
    """What happens by a plan; the same seed gives the same, and what happens to one asset does not touch another.

    Attributes
    ----------
    truths
        prompt_id -> the truth, in the order of posting.
    """

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.hours = {zone: plan.calendar.hours(zone) for persona in plan.personas for zone in persona.zones}
        self.assets = [
            Asset(persona, f"{persona.name}-{number}", max(round(share * persona.members), 1), asset_type)
            for persona in plan.personas
            for number, share in enumerate(plan.audiences, start=1)
            for asset_type in persona.rates
        ]
        found = sorted((truth for asset in self.assets for truth in self._post(asset)), key=lambda t: t.posted_at)
        self.truths: Mapping[str, Truth] = {truth.prompt_id: truth for truth in found}

    def directory(self) -> Iterator[DirectoryRecord]:
        """Yield who is who, who is where, and the briefs."""
        yield Member(member=_AUTHOR, staff=True)
        for persona in self.plan.personas:
            for member, _ in members(persona):
                yield Member(member=member, persona=persona.name)
        for asset in {asset.channel: asset for asset in self.assets}.values():
            there = tuple(member for member, _ in members(asset.persona)[: asset.members])
            yield Channel(source=SOURCE, conversation=asset.channel, name=asset.channel, members=(_AUTHOR, *there))
        for asset in self.assets:
            yield Brief(asset_id=asset.asset_id, asset_type=asset.asset_type, personas=(asset.persona.name,))

    def events(self) -> Iterator[Event]:
        """Yield what is delivered of all that happens, in the order of time."""
        streams = [self._talk(persona) for persona in self.plan.personas]
        streams += [self._campaign(asset) for asset in self.assets]
        happens = merge(*(sorted(stream, key=_moment) for stream in streams), key=_moment)
        yield from (event for event in happens if event.time // DAY not in self.plan.cut)

    def at_work(self, persona: Persona, moment: float) -> bool:
        """Tell whether anybody of a persona is at work."""
        return any(self.hours[zone].between(moment, moment + 1.0) > 0 for zone in persona.zones)

    def _rng(self, *of_what: object) -> np.random.Generator:
        return np.random.default_rng([*"/".join(map(str, (self.plan.seed, *of_what))).encode()])

    def _post(self, asset: Asset) -> Iterator[Truth]:
        """Yield the prompts of an asset with all that they meet."""
        persona, rng = asset.persona, self._rng("asset", asset.asset_id)
        first = START + persona.from_week * 7 * DAY
        for number in range(int((self.plan.end - HORIZON - first) / DAY / self.plan.every_days)):
            week = first + number * self.plan.every_days * DAY
            day = rng.choice(7, p=_WEEKDAYS) % max(int(self.plan.every_days), 1)
            hour = rng.uniform(9.0, 17.0) if rng.random() < _AT_WORK else rng.uniform(0.0, 24.0)
            yield self._meet(asset, number, round(week + day * DAY + hour * HOUR, 3), rng)

    def _meet(self, asset: Asset, number: int, posted: float, rng: np.random.Generator) -> Truth:
        persona, horizon = asset.persona, posted + HORIZON
        factor = self.plan.effect(asset, posted)
        everybody = members(persona)[: asset.members]
        mean = len(everybody) * persona.rates[asset.asset_type]
        appeal = rng.gamma(persona.dispersion, 1.0 / persona.dispersion)
        come = min(int(rng.poisson(mean * appeal)), len(everybody))
        chosen = rng.permutation(len(everybody))
        lags = LAGS[asset.asset_type] * HOUR * rng.lognormal(0.0, LAG_SPREAD, len(everybody))
        kept = rng.random(len(everybody)) < factor  # drawn always: an effect on one prompt does not move the next
        responders = [
            (round(self.hours[zone].after(posted, float(lags[n])), 3), member)
            for n in chosen[:come]
            for member, zone in (everybody[n],)
            if kept[n]
        ]
        if self.plan.viral and (asset.asset_id, number) == (self.plan.viral.asset_id, self.plan.viral.number):
            guests = self._rng("viral")
            lasts = guests.exponential(12 * HOUR, self.plan.viral.responders)
            responders += [(round(posted + 60 + float(lag), 3), f"m_guest_{n}") for n, lag in enumerate(lasts)]
        in_time = {zone: arrived(asset.asset_type, self.hours[zone].between(posted, horizon)) for zone in persona.zones}
        reaching = factor * mean * fmean(in_time[zone] for _, zone in everybody)
        return Truth(
            prompt_id=prompt_id(SOURCE, asset.channel, _message(asset, number)),
            asset=asset,
            number=number,
            posted_at=posted,
            mean=reaching,
            p_zero=p_zero(reaching, persona.dispersion),
            responders=tuple(sorted(one for one in responders if one[0] < horizon)),
            factor=factor,
        )

    def _campaign(self, asset: Asset) -> Iterator[Event]:
        for truth in self.truths.values():
            if truth.asset is not asset:
                continue
            message = _message(asset, truth.number)
            common = {"source": SOURCE, "conversation": asset.channel}
            yield MessagePosted(
                event_id=truth.prompt_id,
                time=truth.posted_at,
                author=_AUTHOR,
                message=message,
                asset_id=asset.asset_id,
                traits=Traits(length=120, question=asset.asset_type is AssetType.QUESTION),
                **common,
            )
            for n, (moment, member) in enumerate(truth.responders):
                yield ReactionAdded(
                    event_id=f"{truth.prompt_id}#{n}",
                    time=moment,
                    author=member,
                    message=message,
                    reaction="+1",
                    **common,
                )

    def _talk(self, persona: Persona) -> Iterator[Event]:
        """Yield what a persona writes without being asked."""
        rng = self._rng("talk", persona.name)
        sizes = [asset.members for asset in {a.channel: a for a in self.assets if a.persona is persona}.values()]
        for day in range(MONDAY + 7 * persona.from_week, MONDAY + 7 * self.plan.weeks):
            for number, (member, zone) in enumerate(members(persona)):
                if not self.hours[zone].works(day):
                    continue
                opens, closes = self.hours[zone].window(day)
                for n in range(rng.poisson(persona.talk)):
                    name = f"{member}/{day}/{n}"
                    yield MessagePosted(
                        event_id=name,
                        source=SOURCE,
                        conversation=f"{persona.name}-{1 + rng.integers(sum(number < most for most in sizes))}",
                        time=round(rng.uniform(opens, closes), 3),
                        author=member,
                        message=name,
                        traits=Traits(length=60),
                    )


def members(persona: Persona) -> list[tuple[str, float]]:
    """Return (member, zone) of everybody of a persona."""
    return [(f"m_{persona.name}_{n}", persona.zones[n % len(persona.zones)]) for n in range(persona.members)]


def _message(asset: Asset, number: int) -> str:
    return f"{asset.asset_type}-{number}"


def _moment(event: Event) -> float:
    return event.time
