"""Reliability and lead time of archives as a picture."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.evaluate.run import Evaluated

_COLOURS = ("#204a87", "#4e9a06", "#ce5c00")


def draw(evaluated: Sequence[Evaluated], file: Path) -> None:
    """Write a picture (PNG, or what the name ends with): a row an archive.

    On the left what was said of silence and what was so, on the line where both are equal; below how many prompts
    that rests on. On the right, for each alpha, which share of the truly silent prompts had been told of so many hours
    before the horizon.
    """
    from matplotlib.figure import Figure  # takes half a second, and only this needs it

    figure = Figure(figsize=(10.0, 4.0 * len(evaluated)), layout="constrained")
    axes: Any = figure.subplots(len(evaluated), 2, squeeze=False)
    for (left, right), archive in zip(axes, evaluated, strict=True):
        _reliability(left, archive)
        _leads(right, archive)
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)


def _reliability(axis: Any, archive: Evaluated) -> None:
    scores = archive.scores
    filled = [bucket for bucket in scores.reliability if bucket.prompts]
    axis.plot([0, 1], [0, 1], color="grey", linewidth=1, linestyle="--")
    axis.plot([b.predicted for b in filled], [b.silent for b in filled], marker="o", color=_COLOURS[0])
    width = 1 / len(scores.reliability)
    shares = [0.2 * bucket.prompts / scores.scored for bucket in scores.reliability]
    axis.bar([(n + 0.5) * width for n in range(len(shares))], shares, 0.9 * width, color=_COLOURS[0], alpha=0.25)
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of silence, as said", ylabel="share that was silent")
    axis.set_title(f"{archive.name}: {scores.scored:,} prompts, calibration error {scores.ece:.3f}", fontsize=10)
    axis.grid(alpha=0.3)


def _leads(axis: Any, archive: Evaluated) -> None:
    scores = archive.scores
    silent = round(scores.silent_share * scores.scored)
    for colour, (alpha, leads) in zip(_COLOURS, scores.leads.items(), strict=True):
        ordered = sorted(leads, reverse=True)
        shares = [(n + 1) / max(silent, 1) for n in range(len(ordered))]
        axis.step([*ordered, 0.0], [*shares, shares[-1] if shares else 0.0], color=colour, label=f"alpha {alpha:g}")
    axis.set(ylim=(0, 1), xlabel="hours before the horizon", ylabel="share of the truly silent told of")
    axis.invert_xaxis()
    axis.set_title(f"{archive.name}: {silent:,} prompts met silence", fontsize=10)
    axis.legend(loc="best")
    axis.grid(alpha=0.3)
