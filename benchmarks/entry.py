"""One figure of `latest.json`, and the file."""

import json
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any, Self

from benchmarks.processes import PEERS, ROOT

LATEST = ROOT / "benchmarks" / "latest.json"

CPU, WALL, SHARE = "events per CPU second", "events per second", "% of its CPU"


@dataclass(frozen=True)
class Entry:
    """A figure: the median of its rounds, and how it compares to the others measured in the same run.

    `rounds` are the values, one a round. Machine and versions stand in every entry, so that each can be compared over
    time on its own, also when only a part was measured again.
    """

    name: str
    unit: str
    median: float
    rounds: list[float]
    ratio_to: dict[str, float] = field(default_factory=dict)
    machine: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, name: str, unit: str, rounds: Sequence[float]) -> Self:
        """Make one of its rounds."""
        values = [float(f"{value:.5g}") for value in rounds]
        return cls(name, unit, median(values), values)


def compared(entries: Sequence[Entry]) -> list[Entry]:
    """Add to each entry its ratio to every other of the same unit and group (the name up to its first `/`)."""
    found = []
    for entry in entries:
        others = {
            other.name: round(entry.median / other.median, 3)
            for other in entries
            if other.name != entry.name and other.unit == entry.unit and _group(other) == _group(entry) and other.median
        }
        if entry.unit == SHARE:  # they are shares of the same whole
            others = {}
        found.append(Entry(entry.name, entry.unit, entry.median, entry.rounds, others, machine(), versions()))
    return found


def save(entries: Iterable[Entry], file: Path = LATEST) -> list[Entry]:
    """Write the entries, in place of those of the same name and unit, profiles whole; return all there are now."""
    entries = list(entries)
    profiled = {_group(entry) for entry in entries if entry.unit == SHARE}
    known = {(entry.name, entry.unit): entry for entry in load(file) if _group(entry) not in profiled}
    known.update({(entry.name, entry.unit): entry for entry in entries})
    every = [known[key] for key in sorted(known, key=_natural)]
    file.write_text(json.dumps([asdict(entry) for entry in every], indent=1) + "\n")
    return every


def _natural(key: tuple[str, str]) -> list[tuple[int, str]]:
    """Order names as people do: 20000 before 100000."""
    parts = re.split(r"(\d+)", "/".join(key))
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _group(entry: Entry) -> str:
    return entry.name.partition("/")[0]


def load(file: Path = LATEST) -> list[Entry]:
    """Read the file; empty when there is none."""
    return [Entry(**entry) for entry in json.loads(file.read_text())] if file.exists() else []


@cache
def machine() -> dict[str, Any]:
    """Return what it was measured on."""
    cpu = re.search(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    memory = re.search(r"^MemTotal:\s*(\d+) kB$", Path("/proc/meminfo").read_text(), re.MULTILINE)
    return {
        "cpu": cpu[1].strip() if cpu else platform.machine(),
        "cores": os.cpu_count(),
        "memory_gib": round(int(memory[1]) / 2**20, 1) if memory else None,
        "system": f"{platform.system()} {platform.release()}",
    }


@cache
def versions() -> dict[str, str]:
    """Return what was measured."""
    ours = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False, cwd=ROOT
    )
    pom = (ROOT / "deploy" / "kafka" / "pom.xml").read_text()
    kafka = re.search(r"<kafka\.version>([^<]+)<|<artifactId>kafka_[^<]*</artifactId>\s*<version>([^<$]+)<", pom)
    return {
        "crickets": ours.stdout.strip() or "unknown",
        "python": platform.python_version(),
        **{name: version(name) for name in ("faust-streaming", "aiokafka", "pydantic")},
        "quixstreams": _of_peers("quixstreams"),
        "pydantic of quixstreams": _of_peers("pydantic"),
        "kafka": (kafka[1] or kafka[2]) if kafka else "unknown",
    }


def _of_peers(name: str) -> str:
    python = PEERS / "python"
    if not python.exists():
        return "not installed"
    code = f"from importlib.metadata import version; print(version({name!r}))"
    return subprocess.run([python, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def progress(what: str) -> None:
    """Say what is being done."""
    print(what, file=sys.stderr, flush=True)
