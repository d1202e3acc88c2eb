"""A workspace in which assets die of known causes, among healthy ones: directory, briefs and events."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from pipeline.diagnosis.causes import CAUSES, ELSEWHERE, PAIRS, SLOW_BUILD, Design, plant
from pipeline.simulate.working_hours import DAY, WorkingHours
from pipeline.study.people import BERLIN, LAG_SPREAD, LAGS, LONDON, Calendar
from pipeline.study.world import MONDAY, START
from schemas.base import HOUR
from schemas.directory import Brief, Channel, DirectoryRecord, Member
from schemas.event import MessagePosted, ReactionAdded, Traits

SOURCE = "study"
DESIGNER, GUEST_DESIGNER = "m_designer", "m_designer_2"
EVERYBODY = "all-hands"
DEAD = 0.02
"""What remains of the engagement with a dead asset."""

_RATE, _OTHERS = 0.15, 0.05
"""Share of the persona that responds to a prompt: of an asset in health, and of what competes with it."""

Happening = MessagePosted | ReactionAdded

_WEEK = 7 * DAY
_PILOT_WEEKS = 3
"""So long a programme has its first prompts only, and people get used to the place."""


@dataclass(frozen=True, slots=True)
class Group:
    """A persona: how many, where, how much each writes a working day, and from which week on."""

    name: str
    members: int
    zone: float
    talk: float
    from_week: int = 0

    @property
    def people(self) -> list[str]:
        """Return its members."""
        return [f"m_{self.name}_{n}" for n in range(self.members)]


GROUPS = (
    Group("sales", 70, LONDON, 0.5),
    Group("engineers", 50, BERLIN, 0.8),
    Group("support", 60, BERLIN, 0.4),
    Group("managers", 40, LONDON, 0.06),
    Group("new_hires", 45, LONDON, 0.6, from_week=12),
)
RUSHED, LATE = GROUPS[3], GROUPS[4]


@dataclass(frozen=True, slots=True)
class Asset:
    """An asset that is posted once a week.

    Attributes
    ----------
    causes
        What it dies of; empty: healthy.
    first_week, dies_week, lives_week
        When it is posted first, from when on nobody answers, and when they begin to (a culture that was slow to grow).
    """

    asset_id: str
    group: Group
    design: Design
    channel: str
    causes: tuple[str, ...]
    first_week: int
    dies_week: int = 10_000
    lives_week: int = 10_000

    def dead(self, week: int) -> bool:
        """Tell whether nobody answers it in a week."""
        return self.dies_week <= week < self.lives_week


class Workspace:
    """Everything that happens in one workspace; the same seed gives the same.

    Parameters
    ----------
    seed
        Also says which half of the pairs of causes is planted.
    weeks
        How long; 20 at least, since the programme of the last persona starts in its twelfth.
    each
        Assets that die of each cause alone.
    pairs
        Pairs of causes; half of all when left out.
    withheld
        Without briefs, without members and channels in the directory, and without what people say to each other: only
        prompts and what answers them are seen.
    template
        Briefs are filled in by a template, and what nobody needs looks different: see `plant`.
    stray
        No sign gives a cause away: see `plant`.
    """

    def __init__(
        self,
        seed: int,
        weeks: int = 26,
        each: int = 3,
        pairs: Sequence[tuple[str, str]] | None = None,
        withheld: bool = False,
        template: bool = False,
        stray: bool = False,
    ) -> None:
        self.seed, self.weeks, self.withheld, self.template, self.stray = seed, weeks, withheld, template, stray
        chosen = PAIRS[seed % 2 :: 2] if pairs is None else pairs
        planted = [(cause,) for cause in CAUSES for _ in range(each)] + list(chosen)
        self.assets = [*self._healthy(), *(self._planted(n, causes) for n, causes in enumerate(planted))]
        self.hours = {zone: Calendar().hours(zone) for zone in (LONDON, BERLIN)}

    @property
    def end(self) -> float:
        """Return the moment after the last one."""
        return START + self.weeks * _WEEK

    def _rng(self, *of_what: object) -> np.random.Generator:
        return np.random.default_rng([*"/".join(map(str, (self.seed, *of_what))).encode()])

    # ---- what is posted

    def _healthy(self) -> Iterator[Asset]:
        for group in GROUPS:
            first = group.from_week + _PILOT_WEEKS
            for number, channel in enumerate([group.name] * 5 + [EVERYBODY]):
                name = f"{channel}/{group.name}-{number}"
                rng = self._rng("healthy", name)
                design = plant((), rng, self.template, self.stray)
                place = f"portal-{group.name}-{number}" if design.own_place else channel
                begins = group.from_week + int(rng.integers(2)) if design.young else first
                yield Asset(name, group, design, place, (), begins)

    def _planted(self, number: int, causes: tuple[str, ...]) -> Asset:
        name = f"{'+'.join(causes)}-{number}"
        rng = self._rng("planted", name)
        design = plant(causes, rng, self.template, self.stray)
        group = RUSHED if design.rushed else GROUPS[rng.integers(3)]
        first = int(rng.integers(_PILOT_WEEKS + 2, self.weeks - 6))
        lives = 10_000
        if design.young:
            launched = rng.random() < 0.5
            group = LATE if launched else group
            first = group.from_week + int(rng.integers(2))
            lives = first + 5 if SLOW_BUILD in causes else lives
        born_dead = design.young or ELSEWHERE in causes or rng.random() < 0.5
        dies = first if born_dead else first + int(rng.integers(2, 5))
        channel = EVERYBODY if design.crowd else group.name
        if design.own_place:
            channel = f"portal-{number}"
        return Asset(name, group, design, channel, causes, first, dies, lives)

    @cached_property
    def members(self) -> dict[str, list[str]]:
        """Return who is in each channel."""
        everyone = [member for group in GROUPS for member in group.people]
        found = {EVERYBODY: everyone} | {group.name: group.people for group in GROUPS}
        for asset in self.assets:
            if asset.design.own_place:
                found[asset.channel] = everyone if asset.design.crowd else asset.group.people
        return found

    def directory(self) -> Iterator[DirectoryRecord]:
        """Yield who is who, who is where, and the briefs."""
        yield Member(member=DESIGNER, staff=True)
        yield Member(member=GUEST_DESIGNER, staff=True)
        if self.withheld:
            return
        for group in GROUPS:
            for member in group.people:
                yield Member(member=member, persona=group.name)
        for channel, there in self.members.items():
            yield Channel(source=SOURCE, conversation=channel, name=channel, members=(DESIGNER, *there))
        for asset in self.assets:
            yield brief(asset)

    # ---- what happens

    def events(self) -> list[Happening]:
        """Return what happens, in the order of time."""
        found: list[Happening] = [event for asset in self.assets for event in self._campaign(asset)]
        if not self.withheld:
            found += [event for group in GROUPS for event in self._talk(group)]
            found += [event for asset in self.assets if asset.design.own_place for event in self._portal(asset)]
        return sorted((e for e in found if e.time < self.end), key=lambda e: (e.time, e.event_id))

    def _campaign(self, asset: Asset) -> Iterator[Happening]:
        rng, hours = self._rng("asset", asset.asset_id), self.hours[asset.group.zone]
        for week in range(asset.first_week, self.weeks - 1):
            day = MONDAY + 7 * week + int(rng.integers(5))
            posted = round(hours.window(day)[0] + rng.uniform(0.0, 7.0) * HOUR, 3)
            rate = _RATE * (DEAD if asset.dead(week) else 1.0)
            yield from self._prompt(asset, asset.asset_id, f"{asset.asset_id}#{week}", posted, rate, DESIGNER, rng)
            others = _OTHERS * (DEAD if ELSEWHERE in asset.causes else 1.0)  # where nobody comes by nobody answers them
            for n in range(int(rng.integers(4, 8)) if asset.design.competing else 0):
                moment = round(posted - rng.uniform(0.1, 20.0) * HOUR, 3)
                other = f"{asset.asset_id}/other-{n}"
                yield from self._prompt(asset, other, f"{other}#{week}", moment, others, GUEST_DESIGNER, rng)

    def _prompt(
        self, asset: Asset, asset_id: str, name: str, posted: float, rate: float, author: str, rng: np.random.Generator
    ) -> Iterator[Happening]:
        common = {"source": SOURCE, "conversation": asset.channel}
        traits = Traits(length=120, ask=asset.design.ask)
        yield MessagePosted(
            event_id=name, time=posted, author=author, message=name, asset_id=asset_id, traits=traits, **common
        )
        people = asset.group.people
        appeal = rng.gamma(3.0, 1.0 / 3.0)
        come = min(int(rng.poisson(rate * len(people) * appeal)), len(people))
        lags = LAGS[asset.design.ask] * HOUR * rng.lognormal(0.0, LAG_SPREAD, come)
        for n, member in enumerate(rng.permutation(people)[:come]):
            yield ReactionAdded(
                event_id=f"{name}/{n}",
                time=round(self.hours[asset.group.zone].after(posted, float(lags[n])), 3),
                author=str(member),
                message=name,
                reaction="+1",
                **common,
            )

    def _talk(self, group: Group) -> Iterator[Happening]:
        """Yield what a persona writes at home, and now and then before everybody; a new place fills slowly."""
        rng, hours = self._rng("talk", group.name), self.hours[group.zone]
        for n, day in enumerate(range(MONDAY + 7 * group.from_week, MONDAY + 7 * self.weeks)):
            if not hours.works(day):
                continue
            used = min((n + 3) / (7 * _PILOT_WEEKS), 1.0)
            for member in group.people:
                for _ in range(rng.poisson(group.talk * used)):
                    channel = EVERYBODY if rng.random() < 0.2 else group.name
                    yield _message(channel, member, day, hours, rng)

    def _portal(self, asset: Asset) -> Iterator[Happening]:
        """Yield what is said in a place of its own since it opened: by very few where it is quiet, else by half."""
        rng, hours = self._rng("portal", asset.asset_id), self.hours[asset.group.zone]
        opened = asset.first_week - 1 if asset.design.new_place else max(asset.first_week - 20, 0)
        people = rng.permutation(asset.group.people if asset.design.quiet else self.members[asset.channel])
        visitors = people[: rng.integers(4) if asset.design.quiet else len(people) // 2]
        for week in range(max(opened, asset.group.from_week), self.weeks):
            for member in visitors:
                if rng.random() < 0.4:
                    yield _message(asset.channel, str(member), MONDAY + 7 * week + int(rng.integers(5)), hours, rng)


def brief(asset: Asset) -> Brief:
    """Return what the designer wrote."""
    design, said = asset.design, {}
    for line, there in (
        ("wiifm", design.wiifm),
        ("objective", design.objective),
        ("public_reason", design.public_reason),
    ):
        said[line] = None if line in design.left_out else f"the {line}" if there else ""
    personas = tuple(group.name for group in GROUPS) if design.for_all else (asset.group.name,)
    return Brief(
        asset_id=asset.asset_id,
        title=asset.asset_id,
        asset_type=None if "asset_type" in design.left_out else design.ask,
        personas=() if "personas" in design.left_out else personas,
        **said,
    )


def _message(channel: str, member: str, day: int, hours: WorkingHours, rng: np.random.Generator) -> MessagePosted:
    opens, closes = hours.window(day)
    moment = round(rng.uniform(opens, closes), 3)
    name = f"{member}/{moment}"
    return MessagePosted(
        event_id=name,
        source=SOURCE,
        conversation=channel,
        time=moment,
        author=member,
        message=name,
        traits=Traits(length=60),
    )
