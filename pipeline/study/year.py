"""An ordinary year: false alarms against alpha, and what nights, weekends, holidays and an outage do to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor
from statistics import fmean

from pipeline.evaluate.scores import NOTHING, log_loss
from pipeline.simulate.working_hours import DAY, HOUR, weekday
from pipeline.study.life import Lived, Prompted
from pipeline.study.people import BERLIN, KOLKATA, LONDON, NEW_YORK, Calendar
from pipeline.study.world import MONDAY

WARM_UP_WEEKS = 8.0
"""What is posted in the first weeks of a persona's programme is learned from and counted as cold start."""

_HOLIDAYS = frozenset(MONDAY + n for n in (102, 105, 353, 354, 355, 358, 359, 360))
OUTAGE = frozenset(MONDAY + n for n in (246, 247))
"""Two days on which the source delivers nothing, and people live on."""

_LOCAL = {LONDON: (119, 231), BERLIN: (115, 270), NEW_YORK: (179, 238, 325), KOLKATA: (20, 221, 269)}

CALENDAR = Calendar(
    everybody=_HOLIDAYS,
    by_zone={zone: frozenset(MONDAY + n for n in days) for zone, days in _LOCAL.items()},
)
"""Two days at Easter and six at the end of the year for all, others by zone."""

SPANS = ("outage", "holiday", "weekend", "night", "day")


@dataclass(frozen=True)
class Promise:
    """What an alpha amounts to over healthy prompts.

    Attributes
    ----------
    judged
        Share that has a deadline.
    judged_prompts
        How many those are.
    silent_at_deadline
        Share of them that was called silent: what alpha promises, or less.
    nobody_at_work
        How many were called silent at a moment when nobody of the persona was at work.
    """

    judged: float
    judged_prompts: int
    silent_at_deadline: float | None
    nobody_at_work: int


@dataclass(frozen=True)
class Span:
    """Judged prompts by what lies between posting and deadline, the rarest of it.

    Attributes
    ----------
    prompts
        How many there are.
    silent_at_deadline, unknown
        Share that was called silent, and of which it was told that nobody can know.
    """

    prompts: int
    silent_at_deadline: float | None
    unknown: float | None


@dataclass(frozen=True)
class Year:
    """What came out of ordinary years, all prompts of which are healthy.

    Attributes
    ----------
    prompts
        How many are scored, the warm-up left out.
    silent_share
        Of these, at the horizon.
    log_loss
        View -> mean negative log-likelihood of "silent at the horizon"; `truth` is that of who knows the truth.
    error
        Mean absolute difference between p_zero as said and as it is.
    expected_ratio
        Responders expected, of those truly to be expected.
    promises
        By alpha.
    spans
        By what lies between posting and deadline, at the alpha of `span_alpha`.
    cold_start
        The same promises for the prompts of the warm-up.
    """

    prompts: int
    silent_share: float
    log_loss: dict[str, float]
    error: float
    expected_ratio: float
    promises: dict[float, Promise]
    spans: dict[str, Span]
    span_alpha: float
    cold_start: dict[float, Promise]


def measure(years: Sequence[Lived], alphas: Sequence[float], span_alpha: float = 0.1) -> Year:
    """Measure what came out of one or several years."""
    scored = [(lived, p) for lived in years for p in lived.after(WARM_UP_WEEKS)]
    late = {id(p) for _, p in scored}
    early = [(lived, p) for lived in years for p in lived.prompts if id(p) not in late]
    prompts = [p for _, p in scored]
    labels = [p.truth.silent for p in prompts]
    losses = {view: log_loss([p.views.get(view, NOTHING) for p in prompts], labels) for view in prompts[-1].views}
    losses["truth"] = log_loss([p.truth.p_zero for p in prompts], labels)
    number = list(alphas).index(span_alpha)
    by_span: dict[str, list[Prompted]] = {name: [] for name in SPANS}
    for lived, p in scored:
        if p.deadlines[number] is not None:
            by_span[span(lived, p, number)].append(p)
    return Year(
        prompts=len(prompts),
        silent_share=fmean(labels),
        log_loss=losses,
        error=fmean(abs(p.p_zero - p.truth.p_zero) for p in prompts),
        expected_ratio=sum(p.expected for p in prompts) / sum(p.truth.mean for p in prompts),
        promises={alpha: _promise(scored, n) for n, alpha in enumerate(alphas)},
        spans={
            name: Span(len(found), _told(found, number), fmean(p.unknown[number] for p in found) if found else None)
            for name, found in by_span.items()
        },
        span_alpha=span_alpha,
        cold_start={alpha: _promise(early, n) for n, alpha in enumerate(alphas)},
    )


def span(lived: Lived, prompted: Prompted, number: int) -> str:
    """Name the rarest that lies between posting and deadline: outage, holiday, weekend, night, or nothing of it."""
    posted, deadline = prompted.truth.posted_at, prompted.deadlines[number]
    assert deadline is not None
    persona = prompted.truth.asset.persona
    days = range(floor(posted / DAY), floor(deadline / DAY) + 1)
    hours = [lived.world.hours[zone] for zone in persona.zones]
    if any(day in OUTAGE for day in days):
        return "outage"
    if any(day in zone.off for zone in hours for day in days):
        return "holiday"
    if any(weekday(day) > 4 for day in days):
        return "weekend"
    moments = range(int(posted), int(deadline), int(HOUR / 2))
    return "day" if all(lived.world.at_work(persona, moment) for moment in moments) else "night"


def _promise(prompts: Sequence[tuple[Lived, Prompted]], number: int) -> Promise:
    judged = [(lived, p) for lived, p in prompts if p.deadlines[number] is not None]
    told = [(lived, p, at) for lived, p in judged if (at := p.flagged[number]) is not None]
    return Promise(
        judged=len(judged) / max(len(prompts), 1),
        judged_prompts=len(judged),
        silent_at_deadline=_told([p for _, p in judged], number),
        nobody_at_work=sum(not lived.world.at_work(p.truth.asset.persona, at) for lived, p, at in told),
    )


def _told(judged: Sequence[Prompted], number: int) -> float | None:
    return fmean(p.flagged[number] is not None for p in judged) if judged else None
