"""Channels that die with all that is asked there: how long until it is told, and how often of one that lives."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from statistics import median

import numpy as np

from pipeline.in_memory import Evidence
from pipeline.study.life import Lived, Prompted
from pipeline.study.standing import runs
from pipeline.study.world import SOURCE, START, Asset, Plan, World
from schemas.base import HOUR

EVIDENCE = tuple(Evidence(0.1, fdr) for fdr in (None, 0.5, 0.2, 0.1))

_WEEK = 7 * 24 * HOUR
_WARM_UP = 10
"""Weeks of a persona's programme in which none of its channels dies, and no false alarm is counted."""

_DIES = 0.4
_LEFT = 10
"""Weeks before the end in which nothing dies any more: it could not be told of."""


@dataclass(frozen=True)
class Places:
    """What was told of channels.

    Attributes
    ----------
    fdr
        Rate of the cap; None: there is none.
    channels, died, told
        How many there were, died, and were told of after it.
    prompts, days
        From the death to the verdict, median over those told of: prompts posted there meanwhile, and days.
    days_slowest
        The slowest of these.
    healthy_prompts, false_alarms
        Prompts in channels that live, and how often one of these was told to be dead.
    """

    fdr: float | None
    channels: int
    died: int
    told: int
    prompts: float | None
    days: float | None
    days_slowest: float | None
    healthy_prompts: int
    false_alarms: int


def closing(plan: Plan) -> Plan:
    """Return the same plan with two in five channels dying, after the warm-up and some weeks before the end."""
    rng = np.random.default_rng([plan.seed, 2])
    when: dict[str, float] = {}
    for channel, persona in {asset.channel: asset.persona for asset in World(plan).assets}.items():
        share, dies = rng.random(), rng.random() < _DIES
        first = persona.from_week + _WARM_UP
        if dies and first < plan.weeks - _LEFT:
            when[channel] = START + _WEEK * (first + share * (plan.weeks - _LEFT - first))

    def effect(asset: Asset, moment: float) -> float:
        return 0.0 if moment >= when.get(asset.channel, inf) else 1.0

    return replace(plan, effect=effect)


def measure(lives: Sequence[Lived]) -> list[Places]:
    """Measure what was told of the channels of worlds in which some die, by `EVIDENCE`.

    The death is the first prompt that nobody answers any more: before it nobody could know. An alarm that began before
    it and stands is a false one that happens to be right, and told at once.
    """
    return [_measure(lives, number) for number in range(len(EVIDENCE))]


def _measure(lives: Sequence[Lived], number: int) -> Places:
    prompts: list[int] = []
    days: list[float] = []
    channels = died = healthy = false = 0
    for lived in lives:
        told_of = runs(lived.verdicts[number], "channel")
        by_channel: dict[str, list[Prompted]] = {}
        for p in lived.prompts:
            by_channel.setdefault(p.truth.asset.channel, []).append(p)
        for channel, there in by_channel.items():
            channels += 1
            dead_from = min((p.truth.posted_at for p in there if p.truth.factor == 0.0), default=inf)
            counts_from = START + (there[0].truth.asset.persona.from_week + _WARM_UP) * _WEEK
            healthy += sum(counts_from <= p.truth.posted_at < dead_from for p in there)
            about = told_of.get(f"{SOURCE}:{channel}", [])
            false += sum(counts_from <= begun < dead_from for begun, _ in about)
            died += dead_from < inf
            told = [max(begun, dead_from) for begun, ended in about if ended > dead_from]
            if dead_from < inf and told:
                prompts.append(sum(dead_from <= p.truth.posted_at <= told[0] for p in there))
                days.append((told[0] - dead_from) / (24 * HOUR))
    return Places(
        fdr=EVIDENCE[number].fdr,
        channels=channels,
        died=died,
        told=len(days),
        prompts=median(prompts) if prompts else None,
        days=median(days) if days else None,
        days_slowest=max(days, default=None),
        healthy_prompts=healthy,
        false_alarms=false,
    )
