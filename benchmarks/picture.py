"""Draws what open prompts cost: `python -m benchmarks.picture LATEST.json PICTURE.svg`, with the peers' Python."""

import json
import sys
from pathlib import Path

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams["svg.hashsalt"] = "crickets"  # the same figures give the same file
from matplotlib import pyplot  # noqa: E402
from matplotlib.ticker import LogLocator, NullFormatter  # noqa: E402

CURVES = (
    ("event", "us of CPU", "CPU of an event, µs", False),
    ("memory", "MiB", "resident memory, MiB", True),
    ("recovery", "s", "recovery, s", True),
    ("tick-idle", "us", "tick with nothing due, µs", False),
)


def main(latest: Path, picture: Path) -> None:
    found: dict[tuple[str, str], list[tuple[int, float]]] = {}
    for entry in json.loads(latest.read_text()):
        group, _, rest = entry["name"].partition("/")
        if group == "open-prompts":
            size, _, name = rest.partition("/")
            found.setdefault((name, entry["unit"]), []).append((int(size), entry["median"]))
    figure, axes = pyplot.subplots(1, len(CURVES), figsize=(3.2 * len(CURVES), 2.8), layout="constrained")
    for axis, (name, unit, title, logarithmic) in zip(axes, CURVES, strict=True):
        points = sorted(found.get((name, unit), []))
        axis.plot([size for size, _ in points], [value for _, value in points], marker="o", color="#3465a4")
        if points:  # no scale is logarithmic without any
            axis.set_xscale("log")
        if points and logarithmic:
            axis.set_yscale("log")
            axis.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axis.yaxis.set_major_formatter("{x:,g}")
            axis.yaxis.set_minor_formatter(NullFormatter())
        else:
            axis.set_ylim(0, 1.3 * max((value for _, value in points), default=1.0))
        axis.set_title(title, fontsize=10)
        axis.set_xlabel("open prompts")
        axis.grid(alpha=0.3)
    figure.savefig(picture, metadata={"Date": None})


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
