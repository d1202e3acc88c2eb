"""What changes: engagement that falls to half, one prompt that goes around the world, segments that fall silent."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import fmean

from pipeline.study.life import Lived, Prompted
from pipeline.study.world import HORIZON, START, Asset, Plan, Viral
from schemas.asset import AssetType
from schemas.base import HOUR

_WEEK = 7 * 24 * HOUR

CLOSE = 0.25
"""How far the mean expectation may be from the truth to have followed it."""

AROUND = 10
"""Over so many prompts of each segment a mean is taken."""


@dataclass(frozen=True)
class Step:
    """After the engagement of everything fell to half.

    Attributes
    ----------
    prompts
        Prompts of a segment after which responders expected, over all segments, stay within a quarter of the truth;
        None: they never do.
    ratios
        Responders expected, of those truly to be expected, by prompts of the segment after the step: a mean over
        `AROUND` prompts each.
    errors
        Mean of p_zero as said less p_zero as it is, likewise.
    false_alarms
        Share of the judged prompts that were called silent, likewise.
    """

    prompts: int | None
    ratios: list[float]
    errors: list[float]
    false_alarms: list[float | None]


def halving(plan: Plan) -> Plan:
    """Return the same plan with the engagement of everything halved from soon after the middle on."""
    moment = START + (plan.weeks // 2 + 4) * _WEEK

    def effect(_: Asset, posted: float) -> float:
        return 0.5 if posted >= moment else 1.0

    return replace(plan, effect=effect)


def measure_step(lives: Sequence[Lived]) -> Step:
    """Measure how expectations followed a step down."""
    after: dict[int, list[Prompted]] = {}
    for lived in lives:
        counted: dict[str, int] = {}
        for p in lived.prompts:
            if p.truth.factor == 0.5:
                place = counted[p.truth.asset.segment] = counted.get(p.truth.asset.segment, -1) + 1
                after.setdefault(place, []).append(p)
    most = max(counted.values()) + 1  # of the last world: all are alike in this
    single = [_ratio(after[n]) for n in range(most)]
    followed = [n for n in range(most) if all(abs(r - 1) <= CLOSE for r in _smooth(single)[n:])]
    blocks = [[p for n in range(at, min(at + AROUND, most)) for p in after[n]] for at in range(0, most, AROUND)]
    return Step(
        prompts=followed[0] if followed else None,
        ratios=[_ratio(block) for block in blocks],
        errors=[fmean(p.p_zero - p.truth.p_zero for p in block) for block in blocks],
        false_alarms=[_called([p for p in block if p.deadlines[0] is not None]) for block in blocks],
    )


def _ratio(prompts: Sequence[Prompted]) -> float:
    return sum(p.expected for p in prompts) / sum(p.truth.mean for p in prompts)


def _smooth(values: Sequence[float], width: int = 5) -> list[float]:
    return [fmean(values[max(n - width + 1, 0) : n + 1]) for n in range(len(values))]


def _called(judged: Sequence[Prompted]) -> float | None:
    return fmean(p.flagged[0] is not None for p in judged) if judged else None


@dataclass(frozen=True)
class Harm:
    """What one prompt with very many responders does to the ones after it, beside the same world without it.

    Attributes
    ----------
    responders
        How many came to the one.
    prompts
        How many were posted after it had closed.
    p_zero_moved, p_zero_moved_most
        By how much p_zero of a later prompt differs, mean and most.
    expected_moved
        Responders expected of the next `AROUND` prompts of the same segment, of those without it.
    verdicts_changed
        Later prompts that were called silent in one of the two worlds only.
    """

    responders: int
    prompts: int
    p_zero_moved: float
    p_zero_moved_most: float
    expected_moved: float
    verdicts_changed: int


def viral(plan: Plan) -> Plan:
    """Return the same plan with one prompt, in the middle, to which 2,000 guests respond."""
    asset_id = f"{plan.personas[0].name}-1/{AssetType.QUESTION}"
    return replace(plan, viral=Viral(asset_id, number=plan.weeks // 2, responders=2_000))


def measure_viral(without: Lived, with_it: Lived) -> Harm:
    """Measure what the prompt with very many responders did to those after it."""
    plan = with_it.world.plan
    assert plan.viral is not None
    name = plan.viral.asset_id, plan.viral.number
    one = next(p for p in with_it.prompts if (p.truth.asset.asset_id, p.truth.number) == name)
    closed = one.truth.posted_at + HORIZON
    pairs = [(a, b) for a, b in zip(without.prompts, with_it.prompts, strict=True) if b.truth.posted_at > closed]
    moved = [abs(a.p_zero - b.p_zero) for a, b in pairs]
    same = [(a, b) for a, b in pairs if b.truth.asset.segment == one.truth.asset.segment][:AROUND]
    return Harm(
        responders=len(one.truth.responders),
        prompts=len(pairs),
        p_zero_moved=fmean(moved),
        p_zero_moved_most=max(moved),
        expected_moved=sum(b.expected for _, b in same) / sum(a.expected for a, _ in same),
        verdicts_changed=sum((a.flagged[0] is None) != (b.flagged[0] is None) for a, b in pairs),
    )
