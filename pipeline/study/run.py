"""Runs the study: one world after the other, each lived through by the product's own agents."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from pipeline.in_memory import Evidence
from pipeline.settings import Settings
from pipeline.study import change, chronic, deaths, places, year
from pipeline.study.life import Lived, live
from pipeline.study.people import PERSONAS, Persona
from pipeline.study.world import Plan, World

Report = Callable[[str, int, int], None]
"""Called with what is being done, how much of it is done and how much there is."""

ALPHAS = (0.05, 0.1, 0.2)
_ONE = (0.1,)


@dataclass(frozen=True)
class Study:
    """What came out, question by question."""

    seed: int
    workspaces: int
    weeks: int
    year: year.Year
    deaths: deaths.Deaths
    places: list[places.Places]
    step: change.Step
    chronic: chronic.Chronic
    viral: change.Harm

    def as_json(self) -> dict[str, Any]:
        """Return it for programs; figures that cannot be had are null."""
        return {key: _named(value) for key, value in asdict(self).items()}


def study(
    settings: Settings,
    report: Report,
    *,
    seed: int,
    workspaces: int,
    weeks: int = 52,
    personas: Sequence[Persona] = PERSONAS,
) -> Study:
    """Answer every question on as many workspaces as are asked for, each of another seed.

    Parameters
    ----------
    weeks
        Length of each world: the holidays are those of a year, so a shorter one has fewer.
    personas
        Who there is.
    """
    plans = [Plan(seed=seed + n, weeks=weeks, personas=tuple(personas)) for n in range(workspaces)]

    def all_of(
        what: str, made: Sequence[Plan], alphas: Sequence[float], evidence: Sequence[Evidence] = ()
    ) -> list[Lived]:
        lives = []
        for number, plan in enumerate(made):

            def shown(done: int, total: int, number: int = number) -> None:
                report(what, number * total + done, len(made) * total)

            lives.append(live(World(plan), settings, alphas, evidence, shown))
        return lives

    years = all_of("years", [replace(plan, calendar=year.CALENDAR, cut=year.OUTAGE) for plan in plans], ALPHAS)
    dying = all_of("deaths", [deaths.dying(plan) for plan in plans], _ONE, deaths.EVIDENCE)
    closed = all_of("channels", [places.closing(plan) for plan in plans], _ONE, places.EVIDENCE)
    halved = all_of("step down", [change.halving(plan) for plan in plans], _ONE)
    muted = all_of("chronic", [chronic.mute(plan) for plan in plans], _ONE, [Evidence(0.1, settings.judge.cap)])
    without, with_it = all_of("viral", [plans[0], change.viral(plans[0])], _ONE)
    return Study(
        seed=seed,
        workspaces=workspaces,
        weeks=weeks,
        year=year.measure(years, ALPHAS),
        deaths=deaths.measure(dying),
        places=places.measure(closed),
        step=change.measure_step(halved),
        chronic=chronic.measure(muted),
        viral=change.measure_viral(without, with_it),
    )


def _named(value: Any) -> Any:
    """Name the keys of mappings as JSON wants them."""
    if isinstance(value, dict):
        return {f"{key:g}" if isinstance(key, float) else str(key): _named(found) for key, found in value.items()}
    return value
