"""Every fault once, longer and with more rows than in the suite, and a line of JSON in the end: `make sink-faults`."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pipeline.embedded.engine import EmbeddedEngine
from tests.sink.faults import FAULTS, Look, Met, kill_engine, meet
from tests.sink.kills import kill_recorder

OUTAGE = 110_000
"""Events a partition in the minute without ClickHouse: more than may wait (`pipeline.recorder.MOST_WAITING`)."""


def campaign(folder: Path, seed: int, seconds: float) -> Iterator[Met]:
    """Meet every fault, then a minute without ClickHouse under load, then the kills."""
    with EmbeddedEngine(folder / "engine") as engine:
        for fault in FAULTS:
            database = f"fault_{fault.replace(' ', '_')}"
            yield asyncio.run(meet(fault, engine.url, database, size=5_000, seconds=seconds, seed=seed))
        yield _outage(engine.url, seed)
        yield kill_recorder(engine.url, "killed_recorder", folder / "committed.json", size=2_000, kills=3)
    yield asyncio.run(kill_engine(folder / "killed", "killed_engine", size=600, kills=2))


def _outage(url: str, seed: int) -> Met:
    looks: list[Look] = []
    met = asyncio.run(
        meet("refused", url, "outage", size=OUTAGE, seconds=60.0, seed=seed, batch_rows=50_000, looks=looks)
    )
    most = max(look.waiting for look in looks)
    full = [look.mib for look in looks if look.waiting == most]
    print(  # noqa: T201
        f"outage: {most} rows waited at most; {looks[0].mib:.0f} MiB at first, {full[0]:.0f} when so many waited, "
        f"{full[-1]:.0f} at the end of that",
        file=sys.stderr,
        flush=True,
    )
    return replace(met, fault="outage of 60 s")


def main() -> int:
    """Run it; 1 when anything was lost or stands there twice."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each fault lasts")
    arguments = parser.parse_args()
    found = []
    with tempfile.TemporaryDirectory() as folder:
        for met in campaign(Path(folder), arguments.seed, arguments.seconds):
            found.append(met)
            told = f"{met.rows} rows, {met.lost} lost, {met.doubled} doubled, {met.seconds_to_recover} s to recover"
            print(f"{met.fault}: {told}", file=sys.stderr, flush=True)  # noqa: T201 - this is what it is for
    print(json.dumps({"faults": [met.line() for met in found]}))  # noqa: T201
    return int(any(met.lost or met.doubled for met in found))


if __name__ == "__main__":
    sys.exit(main())
