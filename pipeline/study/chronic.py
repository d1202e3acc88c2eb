"""Segments that nobody answers: told of once, and not become normal, though the models expect silence by then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from pipeline.study.life import Lived, Prompted
from pipeline.study.world import SOURCE, START, Asset, Plan
from schemas.base import HOUR

_WEEK = 7 * 24 * HOUR

LAST = 10
"""So many prompts of a segment, at the end, say what the models have come to expect."""


@dataclass(frozen=True)
class Planted:
    """A segment that nobody answers, from the start or from some week on.

    Attributes
    ----------
    times_told
        How often it was reported as chronic.
    prompts, silent_expected
        Prompts from the first dead one to the report, and how many of these would have been silent in health; None:
        never reported.
    p_zero_at_last
        What the models say of its last prompts: where it is near 1, they have got used to silence.
    stands
        Whether the report stands at the end.
    """

    segment: str
    from_week: int
    times_told: int
    prompts: int | None
    silent_expected: float | None
    p_zero_at_last: float
    stands: bool


@dataclass(frozen=True)
class Chronic:
    """What came out.

    Attributes
    ----------
    healthy, healthy_told
        Segments that are answered, and how many of them were reported.
    most_silent
        Share of silent prompts of the most silent healthy segment.
    """

    planted: list[Planted]
    healthy: int
    healthy_told: int
    most_silent: float


def mute(plan: Plan) -> Plan:
    """Return the same plan with two segments that nobody answers: one never, one from a third of the time on."""
    dead = _dead(plan)

    def effect(asset: Asset, moment: float) -> float:
        return 0.0 if asset.segment in dead and moment >= START + dead[asset.segment] * _WEEK else 1.0

    return replace(plan, effect=effect)


def _dead(plan: Plan) -> dict[str, int]:
    """Return segment -> the week from which on nobody answers it."""
    first, last = plan.personas[0], plan.personas[min(1, len(plan.personas) - 1)]
    never, no_more = list(first.rates)[2], list(last.rates)[3]
    return {f"{first.name}/{never}": 0, f"{last.name}/{no_more}": plan.weeks // 3}


def measure(lives: Sequence[Lived]) -> Chronic:
    """Measure what was told of segments."""
    planted: list[Planted] = []
    shares: list[float] = []
    told_healthy = 0
    for lived in lives:
        dead = _dead(lived.world.plan)
        by_segment: dict[str, list[Prompted]] = {}
        for p in lived.prompts:
            by_segment.setdefault(p.truth.asset.segment, []).append(p)
        verdicts = [v for v in lived.verdicts[0] if v.level == "segment"]
        for segment, prompts in by_segment.items():
            about = [v for v in verdicts if v.subject == f"{SOURCE}:/{segment}"]
            told = [v for v in about if v.verdict == "chronic"]
            if segment not in dead:
                shares.append(fmean(p.truth.silent for p in prompts))
                told_healthy += bool(told)
                continue
            mute_ones = [p for p in prompts if p.truth.factor == 0.0]
            until = mute_ones if not told else [p for p in mute_ones if p.truth.posted_at <= told[0].prompt.posted_at]
            healthy = [q.truth.p_zero for q in prompts if q.truth.factor > 0]
            planted.append(
                Planted(
                    segment=segment,
                    from_week=dead[segment],
                    times_told=len(told),
                    prompts=len(until) if told else None,
                    silent_expected=len(until) * fmean(healthy) if told and healthy else None,
                    p_zero_at_last=fmean(p.p_zero for p in prompts[-LAST:]),
                    stands=bool(about) and about[-1].verdict == "chronic",
                )
            )
    return Chronic(planted, len(shares), told_healthy, max(shares, default=0.0))
