"""Scores of an archive that was lived through: how probable silence was said to be, and when it was told."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, log
from statistics import fmean, median

from models.challengers import challengers
from pipeline.evaluate.life import Life, Lived
from schemas.base import HOUR

ALPHAS = (0.05, 0.1, 0.2)
WINDOWS = (4.0, 24.0, 72.0)
"""Hours after which a simpler system would call a prompt silent."""

WARM_UP = 0.2
"""Share of the prompts, from the first on, that are learned from and not scored."""

BUCKETS = 10
LEAST = 1e-4
"""Probabilities are kept so far from 0 and 1: one wrong certainty must not decide."""

UNDATED_MOST = 0.05
"""Share of the prompts with responses at unknown times above which nothing is said about when."""

OWN = "mix"
"""The product's own view."""

NOTHING = 0.5
"""What a view says that has learned nothing yet."""


@dataclass(frozen=True)
class Bucket:
    """Prompts whose p_zero lies within a tenth: what was said and what was so."""

    prompts: int
    predicted: float
    silent: float


@dataclass(frozen=True)
class Told:
    """What an alpha amounts to.

    Attributes
    ----------
    judged
        Share of the prompts that have a deadline.
    judged_prompts
        How many of those whose responses all have a time.
    silent_at_deadline
        Share of them to which nobody had responded at the deadline: what alpha promises, or less.
    recall
        Share of the truly silent prompts that were told of.
    precision
        Share of the truly silent among those that were told of.
    false_alarms
        Share of the answered prompts that were told of before.
    lead_hours_median, lead_hours_p90
        Hours between deadline and horizon of the truly silent that were told of; a tenth has more than the second.
    window_hours
        The shortest fixed window with as few false alarms.
    found_before_window
        Share of the truly silent that were told of before that window was over.
    hours_saved
        By how much earlier a truly silent prompt was told of than by that window; one that was not told of counts as
        told of at the horizon.
    """

    judged: float
    judged_prompts: int
    silent_at_deadline: float | None
    recall: float | None
    precision: float | None
    false_alarms: float | None
    lead_hours_median: float | None
    lead_hours_p90: float | None
    window_hours: float | None
    found_before_window: float | None
    hours_saved: float | None


@dataclass(frozen=True)
class Window:
    """What a fixed window amounts to: it finds all that are silent, so many hours after posting."""

    false_alarms: float | None
    precision: float | None
    lead_hours: float


@dataclass(frozen=True)
class Scores:
    """All of an archive.

    Attributes
    ----------
    prompts, warm_up, censored, undated
        How many prompts there were; learned from only; not scored because the archive ends before their horizon;
        scored, but not for when they were told of, because a response has no time.
    scored
        How many are scored.
    silent_share
        Of the scored.
    log_loss
        View or challenger -> mean negative log-likelihood of "silent at the horizon", in nats.
    ece
        Expected calibration error of the product's own: mean distance between predicted and true share over buckets.
    why_not_when
        Why nothing is said about deadlines; empty where it is.
    """

    prompts: int
    scored: int
    warm_up: int
    censored: int
    undated: int
    silent_share: float
    log_loss: dict[str, float]
    ece: float
    reliability: list[Bucket]
    alphas: dict[float, Told]
    windows: dict[float, Window]
    leads: dict[float, list[float]]
    why_not_when: str


def score(life: Life) -> Scores | None:
    """Score an archive; None when it has nothing to score."""
    warm_up = ceil(WARM_UP * len(life.lived))
    scored = life.lived[warm_up:]
    if not scored:
        return None
    labels = [prompt.silent for prompt in scored]
    views = {name: [prompt.views.get(name, NOTHING) for prompt in scored] for name in scored[-1].views}
    challenged = {name: found[warm_up:] for name, found in challenge(life.lived, life.horizon_hours).items()}
    reliability = _reliability(views[OWN], labels)
    dated = [prompt for prompt in scored if prompt.dated]
    undated = len(scored) - len(dated)
    why_not = ""
    if undated > UNDATED_MOST * len(scored):
        why_not = (
            f"{undated:,} of {len(scored):,} prompts have responses without a time: what came before a deadline is not "
            "known"
        )
    timed = [] if why_not else dated
    return Scores(
        prompts=life.prompts,
        scored=len(scored),
        warm_up=warm_up,
        censored=life.censored,
        undated=undated,
        silent_share=fmean(labels),
        log_loss={name: log_loss(found, labels) for name, found in (views | challenged).items()},
        ece=sum(b.prompts * abs(b.predicted - b.silent) for b in reliability if b.prompts) / len(scored),
        reliability=reliability,
        alphas={alpha: _told(scored, timed, n, life.horizon_hours) for n, alpha in enumerate(ALPHAS)},
        windows={hours: _window(timed, hours, life.horizon_hours) for hours in WINDOWS},
        leads={alpha: _leads(scored, n, life.horizon_hours) for n, alpha in enumerate(ALPHAS)},
        why_not_when=why_not,
    )


