"""Measure everything, or `--only` some of it: `python -m benchmarks.run --help`, `make bench`.

Writes `benchmarks/latest.json` and prints it as a table, with the targets that are met and those that are missed.
Needs Apache Kafka (Java 17 and Maven) and, for Quix Streams and the pictures, the environment of the peers, which
`make bench` makes.
"""

import argparse
import asyncio
import logging
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console

from benchmarks import chain, latency, models, open_prompts, rebalance, sink, throughput, views
from benchmarks.broker import apache_kafka
from benchmarks.entry import Entry, compared, progress, save
from benchmarks.table import show

Part = Callable[[str, Path, int], Awaitable[list[Entry]]]


async def _prompts(servers: str, folder: Path, rounds: int) -> list[Entry]:
    return await throughput.measure(servers, folder, min(rounds, 3), mix="prompts")


PARTS: dict[str, Part] = {
    "throughput": throughput.measure,
    "prompts": _prompts,
    "chain": chain.measure,
    "latency": latency.measure,
    "rebalance": rebalance.measure,
    "open_prompts": open_prompts.measure,
    "models": models.measure,
    "sink": sink.measure,
    "views": views.measure,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default="", help=f"parts, with commas: {', '.join(PARTS)}; default: all")
    parser.add_argument("--rounds", type=int, default=5, help="how often everything is measured (default: 5)")
    options = parser.parse_args()
    wanted = [part for part in options.only.split(",") if part] or list(PARTS)
    if unknown := [part for part in wanted if part not in PARTS]:
        parser.error(f"there is no part {unknown[0]!r}: choose from {', '.join(PARTS)}")
    for library in ("aiokafka", "kafka"):
        logging.getLogger(library).setLevel(logging.CRITICAL)
    every: list[Entry] = []
    for part in wanted:  # a broker each: none measures what another has left behind
        started = time.monotonic()
        progress(f"{part}: starting Apache Kafka")
        with tempfile.TemporaryDirectory(prefix="bench-") as folder, apache_kafka(Path(folder)) as servers:
            entries = compared(asyncio.run(PARTS[part](servers, Path(folder), options.rounds)))
        every = save(entries)
        progress(f"{part}: done after {time.monotonic() - started:.0f} s")
        if part == "open_prompts":
            open_prompts.draw()
    show(every, Console(width=120) if not sys.stdout.isatty() else Console())


if __name__ == "__main__":
    main()
