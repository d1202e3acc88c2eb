"""The diagnosis study as a picture."""

from pathlib import Path
from typing import Any

from pipeline.diagnosis.measures import Measures
from pipeline.diagnosis.render import TOLD
from pipeline.diagnosis.run import Diagnosed

_OWN, _TRUTH = "#204a87", "grey"


def draw(diagnosed: Diagnosed, file: Path) -> None:
    """Write a picture (PNG, or what the name ends with): what was told of what was planted, and the reliability."""
    from matplotlib.figure import Figure  # takes half a second, and only this needs it

    figure = Figure(figsize=(12.0, 6.0), layout="constrained")
    axes: Any = figure.subplots(1, 2, width_ratios=(1.5, 1.0))
    _confusion(axes[0], diagnosed.measures)
    _reliability(axes[1], diagnosed.measures)
    figure.suptitle(f"{diagnosed.workspaces} simulated workspaces, seed {diagnosed.seed}")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=100)


def _confusion(axis: Any, found: Measures) -> None:
    rows = [[told.get(column, 0) for column in TOLD] for told in found.confusion.values()]
    shares = [[count / max(sum(row), 1) for count in row] for row in rows]
    axis.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for y, row in enumerate(rows):
        for x, count in enumerate(row):
            if count:
                colour = "white" if shares[y][x] > 0.6 else "black"
                axis.text(x, y, str(count), ha="center", va="center", color=colour, fontsize=8)
    axis.set_xticks(range(len(TOLD)), [column.replace("_", "\n") for column in TOLD], fontsize=8)
    axis.set_yticks(range(len(rows)), list(found.confusion), fontsize=8)
    axis.set(xlabel="told", ylabel="planted")
    axis.set_title("Assets by planted cause and diagnosis; the shade is the share of the row", fontsize=10)


def _reliability(axis: Any, found: Measures) -> None:
    bins = found.reliability
    axis.plot([0, 1], [0, 1], color=_TRUTH, linestyle="--", linewidth=1)
    axis.plot([b.predicted for b in bins], [b.right for b in bins], marker="o", color=_OWN)
    for b in bins:
        axis.annotate(f"{b.cases}", (b.predicted, b.right), textcoords="offset points", xytext=(6, -10), fontsize=8)
    ece = "-" if found.ece is None else f"{found.ece:.3f}"
    axis.set(xlim=(0, 1), ylim=(0, 1), xlabel="probability of the most probable cause", ylabel="share in which it was")
    axis.set_title(f"One planted cause: calibration error {ece}", fontsize=10)
    axis.grid(alpha=0.3)
