"""The figures for people: on the terminal, and as Markdown for the docs."""

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from benchmarks.entry import Entry, load
from benchmarks.target import TARGETS


def show(entries: Sequence[Entry], console: Console) -> None:
    """Print all figures, then the targets."""
    table = Table()
    for column in ("figure", "unit"):
        table.add_column(column, no_wrap=True)
    for column in ("median", "lowest", "highest", "rounds"):
        table.add_column(column, justify="right")
    for entry in entries:
        low, high = min(entry.rounds), max(entry.rounds)
        table.add_row(
            entry.name, entry.unit, number(entry.median), number(low), number(high), str(len(entry.rounds))
        )  # fmt: skip
    console.print(table)
    console.print(targets(entries))


def targets(entries: Sequence[Entry]) -> Table:
    """Return what was to be reached, and what was."""
    known = {(entry.name, entry.unit): entry for entry in entries}
    table = Table("target", "of", "measured", "", title="Targets")
    for target in TARGETS:
        value = target.value(known)
        said = "not measured" if value is None else number(value)
        verdict = "" if value is None else "[green]met[/]" if target.met(value) else "[red]MISSED[/]"
        table.add_row(str(target), target.name, said, verdict)
    return table


def markdown(entries: Sequence[Entry]) -> str:
    """Return the figures as they stand in docs/benchmarks.md."""
    known = {(entry.name, entry.unit): entry for entry in entries}
    lines = ["| figure | unit | median | lowest | highest | rounds |", "|---|---|---:|---:|---:|---:|"]
    for entry in entries:
        low, high = min(entry.rounds), max(entry.rounds)
        cells = (entry.name, entry.unit, number(entry.median), number(low), number(high), str(len(entry.rounds)))
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", "| target | of | measured | |", "|---|---|---:|---|"]
    for target in TARGETS:
        value = target.value(known)
        verdict = "" if value is None else "met" if target.met(value) else "**missed**"
        lines.append(f"| {target} | {target.name} | {'' if value is None else number(value)} | {verdict} |")
    if entries:
        newest = entries[-1]
        said = {**newest.machine, **newest.versions}
        lines += ["", "Measured on: " + ", ".join(f"{name} {value}" for name, value in said.items()) + "."]
    return "\n".join(lines)


def number(value: float) -> str:
    """Write a number as people read it."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    sys.stdout.write(markdown(load()) + "\n")