def log_loss(predicted: Sequence[float], labels: Sequence[bool]) -> float:
    """Return the mean negative log-likelihood in nats.

    >>> round(log_loss([0.5, 0.5], [True, False]), 4)
    0.6931
    """
    likely = (p if silent else 1.0 - p for p, silent in zip(predicted, labels, strict=True))
    return -fmean(log(min(max(p, LEAST), 1.0 - LEAST)) for p in likely)


def challenge(lived: Sequence[Lived], horizon_hours: float) -> dict[str, list[float]]:
    """Return what each challenger says of every prompt when it is posted, having learned what was known by then."""
    seats, said = challengers(), {name: list[float]() for name in challengers()}
    known: list[tuple[float, int]] = []
    for number, prompt in enumerate(lived):
        while known and known[0][0] <= prompt.posted_at:
            label = lived[heapq.heappop(known)[1]]
            for challenger in seats.values():
                challenger.learn_one(label.features, label.silent, label.responders)
        for name, challenger in seats.items():
            said[name].append(challenger.p_zero(prompt.features))
        heapq.heappush(known, (prompt.posted_at + horizon_hours * HOUR, number))
    return said


def _reliability(predicted: Sequence[float], labels: Sequence[bool]) -> list[Bucket]:
    found: list[list[tuple[float, bool]]] = [[] for _ in range(BUCKETS)]
    for p, silent in zip(predicted, labels, strict=True):
        found[min(int(p * BUCKETS), BUCKETS - 1)].append((p, silent))
    return [
        Bucket(len(some), fmean(p for p, _ in some) if some else 0.0, fmean(s for _, s in some) if some else 0.0)
        for some in found
    ]


def _told(scored: Sequence[Lived], timed: Sequence[Lived], n: int, horizon: float) -> Told:
    """Say what the n-th alpha amounts to: what of it needs no times over all that are scored."""
    silent = [prompt for prompt in scored if prompt.silent]
    leads = _leads(scored, n, horizon)
    told = [prompt for prompt in timed if _was_told(prompt, n)]
    judged = [prompt for prompt in timed if prompt.deadlines[n] is not None]
    answered = [prompt for prompt in timed if not prompt.silent]
    false_alarms = _share([_was_told(prompt, n) for prompt in answered])
    window = None if false_alarms is None else _window_with(answered, false_alarms, horizon)
    ages = [horizon if (age := prompt.deadlines[n]) is None else age for prompt in silent]
    return Told(
        judged=fmean(prompt.deadlines[n] is not None for prompt in scored),
        judged_prompts=len(judged),
        silent_at_deadline=_share([_was_told(prompt, n) for prompt in judged]),
        recall=_share([prompt.deadlines[n] is not None for prompt in silent]),
        precision=_share([prompt.silent for prompt in told]),
        false_alarms=false_alarms,
        lead_hours_median=median(leads) if leads else None,
        lead_hours_p90=sorted(leads)[int(0.9 * (len(leads) - 1))] if leads else None,
        window_hours=window,
        found_before_window=None if window is None else _share([age < window for age in ages]),
        hours_saved=window - fmean(ages) if window is not None and ages else None,
    )


def _was_told(prompt: Lived, n: int) -> bool:
    deadline = prompt.deadlines[n]
    return deadline is not None and (prompt.first_hours is None or prompt.first_hours > deadline)


def _leads(scored: Sequence[Lived], n: int, horizon: float) -> list[float]:
    return [horizon - age for prompt in scored if prompt.silent and (age := prompt.deadlines[n]) is not None]


def _share(held: Sequence[bool]) -> float | None:
    return fmean(held) if held else None


def _window_with(answered: Sequence[Lived], false_alarms: float, horizon: float) -> float:
    """Return the shortest window after which no larger share of the answered prompts is still waiting."""
    firsts = sorted(prompt.first_hours or 0.0 for prompt in answered)
    waiting = int(false_alarms * len(firsts) + 1e-9)
    return 0.0 if waiting >= len(firsts) else min(firsts[len(firsts) - waiting - 1], horizon)


def _window(timed: Sequence[Lived], hours: float, horizon: float) -> Window:
    waiting = [prompt for prompt in timed if prompt.first_hours is None or prompt.first_hours > hours]
    return Window(
        false_alarms=_share([(p.first_hours or 0.0) > hours for p in timed if not p.silent]),
        precision=_share([prompt.silent for prompt in waiting]),
        lead_hours=horizon - hours,
    )
