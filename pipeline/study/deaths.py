"""Assets that die: how many prompts until it is told, and how often it is told of an asset that lives.

The e-detectors over the prompts of an asset (agent `watch`) beside the rule that everybody would write, "n silent
prompts in a row", at the same number of false alarms.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import inf, log
from statistics import fmean, median

import numpy as np

from pipeline.in_memory import Evidence
from pipeline.study.life import Lived, Prompted
from pipeline.study.standing import false_standing
from pipeline.study.world import START, Asset, Plan, World
from schemas.base import HOUR
from schemas.verdict import Verdict

EVIDENCE_ALPHAS = (0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002)
FDRS = (0.5, 0.2, 0.1, 0.05)
"""Rates of the cap, over e-detectors of `CAPPED_ALPHA`."""

CAPPED_ALPHA = 0.1
EVIDENCE = (*(Evidence(alpha) for alpha in EVIDENCE_ALPHAS), *(Evidence(CAPPED_ALPHA, fdr) for fdr in FDRS))
ROWS = tuple(range(2, 15))

_WEEK = 7 * 24 * HOUR
_WARM_UP = 10
"""The first prompts of an asset, at which no false alarm is counted and no asset dies."""

_DIES = 0.6
_LEFT = 10
"""Weeks before the end in which nothing dies any more: it could not be told of."""


@dataclass(frozen=True)
class Rule:
    """What a rule amounts to.

    Attributes
    ----------
    false_per_thousand
        Runs of alarms per 1,000 prompts of assets that live.
    delay
        Prompts from the first dead one to the one that it is told at, both counted; mean over the dead assets. One
        that was never told of counts with all that were posted.
    delay_median
        The same, median.
    found
        Share of the dead assets that were told of.
    false_share
        Of all runs of alarms, those that are false.
    false_standing
        Of the assets that are told to be silent at the end of a week, those that live, over all weeks; None: not
        measured, or nothing stands.
    """

    false_per_thousand: float
    delay: float
    delay_median: float
    found: float
    false_share: float = 0.0
    false_standing: float | None = None


@dataclass(frozen=True)
class Deaths:
    """What came out.

    Attributes
    ----------
    assets, died, healthy_prompts
        How many there were.
    detectors
        Evidence alpha -> what it amounts to.
    capped
        Rate of the cap -> what it amounts to at `CAPPED_ALPHA`, over all that is watched in one workspace.
    rows
        n -> what "n silent in a row" amounts to.
    rows_at_equal
        Evidence alpha -> mean delay of "n silent in a row" with as many false alarms, between two n by the logarithm
        of the false alarms; None: no n has so few, or so many.
    """

    assets: int
    died: int
    healthy_prompts: int
    detectors: dict[float, Rule]
    capped: dict[float, Rule]
    rows: dict[int, Rule]
    rows_at_equal: dict[float, float | None]


def dying(plan: Plan) -> Plan:
    """Return the same plan with most assets dying: after their warm-up, and some weeks before the end."""
    rng = np.random.default_rng([plan.seed, 1])
    when = {}
    for asset in World(plan).assets:
        first = asset.persona.from_week + _WARM_UP * plan.every_days / 7
        share, dies = rng.random(), rng.random() < _DIES
        if dies and first < plan.weeks - _LEFT:
            when[asset.asset_id] = START + _WEEK * (first + share * (plan.weeks - _LEFT - first))

    def effect(asset: Asset, moment: float) -> float:
        return 0.0 if moment >= when.get(asset.asset_id, inf) else 1.0

    return replace(plan, effect=effect)


def measure(lives: Sequence[Lived]) -> Deaths:
    """Measure what came out of worlds with dying assets."""
    histories = [history for lived in lives for history in _histories(lived.prompts)]
    rules = []
    for number in range(len(EVIDENCE)):
        starts = [start for lived in lives for start in _starts(lived, lived.verdicts[number])]
        rule = _rule(histories, *_outcome(histories, starts))
        rules.append(replace(rule, false_standing=false_standing(lives, number, _WARM_UP)))
    detectors = dict(zip(EVIDENCE_ALPHAS, rules, strict=False))
    rows = {n: _rule(histories, *_outcome(histories, _rows(histories, n))) for n in ROWS}
    return Deaths(
        assets=len(histories),
        died=sum(first_dead(history) is not None for history in histories),
        healthy_prompts=_healthy(histories),
        detectors=detectors,
        capped=dict(zip(FDRS, rules[len(EVIDENCE_ALPHAS) :], strict=True)),
        rows=rows,
        rows_at_equal={alpha: at_equal(rows, rule.false_per_thousand) for alpha, rule in detectors.items()},
    )


def first_dead(history: Sequence[Prompted]) -> int | None:
    """Return the place of the first prompt of an asset that was dead."""
    return next((n for n, p in enumerate(history) if p.truth.factor == 0.0), None)


def _histories(prompts: Iterable[Prompted]) -> list[list[Prompted]]:
    by_asset: dict[str, list[Prompted]] = {}
    for p in prompts:
        by_asset.setdefault(p.truth.asset.asset_id, []).append(p)
    return [sorted(found, key=lambda p: p.truth.number) for found in by_asset.values()]


def _starts(lived: Lived, verdicts: Iterable[Verdict]) -> list[int]:
    """Return the prompts (by identity of their truth) at which a run of alarms about an asset began."""
    alarmed: set[str] = set()
    starts = []
    for verdict in verdicts:
        if verdict.level != "asset":
            continue
        if verdict.verdict == "revived":
            alarmed.discard(verdict.subject)
        elif verdict.subject not in alarmed:
            alarmed.add(verdict.subject)
            starts.append(id(lived.world.truths[verdict.prompt.prompt_id]))
    return starts


def _rows(histories: Iterable[Sequence[Prompted]], n: int) -> list[int]:
    """Return the prompts that are the n-th silent one in a row."""
    found = []
    for history in histories:
        row = 0
        for p in history:
            row = row + 1 if p.truth.silent else 0
            if row == n:
                found.append(id(p.truth))
    return found


def _outcome(histories: Sequence[Sequence[Prompted]], starts: Iterable[int]) -> tuple[list[int | None], int]:
    """Return the delay for each asset that died (None: never told), and the number of false alarms.

    An alarm that began before the death and went on through it is a false one that happens to be right: the asset is
    told of at once.
    """
    begun = set(starts)
    delays: list[int | None] = []
    false = 0
    for history in histories:
        dead = first_dead(history)
        alive = len(history) if dead is None else dead
        false += sum(id(p.truth) in begun for p in history[_WARM_UP:alive])
        if dead is not None:
            after = [n for n, p in enumerate(history[dead:]) if id(p.truth) in begun]
            before = [n for n, p in enumerate(history[:dead]) if id(p.truth) in begun]
            if before and all(p.truth.silent for p in history[before[-1] : dead]):
                delays.append(1)
            else:
                delays.append(after[0] + 1 if after else None)
    return delays, false


def _healthy(histories: Iterable[Sequence[Prompted]]) -> int:
    return sum(p.truth.factor > 0.0 for history in histories for p in history[_WARM_UP:])


def _rule(histories: Sequence[Sequence[Prompted]], delays: Sequence[int | None], false: int) -> Rule:
    died = [len(history) - dead for history in histories if (dead := first_dead(history)) is not None]
    counted = [left if delay is None else delay for delay, left in zip(delays, died, strict=True)]
    return Rule(
        false_per_thousand=1_000 * false / max(_healthy(histories), 1),
        delay=fmean(counted) if counted else 0.0,
        delay_median=median(counted) if counted else 0.0,
        found=fmean(delay is not None for delay in delays) if delays else 0.0,
        false_share=false / max(false + sum(delay is not None for delay in delays), 1),
    )


def at_equal(rows: Mapping[int, Rule], false_per_thousand: float) -> float | None:
    """Return the mean delay of "n silent in a row" with so many false alarms; None: no n has so few, or so many."""
    for n in ROWS[:-1]:
        many, few = rows[n], rows[n + 1]
        if many.false_per_thousand >= false_per_thousand >= few.false_per_thousand > 0 and false_per_thousand > 0:
            if many.false_per_thousand == few.false_per_thousand:
                return many.delay
            share = log(many.false_per_thousand / false_per_thousand) / log(
                many.false_per_thousand / few.false_per_thousand
            )
            return many.delay + share * (few.delay - many.delay)
    return None
