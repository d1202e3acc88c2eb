"""Where a process spends its CPU, by component: py-spy looks at it from outside, 200 times a second.

A sample belongs to the component of its innermost frame that is one: time in pydantic, json or models goes to the
agent that called them. Threads that wait are not counted.
"""

import subprocess
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from benchmarks.entry import progress
from benchmarks.processes import OUT, PEERS, Process

RATE = 200
COMPONENTS = (
    *((f"agents/{name}", name) for name in ("normalise", "track", "profile", "learn", "watch", "diagnose")),
    ("agents/record", "record"),
    ("agents/tables", "record"),
    ("pipeline/clickhouse", "record"),
    ("pipeline/recorder", "record"),
    ("clickhouse_connect", "record"),
    ("pipeline/transport", "transport"),
    ("agents/knowledge", "knowledge"),
    ("agents/sequenced", "sequenced agents"),
    ("agents/", "agents, other"),
    ("aiokafka", "aiokafka"),
    ("faust/", "faust and mode"),
    ("mode/", "faust and mode"),
    ("asyncio", "asyncio"),
    ("models/ask", "normalise"),
)
WAITING = ("select (selectors.py", "_worker (concurrent/futures", "wait (threading.py")
"""Innermost frames of threads that wait: py-spy, which does not stop the process, takes some of them for busy."""


def attach(process: Process, name: str) -> Callable[[], dict[str, float]]:
    """Begin to look at a process; the returned function ends that and gives the share of each component."""
    spy, file = PEERS / "py-spy", OUT / f"{name}.stacks"
    if not spy.exists():
        progress(f"  no profile: {spy} is missing, `make bench` installs it")
        return dict
    file.unlink(missing_ok=True)
    command = [spy, "record", "--pid", str(process.leash.pid), "--format", "raw", "--rate", str(RATE)]
    command += ["--nonblocking", "--output", file]
    running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    time.sleep(1.0)

    def ended() -> dict[str, float]:
        running.send_signal(2)
        _, said = running.communicate(timeout=60)
        if not file.exists():
            progress(f"  no profile: py-spy says {said.strip()[-300:]}")
            return {}
        return by_component(file)

    return ended


def by_component(file: Path) -> dict[str, float]:
    """Return the share of each component in collapsed stacks, the largest first."""
    counts: Counter[str] = Counter()
    for line in file.read_text().splitlines():
        stack, _, count = line.rpartition(" ")
        frames = stack.split(";")
        if not any(part in frames[-1] for part in WAITING):
            counts[_component(frames)] += int(count)
    total = max(counts.total(), 1)
    return {component: count / total for component, count in counts.most_common()}


def _component(frames: list[str]) -> str:
    for frame in reversed(frames):
        for part, component in COMPONENTS:
            if part in frame:
                return component
    return "other"
