"""What was told beside what was planted, counted."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

import numpy as np

from pipeline.diagnosis.life import Case
from schemas.anomaly import UNDETERMINED

HEALTHY, NOT_TOLD = "healthy", "not_told"
BINS = 5
"""Bins of the probability: there are hundreds of cases, not thousands."""


@dataclass(frozen=True)
class Bin:
    """Cases whose leading probability is alike: how many, its mean, and the share in which it was right."""

    cases: int
    predicted: float
    right: float


@dataclass(frozen=True)
class Withheld:
    """Cases of one cause or two about which little could be known.

    Attributes
    ----------
    undetermined, right, wrong
        Shares of the cases. To be right is possible: what is asked and where is still seen.
    rather_undetermined
        Of the cases in which no planted cause leads, the share that is undetermined rather than wrong.
    """

    cases: int
    undetermined: float | None
    right: float | None
    wrong: float | None
    rather_undetermined: float | None


@dataclass(frozen=True)
class Measures:
    """What came out; shares are of the dead assets that were told of, and None where there was none.

    Attributes
    ----------
    planted, told
        Dead assets, and how many of them were told of; the others are no matter of diagnosis.
    leading_right, likeliest_right
        One cause: it leads ("undetermined" is not right); it is the most probable one, whether it stands out or not.
    named
        One cause: it leads, or is named beside another that does.
    undetermined, wrong
        One cause: nothing stands out; another one leads.
    right_by_cause
        One cause: share in which it leads.
    pairs_leading, pairs_in_three
        Two causes: one of both leads; both are among the three most probable.
    withheld
        The same workspaces without briefs, directory and talk.
    ece
        Expected calibration error of the probability of the most probable cause, where one was planted.
    ece_by_chance
        What it would be, on average, were every probability right: with few cases it is not 0.
    reliability
        What `ece` rests on; empty bins are left out.
    confusion
        Planted (causes joined by +, or `healthy`) -> told -> number of assets.
    """

    planted: int
    told: int
    leading_right: float | None
    likeliest_right: float | None
    named: float | None
    undetermined: float | None
    wrong: float | None
    right_by_cause: dict[str, float | None]
    pairs_leading: float | None
    pairs_in_three: float | None
    withheld: Withheld
    ece: float | None
    ece_by_chance: float | None
    reliability: list[Bin]
    confusion: dict[str, dict[str, int]]


def measure(cases: Sequence[Case], withheld: Sequence[Case]) -> Measures:
    """Count what was told of workspaces, and of the same ones with the evidence withheld."""
    dead = [case for case in cases if case.causes]
    told = [case for case in dead if case.told is not None]
    single = [case for case in told if len(case.causes) == 1]
    pairs = [case for case in told if len(case.causes) == 2]
    bins = reliability(single)
    return Measures(
        planted=len(dead),
        told=len(told),
        leading_right=_share(single, _leads),
        likeliest_right=_share(single, lambda case: case.ranked[0] in case.causes),
        named=_share(single, lambda case: _leads(case) or case.beside in case.causes),
        undetermined=_share(single, _undetermined),
        wrong=_share(single, _wrong),
        right_by_cause={
            cause: _share([case for case in single if case.causes == (cause,)], _leads)
            for cause in dict.fromkeys(case.causes[0] for case in dead if len(case.causes) == 1)
        },
        pairs_leading=_share(pairs, _leads),
        pairs_in_three=_share(pairs, lambda case: set(case.causes) <= set(case.ranked[:3])),
        withheld=_withheld([case for case in withheld if case.causes and case.told is not None]),
        ece=_ece(bins),
        ece_by_chance=by_chance([max(case.probabilities.values()) for case in single]),
        reliability=bins,
        confusion=confusion(cases),
    )


def _withheld(told: Sequence[Case]) -> Withheld:
    return Withheld(
        cases=len(told),
        undetermined=_share(told, _undetermined),
        right=_share(told, _leads),
        wrong=_share(told, _wrong),
        rather_undetermined=_share([case for case in told if not _leads(case)], _undetermined),
    )


def _leads(case: Case) -> bool:
    return case.told in case.causes


def _undetermined(case: Case) -> bool:
    return case.told == UNDETERMINED


def _wrong(case: Case) -> bool:
    return not _leads(case) and not _undetermined(case)


def _share(cases: Iterable[Case], holds: Callable[[Case], bool]) -> float | None:
    held = [holds(case) for case in cases]
    return fmean(held) if held else None


def confusion(cases: Iterable[Case]) -> dict[str, dict[str, int]]:
    """Count what was told by what was planted."""
    found: dict[str, Counter[str]] = {}
    for case in cases:
        found.setdefault("+".join(case.causes) or HEALTHY, Counter())[case.told or NOT_TOLD] += 1
    return {planted: dict(sorted(told.items())) for planted, told in found.items()}


def reliability(cases: Iterable[Case]) -> list[Bin]:
    """Put cases into bins of equal width by the probability of the most probable cause."""
    return _bins([(case.probabilities[case.ranked[0]], case.ranked[0] in case.causes) for case in cases])


def _bins(said: Iterable[tuple[float, bool]]) -> list[Bin]:
    by_bin: dict[int, list[tuple[float, bool]]] = {}
    for probability, right in said:
        by_bin.setdefault(min(int(probability * BINS), BINS - 1), []).append((probability, right))
    return [
        Bin(len(found), fmean(p for p, _ in found), fmean(right for _, right in found))
        for _, found in sorted(by_bin.items())
    ]


def _ece(bins: Sequence[Bin]) -> float | None:
    r"""Return $\sum_b \frac{n_b}{n} |\bar p_b - \bar y_b|$ (Naeini et al., AAAI 2015)."""
    cases = sum(found.cases for found in bins)
    return sum(found.cases * abs(found.predicted - found.right) for found in bins) / cases if cases else None


def by_chance(probabilities: Sequence[float], times: int = 200) -> float | None:
    """Return the mean calibration error of cases whose probabilities are right, by simulation."""
    if not probabilities:
        return None
    rng = np.random.default_rng(0)
    drawn = (rng.random(len(probabilities)) < np.array(probabilities) for _ in range(times))
    return fmean(_ece(_bins(zip(probabilities, map(bool, right), strict=True))) or 0.0 for right in drawn)
