"""The study as a picture."""

from pathlib import Path
from typing import Any

from pipeline.study.change import AROUND, CLOSE, Step
from pipeline.study.deaths import Deaths
from pipeline.study.run import Study
from pipeline.study.year import WARM_UP_WEEKS, Year

_OWN, _CAPPED, _OTHER, _TRUTH = "#204a87", "#4e9a06", "#ce5c00", "grey"


def draw(study: Study, file: Path) -> None:
    """Write a picture (PNG, or what the name ends with): false alarms, what lies before a deadline, deaths, a step."""
    from matplotlib.figure import Figure  # takes half a second, and only this needs it

    figure = Figure(figsize=(11.0, 8.0), layout="constrained")
    axes: Any = figure.subplots(2, 2)
    _promises(axes[0][0], study.year)
    _spans(axes[0][1], study.year)
    _deaths(axes[1][0], study.deaths)
    _step(axes[1][1], study.step)
    figure.suptitle(f"{study.workspaces} simulated workspaces of {study.weeks} weeks, seed {study.seed}")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)


def _promises(axis: Any, found: Year) -> None:
    alphas = list(found.promises)
    most = 1.1 * max(alphas)
    axis.plot([0, most], [0, most], color=_TRUTH, linestyle="--", label="alpha: the promise")
    for promises, colour, label in (
        (found.promises, _OWN, f"after {WARM_UP_WEEKS:g} weeks"),
        (found.cold_start, _OTHER, "first weeks of a programme"),
    ):
        told = [(a, p.silent_at_deadline) for a, p in promises.items() if p.silent_at_deadline is not None]
        axis.plot([a for a, _ in told], [share for _, share in told], marker="o", color=colour, label=label)
    axis.set(xlabel="alpha", ylabel="healthy prompts called silent", xlim=(0, most), ylim=(0, None))
    axis.set_title("False alarms", fontsize=10)
    axis.legend()
    axis.grid(alpha=0.3)


def _spans(axis: Any, found: Year) -> None:
    names = [name for name, span in found.spans.items() if span.prompts]
    shares = [found.spans[name].silent_at_deadline or 0.0 for name in names]
    axis.bar([f"{name}\n({found.spans[name].prompts:,})" for name in names], shares, color=_OWN)
    axis.axhline(found.span_alpha, color=_TRUTH, linestyle="--", label=f"alpha {found.span_alpha:g}")
    axis.set(ylabel="healthy prompts called silent", ylim=(0, 1.3 * max(*shares, found.span_alpha)))
    axis.set_title("What lies between posting and deadline", fontsize=10)
    axis.legend()


def _deaths(axis: Any, found: Deaths) -> None:
    for rules, colour, label in (
        (found.detectors, _OWN, "evidence over prompts"),
        (found.capped, _CAPPED, "and with the cap"),
        (found.rows, _OTHER, "n silent in a row"),
    ):
        points = sorted((r.false_per_thousand, r.delay) for r in rules.values() if r.false_per_thousand > 0)
        axis.plot([x for x, _ in points], [y for _, y in points], marker="o", color=colour, label=label)
    axis.set(xscale="log", xlabel="false alarms per 1,000 prompts of living assets", ylabel="prompts until it is told")
    axis.set_title(f"{found.died} of {found.assets} assets die", fontsize=10)
    axis.legend()
    axis.grid(alpha=0.3)


def _step(axis: Any, found: Step) -> None:
    axis.axhspan(1 - CLOSE, 1 + CLOSE, color=_TRUTH, alpha=0.2, label="within a quarter")
    axis.plot([AROUND * (n + 0.5) for n in range(len(found.ratios))], found.ratios, marker="o", color=_OWN)
    axis.set(xlabel="prompts of a segment after the step", ylabel="responders expected / truth", ylim=(0, None))
    axis.set_title("Engagement falls to half", fontsize=10)
    axis.legend()
    axis.grid(alpha=0.3)
